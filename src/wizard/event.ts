import type { VendorList } from '../connectors/vendor-list.ts'
import type { EngineEvent } from '../engine/events.ts'
import type { ApplyOutcome, Rehearsal } from '../engine/outcome.ts'
import type { AwsDatabase, AwsIdentity, AwsTarget } from '../model/aws/target.ts'
import type { CatalogueDatabase } from '../model/catalogue.ts'
import type { HbaQuestion, HbaReading } from '../model/hba/at-hand.ts'
import type { Problem, Result } from '../model/problem.ts'
import type { RelationColumns } from '../model/relation-columns.ts'
import type { Secret } from '../model/secret.ts'
import type { ExistingRole, ServerFacts } from '../model/server-facts.ts'
import type { RdsFound } from '../plan/firewall/rds.ts'
import type { FilledForm } from '../plan/form.ts'
import type { Plan } from '../plan/plan.ts'
import type { SchemaName } from '../steps/schemas.ts'
import type { StepId } from '../steps/step.ts'
import type { Key } from '../terminal/key.ts'
import type { Settled } from './update/result.ts'

/** What can happen to the wizard: a key, a new size, or the answer to something that it asked for. */
export type WizardEvent =
  | { readonly kind: 'key'; readonly key: Key }
  /** Long work has come to its end. */
  | { readonly kind: 'worked'; readonly attempt: number; readonly settled: Settled }
  | { readonly kind: 'work-failed'; readonly attempt: number; readonly problem: Problem }
  | { readonly kind: 'resized'; readonly columns: number; readonly rows: number }
  /** Answers that were kept are taken up again: to where the person was. */
  | { readonly kind: 'taken-up'; readonly step: StepId; readonly reached: StepId }
  | { readonly kind: 'tool-highlighted'; readonly tool: string }
  | { readonly kind: 'tool-chosen'; readonly tool: string }
  | { readonly kind: 'connected'; readonly attempt: number; readonly server: ServerFacts }
  | {
      readonly kind: 'connect-failed'
      readonly attempt: number
      readonly problem: Problem
      readonly wantsPassword: boolean
    }
  | { readonly kind: 'databases-read'; readonly databases: readonly CatalogueDatabase[] }
  /** The list of them, with what is in the one that the connection is to; the others are still being read. */
  | { readonly kind: 'databases-begun'; readonly databases: readonly CatalogueDatabase[] }
  | { readonly kind: 'databases-failed'; readonly problem: Problem }
  | { readonly kind: 'roles-read'; readonly roles: Readonly<Record<string, ExistingRole | null>> }
  | { readonly kind: 'roles-failed'; readonly problem: Problem }
  | { readonly kind: 'addresses-read'; readonly tool: string; readonly list: VendorList }
  | { readonly kind: 'address-file-read'; readonly path: string; readonly read: Result<string> }
  | { readonly kind: 'hba-read'; readonly question: HbaQuestion; readonly reading: HbaReading }
  | { readonly kind: 'relations-read'; readonly schemas: readonly RelationsOf[] }
  | { readonly kind: 'relations-failed'; readonly problem: Problem }
  | { readonly kind: 'aws-found'; readonly attempt: number; readonly result: Result<AwsFound> }
  | { readonly kind: 'groups-found'; readonly attempt: number; readonly result: Result<RdsFound> }
  | { readonly kind: 'mfa-asked'; readonly device: string }
  | { readonly kind: 'store-slow'; readonly attempt: number }
  | { readonly kind: 'store-probed'; readonly attempt: number; readonly problem: Problem | null }
  | {
      readonly kind: 'planned'
      readonly attempt: number
      readonly plan: Plan
      /** Why it can be saved for somebody else, but not applied from here; empty where it can. */
      readonly obstacles: readonly Problem[]
      readonly facts: FreshFacts
    }
  | {
      readonly kind: 'plan-refused'
      readonly attempt: number
      readonly problems: readonly Problem[]
      readonly facts: FreshFacts | null
    }
  | { readonly kind: 'engine'; readonly event: EngineEvent }
  | { readonly kind: 'rehearsed'; readonly attempt: number; readonly rehearsal: Rehearsal }
  | { readonly kind: 'applied'; readonly outcome: ApplyOutcome; readonly done: Delivered | null }
  | { readonly kind: 'password-read'; readonly password: Secret }
  | { readonly kind: 'password-hidden' }
  /** `through`: what the way to the clipboard depends on, in words; empty where there is nothing to say. */
  | { readonly kind: 'password-sent'; readonly sent: boolean; readonly through: string }
  | { readonly kind: 'password-failed'; readonly problem: Problem }
  | { readonly kind: 'saved'; readonly what: Saved; readonly path: string }
  | { readonly kind: 'copied'; readonly sent: boolean }
  | { readonly kind: 'failed'; readonly problem: Problem }

/** Who asked AWS, and which database it is there; `database` is null where it was typed. */
export interface AwsFound {
  readonly identity: AwsIdentity
  readonly target: AwsTarget
  readonly database: AwsDatabase | null
}

/** What goes into a file. */
export type Saved = 'sql' | 'aws' | 'network' | 'form' | 'answers'

export interface RelationsOf extends SchemaName {
  readonly relations: RelationColumns
}

/** What was read again for the plan. */
export interface FreshFacts {
  readonly databases: readonly CatalogueDatabase[]
  readonly roles: Readonly<Record<string, ExistingRole | null>>
}

/** What is on the last screen. */
export interface Delivered {
  readonly forms: readonly FilledForm[]
  /** Where the receipt is; null where it could not be written, for the reason in `problem`. */
  readonly receipt: string | null
  readonly problem: Problem | null
  /** null where there is no secret. */
  readonly howToRead: string | null
}
