import { quoteLiteral } from '../../model/identifier.ts'

/** Schemas that belong to the system; a data tool is never let into them. */
const notSystem = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"

/** pg_class.relkind of what can be granted to a data tool: tables, views, materialized views, foreign tables. */
const grantableKinds = "('r', 'p', 'v', 'm', 'f')"

/**
 * Databases that connections are allowed to, without templates and without those that a failed DROP DATABASE
 * left invalid (datconnlimit -2).
 */
export const databasesSql = `
SELECT
  d.datname::pg_catalog.text AS "name",
  pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text AS "owner",
  d.datacl::pg_catalog.text AS "acl",
  pg_catalog.has_database_privilege(d.oid, 'CONNECT WITH GRANT OPTION') AS "grantable",
  pg_catalog.has_database_privilege(d.oid, 'CONNECT') AS "connectable"
FROM pg_catalog.pg_database AS d
WHERE d.datallowconn AND NOT d.datistemplate AND d.datconnlimit <> -2
ORDER BY d.datname COLLATE "C"`

/** This database, and its default privileges for relations (pg_default_acl, defaclobjtype r). */
export const databaseSql = `
SELECT
  d.datname::pg_catalog.text AS "name",
  pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text AS "owner",
  d.datacl::pg_catalog.text AS "acl",
  pg_catalog.has_database_privilege(d.oid, 'CONNECT WITH GRANT OPTION') AS "grantable",
  pg_catalog.pg_get_userbyid(a.defaclrole)::pg_catalog.text AS "defaultOwner",
  n.nspname::pg_catalog.text AS "defaultSchema",
  a.defaclacl::pg_catalog.text AS "defaultAcl"
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_default_acl AS a ON a.defaclobjtype = 'r'
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = a.defaclnamespace
WHERE d.datname = pg_catalog.current_database()
ORDER BY 5, 6`

/**
 * The schemas with what they hold, counted but not listed: 180 ms at 100,000 tables. Sizes are relpages,
 * which take no lock; the size functions would take ten times as long and wait behind an ALTER TABLE.
 *
 * Creators are the schema's owner, the roles with CREATE of their own and the owners of relations; in place
 * of pg_database_owner, which can own nothing, stands the database's owner. That PUBLIC may create (as on 14
 * in schema public) names nobody. Until 15 membership allows ALTER DEFAULT PRIVILEGES FOR ROLE, from 16 on
 * only an inherited one.
 */
export const schemasSql = `
WITH held AS (
  SELECT c.relnamespace, c.relowner, pg_catalog.count(*) AS relations,
    pg_catalog.sum(greatest(c.relpages, 0)::pg_catalog.int8) AS pages
  FROM pg_catalog.pg_class AS c
  WHERE c.relkind IN ${grantableKinds}
  GROUP BY c.relnamespace, c.relowner
), maker AS (
  SELECT h.relnamespace, h.relowner AS role, h.relations FROM held AS h
  UNION ALL
  SELECT n.oid, n.nspowner, 0 FROM pg_catalog.pg_namespace AS n
  UNION ALL
  SELECT n.oid, x.grantee, 0
  FROM pg_catalog.pg_namespace AS n, LATERAL pg_catalog.aclexplode(n.nspacl) AS x
  WHERE x.privilege_type = 'CREATE' AND x.grantee <> 0
), creator AS (
  SELECT m.relnamespace, r.oid, r.rolname, pg_catalog.sum(m.relations) AS owns
  FROM maker AS m
  JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
  JOIN pg_catalog.pg_roles AS made ON made.oid = m.role
  JOIN pg_catalog.pg_roles AS r
    ON r.oid = CASE made.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE made.oid END
  GROUP BY m.relnamespace, r.oid, r.rolname
)
SELECT
  n.nspname::pg_catalog.text AS "name",
  pg_catalog.pg_get_userbyid(n.nspowner)::pg_catalog.text AS "owner",
  n.nspacl::pg_catalog.text AS "acl",
  t.description AS "comment",
  pg_catalog.has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION') AS "grantable",
  coalesce(s.relations, 0)::pg_catalog.float8 AS "relationCount",
  coalesce(s.pages, 0)::pg_catalog.float8
    * pg_catalog.current_setting('block_size')::pg_catalog.float8 AS "bytes",
  k.creators AS "creators"
FROM pg_catalog.pg_namespace AS n
LEFT JOIN (
  SELECT h.relnamespace, pg_catalog.sum(h.relations) AS relations, pg_catalog.sum(h.pages) AS pages
  FROM held AS h GROUP BY h.relnamespace
) AS s ON s.relnamespace = n.oid
LEFT JOIN (
  SELECT c.relnamespace, pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'role', c.rolname,
      'alterable', pg_catalog.pg_has_role(c.oid,
        CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000
          THEN 'USAGE' ELSE 'MEMBER' END),
      'owns', c.owns) ORDER BY c.owns DESC, c.rolname COLLATE "C") AS creators
  FROM creator AS c GROUP BY c.relnamespace
) AS k ON k.relnamespace = n.oid
LEFT JOIN pg_catalog.pg_description AS t
  ON t.objoid = n.oid AND t.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND t.objsubid = 0
WHERE ${notSystem}
ORDER BY n.nspname COLLATE "C"`

/** Bytes of a page, which sizes are counted in. */
export const blockSizeSql = `SELECT pg_catalog.current_setting('block_size')::pg_catalog.int4 AS "blockSize"`

/**
 * The relations of some schemas, in few rows: one for each schema, owner and access control list, in which the
 * names stand one after the other and the numbers as 4 bytes each, in base64. 100,000 relations take a third
 * of the time of a row each, and a tenth of ours. Not sorted: who reads it sorts, which costs less there.
 * @param separator stands between the names, and must be in none of them: `relations` tells whether it is
 */
export function relationsSql(schemas: readonly string[], separator: string): string {
  return `
SELECT
  n.nspname::pg_catalog.text AS "schema",
  pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS "owner",
  c.relacl::pg_catalog.text AS "acl",
  pg_catalog.count(*)::pg_catalog.int4 AS "relations",
  pg_catalog.string_agg(c.relname::pg_catalog.text, ${quoteLiteral(separator)}) AS "names",
  ${packed('pg_catalog.oidsend(c.oid)')} AS "oids",
  ${packed('pg_catalog.int4send(greatest(c.relpages, 0))')} AS "pages",
  ${packed('pg_catalog.float4send(c.reltuples)')} AS "tuples",
  pg_catalog.string_agg(c.relkind::pg_catalog.text, '') AS "kinds",
  pg_catalog.string_agg(pg_catalog.chr(48 + c.relispartition::pg_catalog.int4
    + 2 * c.relrowsecurity::pg_catalog.int4 + 4 * c.relispopulated::pg_catalog.int4), '') AS "flags"
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE ${isWanted(schemas)}
GROUP BY n.nspname, c.relowner, c.relacl`
}

/** The comments on relations of some schemas, and their relations' numbers. */
export function commentsSql(schemas: readonly string[]): string {
  return `
SELECT c.oid::pg_catalog.int8::pg_catalog.float8 AS "oid", t.description AS "comment"
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_description AS t
  ON t.objoid = c.oid AND t.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND t.objsubid = 0
WHERE ${isWanted(schemas)}`
}

/** How the columns of the relations of some schemas are called, and of what type: a few thousand pairs. */
export function columnNamesSql(schemas: readonly string[]): string {
  return `
SELECT k.name::pg_catalog.text AS "name", k.type::pg_catalog.int8::pg_catalog.float8 AS "typeOid",
  pg_catalog.format_type(k.type, NULL) AS "type"
FROM (
  SELECT DISTINCT a.attname AS name, a.atttypid AS type
  FROM ${wantedColumns(schemas)}
) AS k`
}

/** Which relations have columns of these names and types: for each pair the relations' numbers, packed. */
export function columnsNamedSql(
  schemas: readonly string[],
  columns: readonly { readonly name: string; readonly typeOid: number }[],
): string {
  const pairs = columns.map(
    ({ name, typeOid }, at) => `(${at}, ${quoteLiteral(name)}::pg_catalog.name, ${typeOid}::pg_catalog.oid)`,
  )
  return `
SELECT k.at AS "at", ${packed('pg_catalog.oidsend(a.attrelid)')} AS "oids"
FROM (VALUES ${pairs.join(', ')}) AS k(at, name, type)
JOIN (SELECT a.attrelid, a.attname, a.atttypid FROM ${wantedColumns(schemas)}) AS a
  ON a.attname = k.name AND a.atttypid = k.type
GROUP BY k.at`
}

/** The columns whose comment has one of the words that a comment about personal data has. */
export function columnsCommentedSql(schemas: readonly string[], words: string): string {
  return `
SELECT a.attrelid::pg_catalog.int8::pg_catalog.float8 AS "oid", a.attname::pg_catalog.text AS "name",
  pg_catalog.format_type(a.atttypid, NULL) AS "type", t.description AS "comment"
FROM ${wantedColumns(schemas)}
JOIN pg_catalog.pg_description AS t
  ON t.objoid = a.attrelid AND t.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND t.objsubid = a.attnum
  AND t.description ~* ${quoteLiteral(words)}`
}

function wantedColumns(schemas: readonly string[]): string {
  return `pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND ${isWanted(schemas)}`
}

function isWanted(schemas: readonly string[]): string {
  const names = schemas.map(quoteLiteral).join(', ')
  return `c.relkind IN ${grantableKinds} AND n.nspname = ANY (ARRAY[${names}]::pg_catalog.text[]) AND ${notSystem}`
}

/** Binary values of 4 bytes, one after the other. */
function packed(value: string): string {
  return `pg_catalog.encode(pg_catalog.string_agg(${value}, ''), 'base64')`
}
