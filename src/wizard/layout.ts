import type { WizardState } from './state.ts'

/** Rows of the head and of the foot of every screen, and the unused last row of the terminal. */
export const headRows = 2
export const footRows = 2
const lastRow = 1

/** Rows that a screen's body has. */
export function bodyRows(state: Pick<WizardState, 'size'>): number {
  return Math.max(1, state.size.rows - headRows - footRows - lastRow)
}

/** Rows of a picker: the body without the line above it and the two below. */
export function pickerRows(state: Pick<WizardState, 'size'>): number {
  return Math.max(1, bodyRows(state) - 4)
}

/** Rows of the text under a form with so many lines. */
export function rowsBelow(state: Pick<WizardState, 'size'>, formLines: number): number {
  return Math.max(1, bodyRows(state) - formLines)
}
