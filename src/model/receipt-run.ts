import type { Endpoint, SecretAnswer, ServerAnswer } from './answers.ts'
import type { AwsAnswers } from './aws/answers.ts'
import type { MadeChange } from './aws/made-change.ts'
import type { Change } from './change.ts'
import type { Granted } from './granted.ts'
import type { HbaDone } from './hba/change.ts'
import type { ListenDone } from './listen/change.ts'

/** What undo takes from a receipt. */
export interface UndoableReceipt {
  /** ISO 8601, UTC. */
  readonly finishedAt: string
  readonly tool: { readonly id: string; readonly name: string }
  readonly endpoint: Endpoint
  readonly login: string
  readonly run: ReceiptRun
}

/** What was run, as data: all that has to be known to take it back. */
export interface ReceiptRun {
  readonly server: ServerAnswer
  readonly secret: SecretAnswer
  /** The login's databases, also those in which nothing had to be changed. */
  readonly databases: readonly string[]
  /** The role that holds the privileges. */
  readonly grantee: string
  /** Its transactions, in their order. */
  readonly units: readonly { readonly database: string; readonly changes: readonly Change[] }[]
  /** null where it could not be read afterwards. */
  readonly granted: Granted | null
  /** What was made in AWS, where the tool logs in by it. */
  readonly aws?: { readonly answers: AwsAnswers; readonly made: readonly MadeChange[] }
  /** Our lines in pg_hba.conf, where they were written. */
  readonly hba?: HbaDone
  /** listen_addresses, where it was set. */
  readonly listen?: ListenDone
}
