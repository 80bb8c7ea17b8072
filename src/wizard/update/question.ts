import type { FieldProblem } from '../../steps/step.ts'
import { focusOn, form } from '../../terminal/form.ts'
import type { QuestionState } from '../state.ts'

/** A question whose fields are made when it is entered. */
export const emptyQuestion: QuestionState = { form: form([]), problems: [] }

/** The question with its problems shown and the keys on the first field that has one. */
export function withProblems<Question extends QuestionState>(
  question: Question,
  problems: readonly FieldProblem[],
): Question {
  const [first] = problems
  return {
    ...question,
    problems,
    form: first === undefined ? question.form : focusOn(question.form, first.field),
  }
}
