import type { MadeChange } from '../model/aws/made-change.ts'
import type { Change } from '../model/change.ts'
import type { Granted } from '../model/granted.ts'
import type { HbaDone } from '../model/hba/change.ts'
import type { ListenDone } from '../model/listen/change.ts'
import type { Problem, Result } from '../model/problem.ts'

/** What a rehearsal showed. Whatever it is, nothing on the server has changed. */
export type Rehearsal =
  | {
      readonly outcome: 'held'
      readonly databases: readonly DatabaseAccess[]
      /** The longest of its transactions, in milliseconds: so long an apply may hold its locks. */
      readonly lockedFor: number
      readonly beyond: readonly Beyond[]
    }
  | {
      readonly outcome: 'failed'
      readonly problem: Problem
      readonly change: Change | null
      readonly database: string
    }
  | { readonly outcome: 'cancelled' }

/** What the login reaches in one database, tried and not only read from the catalogue. */
export interface DatabaseAccess {
  readonly database: string
  /** Chosen relations that could be read. */
  readonly readable: number
  /** Other relations that were tried and refused, as they should be. */
  readonly refused: number
  /** Chosen relations of which names, columns and constraints are shown, without rows; only in that tier. */
  readonly metadata?: number
  readonly findings: readonly Finding[]
}

/** Something about a chosen relation that a person should know although the grants are right. */
export interface Finding {
  readonly code:
    | 'row-security'
    | 'row-security-hides-all'
    | 'reads-as-caller'
    | 'not-populated'
    | 'no-user-mapping'
    | 'foreign-server-not-asked'
    | 'locked'
    | 'unreadable'
    | 'asked-not-tried'
    | 'verifier-leaves-trace'
  readonly level: 'info' | 'warning'
  readonly relation: { readonly schema: string; readonly name: string } | null
  readonly text: string
}

/** Something the login reaches although it was not chosen, and the way it comes. Never taken away by us. */
export interface Beyond {
  /** null: in the whole server. */
  readonly database: string | null
  readonly object:
    | 'database'
    | 'schema'
    | 'relation'
    | 'role'
    | 'function'
    | 'sequence'
    | 'large-object'
    | 'foreign-server'
    | 'language'
    | 'tablespace'
    | 'parameter'
  /** For a person: `public`, `sales.notes`. */
  readonly name: string
  /** As SQL names them: SELECT, CREATE. */
  readonly privileges: readonly string[]
  /** `PUBLIC` or the role whose privileges the login has. */
  readonly through: readonly string[]
  readonly text: string
}

/** How an apply ended. */
export type ApplyOutcome =
  | ({ readonly outcome: 'done' } & Applied)
  /** All is granted, but this machine may not log in as the new user: pg_hba.conf lets only others in. */
  | ({ readonly outcome: 'done-unproved'; readonly unproved: readonly Unproved[] } & Applied)
  | { readonly outcome: 'failed-unchanged'; readonly problem: Problem; readonly change: Change | null }
  | ({ readonly outcome: 'failed-changed'; readonly problem: Problem; readonly change: Change | null } & Left)
  /** Ended by the person; everything is as before. Where it is not, the outcome is failed-changed. */
  | { readonly outcome: 'cancelled' }

export interface Applied {
  readonly proof: Proof
  readonly startedAt: Date
  readonly finishedAt: Date
  /** What the login could not be given without a trace, such as a verifier in the server's log. */
  readonly notes: readonly string[]
  /** For the undo of a later day; null where it could not be read. */
  readonly granted: Granted | null
  /** Our lines in pg_hba.conf, where they were written. */
  readonly hba?: HbaDone
  /** listen_addresses, where it was set. */
  readonly listen?: ListenDone
  /** Where the tool logs in by AWS IAM and its part was made from here. */
  readonly aws?: AppliedAws
  /** The path of the receipt in Markdown, or why it could not be written, which takes nothing back. */
  readonly receipt?: Result<string>
}

/** How an apply that came to a good end ended. */
export type AppliedOutcome = Extract<ApplyOutcome, { readonly outcome: 'done' | 'done-unproved' }>

/** What an apply has made in AWS. */
export interface AppliedAws {
  /** The key that the tool signs with; null for a role. Its secret is in the chosen store. */
  readonly keyId: string | null
  readonly made: readonly MadeChange[]
}

/** What is still there after a failure that could not be undone. */
export interface Left {
  /** In words, one entry a thing. */
  readonly left: readonly string[]
  /** What a person runs by hand, in order: SQL, with psql's `\connect` between databases. */
  readonly undo: readonly string[]
}

/** A database in which the login could not be tried from here. */
export interface Unproved {
  readonly database: string
  readonly problem: Problem
  /** The line that pg_hba.conf lacks for this machine, where it is known. */
  readonly hbaLine: string | null
}

/** What was tried as the new user, and found. */
export interface Proof {
  readonly databases: readonly ProvedDatabase[]
  readonly beyond: readonly Beyond[]
}

export interface ProvedDatabase extends DatabaseAccess {
  /**
   * login: logged in with the new password; assumed: SET ROLE by the administrator; asked: of the catalogue, where
   * the administrator may not become the login.
   */
  readonly by: 'login' | 'assumed' | 'asked'
  /** Attempts to change rows that were refused. */
  readonly writesRefused: number
  /** Attempts to create a table or schema that were refused. */
  readonly createsRefused: number
}
