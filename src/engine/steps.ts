import { createHash } from 'node:crypto'
import type { Change } from '../model/change.ts'
import { databaseChanges, type Plan } from '../plan/plan.ts'

/** One transaction of an apply. */
export interface Step {
  /** From 1, in the order in which they are committed. */
  readonly number: number
  readonly kind: 'roles' | 'database' | 'login' | 'end'
  readonly database: string
  readonly changes: readonly Change[]
}

/** What of a server decides how much goes into one transaction. */
export interface LockLimits {
  /** server_version_num. */
  readonly versionNumber: number
  /** Slots of the shared lock table: max_locks_per_transaction * (max_connections + max_prepared_transactions). */
  readonly maxLocks: number
}

/** Granted in some 100 ms where nobody is in the way: a small part of the deadline. */
const mostRelations = 2000

/**
 * How many relations one transaction may name. From 18 on GRANT keeps a lock on each until the end (measured: a
 * transaction that fills the table makes other sessions fail), so there it takes a quarter of the lock table.
 */
export function relationsPerStep({ versionNumber, maxLocks }: LockLimits): number {
  if (versionNumber < 180000 || maxLocks <= 0) return mostRelations
  return Math.max(1, Math.min(mostRelations, Math.floor(maxLocks / 4)))
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

/** The changes in their order, none naming more relations than that; a change that does is split. */
export function inParts(changes: readonly Change[], relations: number): readonly (readonly Change[])[] {
  const parts: Change[][] = [[]]
  let room = relations
  for (const change of changes) {
    if (!('relations' in change)) {
      parts.at(-1)?.push(change)
      continue
    }
    for (let at = 0; at < change.relations.length; ) {
      if (room === 0) {
        parts.push([])
        room = relations
      }
      const some = change.relations.slice(at, at + room)
      parts.at(-1)?.push({ ...change, relations: some })
      at += some.length
      room -= some.length
    }
  }
  return parts.filter(part => part.length > 0)
}

/** Tells one plan from another: the first digits of a hash over all that it changes. */
export function planHash(plan: Plan): string {
  const { server, roles, opening } = plan
  const door = plan.network?.change == null ? [] : [plan.network.change]
  const changes = databaseChanges(plan).map(each => [each.database, each.changes])
  return createHash('sha256')
    .update(JSON.stringify([server, roles, changes, opening, ...door]))
    .digest('hex')
    .slice(0, 8)
}
