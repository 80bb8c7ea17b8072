import type { Connector } from '../connectors/connector.ts'
import type { Answers, SecretAnswer, ServerAnswer } from '../model/answers.ts'
import type { AwsAnswers } from '../model/aws/answers.ts'
import type { HbaQuestion } from '../model/hba/at-hand.ts'
import type { Secret } from '../model/secret.ts'
import type { Sliced } from '../model/sliced.ts'
import type { RdsFound } from '../plan/firewall/rds.ts'
import type { Plan } from '../plan/plan.ts'
import type { SecretEntry } from '../secrets/store.ts'
import type { Saved } from './event.ts'
import type { WantedSchema } from './relation-reader.ts'
import type { Settled } from './update/result.ts'

/**
 * What a step asks for; carry-out.ts does it and answers with an event. The number of the attempt comes back in
 * the answer, so that a late answer to an earlier one is not taken for this one's.
 */
export type Effect =
  | {
      readonly kind: 'connect'
      readonly attempt: number
      readonly server: ServerAnswer
      readonly password: Secret | null
    }
  /** From now on the connection of this attempt is the one in use. */
  | { readonly kind: 'use-connection'; readonly attempt: number }
  /** Nobody waits for the connection of this attempt any more. */
  | { readonly kind: 'drop-connection'; readonly attempt: number }
  | { readonly kind: 'read-databases' }
  | { readonly kind: 'read-roles'; readonly names: readonly string[] }
  /** The addresses that a vendor publishes for programs. */
  | { readonly kind: 'read-addresses'; readonly tool: string }
  /** A file of addresses, however written. */
  | { readonly kind: 'read-address-file'; readonly path: string }
  | { readonly kind: 'read-hba'; readonly question: HbaQuestion }
  /**
   * From now on the relations of these schemas are wanted, one after the other, and of no others: what is under
   * way for those is cancelled.
   */
  | { readonly kind: 'read-relations'; readonly schemas: readonly WantedSchema[] }
  | {
      readonly kind: 'find-aws'
      readonly attempt: number
      readonly aws: AwsAnswers
      readonly answers: Pick<Answers, 'roles' | 'endpoint'>
      readonly connector: Pick<Connector, 'id' | 'name'>
    }
  /** Which security groups the database with this name has, asked with the credentials that AWS's own tools use. */
  | { readonly kind: 'find-groups'; readonly attempt: number; readonly host: string }
  /** The digits that were asked for; null gives up. */
  | { readonly kind: 'give-mfa'; readonly code: string | null }
  | {
      readonly kind: 'probe-store'
      readonly attempt: number
      readonly answer: SecretAnswer
      /** Of an age file; it stays with the store. */
      readonly passphrase: Secret | null
      /** Whose password it will be, where that is answered. */
      readonly entry: SecretEntry | null
    }
  /** `columns`: of the screen that it is to be drawn on. */
  | {
      readonly kind: 'make-plan'
      readonly attempt: number
      readonly answers: Answers
      readonly columns: number
      /** What RDS said of the database, where a person had it asked. */
      readonly rds?: RdsFound
    }
  | { readonly kind: 'rehearse'; readonly attempt: number; readonly plan: Plan }
  | { readonly kind: 'apply'; readonly plan: Plan; readonly answers: Answers }
  /** Ends what is under way and can be ended: a connection attempt, a probe, a rehearsal, an apply. */
  | { readonly kind: 'cancel' }
  | ({ readonly kind: 'read-password' } & WhoseSecret)
  | { readonly kind: 'hide-password-later' }
  | ({ readonly kind: 'send-password' } & WhoseSecret)
  | {
      readonly kind: 'save'
      readonly what: Exclude<Saved, 'answers'>
      readonly text: string
      readonly name: string
    }
  | { readonly kind: 'save-answers'; readonly answers: Answers }
  | { readonly kind: 'copy'; readonly text: string }
  /** To be run in slices, between the keys; it can be run once. */
  | { readonly kind: 'work'; readonly attempt: number; readonly work: Sliced<Settled> }
  /** What this work would come to is not wanted any more. */
  | { readonly kind: 'drop-work'; readonly attempt: number }
  | { readonly kind: 'repaint' }
  | { readonly kind: 'suspend' }
  /** Leave: how it ends is seen when all that is under way has come to its end (ending.ts). */
  | { readonly kind: 'end' }

/** What names the secret that was kept: the login's password, or the access key's. */
interface WhoseSecret {
  readonly answers: Answers
  readonly plan: Plan
  /** The id of the access key that the tool has; null where it has none. */
  readonly keyId: string | null
}
