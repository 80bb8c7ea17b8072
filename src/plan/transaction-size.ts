import type { Change } from '../model/change.ts'

/** What of a server decides how much goes into one transaction. */
export interface LockLimits {
  /** server_version_num. */
  readonly versionNumber: number
  /** Slots of the shared lock table: max_locks_per_transaction * (max_connections + max_prepared_transactions). */
  readonly maxLocks: number
}

/** Granted in some 200 ms where nobody is in the way: a small part of the deadline. */
const mostRelations = 4000

/** For a server that is not known: as many as fit one with the settings that PostgreSQL comes with. */
export const relationsAnywhere = 1600

/**
 * How many relations one transaction may name. From 18 on GRANT keeps a lock on each until the end (measured: a
 * transaction that fills the table makes other sessions fail), so there it takes a quarter of the lock table.
 */
export function relationsPerTransaction({ versionNumber, maxLocks }: LockLimits): number {
  if (versionNumber < 180000 || maxLocks <= 0) return mostRelations
  return Math.max(1, Math.min(mostRelations, Math.floor(maxLocks / 4)))
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
