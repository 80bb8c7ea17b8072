import type { Session } from '../postgres/session.ts'

/**
 * Who may do what, in this database and in the whole server: one line a fact, by name and sorted, so that two
 * snapshots can be compared and their difference read. Lists of privileges that a server writes in several
 * ways for the same (NULL and the default, the order of items) are one here, and so are VALID UNTIL NULL and
 * infinity. Verifiers are there as digests only, and only for a superuser. The schemas that the server keeps
 * for temporary tables come and go by themselves and are left out.
 */
export async function snapshotAccess(session: Session): Promise<readonly string[]> {
  const [version] = await session.query<{ number: number }>(versionSql)
  const number = version?.number ?? 0
  const lines: string[] = []
  for (const sql of await factQueries(session, number)) {
    const rows = await session.query<{ fact: string | null }>(sql)
    // One by one: a hundred thousand are too many arguments.
    for (const { fact } of rows) lines.push(fact ?? '')
  }
  return lines.toSorted()
}

const versionSql = `SELECT pg_catalog.current_setting('server_version_num')::int AS number`

async function factQueries(session: Session, version: number): Promise<readonly string[]> {
  const [may] = await session.query<{ passwords: boolean }>(
    `SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS passwords`,
  )
  return [
    rolesSql,
    ...(may?.passwords === true ? [passwordsSql] : []),
    version >= 160000 ? membershipsSql : membershipsBefore16Sql,
    roleSettingsSql,
    commentsSql,
    defaultAclListsSql,
    defaultAclSql,
    ...aclSources.map(aclSql),
    ...(version >= 150000 ? [aclSql(parameterAcl)] : []),
    ownersSql,
    containerOwnersSql,
  ]
}

const rolesSql = `
SELECT pg_catalog.format('role %I super=%s inherit=%s createrole=%s createdb=%s login=%s replication=%s bypassrls=%s limit=%s until=%s',
  r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
  r.rolbypassrls, r.rolconnlimit, COALESCE(r.rolvaliduntil, 'infinity')) AS fact
FROM pg_catalog.pg_roles AS r`

const passwordsSql = `
SELECT pg_catalog.format('password %I %s', a.rolname, pg_catalog.md5(a.rolpassword)) AS fact
FROM pg_catalog.pg_authid AS a`

const membershipsSql = `
SELECT pg_catalog.format('member %I of %I by %I admin=%s inherit=%s set=%s', m.member::pg_catalog.regrole::text,
  m.roleid::pg_catalog.regrole::text, m.grantor::pg_catalog.regrole::text, m.admin_option, m.inherit_option,
  m.set_option) AS fact
FROM pg_catalog.pg_auth_members AS m`

const membershipsBefore16Sql = `
SELECT pg_catalog.format('member %I of %I by %I admin=%s', m.member::pg_catalog.regrole::text,
  m.roleid::pg_catalog.regrole::text, m.grantor::pg_catalog.regrole::text, m.admin_option) AS fact
FROM pg_catalog.pg_auth_members AS m`

const roleSettingsSql = `
SELECT pg_catalog.format('setting of %I in %L: %s',
  CASE s.setrole WHEN 0 THEN 'all' ELSE s.setrole::pg_catalog.regrole::text END, d.datname, one.setting) AS fact
FROM pg_catalog.pg_db_role_setting AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase,
  pg_catalog.unnest(s.setconfig) AS one (setting)`

const commentsSql = `
SELECT pg_catalog.format('comment on %s %s: %L', c.classoid::pg_catalog.regclass,
  COALESCE(r.rolname, d.datname, c.objoid::text),
  pg_catalog.regexp_replace(c.description, '(^pg-usher: .*) [(]plan [0-9a-f]+, attempt [0-9a-f-]+, step [0-9]+ of [0-9]+[)]$', '\\1')) AS fact
FROM pg_catalog.pg_shdescription AS c
LEFT JOIN pg_catalog.pg_roles AS r ON c.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND r.oid = c.objoid
LEFT JOIN pg_catalog.pg_database AS d ON c.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.oid = c.objoid`

// An empty list takes away what there is without one, so that there is a list is a fact by itself.
const defaultAclListsSql = `
SELECT pg_catalog.format('defaults of %I in %L for %s are set', d.defaclrole::pg_catalog.regrole::text, n.nspname,
  d.defaclobjtype) AS fact
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace`

const grantSql = (prefix: string) => `pg_catalog.format('${prefix}: %s by %s to %s%s', a.privilege_type,
  a.grantor::pg_catalog.regrole, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END,
  CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END)`

const defaultAclSql = `
SELECT pg_catalog.format('defaults of %I in %L for %s ', d.defaclrole::pg_catalog.regrole::text, n.nspname, d.defaclobjtype)
  || ${grantSql('grant')} AS fact
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace,
  pg_catalog.aclexplode(d.defaclacl) AS a`

interface AclSource {
  readonly kind: string
  readonly from: string
  /** SQL of the object's name, of its list and of the list that it has by default (NULL: none). */
  readonly name: string
  readonly acl: string
  readonly otherwise: string
}

/** Every catalogue with a list of privileges (manual, chapter 52). */
const aclSources: readonly AclSource[] = [
  source('database', 'pg_database AS o', 'o.datname', 'o.datacl', `'d', o.datdba`),
  source('tablespace', 'pg_tablespace AS o', 'o.spcname', 'o.spcacl', `'t', o.spcowner`),
  source('schema', 'pg_namespace AS o', 'o.nspname', 'o.nspacl', `'n', o.nspowner`, notTemporary('o')),
  source(
    'relation',
    `pg_class AS o`,
    'o.oid::pg_catalog.regclass',
    'o.relacl',
    `CASE o.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", o.relowner`,
    `o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${touched('o.relacl')}`,
  ),
  {
    kind: 'column',
    from: 'pg_catalog.pg_attribute AS o WHERE o.attacl IS NOT NULL',
    name: `o.attrelid::pg_catalog.regclass || '.' || o.attname`,
    acl: 'o.attacl',
    otherwise: 'NULL',
  },
  source(
    'function',
    'pg_proc AS o',
    'o.oid::pg_catalog.regprocedure',
    'o.proacl',
    `'f', o.proowner`,
    touched('o.proacl'),
  ),
  source('language', 'pg_language AS o', 'o.lanname', 'o.lanacl', `'l', o.lanowner`),
  source(
    'type',
    'pg_type AS o',
    'o.oid::pg_catalog.regtype',
    'o.typacl',
    `'T', o.typowner`,
    touched('o.typacl'),
  ),
  source('wrapper', 'pg_foreign_data_wrapper AS o', 'o.fdwname', 'o.fdwacl', `'F', o.fdwowner`),
  source('server', 'pg_foreign_server AS o', 'o.srvname', 'o.srvacl', `'S', o.srvowner`),
  source('large object', 'pg_largeobject_metadata AS o', 'o.oid', 'o.lomacl', `'L', o.lomowner`),
]

function notTemporary(alias: string): string {
  return `${alias}.nspname !~ '^pg_(toast_)?temp_'`
}

/** The thousands of built-in objects that nobody has granted on are left out; 16384 is the first oid of others. */
function touched(acl: string): string {
  return `(${acl} IS NOT NULL OR o.oid >= 16384)`
}

const parameterAcl: AclSource = {
  kind: 'parameter',
  from: 'pg_catalog.pg_parameter_acl AS o',
  name: 'o.parname',
  acl: 'o.paracl',
  otherwise: 'NULL',
}

function source(
  kind: string,
  from: string,
  name: string,
  acl: string,
  defaults: string,
  where?: string,
): AclSource {
  return {
    kind,
    from: `pg_catalog.${from}${where ? ` WHERE ${where}` : ''}`,
    name,
    acl,
    otherwise: `pg_catalog.acldefault(${defaults})`,
  }
}

function aclSql({ kind, from, name, acl, otherwise }: AclSource): string {
  return `
SELECT '${kind} ' || o.name || ' ' || ${grantSql('grant')} AS fact
FROM (SELECT (${name})::text AS name, COALESCE(${acl}, ${otherwise}) AS acl FROM ${from}) AS o,
  pg_catalog.aclexplode(o.acl) AS a`
}

const ownersSql = `
SELECT pg_catalog.format('owner of %s: %s', c.oid::pg_catalog.regclass, c.relowner::pg_catalog.regrole) AS fact
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.oid >= 16384 AND c.relpersistence <> 't'`

const containerOwnersSql = `
SELECT pg_catalog.format('owner of database %I: %s', d.datname, d.datdba::pg_catalog.regrole) AS fact
FROM pg_catalog.pg_database AS d
UNION ALL
SELECT pg_catalog.format('owner of schema %I: %s', n.nspname, n.nspowner::pg_catalog.regrole)
FROM pg_catalog.pg_namespace AS n
WHERE ${notTemporary('n')}`
