import type { Answers } from '../model/answers.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { ServerFacts } from '../model/server-facts.ts'
import type { Plan } from '../plan/plan.ts'
import type { OpenSession } from '../postgres/session.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import type { AwsWork } from './aws/aws-work.ts'
import type { OnEngineEvent, Phase } from './events.ts'
import type { Standing } from './standing.ts'

export interface ApplyRequest {
  readonly plan: Plan
  /** Opens sessions: of the administrator, and of the new login for the proof. */
  readonly open: OpenSession
  readonly store: SecretStore
  readonly entry: SecretEntry
  /** Makes the new password. */
  readonly generate: () => Secret
  /** Whether the login, by its planned name, could try a password from here; asked before anything is made. */
  readonly knock: (database: string) => Promise<Door>
  /** What makes the plan's AWS part; without it that part is for somebody else to make. */
  readonly aws?: AwsWork | undefined
  /** Signs a token for the login, where it comes in by AWS IAM and we may sign one; else it is not proved by logging in. */
  readonly token?: (() => Promise<Secret>) | undefined
  /** How long a token may be refused until AWS knows of it everywhere, in milliseconds; a minute when left out. */
  readonly propagation?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
  /** How long each changing transaction may last, in milliseconds; 2000 when left out. */
  readonly deadline?: number | undefined
  /** How long a server that has gone is called again to undo, in milliseconds; 6000 when left out. */
  readonly patience?: number | undefined
  /** Where the journal is kept, and what stands in it besides the plan; without it there is none. */
  readonly journal?: { readonly folder: string; readonly answers: Answers } | undefined
  /** Where the receipt is written, before the journal goes; without it there is none. */
  readonly receipt?:
    | { readonly folder: string; readonly server: ServerFacts; readonly answers: Answers }
    | undefined
  /** A run of this plan that was broken off, to go on with. */
  readonly resume?: Standing | undefined
}

/** What the knock showed. */
export type Door =
  | { readonly open: true }
  | { readonly open: false; readonly problem: Problem; readonly hbaLine: string | null }

/** Tells that a part begins. */
export function tell(
  { onEvent }: Pick<ApplyRequest, 'onEvent'>,
  phase: Phase,
  database: string | null = null,
): void {
  onEvent?.({ kind: 'phase', phase, database })
}

/** @throws ProblemError `cancelled` where the person has said so */
export function checkSignal({ signal }: Pick<ApplyRequest, 'signal'>): void {
  if (signal?.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
}
