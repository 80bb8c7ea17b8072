import type { Key } from './key.ts'

/** One line of text being typed. `cursor` is an offset into `value` that never lies inside a character. */
export interface TextFieldState {
  readonly value: string
  readonly cursor: number
}

/** A field with a value, the cursor behind it. */
export function textField(value = ''): TextFieldState {
  return { value, cursor: value.length }
}

/** The field after a key, or null when the key is not for a text field (Enter, Tab, arrows up and down). */
export function editText(_state: TextFieldState, _key: Key): TextFieldState | null {
  return null
}

/** The part of a field around the cursor that fits into `width` columns. */
export interface VisiblePart {
  readonly before: string
  readonly after: string
  /** Text is hidden on this side. */
  readonly cutStart: boolean
  readonly cutEnd: boolean
}

/** Cuts a long value to the columns there are, with the cursor always visible. */
export function visiblePart(state: TextFieldState, _width: number): VisiblePart {
  return {
    before: state.value.slice(0, state.cursor),
    after: state.value.slice(state.cursor),
    cutStart: false,
    cutEnd: false,
  }
}
