import type { StepId } from '../steps/step.ts'
import type { ListMove } from '../terminal/list-window.ts'
import { clampScroll, scroll } from '../terminal/scroll-text.ts'
import { type QuestionRows, questionRows, textRows, textSize } from './layout.ts'
import { applyLines } from './lines/apply.ts'
import { authenticationLines } from './lines/authentication.ts'
import { awsLines } from './lines/aws.ts'
import { connectionLines } from './lines/connection.ts'
import { doneLines } from './lines/done.ts'
import { endpointLines } from './lines/endpoint.ts'
import { formRows } from './lines/form-rows.ts'
import type { Line } from './lines/line.ts'
import { networkLines } from './lines/network.ts'
import { reviewLines } from './lines/review.ts'
import { secretLines } from './lines/secret.ts'
import type { QuestionState, WizardState } from './state.ts'

/** The text of a step's screen, and the rows that it has there. */
export interface StepText {
  readonly lines: readonly Line[]
  readonly rows: number
}

/** Rows of review and apply above their text: how it stands. */
const statusRows = 1

/** The text of the screen that is shown; null for a step without one. */
export function stepText(state: WizardState): StepText | null {
  switch (state.step) {
    case 'tool':
    case 'schemas':
    case 'tables':
      return null
    case 'review':
      return { lines: reviewLines(state), rows: textRows(state) - statusRows }
    case 'apply':
      return { lines: applyLines(state), rows: textRows(state) - statusRows }
    case 'done':
      return { lines: doneLines(state), rows: textRows(state) }
    default: {
      const lines = questionLines(state, state.step)
      return { lines, rows: sharedRows(state, state[state.step], lines).text }
    }
  }
}

/** The steps that are a form with a text below it. */
export type FormStep = Extract<
  StepId,
  'connection' | 'endpoint' | 'authentication' | 'aws' | 'network' | 'secret'
>

/** How a question with a form shares its screen with its text. */
export function rowsOfQuestion(state: WizardState, step: FormStep): QuestionRows {
  return sharedRows(state, state[step], questionLines(state, step))
}

function sharedRows(state: WizardState, question: QuestionState, lines: readonly Line[]): QuestionRows {
  return questionRows(textRows(state), {
    form: formRows(question, state.size.columns).length,
    text: lines.length,
    urgent: lines.some(({ tone }) => tone === 'bad' || tone === 'warn'),
  })
}

function questionLines(state: WizardState, step: FormStep): readonly Line[] {
  switch (step) {
    case 'connection':
      return connectionLines(state)
    case 'endpoint':
      return endpointLines(state)
    case 'authentication':
      return authenticationLines(state)
    case 'aws':
      return awsLines(state)
    case 'network':
      return networkLines(state)
    case 'secret':
      return secretLines(state)
  }
}

/** Moves the text of the screen. */
export function scrollText(state: WizardState, move: ListMove): WizardState {
  const text = stepText(state)
  if (text === null) return state
  return { ...state, textTop: scroll(state.textTop, move, textSize(text.lines.length, text.rows)) }
}

/** After a resize, or when the text is another one: no empty rows below its end. */
export function clampText(state: WizardState): WizardState {
  if (state.textTop === 0) return state
  const text = stepText(state)
  const textTop = text === null ? 0 : clampScroll(state.textTop, textSize(text.lines.length, text.rows))
  return textTop === state.textTop ? state : { ...state, textTop }
}
