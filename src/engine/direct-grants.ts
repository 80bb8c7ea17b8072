import type { Change } from '../model/change.ts'
import type { DirectGrant, Granted, GrantedPrivilege, GrantedSet } from '../model/granted.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import type { Plan } from '../plan/plan.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { ask, type Question, question, together } from './question.ts'
import { withSession } from './with-session.ts'

/**
 * The grants that a role holds by its own name in the session's database, one a privilege and grantor: on the
 * database itself, its schemas and relations, and on later tables of a schema.
 */
export function directGrants(session: Session, role: string): Promise<DirectGrant[]> {
  return ask(session, askingDirectGrants(role))
}

function askingDirectGrants(role: string): Question<DirectGrant[]> {
  return question({ sql: directGrantsSql(namedAnywhere), values: [role] }, (rows: readonly DirectGrant[]) => [
    ...rows,
  ])
}

/** Some relations of one schema. */
export interface NamedRelations {
  readonly schema: string
  readonly relations: readonly string[]
}

/** The same, of these relations alone, without looking through all that the role holds. */
export function directGrantsOn(
  session: Session,
  role: string,
  relations: readonly NamedRelations[],
): Promise<DirectGrant[]> {
  if (relations.length === 0) return Promise.resolve([])
  const list = JSON.stringify(relations.map(({ schema, relations: names }) => ({ schema, names })))
  return session.query<DirectGrant>(directGrantsSql(namedRelations, 'relation'), [role, list])
}

/** The same, of all that is no relation. */
export function directGrantsBesides(session: Session, role: string): Promise<DirectGrant[]> {
  return session.query<DirectGrant>(directGrantsSql(namedBesides), [role])
}

/** What a plan that was carried out has granted, and who stands as its grantor. @throws ProblemError */
export async function readGranted(
  open: OpenSession,
  plan: Plan,
  couldLogIn: boolean | null,
): Promise<Granted> {
  const names = [plan.login, ...(plan.group === null ? [] : [plan.group])]
  const roles = await withSession(open, { database: plan.server.database }, session =>
    session.query<{ name: string; oid: number }>(rolesSql, [names]),
  )
  const grants: GrantedSet[] = []
  const besides: { database: string; oids: readonly number[] }[] = []
  const newest: { database: string; oid: number }[] = []
  for (const { database, changes } of plan.databases) {
    if (changes.length === 0) continue
    const { held, highest } = await withSession(open, { database }, session =>
      ask(session, together({ held: askingDirectGrants(plan.grantee), highest: askingNewest })),
    )
    newest.push(...highest.map(({ oid }) => ({ database, oid })))
    const sorted = await inSlices(sortOut(database, changes, held))
    grants.push(...sorted.sets)
    if (sorted.others.length > 0) besides.push({ database, oids: sorted.others })
  }
  return { roles, couldLogIn, grants, besides, newest }
}

/** What of the grants these changes have made, and on which relations there are others. */
function* sortOut(
  database: string,
  changes: readonly Change[],
  held: readonly DirectGrant[],
): Sliced<{ readonly sets: readonly GrantedSet[]; readonly others: readonly number[] }> {
  const keys = new Set<string>()
  for (const change of changes) yield* eachOf(keysOf(change), key => keys.add(key))
  const wanted: DirectGrant[] = []
  const others = new Set<number>()
  yield* eachOf(held, grant => {
    if (keys.has(keyOf(grant))) wanted.push(grant)
    else if (grant.on === 'relation') others.add(grant.oid)
  })
  return { sets: yield* setsOf(database, wanted), others: [...others] }
}

/** Tells the grants that these changes make. */
export function wantedBy(changes: readonly Change[]): (grant: DirectGrant) => boolean {
  const keys = new Set<string>()
  for (const change of changes) for (const key of keysOf(change)) keys.add(key)
  return grant => keys.has(keyOf(grant))
}

type Key = Pick<DirectGrant, 'on' | 'schema' | 'name' | 'privilege'>

/** One text for one privilege on one object, whoever granted it. */
export function keyOf({ on, schema, name, privilege }: Key): string {
  return [on, schema, name, privilege].join('\0')
}

function* keysOf(change: Change): Generator<string, void> {
  switch (change.kind) {
    case 'grant-connect':
      yield keyOf({ on: 'database', schema: null, name: change.database, privilege: 'CONNECT' })
      break
    case 'grant-usage':
      yield keyOf({ on: 'schema', schema: null, name: change.schema, privilege: 'USAGE' })
      break
    case 'grant-relations':
      for (const name of change.relations)
        for (const privilege of change.privileges)
          yield keyOf({ on: 'relation', schema: change.schema, name, privilege })
      break
    case 'grant-default-privileges':
      for (const privilege of change.privileges)
        yield keyOf({ on: 'default', schema: change.schema, name: change.owner, privilege })
      break
    default:
  }
}

/** Objects with the same privileges by the same grantor together, as a receipt has them. */
function* setsOf(database: string, grants: readonly DirectGrant[]): Sliced<readonly GrantedSet[]> {
  const objects = new Map<string, { readonly grant: DirectGrant; readonly privileges: GrantedPrivilege[] }>()
  yield* eachOf(grants, grant => {
    if (!isGrantedPrivilege(grant.privilege)) return
    const key = [grant.on, grant.schema, grant.name, grant.grantor].join('\0')
    const object = objects.get(key)
    if (object === undefined) objects.set(key, { grant, privileges: [grant.privilege] })
    else object.privileges.push(grant.privilege)
  })
  const sets = new Map<string, GrantedSet & { readonly objects: { name: string; oid: number }[] }>()
  yield* eachOf(objects.values(), ({ grant, privileges }) => {
    const { on, schema, name, oid, grantor, owner } = grant
    const byOwner = grantor === owner
    const key = [on, schema, privileges.join(), grantor, byOwner].join('\0')
    const known = sets.get(key)
    if (known !== undefined) known.objects.push({ name, oid })
    else sets.set(key, { database, on, schema, privileges, grantor, byOwner, objects: [{ name, oid }] })
  })
  return [...sets.values()]
}

const grantedPrivileges: ReadonlySet<string> = new Set<GrantedPrivilege>([
  'SELECT',
  'REFERENCES',
  'CONNECT',
  'USAGE',
])

export function isGrantedPrivilege(privilege: string): privilege is GrantedPrivilege {
  return grantedPrivileges.has(privilege)
}

const newestSql = `
SELECT c.oid FROM pg_catalog.pg_class AS c ORDER BY c.oid DESC LIMIT 1`

const askingNewest = question(newestSql, (rows: readonly { readonly oid: number }[]) => rows)

const rolesSql = `
SELECT r.rolname::pg_catalog.text AS name, r.oid
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = ANY ($1::pg_catalog.text[])
ORDER BY r.rolname`

/** pg_shdepend finds the few objects that name the role; exploding every list takes twenty times as long. */
const namedAnywhere = `
  SELECT DISTINCT s.classid, s.objid
  FROM pg_catalog.pg_shdepend AS s, me, here
  WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = me.oid
    AND s.dbid = here.oid AND s.deptype = 'a'`

const namedBesides = `${namedAnywhere} AND s.classid <> 'pg_catalog.pg_class'::pg_catalog.regclass`

/** OFFSET 0: one look-up in the index for each, as in column-grants.ts. */
const namedRelations = `
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS classid, c.oid AS objid
  FROM pg_catalog.json_to_recordset($2::pg_catalog.json) AS w (schema pg_catalog.text, names pg_catalog.json)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
  CROSS JOIN LATERAL pg_catalog.json_array_elements_text(w.names) AS e (name)
  CROSS JOIN LATERAL (
    SELECT o.oid FROM pg_catalog.pg_class AS o
    WHERE o.relnamespace = n.oid AND o.relname = e.name::pg_catalog.name OFFSET 0) AS c`

const directGrantsSql = (named: string, on: 'relation' | null = null) => `
WITH me AS (
  SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = $1
), here AS (
  SELECT d.* FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
), named AS MATERIALIZED (${named}
), held AS (
  SELECT 'database' AS "on", NULL::pg_catalog.text AS schema, here.datname::pg_catalog.text AS name, here.oid,
    here.datdba AS owner, a.privilege_type, a.grantor, a.grantee
  FROM here, pg_catalog.aclexplode(here.datacl) AS a
  UNION ALL
  SELECT 'schema', NULL, n.nspname::pg_catalog.text, n.oid, n.nspowner, a.privilege_type, a.grantor, a.grantee
  FROM named JOIN pg_catalog.pg_namespace AS n ON n.oid = named.objid, pg_catalog.aclexplode(n.nspacl) AS a
  WHERE named.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
  UNION ALL
  SELECT 'relation', n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.oid, c.relowner,
    a.privilege_type, a.grantor, a.grantee
  FROM named JOIN pg_catalog.pg_class AS c ON c.oid = named.objid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, pg_catalog.aclexplode(c.relacl) AS a
  WHERE named.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL
  SELECT 'default', n.nspname::pg_catalog.text, r.rolname::pg_catalog.text, r.oid, r.oid,
    a.privilege_type, a.grantor, a.grantee
  FROM named JOIN pg_catalog.pg_default_acl AS d ON d.oid = named.objid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
    JOIN pg_catalog.pg_roles AS r ON r.oid = d.defaclrole, pg_catalog.aclexplode(d.defaclacl) AS a
  WHERE named.classid = 'pg_catalog.pg_default_acl'::pg_catalog.regclass AND d.defaclobjtype = 'r'
)
SELECT held."on", held.schema, held.name, held.oid, held.privilege_type AS privilege,
  g.rolname::pg_catalog.text AS grantor, o.rolname::pg_catalog.text AS owner
FROM held JOIN me ON me.oid = held.grantee
  JOIN pg_catalog.pg_roles AS g ON g.oid = held.grantor
  JOIN pg_catalog.pg_roles AS o ON o.oid = held.owner${
    on === null
      ? ''
      : `
WHERE held."on" = '${on}'`
  }
ORDER BY held."on", held.schema, held.name, held.privilege_type DESC, g.rolname`
