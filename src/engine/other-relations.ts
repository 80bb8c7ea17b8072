import type { ChosenRelation } from '../plan/plan.ts'
import { type Question, question } from './question.ts'

/** One relation that was not chosen. */
export interface OtherRelation {
  readonly schema: string
  readonly name: string
}

/**
 * Asks for a sample of the relations that were not chosen and that the login should be refused on, spread over
 * the whole database and the same on every call. Asks the catalogue only.
 */
export function sampleOfOthers(
  login: string,
  chosen: readonly ChosenRelation[],
  size: number,
): Question<readonly OtherRelation[]> {
  const list = JSON.stringify(chosen.map(({ schema, name }) => ({ schema, name })))
  return question({ sql: sampleSql, values: [login, list, size] }, (rows: readonly OtherRelation[]) => rows)
}

/** Ordered by a hash of the oid: a spread that needs no random numbers. */
const sampleSql = `
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT (pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
    AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT'))
  AND (n.nspname, c.relname) NOT IN (
    SELECT w.schema, w.name
    FROM pg_catalog.json_to_recordset($2::pg_catalog.json) AS w (schema pg_catalog.name, name pg_catalog.name))
ORDER BY pg_catalog.hashint8(c.oid::bigint), c.oid
LIMIT $3`
