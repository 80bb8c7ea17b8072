import { describe, expect, it } from 'vitest'
import {
  choiceInput,
  type FormState,
  fieldValue,
  focusedField,
  form,
  formCommand,
  formText,
  textInput,
  withValue,
} from '../../src/terminal/form.ts'

const begin = form([textInput('host', 'db'), choiceInput('tls', ['off', 'on'], 'off'), textInput('user', '')])

function type(state: FormState, text: string): FormState {
  return [...text].reduce(
    (each, character) => formText(each, { name: character, text: character }) ?? each,
    state,
  )
}

describe('form', () => {
  it('types at the end of the field that has the keys', () => {
    expect(fieldValue(type(begin, '1'), 'host')).toBe('db1')
    expect(fieldValue(type(begin, '1'), 'user')).toBe('')
  })

  it('moves between fields and stops at both ends', () => {
    const last = ['next-field', 'next-field', 'next-field'].reduce(
      state => formCommand(state, 'next-field'),
      begin,
    )
    expect(focusedField(last)?.id).toBe('user')
    expect(focusedField(formCommand(begin, 'previous-field'))?.id).toBe('host')
  })

  it('turns the options of a choice round, and takes no text there', () => {
    const onChoice = formCommand(begin, 'next-field')
    expect(fieldValue(formCommand(onChoice, 'next-option'), 'tls')).toBe('on')
    expect(fieldValue(formCommand(onChoice, 'previous-option'), 'tls')).toBe('on')
    expect(formText(onChoice, { name: 'x', text: 'x' })).toBeNull()
  })

  it('leaves a text alone when an option is asked for', () => {
    expect(fieldValue(formCommand(begin, 'next-option'), 'host')).toBe('db')
  })

  it('sets a value and goes on typing behind it', () => {
    expect(fieldValue(type(withValue(begin, 'host', 'x'), 'y'), 'host')).toBe('xy')
  })
})
