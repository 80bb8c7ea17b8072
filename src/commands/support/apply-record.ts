import type { ApplyOutcome, Rehearsal } from '../../engine/outcome.ts'
import type { KeptSecret } from '../../engine/receipt.ts'
import type { ExitCode } from '../../model/exit-code.ts'
import type { Problem } from '../../model/problem.ts'
import type { FilledForm } from '../../plan/form.ts'
import type { Plan } from '../../plan/plan.ts'
import type { StillToDo } from './text/todo-text.ts'

/**
 * The one document of `apply --json`: what happened, as far as it came. Instants are ISO 8601; `plan`,
 * `rehearsal` and `result` are null where it did not come so far. It never holds the password.
 */
export interface ApplyRecord {
  /**
   * `nothing-to-do`: all was there already. `refused`: bad answers, or the server cannot be used. `undone`: a run
   * that was broken off is taken back, and nothing else done.
   */
  readonly outcome: ApplyOutcome['outcome'] | 'nothing-to-do' | 'refused' | 'undone'
  readonly exitCode: ExitCode
  /** Why it did not come to a good end; several where the answers have several faults. */
  readonly problems: readonly Problem[]
  readonly plan: Plan | null
  readonly rehearsal: Rehearsal | null
  readonly result: ApplyOutcome | null
  /** What an apply that is done leaves; null otherwise. */
  readonly delivered: Delivered | null
}

export interface Delivered {
  /** `proved`, or `not provable from here`. */
  readonly login: string
  /** null where there is none: the tool assumes a role of AWS. */
  readonly password: KeptSecret | null
  readonly forms: readonly FilledForm[]
  /** The path of the receipt in Markdown; the one in JSON is beside it. null where it could not be written. */
  readonly receipt: string | null
  readonly stillToDo: StillToDo
}

/** Of a run that came to nothing yet. */
export const nothingYet = {
  problems: [],
  plan: null,
  rehearsal: null,
  result: null,
  delivered: null,
} as const
