import type { Answers } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema } from '../model/catalogue.ts'
import { problemOf } from '../model/problem.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { listDatabases, readDatabase, readRelations } from '../postgres/catalogue.ts'
import { readRole } from '../postgres/roles.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { withSession } from './with-session.ts'

/** What a plan is computed against: the databases of the answers, as deep as the answers go, and the roles. */
export interface ReadForPlan {
  readonly databases: readonly CatalogueDatabase[]
  readonly roles: { readonly login: ExistingRole | null; readonly group: ExistingRole | null }
}

/**
 * Reads the live server for a plan. A database or schema that is gone is simply not among what is given: to
 * say so is for makePlan, which knows where in the answers it stands.
 * @throws ProblemError where the server cannot be read at all
 */
export async function readForPlan(
  answers: Answers,
  session: Session,
  open: OpenSession,
): Promise<ReadForPlan> {
  const { roles } = answers
  const login = await readRole(session, roles.login)
  const group = roles.layout === 'group-and-login' ? await readRole(session, roles.group) : null
  const present = new Set((await listDatabases(session)).map(database => database.name))
  const databases: CatalogueDatabase[] = []
  for (const { name, schemas } of answers.databases) {
    if (!present.has(name)) continue
    databases.push(
      await readChosen(
        name,
        schemas.map(schema => schema.name),
        open,
      ),
    )
  }
  return { databases, roles: { login, group } }
}

async function readChosen(
  name: string,
  schemas: readonly string[],
  open: OpenSession,
): Promise<CatalogueDatabase> {
  try {
    return await withSession(open, { database: name }, async session => {
      const database = await readDatabase(session)
      const relations = await readRelations(session, schemas)
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
