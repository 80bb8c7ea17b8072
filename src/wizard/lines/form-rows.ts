import type { FormField } from '../../terminal/form.ts'
import type { QuestionState } from '../state.ts'
import { linesOf } from './line.ts'

/** A row of a form: a field, or a line of what is wrong with the field above it. */
export type FormRow =
  | { readonly kind: 'field'; readonly id: string; readonly field: FormField }
  | {
      readonly kind: 'problem'
      readonly id: string
      readonly of: string
      readonly first: boolean
      readonly text: string
    }

/** Columns before a problem: the pointer's, and the sign of a problem. */
export const problemIndent = 4

/** The form as rows: each field, and under it what is wrong with it, wrapped. */
export function formRows({ form, problems }: QuestionState, columns: number): readonly FormRow[] {
  return form.fields.flatMap((field): FormRow[] => [
    { kind: 'field', id: field.id, field },
    ...problems
      .filter(each => each.field === field.id)
      .flatMap(({ problem }) =>
        linesOf(
          [{ text: [problem.message, problem.next].filter(Boolean).join(' ') }],
          columns - problemIndent,
        ).map(
          ({ text }, index): FormRow => ({
            kind: 'problem',
            id: `${field.id} problem ${index}`,
            of: field.id,
            first: index === 0,
            text,
          }),
        ),
      ),
  ])
}

/** The rows that are visible: the field that has the keys is among them, with what is wrong with it. */
export function visibleFormRows(
  question: QuestionState,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly FormRow[] {
  const all = formRows(question, columns)
  const isFocused = (row: FormRow) => (row.kind === 'field' ? row.id : row.of) === question.form.focus
  const first = all.findIndex(isFocused)
  const last = all.findLastIndex(isFocused)
  // Half of the other rows above it, so that the neighbours on both sides are seen.
  const above = Math.max(0, Math.floor((rows - (last - first + 1)) / 2))
  const start = Math.max(0, Math.min(first - above, all.length - rows))
  return all.slice(start, start + rows)
}
