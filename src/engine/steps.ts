import { createHash } from 'node:crypto'
import type { Change } from '../model/change.ts'
import { jsonPieces } from '../model/json-pieces.ts'
import type { Sliced } from '../model/sliced.ts'
import { databaseChanges, type Plan } from '../plan/plan.ts'
import { inParts } from '../plan/transaction-size.ts'

/** One transaction of an apply. */
export interface Step {
  /** From 1, in the order in which they are committed. */
  readonly number: number
  readonly kind: 'roles' | 'database' | 'login' | 'end'
  readonly database: string
  readonly changes: readonly Change[]
}

/** The plan as the transactions that it is applied in; the same plan and size give the same steps. */
export function stepsOf(plan: Plan, relations: number): readonly Step[] {
  const home = plan.server.database
  const parts: Omit<Step, 'number'>[] = [
    { kind: 'roles', database: home, changes: plan.roles },
    ...databaseChanges(plan).flatMap(({ database, changes }) =>
      inParts(changes, relations).map(part => ({ kind: 'database' as const, database, changes: part })),
    ),
    { kind: 'login', database: home, changes: plan.opening.filter(change => !endsLogin(change)) },
    { kind: 'end', database: home, changes: plan.opening.filter(endsLogin) },
  ]
  return parts
    .filter(({ changes }) => changes.length > 0)
    .map((part, index) => ({ number: index + 1, ...part }))
}

/** What comes after the proof. */
function endsLogin(change: Change): boolean {
  return change.kind === 'set-valid-until'
}

/** Tells one plan from another: the first digits of a hash over all that it changes. */
export function* planHash(plan: Plan): Sliced<string> {
  const { server, roles, opening } = plan
  const door = plan.network?.change == null ? [] : [plan.network.change]
  const changes = databaseChanges(plan).map(each => [each.database, each.changes])
  const hash = createHash('sha256')
  for (const piece of jsonPieces([server, roles, changes, opening, ...door])) {
    hash.update(piece)
    yield
  }
  return hash.digest('hex').slice(0, 8)
}
