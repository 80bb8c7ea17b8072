import type { RelationKind } from '../model/catalogue.ts'
import type { ChosenRelation } from '../plan/plan.ts'
import { known, type Question, question } from './question.ts'

/** What the catalogue says of a chosen relation and the login; to explain what an attempt shows. */
export interface ChosenFacts {
  readonly schema: string
  readonly name: string
  /** null where the relation is gone. */
  readonly kind: RelationKind | null
  /** The login has USAGE on the schema. */
  readonly usage: boolean
  /** The login has SELECT on the whole relation, from wherever. */
  readonly select: boolean
  readonly references: boolean
  readonly populated: boolean
  /** Row level security applies to the login: off, by policies, or without any so that no row is shown. */
  readonly rowSecurity: 'off' | 'policies' | 'no-policy'
  /** The foreign server whose table it is, where neither the login nor PUBLIC has a user mapping. */
  readonly unmappedServer: string | null
}

/** Asks for the facts of the chosen relations, in their order: the catalogue only, without waiting for a lock. */
export function chosenFacts(
  login: string,
  chosen: readonly ChosenRelation[],
): Question<readonly ChosenFacts[]> {
  if (chosen.length === 0) return known([])
  const list = JSON.stringify(chosen.map(({ schema, name }) => ({ schema, name })))
  return question({ sql: chosenFactsSql, values: [login, list] }, (rows: readonly ChosenFacts[]) => rows)
}

const chosenFactsSql = `
SELECT w.schema, w.name,
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned-table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized-view' WHEN 'f' THEN 'foreign-table' END AS kind,
  COALESCE(pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE'), false) AS usage,
  COALESCE(pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT'), false) AS "select",
  COALESCE(pg_catalog.has_table_privilege(r.oid, c.oid, 'REFERENCES'), false) AS references,
  COALESCE(c.relispopulated, true) AS populated,
  CASE
    WHEN c.oid IS NULL OR NOT c.relrowsecurity OR r.rolsuper OR r.rolbypassrls THEN 'off'
    WHEN pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') AND NOT c.relforcerowsecurity THEN 'off'
    WHEN EXISTS (
      SELECT FROM pg_catalog.pg_policy AS p
      WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('r', '*')
        AND EXISTS (
          SELECT FROM pg_catalog.unnest(p.polroles) AS to_role
          WHERE CASE WHEN to_role = 0 THEN true ELSE pg_catalog.pg_has_role(r.oid, to_role, 'USAGE') END)
    ) THEN 'policies'
    ELSE 'no-policy'
  END AS "rowSecurity",
  (SELECT s.srvname
    FROM pg_catalog.pg_foreign_table AS ft
    JOIN pg_catalog.pg_foreign_server AS s ON s.oid = ft.ftserver
    WHERE ft.ftrelid = c.oid AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_user_mappings AS m
      WHERE m.srvid = s.oid AND (m.umuser = 0 OR m.umuser = r.oid))) AS "unmappedServer"
FROM ROWS FROM (
  pg_catalog.json_to_recordset($2::pg_catalog.json) AS (schema pg_catalog.name, name pg_catalog.name)
) WITH ORDINALITY AS w (schema, name, place)
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY w.place`
