import { Text } from 'ink'
import { useLook } from './look.tsx'

export type Check = 'checked' | 'unchecked' | 'partly' | 'disabled' | 'none'

/** One row of a list, ready to draw. Texts from the database need no treatment: this makes them safe. */
export interface CheckRow {
  readonly id: string
  readonly label: string
  readonly check: Check
  /** Depth in the tree, from 0. */
  readonly depth?: number
  /** `open`/`closed`: a parent whose rows are shown or not. */
  readonly fold?: 'open' | 'closed'
  /** At the right edge: numbers, sizes. */
  readonly detail?: string
  /** Behind the label, muted: a comment, or why the row is disabled. */
  readonly note?: string
  /** A mark that asks for attention: `personal data`. */
  readonly mark?: string
}

export interface CheckListProps {
  /** Only the visible rows. */
  readonly rows: readonly CheckRow[]
  /** Index into `rows` of the row under the cursor; -1 for none. */
  readonly cursor: number
  readonly columns: number
}

/** Rows with check boxes, one line each, cut to the width. */
export function CheckList({ rows, cursor }: CheckListProps) {
  const { glyphs } = useLook()
  return rows.map((row, index) => (
    <Text key={row.id} wrap="truncate">
      {index === cursor ? glyphs.pointer : ' '} {row.label}
    </Text>
  ))
}
