import type { Key } from '../../terminal/key.ts'
import type { PickerState } from '../../terminal/picker.ts'
import { cutOff, LONGEST_VALUE } from '../../terminal/text-field.ts'
import type { WizardState } from '../state.ts'

/** The line that says what an earlier answer's change took with it; null when it took nothing. */
export function clearedNotice(cleared: readonly string[]): string | null {
  return cleared.length === 0 ? null : `No longer fits and was cleared: ${cleared.join('; ')}.`
}

/** The line that says how much of a paste had no room in a filter; null where all of it had. */
export function cutNotice({ filtering, query }: PickerState, key: Key): string | null {
  const cut = filtering ? cutOff(query, key) : 0
  if (cut === 0) return null
  const [most, rest] = [LONGEST_VALUE, cut].map(count => count.toLocaleString('en'))
  return `The filter takes ${most} characters: the last ${rest} of what was put in are left out.`
}

/** The state with one more thing said: what was said since the last key stays. */
export function withNotice(state: WizardState, text: string | null): WizardState {
  if (text === null) return state
  return { ...state, notice: state.notice === null ? text : `${state.notice} ${text}` }
}
