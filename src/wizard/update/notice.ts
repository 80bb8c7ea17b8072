import type { WizardState } from '../state.ts'

/** The line that says what an earlier answer's change took with it; null when it took nothing. */
export function clearedNotice(cleared: readonly string[]): string | null {
  return cleared.length === 0 ? null : `No longer fits and was cleared: ${cleared.join('; ')}.`
}

/** The state with one more thing said: what was said since the last key stays. */
export function withNotice(state: WizardState, text: string | null): WizardState {
  if (text === null) return state
  return { ...state, notice: state.notice === null ? text : `${state.notice} ${text}` }
}
