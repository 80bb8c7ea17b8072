import { type BeyondRow, counted, entry, listed, qualified, throughSql } from './beyond-entry.ts'
import type { Beyond } from './outcome.ts'
import { mapped, type Question, question, together } from './question.ts'

/**
 * Asks what the login reaches beside relations and functions: sequences, large objects, foreign servers, and
 * languages in which functions do as the server may.
 */
export function beyondObjects(login: string, database: string): Question<readonly Beyond[]> {
  const parts = together({
    sequences: question({ sql: sequencesSql, values: [login, listed] }, (rows: readonly BeyondRow[]) => [
      ...rows.map(row => entry(database, 'sequence', row, `on the sequence ${qualified(row)}`)),
      ...counted(database, 'sequence', rows, 'sequences'),
    ]),
    // They have numbers and no names, so they are counted only.
    largeObjects: question({ sql: largeObjectsSql, values: [login] }, (rows: readonly BeyondRow[]) =>
      rows.map(row =>
        entry(database, 'large-object', row, `on ${row.total} large object${row.total === 1 ? '' : 's'}`),
      ),
    ),
    servers: question({ sql: foreignServersSql, values: [login] }, (rows: readonly BeyondRow[]) =>
      rows.map(row => entry(database, 'foreign-server', row, `on the foreign server ${qualified(row)}`)),
    ),
    languages: question({ sql: languagesSql, values: [login] }, (rows: readonly BeyondRow[]) =>
      rows.map(row => entry(database, 'language', row, `on the untrusted language ${qualified(row)}`)),
    ),
  })
  return mapped(parts, ({ sequences, largeObjects, servers, languages }) => [
    ...sequences,
    ...largeObjects,
    ...servers,
    ...languages,
  ])
}

/** As of relations, each pair of owner and list is asked about once: a serial column has a sequence of its own. */
const sequencesSql = `
WITH r AS (
  SELECT g.oid FROM pg_catalog.pg_roles AS g WHERE g.rolname = $1
), c AS MATERIALIZED (
  SELECT c.oid, c.relname, n.nspname, c.relowner,
    COALESCE(c.relacl, pg_catalog.acldefault('s', c.relowner)) AS acl
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  CROSS JOIN r
  WHERE c.relkind = 'S'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
), alike AS MATERIALIZED (
  SELECT c.relowner, c.acl, pg_catalog.min(c.oid) AS one FROM c GROUP BY c.relowner, c.acl
), judged AS MATERIALIZED (
  SELECT alike.relowner, alike.acl, pg_catalog.array_remove(ARRAY[
      CASE WHEN pg_catalog.has_sequence_privilege(r.oid, alike.one, 'SELECT') THEN 'SELECT' END,
      CASE WHEN pg_catalog.has_sequence_privilege(r.oid, alike.one, 'USAGE') THEN 'USAGE' END,
      CASE WHEN pg_catalog.has_sequence_privilege(r.oid, alike.one, 'UPDATE') THEN 'UPDATE' END
    ]::pg_catalog.text[], NULL) AS privileges
  FROM alike CROSS JOIN r
), has AS (
  SELECT c.relname, c.nspname, c.acl, judged.privileges, pg_catalog.count(*) OVER ()::int AS total
  FROM c JOIN judged ON judged.relowner = c.relowner AND judged.acl = c.acl
  WHERE judged.privileges <> '{}'
  ORDER BY c.nspname, c.relname
  LIMIT $2
)
SELECT has.relname AS name, has.nspname AS within, has.privileges, has.total,
  ${throughSql('has.acl')} AS through
FROM has CROSS JOIN r
ORDER BY has.nspname, has.relname`

/**
 * By their lists: has_largeobject_privilege came with 18. The owners of whom the login has all are found once,
 * since there may be millions of objects.
 */
const largeObjectsSql = `
WITH r AS (
  SELECT pg_roles.oid FROM pg_catalog.pg_roles WHERE pg_roles.rolname = $1
), mine AS (
  SELECT pg_catalog.array_agg(g.oid) AS oids
  FROM pg_catalog.pg_roles AS g, r WHERE pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE')
), given AS (
  SELECT o.oid,
    pg_catalog.array_agg(DISTINCT a.privilege_type ORDER BY a.privilege_type) AS privileges,
    pg_catalog.array_agg(DISTINCT CASE WHEN a.grantee = 0 THEN ''
      ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END COLLATE "C") AS through
  FROM pg_catalog.pg_largeobject_metadata AS o CROSS JOIN mine
    CROSS JOIN LATERAL pg_catalog.aclexplode(
      COALESCE(o.lomacl, pg_catalog.acldefault('L', o.lomowner))) AS a
  WHERE (o.lomacl IS NOT NULL OR o.lomowner = ANY (mine.oids))
    AND (a.grantee = 0 OR a.grantee = ANY (mine.oids))
  GROUP BY o.oid
)
SELECT 'large objects' AS name, NULL AS within, given.privileges, given.through, pg_catalog.count(*)::int AS total
FROM given
GROUP BY given.privileges, given.through
ORDER BY given.through, given.privileges`

const foreignServersSql = `
SELECT s.srvname AS name, NULL AS within, has.privileges,
  ${throughSql(`COALESCE(s.srvacl, pg_catalog.acldefault('S', s.srvowner))`)} AS through, 0 AS total
FROM pg_catalog.pg_foreign_server AS s
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN (SELECT ARRAY['USAGE'] AS privileges) AS has
WHERE pg_catalog.has_server_privilege(r.oid, s.oid, 'USAGE')
ORDER BY s.srvname`

/** Trusted ones are open to everybody, and cannot leave the database's rights (manual, CREATE LANGUAGE). */
const languagesSql = `
SELECT l.lanname AS name, NULL AS within, has.privileges,
  ${throughSql(`COALESCE(l.lanacl, pg_catalog.acldefault('l', l.lanowner))`)} AS through, 0 AS total
FROM pg_catalog.pg_language AS l
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN (SELECT ARRAY['USAGE'] AS privileges) AS has
WHERE l.lanispl AND NOT l.lanpltrusted
  AND l.lanacl IS NOT NULL AND pg_catalog.has_language_privilege(r.oid, l.oid, 'USAGE')
ORDER BY l.lanname`
