import type { Secret } from '../../model/secret.ts'

/** What to do with a run that was broken off. */
export type ResumeChoice = 'go-on' | 'undo' | 'leave'

export const resumeChoices: readonly ResumeChoice[] = ['go-on', 'undo', 'leave']

export interface ApplyRunOptions {
  /** Do not ask. */
  readonly yes: boolean
  /** One ApplyRecord on standard output instead of text, progress on standard error. */
  readonly json: boolean
  /** The folder for the receipt. */
  readonly outDir?: string | undefined
  /** The administrator's password, where it is known already. */
  readonly password?: Secret | undefined
  /** What to do with a run on this server that was broken off; asked when left out. */
  readonly resume?: ResumeChoice | undefined
  /** Receipts of earlier runs on this server: what they granted and is not chosen any more is taken away. */
  readonly receipts?: readonly string[] | undefined
  /** How long each changing transaction may last, in milliseconds; the engine's own when left out. */
  readonly deadline?: number | undefined
  /** Where journals are kept; the person's own place when left out. */
  readonly stateFolder?: string | undefined
}
