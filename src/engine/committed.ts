import type { MadeChange } from '../model/aws/made-change.ts'
import type { HbaDone } from '../model/hba/change.ts'
import type { ListenDone } from '../model/listen/change.ts'
import type { KeptSecret } from '../secrets/save-undoably.ts'
import type { LoginBefore } from './login-before.ts'
import type { Step } from './steps.ts'

/** One transaction that was committed, or may have been. */
export interface Committed extends Pick<Step, 'number' | 'database' | 'changes'> {
  /** false where the connection went, so that it has to be asked whether it is there. */
  readonly certain: boolean
  /** The transaction's number, where it got as far as its COMMIT. */
  readonly xid: string | null
}

/** What an apply has done so far: everything that a failure has to take back. */
export interface Done {
  readonly committed: Committed[]
  /** An existing login as it was before. */
  loginBefore: LoginBefore | null
  /** The new password in the secret store; null while nothing is saved. */
  secret: KeptSecret | null
  /** Our lines in pg_hba.conf; null while there are none. */
  hba: HbaDone | null
  /** listen_addresses, where it was set; null where it was not. */
  listen: ListenDone | null
  /** What was made in AWS. */
  readonly aws: MadeChange[]
}
