import type { Key } from './key.ts'
import { editText, type TextFieldState, textField } from './text-field.ts'

/** One field of a form: a text that is typed, or one of a few options. */
export type FormField =
  | { readonly kind: 'text'; readonly id: string; readonly text: TextFieldState }
  | {
      readonly kind: 'choice'
      readonly id: string
      readonly options: readonly string[]
      readonly chosen: string
    }

/** A form is its fields in order and which of them has the keys. */
export interface FormState {
  readonly fields: readonly FormField[]
  readonly focus: string
}

export type FormCommand = 'next-field' | 'previous-field' | 'next-option' | 'previous-option'

/** A text field of a form, the cursor at its end. */
export function textInput(id: string, value: string): FormField {
  return { kind: 'text', id, text: textField(value) }
}

/** A choice of a form. */
export function choiceInput(id: string, options: readonly string[], chosen: string): FormField {
  return { kind: 'choice', id, options, chosen }
}

/** A form with the keys on its first field, or on the one named. */
export function form(fields: readonly FormField[], focus?: string): FormState {
  return { fields, focus: focus ?? fields[0]?.id ?? '' }
}

/** The value of a field: the text as typed, or the chosen option; empty for a field that is not there. */
export function fieldValue(state: FormState, id: string): string {
  const field = state.fields.find(each => each.id === id)
  if (field === undefined) return ''
  return field.kind === 'text' ? field.text.value : field.chosen
}

/** The field that has the keys. */
export function focusedField(state: FormState): FormField | undefined {
  return state.fields.find(field => field.id === state.focus)
}

/** The same form with the keys on another field. */
export function focusOn(state: FormState, id: string): FormState {
  return state.fields.some(field => field.id === id) ? { ...state, focus: id } : state
}

/** The same form with another value in one field, the cursor at its end. */
export function withValue(state: FormState, id: string, value: string): FormState {
  return changeField(state, id, field =>
    field.kind === 'text' ? { ...field, text: textField(value) } : { ...field, chosen: value },
  )
}

/** Moves between fields and options; the ends hold. */
export function formCommand(state: FormState, command: FormCommand): FormState {
  const index = state.fields.findIndex(field => field.id === state.focus)
  switch (command) {
    case 'next-field':
    case 'previous-field': {
      const next = state.fields[index + (command === 'next-field' ? 1 : -1)]
      return next === undefined ? state : { ...state, focus: next.id }
    }
    case 'next-option':
    case 'previous-option':
      return changeField(state, state.focus, field => {
        if (field.kind !== 'choice') return field
        const at = field.options.indexOf(field.chosen) + (command === 'next-option' ? 1 : -1)
        const chosen = field.options[(at + field.options.length) % field.options.length]
        return chosen === undefined ? field : { ...field, chosen }
      })
  }
}

/** Types into the field that has the keys; null where the key is not text, or the field takes none. */
export function formText(state: FormState, key: Key): FormState | null {
  const field = focusedField(state)
  if (field?.kind !== 'text') return null
  const text = editText(field.text, key)
  return text === null
    ? null
    : changeField(state, field.id, each => (each.kind === 'text' ? { ...each, text } : each))
}

function changeField(state: FormState, id: string, change: (field: FormField) => FormField): FormState {
  return { ...state, fields: state.fields.map(field => (field.id === id ? change(field) : field)) }
}
