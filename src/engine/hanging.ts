import type { Session } from '../postgres/session.ts'

/** How many things are named, at most; of the others it is said how many there are. */
const named = 8

/**
 * What in the session's database keeps a role from being dropped, in words: what it owns, and where it stands
 * in a list of privileges or a policy.
 * @param ways `not-privileges` while privileges are still to be taken back
 */
export function hangingHere(
  session: Session,
  role: string,
  ways: 'all' | 'not-privileges' = 'all',
): Promise<readonly string[]> {
  return hanging(session, hereSql, [role, ways === 'all'])
}

/**
 * The same for what belongs to the whole server, and how many things there are in databases that are not
 * among `looked`; members of the role count too, which DROP ROLE would not ask about.
 * @param looked databases that hangingHere is asked in
 * @param leaving roles that go as well, or that make no difference
 */
export async function hangingInServer(
  session: Session,
  role: string,
  { looked, leaving }: { readonly looked: readonly string[]; readonly leaving: readonly string[] },
): Promise<readonly string[]> {
  const elsewhere = await session.query<{ database: string; things: number }>(elsewhereSql, [role, looked])
  const members = await session.query<{ member: string }>(membersSql, [role, leaving])
  return [
    ...(await hanging(session, sharedSql, [role, looked])),
    ...elsewhere.map(
      ({ database, things }) => `${things} ${things === 1 ? 'thing' : 'things'} in database ${database}`,
    ),
    ...members.map(({ member }) => `its member ${member}`),
  ]
}

async function hanging(
  session: Session,
  sql: string,
  values: readonly unknown[],
): Promise<readonly string[]> {
  const rows = await session.query<{ how: string; object: string; total: number }>(sql, values)
  const total = rows[0]?.total ?? 0
  const first = rows.slice(0, named).map(({ how, object }) => `${words[how] ?? ''}${object}`)
  return total > named ? [...first, `${total - named} more`] : first
}

/** By deptype (manual, 53.46); what is there to read for `a` is the object alone. */
const words: Readonly<Record<string, string>> = {
  o: 'it owns ',
  a: 'a privilege on ',
  i: 'a first privilege on ',
  r: 'it stands in ',
  t: 'it keeps its rows in ',
}

const dependSql = `
SELECT s.deptype AS how, pg_catalog.pg_describe_object(s.classid, s.objid, s.objsubid) AS object,
  (pg_catalog.count(*) OVER ())::int AS total
FROM pg_catalog.pg_shdepend AS s
JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
LEFT JOIN pg_catalog.pg_database AS d
  ON s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.oid = s.objid
WHERE r.rolname = $1`

const hereSql = `${dependSql}
  AND ($2::pg_catalog.bool OR s.deptype <> 'a')
  AND (s.dbid = (SELECT h.oid FROM pg_catalog.pg_database AS h WHERE h.datname = pg_catalog.current_database())
    OR (s.dbid = 0 AND d.datname = pg_catalog.current_database()))
ORDER BY s.deptype DESC, object
LIMIT ${named}`

const sharedSql = `${dependSql}
  AND s.dbid = 0 AND (d.datname IS NULL OR d.datname <> ALL ($2::pg_catalog.text[]))
ORDER BY s.deptype DESC, object
LIMIT ${named}`

const elsewhereSql = `
SELECT d.datname::pg_catalog.text AS database, pg_catalog.count(*)::int AS things
FROM pg_catalog.pg_shdepend AS s
JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
WHERE r.rolname = $1 AND d.datname <> ALL ($2::pg_catalog.text[])
GROUP BY d.datname
ORDER BY d.datname`

/** From 16 on the maker of a role administers it without having anything of it; that is no member. */
const membersSql = `
SELECT DISTINCT m.rolname::pg_catalog.text AS member
FROM pg_catalog.pg_auth_members AS a
JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid
JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
WHERE r.rolname = $1 AND m.rolname <> ALL ($2::pg_catalog.text[]) AND m.rolname <> current_user
  AND (coalesce((pg_catalog.to_jsonb(a) ->> 'inherit_option')::pg_catalog.bool, true)
    OR coalesce((pg_catalog.to_jsonb(a) ->> 'set_option')::pg_catalog.bool, true))
ORDER BY member`
