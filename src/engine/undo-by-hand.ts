import type { Change } from '../model/change.ts'
import { databaseChanges, type Plan } from '../plan/plan.ts'
import { assertion } from '../plan/render/assertion.ts'
import { connectCommand } from '../plan/render/psql.ts'
import { spareColumnsOf, titleOf, undoBySuperuser, undoOf } from '../plan/statements.ts'
import { inParts, relationsAnywhere } from '../plan/transaction-size.ts'

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
    ...databaseChanges(plan),
    { database: home, changes: plan.opening },
  ].filter(unit => unit.changes.length > 0)
}

/**
 * The lines for psql that take the units back, last first, each in the database that it is for and as a whole, or in
 * as many transactions as the lock table has room for; none for what cannot be taken back. To a role that was there before somebody may have granted on single columns,
 * which only pg-usher itself puts back: there they look first.
 * @param relations how many relations a transaction may name (transaction-size.ts)
 */
export function undoByHand(units: readonly Unit[], relations: number = relationsAnywhere): string[] {
  const made = new Set(
    units.flatMap(unit =>
      unit.changes.flatMap(change => (change.kind === 'create-role' ? [change.role] : [])),
    ),
  )
  const parts = units.flatMap(({ database, changes }) =>
    inParts(changes, relations).map(part => ({ database, changes: part })),
  )
  const own = parts.toReversed().flatMap(({ database, changes }) => {
    const statements = changes.toReversed().flatMap(undoOf)
    if (statements.length === 0) return []
    const spared = changes.flatMap(change =>
      change.kind === 'grant-relations' && !made.has(change.grantee)
        ? [
            [
              `nothing is granted on single columns that REVOKE would take too (use pg-usher undo): ${titleOf(change)}`,
              spareColumnsOf(change),
            ] as const,
          ]
        : [],
    )
    const ahead = spared.length === 0 ? [] : [assertion(spared)]
    return [connectTo(database), 'BEGIN;', ...ahead, ...terminated(statements), 'COMMIT;']
  })
  const last = units.flatMap(({ changes }) => changes.flatMap(undoBySuperuser))
  return last.length === 0 ? own : [...own, '-- As a superuser, or not at all:', ...terminated(last)]
}

function terminated(statements: readonly string[]): string[] {
  return statements.map(statement => `${statement};`)
}

/** A plain name is written as a person would; PostgreSQL's own folding does not happen in `\connect`. */
function connectTo(database: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(database) ? `\\connect ${database}` : connectCommand(database)
}
