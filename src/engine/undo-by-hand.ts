import type { Change } from '../model/change.ts'
import type { Plan } from '../plan/plan.ts'
import { undoOf } from '../plan/statements.ts'

/** What one transaction of a plan does, and where. */
export interface Unit {
  readonly database: string
  readonly changes: readonly Change[]
}

/** The plan as its transactions, in the order in which they run. */
export function unitsOf(plan: Plan): readonly Unit[] {
  const home = plan.server.database
  return [
    { database: home, changes: plan.roles },
    ...plan.databases,
    { database: home, changes: plan.opening },
  ].filter(unit => unit.changes.length > 0)
}

/**
 * The lines for psql that take the units back, last first, each in the database that it is for and as a whole;
 * none for what cannot be taken back.
 */
export function undoByHand(units: readonly Unit[]): string[] {
  return units.toReversed().flatMap(({ database, changes }) => {
    const statements = changes.toReversed().flatMap(undoOf)
    if (statements.length === 0) return []
    return [connectTo(database), 'BEGIN;', ...statements.map(statement => `${statement};`), 'COMMIT;']
  })
}

/**
 * psql's `\connect` to a database of any name, everything else as it is. A name with an = would be taken for a
 * connection string, so names that are not plain are given as one (psql manual, `\connect`).
 */
export function connectTo(database: string): string {
  if (/^[a-z_][a-z0-9_]*$/i.test(database)) return `\\connect ${database}`
  const value = database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
  return `\\connect -reuse-previous=on ${quoteForPsql(`dbname='${value}'`)}`
}

/** psql's own quoting of an argument: single quotes, with C-like escapes inside. */
function quoteForPsql(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `'${escaped}'`
}
