import type { EngineEvent } from '../engine/events.ts'
import type { ApplyOutcome, Rehearsal } from '../engine/outcome.ts'
import type { RelationRule } from '../model/answers.ts'
import type { ExitCode } from '../model/exit-code.ts'
import type { Problem } from '../model/problem.ts'
import type { RelationColumns } from '../model/relation-columns.ts'
import type { Secret } from '../model/secret.ts'
import type { RdsFound } from '../plan/firewall/rds.ts'
import type { FilledForm } from '../plan/form.ts'
import type { Plan } from '../plan/plan.ts'
import type { StorePlace } from '../secrets/places.ts'
import type { AwsInput } from '../steps/aws.ts'
import type { SchemaName, SchemasSetAside } from '../steps/schemas.ts'
import type { Draft, Facts, FieldProblem, StepId } from '../steps/step.ts'
import type { FormState } from '../terminal/form.ts'
import type { PickerState } from '../terminal/picker.ts'
import type { TextFieldState } from '../terminal/text-field.ts'
import type { AwsFound, WizardEvent } from './event.ts'

/** Everything that the wizard knows; a screen is a function of it, a key or a result gives the next one. */
export interface WizardState {
  readonly size: { readonly columns: number; readonly rows: number }
  /** When the wizard was opened: a login that ends before it is useless. */
  readonly today: Date
  /** What stands beside the program's name: that something is not the real thing. */
  readonly label: string | null
  /** A folder that is removed when the wizard is left, as the demo's: what is in it is not named at the end. */
  readonly passingFolder: string | null
  readonly step: StepId
  /** The furthest step that was entered: those before it can be jumped to. */
  readonly reached: StepId
  readonly overlay: Overlay | null
  readonly draft: Draft
  /** The draft that it was opened with, which is no answer of its own yet; null where no answers are kept. */
  readonly keptFrom: Draft | null
  /** The way back to where the answers were left, while it is gone; null otherwise. */
  readonly takingUp: TakingUp | null
  /** What this start changed on a server before the wizard opened, in words. */
  readonly changedBefore: string | null
  readonly facts: Facts
  /** What the last answer's change took with it, or what was just saved or sent. */
  readonly notice: string | null
  /** First visible line of the text on this step's screen. */
  readonly textTop: number
  /** Where the answers were saved; null where nobody wanted that yet. */
  readonly answersFile: string | null
  readonly tool: { readonly highlighted: string }
  readonly connection: ConnectionState
  readonly endpoint: QuestionState
  readonly authentication: AuthenticationState
  readonly aws: AwsState
  readonly schemas: SchemasState
  readonly tables: TablesState
  readonly network: NetworkState
  readonly secret: SecretState
  readonly review: ReviewState
  readonly apply: ApplyState
  readonly done: DoneState
  /** Long work that is under way (update/long-work.ts); null where none is. */
  readonly working: Working | null
  /** How many times work was long so far. */
  readonly works: number
}

/** Work that is done in slices, between the keys. */
export interface Working {
  /** What comes of an earlier one is not heard. */
  readonly attempt: number
  /** What has happened meanwhile, and is done afterwards. */
  readonly held: readonly WizardEvent[]
  /** It answers the filter: typing on makes it another one. */
  readonly isFilter: boolean
}

/** Answers that were kept are gone through, as by Enter, each checked against the live server. */
export interface TakingUp {
  /** Where the person was. */
  readonly to: StepId
  /** The furthest step that had been entered. */
  readonly reached: StepId
}

export type Overlay =
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'steps'; readonly cursor: number }
  | { readonly kind: 'quit' }
  /** The six digits of a device that a profile of AWS wants. */
  | { readonly kind: 'mfa'; readonly device: string; readonly typed: TextFieldState }
  /** Type the word, or it does not happen; where it may be kept too, nothing typed keeps it. */
  | {
      readonly kind: 'confirm'
      readonly about:
        | 'replace-password'
        | 'keep-or-replace-password'
        | 'give-up-password'
        | 'send-plain-password'
        | 'let-everybody-knock'
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

export interface AwsState extends QuestionState {
  /** What was typed, also in fields that are not asked for now. */
  readonly typed: AwsInput
  readonly status: 'idle' | 'asking' | 'found' | 'failed'
  /** The number of the question under way: a late answer to an earlier one is not heard. */
  readonly attempt: number
  readonly found: AwsFound | null
  readonly problem: Problem | null
}

export interface SchemasState {
  readonly status: 'idle' | 'reading' | 'read' | 'failed'
  readonly problem: Problem | null
  readonly picker: PickerState | null
  /** The schema of each of the picker's items. */
  readonly names: readonly SchemaName[]
  /** What was chosen in schemas that were taken out since: it is there again when they are chosen again. */
  readonly setAside: SchemasSetAside
}

export interface TablesState {
  /** All were chosen while some were still to come: they are chosen when they come. */
  readonly allWanted: boolean
  readonly status: 'idle' | 'reading' | 'read' | 'failed'
  readonly problem: Problem | null
  readonly picker: PickerState | null
  /** The schema of each of the picker's groups. */
  readonly groups: readonly SchemaName[]
  /** The relations of each of the picker's groups; null for one that is not read, or gone. */
  readonly columns: readonly (RelationColumns | null)[]
  /** Groups whose later tables follow, each with the owners that it is for. */
  readonly later: ReadonlyMap<number, readonly string[]>
  /** Groups that are chosen by a rule. */
  readonly rules: ReadonlyMap<number, RelationRule>
}

export interface NetworkState extends QuestionState {
  /** The networks of the answers that the wizard was opened with, to say what the vendor has changed since. */
  readonly earlier: readonly string[] | null
  /** What the answers had for listen_addresses when the question was first asked. */
  readonly listen: string | null
  /** The networks with which a person has typed that all addresses are meant; null where nobody has. */
  readonly agreedTo: readonly string[] | null
  /** What was said of unlikely networks, and is agreed to by another Enter; null where nothing was. */
  readonly questioned: string | null
  /** Which security groups RDS says that the database has, where a person has it asked. */
  readonly groups: GroupsState
}

export interface GroupsState {
  readonly status: 'idle' | 'asking' | 'found' | 'failed'
  /** The number of the question under way: a late answer to an earlier one is not heard. */
  readonly attempt: number
  /** The name of the database that was asked about. */
  readonly host: string | null
  readonly found: RdsFound | null
  readonly problem: Problem | null
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
  /** The number of the plan or rehearsal under way: a late answer to an earlier one is not heard. */
  readonly attempt: number
  readonly plan: Plan | null
  /** Why the plan can be saved, but not applied from here. */
  readonly obstacles: readonly Problem[]
  /** Why there is no plan. */
  readonly problems: readonly Problem[]
  readonly rehearsal: Rehearsal | null
  readonly progress: Progress | null
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
}

export interface DoneState {
  readonly forms: readonly FilledForm[]
  /** The password, while it is shown; it is taken out again by a key, or after some seconds. */
  readonly shown: Secret | null
  /** Whether it was shown at all: one that is kept nowhere is not left behind unseen. */
  readonly seen: boolean
  readonly receipt: string | null
  readonly howToRead: string | null
  readonly problem: Problem | null
  /** Whether it is left to take back what the run has done: that is shown and asked about in the terminal. */
  readonly undo: boolean
}

/** How the program ends: what stays in the scrollback, and the exit code. */
export interface Ending {
  readonly exitCode: ExitCode
  readonly summary: readonly string[]
}
