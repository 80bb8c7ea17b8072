import type { PlannedRelation } from '../plan/plan.ts'

/**
 * Relations as a query takes them in two of its values, and looks them up in a hash: a hundred thousand numbers are
 * read in a tenth of the time that so many names as JSON take.
 */
export interface RelationList {
  /** An array of the oids of those of which it is known which one is meant. */
  readonly oids: string
  /** The others, by their names, as JSON. */
  readonly names: string
}

/** The relations as two values of a query. */
export function relationList(relations: readonly PlannedRelation[]): RelationList {
  const oids: number[] = []
  const named: Pick<PlannedRelation, 'schema' | 'name'>[] = []
  for (const { schema, name, oid } of relations) {
    if (oid === undefined) named.push({ schema, name })
    else oids.push(oid)
  }
  return { oids: `{${oids.join()}}`, names: JSON.stringify(named) }
}

/**
 * Whether the relation of pg_class `c` in pg_namespace `n` is in a list; given where its two values stand: `$2`.
 * @param schema where its schema's name stands
 */
export function isListed({ oids, names }: RelationList, schema = 'n.nspname'): string {
  return `(c.oid IN (SELECT o.oid FROM pg_catalog.unnest(${oids}::pg_catalog.oid[]) AS o (oid))
    OR (${schema}, c.relname) IN (
      SELECT w.schema, w.name
      FROM pg_catalog.json_to_recordset(${names}::pg_catalog.json) AS w (schema pg_catalog.name, name pg_catalog.name)))`
}
