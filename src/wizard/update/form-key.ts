import { type FormCommand, type FormState, formCommand, formText } from '../../terminal/form.ts'
import type { Key } from '../../terminal/key.ts'
import type { Command } from '../keymap.ts'
import type { QuestionState } from '../state.ts'

const formCommands: readonly Command[] = ['next-field', 'previous-field', 'next-option', 'previous-option']

/**
 * What a key does to a form: moves, options and text. Null where the key is for somebody else. A change takes
 * the problem of that field away; it is asked again when one goes on.
 */
export function formKey<Question extends QuestionState>(
  question: Question,
  command: Command | null,
  key: Key,
): Question | null {
  const form = changed(question.form, command, key)
  if (form === null) return null
  if (form.fields === question.form.fields) return { ...question, form }
  return { ...question, form, problems: question.problems.filter(problem => problem.field !== form.focus) }
}

function changed(form: FormState, command: Command | null, key: Key): FormState | null {
  if (command !== null) return isFormCommand(command) ? formCommand(form, command) : null
  return formText(form, key)
}

function isFormCommand(command: Command): command is FormCommand & Command {
  return formCommands.includes(command)
}
