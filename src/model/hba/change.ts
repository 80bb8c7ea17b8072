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
  /** SHA-256 of the files that this was made from. */
  readonly basis: string
  /** Whether the file is replaced as a whole here, or written in place by the server. */
  readonly by: 'file' | 'sql'
}

/** What was written, and where it was before: for the receipt. */
export interface HbaDone {
  readonly path: string
  readonly ownPath: string | null
  readonly login: string
  readonly lines: readonly string[]
  /** The file as it was. */
  readonly backup: string
  /** What an earlier run had there, to be put back; left out where there was nothing of ours. */
  readonly former?: HbaFormer
}

/** Our lines for a login as an earlier run has left them: nothing but ours, so without anybody's secrets. */
export interface HbaFormer {
  /** In pg_hba.conf, with their marks. */
  readonly block: readonly string[]
  /** The file of our own that they include. */
  readonly own: { readonly path: string; readonly text: string } | null
}
