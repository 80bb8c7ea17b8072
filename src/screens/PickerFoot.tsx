import { type Paragraph, problemParagraphs } from '../model/paragraph.ts'
import type { Problem } from '../model/problem.ts'
import { pickerFootRows } from '../wizard/layout.ts'
import { Prose } from './Row.tsx'

/** Below a picker: what is wrong, or else what is to say of the row under the cursor. */
export function PickerFoot({ problem, about }: { problem: Problem | null; about: readonly Paragraph[] }) {
  return <Prose rows={pickerFootRows} paragraphs={problem === null ? about : problemParagraphs(problem)} />
}
