import { type Answers, granteeOf } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema } from '../model/catalogue.ts'
import type { Ledger } from '../model/ledger.ts'
import { problemOf } from '../model/problem.ts'
import { iamGroup } from '../plan/iam-login.ts'
import type { PlanRoles } from '../plan/plan-input.ts'
import { listDatabases, readDatabase } from '../postgres/catalogue.ts'
import { readDetails } from '../postgres/relation-details.ts'
import { readRelations } from '../postgres/relations.ts'
import { readRoles } from '../postgres/roles.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { directGrants } from './direct-grants.ts'
import { withSession } from './with-session.ts'

/** What a plan is computed against: the databases of the answers, as deep as the answers go, and the roles. */
export interface ReadForPlan {
  readonly databases: readonly CatalogueDatabase[]
  readonly roles: PlanRoles
}

/**
 * Reads the live server for a plan: what the answers name, and what the grantee holds besides by grants of its
 * own, there and in databases of an earlier run. A database or schema that is gone is simply not among what is given: to
 * say so is for makePlan, which knows where in the answers it stands.
 * @throws ProblemError where the server cannot be read at all
 */
export async function readForPlan(
  answers: Answers,
  session: Session,
  open: OpenSession,
  earlier: Ledger | null = null,
): Promise<ReadForPlan> {
  const { roles } = answers
  const names = [roles.login, roles.layout === 'group-and-login' ? roles.group : roles.login, iamGroup]
  const [login = null, second = null, iamRole = null] = await readRoles(session, names)
  const group = roles.layout === 'group-and-login' ? second : null
  const iam = answers.authentication.method === 'aws-iam' ? { iam: iamRole } : {}
  const present = new Set((await listDatabases(session)).map(database => database.name))
  const databases: CatalogueDatabase[] = []
  const grantee = (group ?? login)?.name === granteeOf(roles) ? granteeOf(roles) : null
  for (const [name, schemas] of placesOf(answers, earlier)) {
    if (present.has(name)) databases.push(await readChosen({ name, schemas, grantee }, open))
  }
  return { databases, roles: { login, group, ...iam } }
}

/** The schemas of each database that the answers or an earlier run name. */
function placesOf(answers: Answers, earlier: Ledger | null): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>(
    answers.databases.map(({ name, schemas }) => [name, schemas.map(schema => schema.name)]),
  )
  for (const { database } of earlier?.grants ?? []) if (!places.has(database)) places.set(database, [])
  return places
}

/** @param place the grantee's own grants name further schemas; null for a role that is not there yet */
async function readChosen(
  {
    name,
    schemas,
    grantee,
  }: { readonly name: string; readonly schemas: readonly string[]; readonly grantee: string | null },
  open: OpenSession,
): Promise<CatalogueDatabase> {
  try {
    return await withSession(open, { database: name }, async session => {
      const database = await readDatabase(session)
      const held = grantee === null ? [] : await directGrants(session, grantee)
      const further = held.flatMap(({ on, schema }) => (on === 'relation' && schema !== null ? [schema] : []))
      const bare = await readRelations(session, [...new Set([...schemas, ...further])])
      const relations = await readDetails(session, bare)
      return {
        ...database,
        schemas: database.schemas.map(
          (schema): CatalogueSchema => ({
            ...schema,
            relations: relations.get(schema.name) ?? schema.relations,
          }),
        ),
      }
    })
  } catch (thrown) {
    return {
      name,
      owner: '',
      acl: null,
      grantable: false,
      unreadable: problemOf(thrown).message,
      schemas: [],
      defaultPrivileges: [],
    }
  }
}
