import type { ChosenRelation } from '../plan/plan.ts'
import { type Question, question } from './question.ts'
import { isListed, relationList } from './relation-list.ts'

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
  const { oids, names } = relationList(chosen)
  return question(
    { sql: sampleSql, values: [login, oids, names, size] },
    (rows: readonly OtherRelation[]) => rows,
  )
}

/**
 * Ordered by a hash of the oid: a spread that needs no random numbers. OFFSET 0: privileges are looked at in that
 * order, until there are enough, and not on everything before it is sorted.
 */
const sampleSql = `
SELECT o.schema, o.name
FROM pg_catalog.pg_roles AS r,
(
  SELECT n.nspname AS schema, c.relname AS name, n.oid AS schema_oid, c.oid
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND NOT ${isListed({ oids: '$2', names: '$3' })}
  ORDER BY pg_catalog.hashint8(c.oid::bigint), c.oid
  OFFSET 0
) AS o
WHERE r.rolname = $1
  AND NOT (pg_catalog.has_schema_privilege(r.oid, o.schema_oid, 'USAGE')
    AND pg_catalog.has_any_column_privilege(r.oid, o.oid, 'SELECT'))
LIMIT $4`
