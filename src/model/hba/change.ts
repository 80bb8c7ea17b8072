import type { HbaRequest } from './lines.ts'

/**
 * Our lines in pg_hba.conf, as a change that a plan has: not SQL and not part of a transaction, so it has steps of
 * its own to be made and taken back. The file itself does not stand here: it may hold passwords of LDAP and RADIUS.
 */
export interface HbaChange {
  readonly kind: 'hba-lines'
  readonly why: string
  /** The server's hba_file. */
  readonly path: string
  /** The name of a file of our own beside it, which it includes; null: the lines stand in it. */
  readonly ownFile: string | null
  readonly wanted: HbaRequest
  readonly lines: readonly string[]
  /** Before which line, for a person; null: at the end. */
  readonly above: string | null
  /** SHA-256 of the file that this was made from. */
  readonly basis: string
}

/** What was written, and where it was before: for the receipt. */
export interface HbaDone {
  readonly path: string
  readonly ownPath: string | null
  readonly login: string
  readonly lines: readonly string[]
  /** The file as it was. */
  readonly backup: string
}
