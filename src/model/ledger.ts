import type { RoleParameter } from './change.ts'
import type { GrantedSet } from './granted.ts'

/**
 * What earlier runs granted to one grantee and have not taken away since, as far as is known: only this is ever
 * taken away by a later run. Whether it is still there is for the live server to say.
 */
export interface Ledger {
  /** The role that holds the privileges. */
  readonly grantee: string
  readonly grants: readonly GrantedSet[]
  /** What was set for a login with ALTER ROLE SET. */
  readonly parameters: readonly LedgerParameter[]
  /** The highest oid of a relation in each database when the last run there ended, where it is noted. */
  readonly newest?: ReadonlyMap<string, number>
}

export interface LedgerParameter {
  readonly role: string
  readonly parameter: RoleParameter
  readonly value: string
}
