import type { Session } from '../postgres/session.ts'

/** One privilege that one of our roles holds by its own name. */
export interface HeldGrant {
  readonly role: string
  readonly on: HeldOn
  /** Of relations, columns, sequences; of default privileges (null: for all schemas). */
  readonly schema: string | null
  /** As the catalogue has it; for default privileges the role whose later objects they are for. */
  readonly name: string
  /** As SQL names it, quoted; for a person, where `on` is `other`. */
  readonly object: string
  readonly column: string | null
  readonly oid: number
  /** For default privileges: pg_default_acl.defaclobjtype. */
  readonly laterKind: string | null
  readonly privilege: string
  readonly grantable: boolean
  readonly grantor: string
  readonly owner: string
}

export type HeldOn =
  | 'database'
  | 'tablespace'
  | 'parameter'
  | 'schema'
  | 'relation'
  | 'column'
  | 'sequence'
  | 'routine'
  | 'type'
  | 'language'
  | 'foreign-server'
  | 'foreign-data-wrapper'
  | 'large-object'
  | 'default'

/**
 * All that the roles hold by their own names in the session's database, system objects included; one row a
 * privilege and grantor. pg_shdepend finds the objects, so it takes as long as there are grants, not objects.
 */
export function heldGrants(session: Session, roles: readonly string[]): Promise<HeldGrant[]> {
  return session.query<HeldGrant>(heldGrantsSql, [roles])
}

/** What the roles hold on what belongs to no database: databases themselves, tablespaces, from 15 on parameters. */
export function heldInServer(
  session: Session,
  roles: readonly string[],
  versionNumber: number,
): Promise<HeldGrant[]> {
  return session.query<HeldGrant>(heldInServerSql(versionNumber), [roles])
}

/** Databases in which objects belong to the roles or are granted to them, with how many. */
export function elsewhere(
  session: Session,
  roles: readonly string[],
): Promise<{ readonly database: string; readonly granted: number; readonly owned: number }[]> {
  return session.query(elsewhereSql, [roles])
}

/** Relations of this database that belong to one of the roles, at most `most`; without sequences. */
export function ownedRelations(
  session: Session,
  roles: readonly string[],
  most: number,
): Promise<
  { readonly role: string; readonly schema: string; readonly name: string; readonly schemaOwner: string }[]
> {
  return session.query(ownedSql, [roles, most])
}

const ours = `
WITH me AS (
  SELECT r.oid, r.rolname FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ($1::pg_catalog.text[])
)`

const columns = `
SELECT me.rolname::pg_catalog.text AS role, held."on", held.schema, held.name, held.object, held.column_name AS "column",
  held.oid, held.later_kind::pg_catalog.text AS "laterKind", a.privilege_type AS privilege,
  a.is_grantable AS grantable, pg_catalog.pg_get_userbyid(a.grantor)::pg_catalog.text AS grantor,
  pg_catalog.pg_get_userbyid(held.owner)::pg_catalog.text AS owner`

/** One kind of object with a list of privileges of its own (manual, chapter 52). */
const named = (
  on: HeldOn,
  catalogue: string,
  parts: { schema?: string; name: string; object: string; acl: string; owner: string; where?: string },
) => `
  SELECT '${on}' AS "on", ${parts.schema ?? 'NULL::pg_catalog.text'} AS schema,
    (${parts.name})::pg_catalog.text AS name, (${parts.object})::pg_catalog.text AS object,
    NULL::pg_catalog.text AS column_name, o.oid, NULL::"char" AS later_kind, ${parts.acl} AS acl, ${parts.owner} AS owner
  FROM named JOIN pg_catalog.${catalogue} AS o ON o.oid = named.objid
  WHERE named.classid = 'pg_catalog.${catalogue}'::pg_catalog.regclass${parts.where ? ` AND ${parts.where}` : ''}`

const inSchema = '(SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_namespace AS n WHERE n.oid = %)'
const relationName = `(SELECT pg_catalog.format('%I.%I', n.nspname, o.relname) FROM pg_catalog.pg_namespace AS n WHERE n.oid = o.relnamespace)`

const heldGrantsSql = `${ours}, named AS (
  SELECT DISTINCT s.classid, s.objid
  FROM pg_catalog.pg_shdepend AS s
  WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid IN (SELECT me.oid FROM me)
    AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
    AND s.deptype = 'a'
), held AS (${[
  named('schema', 'pg_namespace', {
    name: 'o.nspname',
    object: "pg_catalog.format('%I', o.nspname)",
    acl: 'o.nspacl',
    owner: 'o.nspowner',
  }),
  named('relation', 'pg_class', {
    schema: inSchema.replace('%', 'o.relnamespace'),
    name: 'o.relname',
    object: relationName,
    acl: 'o.relacl',
    owner: 'o.relowner',
    where: `o.relkind <> 'S'`,
  }),
  named('sequence', 'pg_class', {
    schema: inSchema.replace('%', 'o.relnamespace'),
    name: 'o.relname',
    object: relationName,
    acl: 'o.relacl',
    owner: 'o.relowner',
    where: `o.relkind = 'S'`,
  }),
  `
  SELECT 'column', ${inSchema.replace('%', 'o.relnamespace')}, o.relname::pg_catalog.text, ${relationName},
    at.attname::pg_catalog.text, o.oid, NULL, at.attacl, o.relowner
  FROM named JOIN pg_catalog.pg_class AS o ON o.oid = named.objid
    JOIN pg_catalog.pg_attribute AS at ON at.attrelid = o.oid AND at.attacl IS NOT NULL AND NOT at.attisdropped
  WHERE named.classid = 'pg_catalog.pg_class'::pg_catalog.regclass`,
  named('routine', 'pg_proc', {
    schema: inSchema.replace('%', 'o.pronamespace'),
    name: 'o.proname',
    object: 'o.oid::pg_catalog.regprocedure',
    acl: 'o.proacl',
    owner: 'o.proowner',
  }),
  named('type', 'pg_type', {
    name: 'o.typname',
    object: 'o.oid::pg_catalog.regtype',
    acl: 'o.typacl',
    owner: 'o.typowner',
  }),
  named('language', 'pg_language', {
    name: 'o.lanname',
    object: "pg_catalog.format('%I', o.lanname)",
    acl: 'o.lanacl',
    owner: 'o.lanowner',
  }),
  named('foreign-server', 'pg_foreign_server', {
    name: 'o.srvname',
    object: "pg_catalog.format('%I', o.srvname)",
    acl: 'o.srvacl',
    owner: 'o.srvowner',
  }),
  named('foreign-data-wrapper', 'pg_foreign_data_wrapper', {
    name: 'o.fdwname',
    object: "pg_catalog.format('%I', o.fdwname)",
    acl: 'o.fdwacl',
    owner: 'o.fdwowner',
  }),
  // The system catalogue of large objects is pg_largeobject in pg_shdepend, as in pg_depend (manual, 52.29).
  `
  SELECT 'large-object', NULL, o.oid::pg_catalog.text, o.oid::pg_catalog.text, NULL, o.oid, NULL, o.lomacl, o.lomowner
  FROM named JOIN pg_catalog.pg_largeobject_metadata AS o ON o.oid = named.objid
  WHERE named.classid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass`,
  `
  SELECT 'default', n.nspname::pg_catalog.text, r.rolname::pg_catalog.text, pg_catalog.format('%I', r.rolname),
    NULL, o.oid, o.defaclobjtype, o.defaclacl, o.defaclrole
  FROM named JOIN pg_catalog.pg_default_acl AS o ON o.oid = named.objid
    JOIN pg_catalog.pg_roles AS r ON r.oid = o.defaclrole
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = o.defaclnamespace
  WHERE named.classid = 'pg_catalog.pg_default_acl'::pg_catalog.regclass`,
].join('\n  UNION ALL')}
)${columns}
FROM held, pg_catalog.aclexplode(held.acl) AS a JOIN me ON me.oid = a.grantee
WHERE a.grantee <> held.owner
ORDER BY held."on", held.schema, held.name, held.column_name, a.privilege_type, grantor`

/** GRANT SET ON PARAMETER came with 15 (release notes). A parameter has no owner: the first superuser grants (manual, GRANT). */
const heldInServerSql = (versionNumber: number) => `${ours}, held AS (
  SELECT 'database' AS "on", NULL::pg_catalog.text AS schema, d.datname::pg_catalog.text AS name,
    pg_catalog.format('%I', d.datname) AS object, NULL::pg_catalog.text AS column_name, d.oid,
    NULL::"char" AS later_kind, d.datacl AS acl, d.datdba AS owner
  FROM pg_catalog.pg_database AS d
  UNION ALL
  SELECT 'tablespace', NULL, t.spcname::pg_catalog.text, pg_catalog.format('%I', t.spcname), NULL, t.oid, NULL,
    t.spcacl, t.spcowner
  FROM pg_catalog.pg_tablespace AS t${
    versionNumber < 150_000
      ? ''
      : `
  UNION ALL
  SELECT 'parameter', NULL, p.parname, p.parname, NULL, p.oid, NULL, p.paracl, 10::pg_catalog.oid
  FROM pg_catalog.pg_parameter_acl AS p`
  }
)${columns}
FROM held, pg_catalog.aclexplode(held.acl) AS a JOIN me ON me.oid = a.grantee
WHERE a.grantee <> held.owner
ORDER BY held."on", held.name, a.privilege_type, grantor`

const elsewhereSql = `${ours}
SELECT d.datname::pg_catalog.text AS database,
  pg_catalog.count(DISTINCT (s.classid, s.objid)) FILTER (WHERE s.deptype = 'a')::pg_catalog.int4 AS granted,
  pg_catalog.count(DISTINCT (s.classid, s.objid)) FILTER (WHERE s.deptype = 'o')::pg_catalog.int4 AS owned
FROM pg_catalog.pg_shdepend AS s
JOIN me ON me.oid = s.refobjid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
WHERE s.deptype IN ('a', 'o')
GROUP BY d.datname
ORDER BY d.datname`

const ownedSql = `${ours}
SELECT me.rolname::pg_catalog.text AS role, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name,
  pg_catalog.pg_get_userbyid(n.nspowner)::pg_catalog.text AS "schemaOwner"
FROM pg_catalog.pg_shdepend AS s
JOIN me ON me.oid = s.refobjid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
JOIN pg_catalog.pg_class AS c ON c.oid = s.objid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.deptype = 'o'
  AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
ORDER BY n.nspname, c.relname
LIMIT $2`
