import type { Change } from '../../model/change.ts'
import type { Paragraph } from '../../model/paragraph.ts'
import { statementsOf, titleOf } from '../../plan/statements.ts'

/** The change at which it failed, with its statements; nothing where it was at none. */
export function changeParagraphs(change: Change | null): Paragraph[] {
  if (change === null) return []
  return [
    { text: `At: ${titleOf(change)}`, indent: 2, hanging: 2 },
    ...statementsOf(change).map(
      (statement): Paragraph => ({ text: `${statement};`, indent: 4, hanging: 2, whole: true }),
    ),
  ]
}
