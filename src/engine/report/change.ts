import type { Change } from '../../model/change.ts'
import { counted } from '../../model/counted.ts'
import type { Paragraph } from '../../model/paragraph.ts'
import { statementsOf, titleOf } from '../../plan/statements.ts'

/** Rows and columns of a statement that are shown: a GRANT may name hundreds of tables. */
const mostRows = 3
const mostColumns = 200

/** The change at which it failed, with the beginning of its statements; nothing where it was at none. */
export function changeParagraphs(change: Change | null): Paragraph[] {
  if (change === null) return []
  const rows = statementsOf(change).flatMap(statement => `${statement};`.split('\n'))
  const more = rows.length - mostRows
  return [
    { text: `At: ${titleOf(change)}`, indent: 2, hanging: 2 },
    ...rows.slice(0, mostRows).map(
      (row): Paragraph => ({
        text: row.length <= mostColumns ? row : `${row.slice(0, mostColumns)} ...`,
        indent: 4,
        hanging: 2,
        whole: true,
      }),
    ),
    ...(more > 0 ? [{ text: `... and ${counted(more, 'more row')} of it`, indent: 4 }] : []),
  ]
}
