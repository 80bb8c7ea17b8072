import { printableName } from '../model/identifier.ts'
import { type BeyondRow, counted, entry, listed, qualified, throughSql } from './beyond-entry.ts'
import type { Beyond } from './outcome.ts'
import { mapped, type Question, question, together } from './question.ts'

/**
 * Asks what somebody has granted on the system's own objects that they were not made with (pg_init_privs, manual
 * 52.28): on relations and functions of pg_catalog and the like, as on pg_authid with its passwords' verifiers.
 */
export function beyondSystem(login: string, database: string): Question<readonly Beyond[]> {
  return question({ sql: systemSql, values: [login, listed] }, (rows: readonly SystemRow[]) => [
    ...rows.map(row =>
      entry(
        database,
        row.kind,
        row,
        `on the system ${row.kind === 'function' ? 'function' : 'relation'} ${qualified(row)}`,
      ),
    ),
    ...counted(database, 'relation', rows, 'system objects'),
  ])
}

/** Asks what the login has on objects of the whole server: tablespaces, and from 15 on parameters. */
export function beyondServerObjects(login: string, versionNumber: number): Question<readonly Beyond[]> {
  const parts = together({
    tablespaces: question({ sql: tablespacesSql, values: [login] }, (rows: readonly BeyondRow[]) =>
      rows.map(row => entry(null, 'tablespace', row, `on the tablespace ${qualified(row)}`)),
    ),
    parameters:
      versionNumber < firstWithParameters
        ? { statements: [], read: () => [] }
        : question({ sql: parametersSql, values: [login] }, (rows: readonly BeyondRow[]) =>
            rows.map(row => entry(null, 'parameter', row, `on the parameter ${printableName(row.name)}`)),
          ),
  })
  return mapped(parts, ({ tablespaces, parameters }) => [...tablespaces, ...parameters])
}

/** GRANT SET ON PARAMETER came with 15 (release notes). */
const firstWithParameters = 150_000

interface SystemRow extends BeyondRow {
  readonly kind: 'relation' | 'function'
}

/**
 * Objects of the system are those of its schemas. The views of information_schema are everybody's to read and show
 * each what is its own; of them earlier versions note no first privileges.
 */
const systemSql = `
WITH r AS (
  SELECT g.oid FROM pg_catalog.pg_roles AS g WHERE g.rolname = $1
), own AS (
  SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast')
), o AS (
  SELECT 'relation' AS kind, c.relname AS name, own.nspname, 'pg_catalog.pg_class'::pg_catalog.regclass AS classid,
    c.oid, 0 AS sub, c.relacl AS acl, pg_catalog.acldefault('r', c.relowner) AS usual
  FROM pg_catalog.pg_class AS c JOIN own ON own.oid = c.relnamespace
  WHERE c.relacl IS NOT NULL
  UNION ALL
  SELECT 'relation', c.relname, own.nspname, 'pg_catalog.pg_class'::pg_catalog.regclass,
    c.oid, a.attnum, a.attacl, pg_catalog.acldefault('c', c.relowner)
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN own ON own.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT 'function', p.proname, own.nspname, 'pg_catalog.pg_proc'::pg_catalog.regclass,
    p.oid, 0, p.proacl, pg_catalog.acldefault('f', p.proowner)
  FROM pg_catalog.pg_proc AS p JOIN own ON own.oid = p.pronamespace
  WHERE p.proacl IS NOT NULL
), has AS (
  SELECT o.kind, o.name, o.nspname, o.acl, added.privileges, pg_catalog.count(*) OVER ()::int AS total
  FROM o CROSS JOIN r
  LEFT JOIN pg_catalog.pg_init_privs AS i
    ON i.classoid = o.classid AND i.objoid = o.oid AND i.objsubid = o.sub
  CROSS JOIN LATERAL (
    SELECT ARRAY(
      SELECT DISTINCT a.privilege_type FROM pg_catalog.aclexplode(o.acl) AS a
      WHERE CASE WHEN a.grantee = 0 THEN true ELSE pg_catalog.pg_has_role(r.oid, a.grantee, 'USAGE') END
        AND NOT (o.nspname = 'information_schema' AND a.grantee = 0 AND a.privilege_type = 'SELECT')
        AND NOT EXISTS (
          SELECT FROM pg_catalog.aclexplode(COALESCE(i.initprivs, o.usual)) AS b
          WHERE b.grantee = a.grantee AND b.privilege_type = a.privilege_type)
      ORDER BY 1) AS privileges
  ) AS added
  WHERE added.privileges <> '{}'
  ORDER BY o.kind DESC, o.nspname, o.name
  LIMIT $2
)
SELECT has.kind, has.name, has.nspname AS within, has.privileges, has.total,
  ${throughSql('has.acl')} AS through
FROM has CROSS JOIN r
ORDER BY has.kind DESC, has.nspname, has.name`

const tablespacesSql = `
SELECT t.spcname AS name, NULL AS within, has.privileges,
  ${throughSql(`COALESCE(t.spcacl, pg_catalog.acldefault('t', t.spcowner))`)} AS through, 0 AS total
FROM pg_catalog.pg_tablespace AS t
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN (SELECT ARRAY['CREATE'] AS privileges) AS has
WHERE pg_catalog.has_tablespace_privilege(r.oid, t.oid, 'CREATE')
ORDER BY t.spcname`

const parametersSql = `
SELECT p.parname AS name, NULL AS within, has.privileges, ${throughSql('p.paracl')} AS through, 0 AS total
FROM pg_catalog.pg_parameter_acl AS p
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN LATERAL (
  SELECT ARRAY(
    SELECT DISTINCT a.privilege_type FROM pg_catalog.aclexplode(p.paracl) AS a
    WHERE CASE WHEN a.grantee = 0 THEN true ELSE pg_catalog.pg_has_role(r.oid, a.grantee, 'USAGE') END
    ORDER BY 1) AS privileges
) AS has
WHERE has.privileges <> '{}'
ORDER BY p.parname`
