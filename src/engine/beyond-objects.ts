import { type BeyondRow, counted, entry, listed, qualified, throughSql } from './beyond-entry.ts'
import type { Beyond } from './outcome.ts'
import { mapped, type Question, question, together } from './question.ts'

/** Asks what the login reaches beside relations and functions: sequences, large objects, foreign servers. */
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
  })
  return mapped(parts, ({ sequences, largeObjects, servers }) => [...sequences, ...largeObjects, ...servers])
}

const sequencesSql = `
SELECT c.relname AS name, n.nspname AS within, has.privileges,
  ${throughSql(`COALESCE(c.relacl, pg_catalog.acldefault('s', c.relowner))`)} AS through,
  pg_catalog.count(*) OVER ()::int AS total
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN LATERAL (
  SELECT ARRAY(
    SELECT p.privilege FROM (VALUES
      (1, 'SELECT', pg_catalog.has_sequence_privilege(r.oid, c.oid, 'SELECT')),
      (2, 'USAGE', pg_catalog.has_sequence_privilege(r.oid, c.oid, 'USAGE')),
      (3, 'UPDATE', pg_catalog.has_sequence_privilege(r.oid, c.oid, 'UPDATE'))
    ) AS p (place, privilege, held)
    WHERE p.held ORDER BY p.place
  ) AS privileges
) AS has
WHERE c.relkind = 'S'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND has.privileges <> '{}'
ORDER BY n.nspname, c.relname
LIMIT $2`

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
