import type { ListSize } from '../terminal/list-window.ts'
import { wrap } from '../terminal/wrap.ts'
import type { WizardState } from './state.ts'

/** Rows of the head and of the foot of every screen, and the unused last row of the terminal. */
export const headRows = 2
export const footRows = 2
const lastRow = 1

/** Rows that a screen's body has. */
export function bodyRows(state: Pick<WizardState, 'size'>): number {
  return Math.max(1, state.size.rows - headRows - footRows - lastRow)
}

/** A notice has so many rows at most. */
export const mostNoticeRows = 3

/** The rows of the notice under the head; the sign in front of it is one column wide. */
export function noticeLines(notice: string, columns: number, sign: string): readonly string[] {
  return wrap(`${sign} ${notice}`, columns, '  ')
}

/** Rows that a text has: a notice of several rows takes the others from the body. */
export function textRows(state: Pick<WizardState, 'size' | 'notice'>): number {
  const { notice, size } = state
  const rows = notice === null ? 1 : Math.min(mostNoticeRows, noticeLines(notice, size.columns, '*').length)
  return Math.max(1, bodyRows(state) - (rows - 1))
}

/** Rows above a picker: the question and the filter. */
const pickerHeadRows = 2

/** Rows below a picker: what is wrong, or what is to say of the row under the cursor. */
export const pickerFootRows = 3

/** Rows of a picker. */
export function pickerRows(state: Pick<WizardState, 'size'>): number {
  return Math.max(1, bodyRows(state) - pickerHeadRows - pickerFootRows)
}

/** How a form and the text below it share a body. */
export interface QuestionRows {
  /** Whether there is room for the hint under the question. */
  readonly hint: boolean
  readonly form: number
  readonly text: number
}

/** A form that gives way to a text keeps so many rows: the field that has the keys, and its neighbours. */
const fewestFormRows = 3

/**
 * Shares the rows between a form and its text; the question and the row between the two are taken off. A text
 * that a person must see (an error, a warning) is shown whole where it can be, and the form scrolls; any other
 * text takes what the form leaves.
 */
export function questionRows(
  body: number,
  { form, text, urgent }: { readonly form: number; readonly text: number; readonly urgent: boolean },
): QuestionRows {
  const room = Math.max(2, body - 2)
  if (form + text + 1 <= room) return { hint: true, form, text: room - form - 1 }
  const least = urgent ? text : Math.min(text, 1)
  const formShare = Math.min(form, Math.max(fewestFormRows, room - least), room - 1)
  return { hint: false, form: formShare, text: room - formShare }
}

/** What is visible of a text: where not all of it is, its last row says how much there is. */
export function textSize(lines: number, rows: number): ListSize {
  return { count: lines, height: lines <= rows ? rows : Math.max(1, rows - 1) }
}
