import type { TablePrivilege } from './change.ts'

/** What a run has left on the server, read from there afterwards: all that its undo has to find again. */
export interface Granted {
  /** The roles of the plan; by oid, since a name may be another role's one day. */
  readonly roles: readonly { readonly name: string; readonly oid: number }[]
  /** Whether a login that was there before could log in; null where the run made it. */
  readonly couldLogIn: boolean | null
  readonly grants: readonly GrantedSet[]
  /**
   * Relations on which the grantee held something besides, of which the run knows nothing: by oid, so that
   * they are not taken for tables made later. Receipts of the first versions have none.
   */
  readonly besides?: readonly { readonly database: string; readonly oids: readonly number[] }[]
  /**
   * The highest oid of a relation in each database when the run ended: only what is above was made later. Where it is
   * left out (earlier receipts), `besides` alone tells.
   */
  readonly newest?: readonly { readonly database: string; readonly oid: number }[]
}

/** Grants that differ only in their objects. */
export interface GrantedSet {
  readonly database: string
  readonly on: GrantedOn
  /** Of relations, and of default privileges. */
  readonly schema: string | null
  readonly privileges: readonly GrantedPrivilege[]
  /** Who stands as grantor in the list of privileges; the owner's grants pass to the next owner. */
  readonly grantor: string
  readonly byOwner: boolean
  /** For default privileges: the roles whose later tables they are for. */
  readonly objects: readonly { readonly name: string; readonly oid: number }[]
}

export type GrantedOn = 'database' | 'schema' | 'relation' | 'default'
export type GrantedPrivilege = TablePrivilege | 'CONNECT' | 'USAGE'

/** One privilege on one object, given to a role by name. */
export interface DirectGrant {
  readonly on: GrantedOn
  readonly schema: string | null
  readonly name: string
  readonly oid: number
  readonly privilege: string
  readonly grantor: string
  readonly owner: string
}
