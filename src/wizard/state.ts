import type { EngineEvent } from '../engine/events.ts'
import type { ApplyOutcome, Rehearsal } from '../engine/outcome.ts'
import type { Relation } from '../model/catalogue.ts'
import type { ExitCode } from '../model/exit-code.ts'
import type { Problem } from '../model/problem.ts'
import type { FilledForm } from '../plan/form.ts'
import type { Plan } from '../plan/plan.ts'
import type { StorePlace } from '../secrets/stores.ts'
import type { SchemaName } from '../steps/schemas.ts'
import type { Draft, Facts, FieldProblem, StepId } from '../steps/step.ts'
import type { FormState } from '../terminal/form.ts'
import type { PickerState } from '../terminal/picker.ts'
import type { TextFieldState } from '../terminal/text-field.ts'

/** Everything that the wizard knows; a screen is a function of it, a key or a result gives the next one. */
export interface WizardState {
  readonly size: { readonly columns: number; readonly rows: number }
  readonly step: StepId
  /** The furthest step that was entered: those before it can be jumped to. */
  readonly reached: StepId
  readonly overlay: Overlay | null
  readonly draft: Draft
  readonly facts: Facts
  /** What the last answer's change took with it, or what was just saved or sent. */
  readonly notice: string | null
  readonly tool: { readonly highlighted: string }
  readonly connection: ConnectionState
  readonly endpoint: QuestionState
  readonly authentication: AuthenticationState
  readonly schemas: SchemasState
  readonly tables: TablesState
  readonly network: NetworkState
  readonly secret: SecretState
  readonly review: ReviewState
  readonly apply: ApplyState
  readonly done: DoneState
}

export type Overlay =
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'steps'; readonly cursor: number }
  | { readonly kind: 'quit' }
  /** Type the word, or it does not happen. */
  | {
      readonly kind: 'confirm'
      readonly about: 'replace-password'
      readonly word: string
      readonly typed: TextFieldState
    }

/** A question that is a form, and what is wrong with its fields. */
export interface QuestionState {
  readonly form: FormState
  readonly problems: readonly FieldProblem[]
}

export interface ConnectionState extends QuestionState {
  /** Where each field's value came from; a field that was typed has no entry. */
  readonly sources: Readonly<Record<string, string>>
  readonly status: 'idle' | 'connecting' | 'reading' | 'connected'
  /** The number of the try under way: a late answer to an earlier one is not heard. */
  readonly attempt: number
  readonly problem: Problem | null
}

export interface AuthenticationState extends QuestionState {
  readonly waiting: boolean
  readonly lookUpProblem: Problem | null
}

export interface SchemasState {
  readonly status: 'idle' | 'reading' | 'read' | 'failed'
  readonly problem: Problem | null
  readonly picker: PickerState | null
  /** The schema of each of the picker's items. */
  readonly names: readonly SchemaName[]
}

export interface TablesState {
  readonly status: 'idle' | 'reading' | 'read' | 'failed'
  readonly problem: Problem | null
  readonly picker: PickerState | null
  /** The schema of each of the picker's groups. */
  readonly groups: readonly SchemaName[]
  /** The relation of each of the picker's items. */
  readonly relations: readonly Relation[]
  /** Groups whose later tables follow. */
  readonly later: ReadonlySet<number>
}

export interface NetworkState extends QuestionState {
  /** First visible line of the text below the form. */
  readonly top: number
}

export interface SecretState extends QuestionState {
  readonly status: 'idle' | 'probing' | 'works' | 'fails'
  /** Said after some seconds: a dialog may wait somewhere. */
  readonly slow: boolean
  readonly attempt: number
  readonly problem: Problem | null
  /** Where it can go, in the order offered. */
  readonly places: readonly StorePlace[]
}

export interface ReviewState {
  readonly status: 'idle' | 'planning' | 'planned' | 'refused' | 'rehearsing' | 'rehearsed'
  readonly plan: Plan | null
  readonly problems: readonly Problem[]
  readonly rehearsal: Rehearsal | null
  readonly progress: Progress | null
  readonly top: number
}

export interface Progress {
  readonly label: string
  readonly done: number
  readonly total: number
}

export interface ApplyState {
  readonly status: 'idle' | 'running' | 'cancelling' | 'ended'
  readonly events: readonly EngineEvent[]
  readonly progress: Progress | null
  readonly outcome: ApplyOutcome | null
  readonly top: number
}

export interface DoneState {
  readonly forms: readonly FilledForm[]
  readonly top: number
  /** The password, while it is shown; it is taken out again after some seconds and on every key but reveal. */
  readonly shown: string | null
  readonly receipt: string | null
  readonly howToRead: string | null
  readonly problem: Problem | null
}

/** How the program ends: what stays in the scrollback, and the exit code. */
export interface Ending {
  readonly exitCode: ExitCode
  readonly summary: readonly string[]
}
