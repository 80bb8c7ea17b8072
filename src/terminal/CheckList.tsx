import { Text } from 'ink'
import { memo } from 'react'
import type { Glyphs } from './glyphs.ts'
import { useLook } from './look.tsx'
import { displayWidth, padEnd, truncate, visible } from './truncate.ts'

export type Check = 'checked' | 'unchecked' | 'partly' | 'disabled' | 'none'

/** One row of a list, ready to draw. Texts from the database need no treatment: drawing makes them safe. */
export interface CheckRow {
  readonly id: string
  readonly label: string
  /** `none`: no box at all. */
  readonly check: Check
  /** Depth in the tree, from 0. */
  readonly depth?: number
  /** Whether it lies in the range that is being made. */
  readonly inRange?: boolean
  /** A parent whose rows are shown or not. */
  readonly fold?: 'open' | 'closed'
  /** At the right edge: numbers, sizes. */
  readonly detail?: string
  /** Behind the label, muted: a comment, or why the row is disabled. */
  readonly note?: string
  /** A mark that asks for attention, before the note: `personal data?`. */
  readonly mark?: string
}

export interface CheckListProps {
  /** Only the visible rows. */
  readonly rows: readonly CheckRow[]
  /** Index into `rows` of the row under the cursor; -1 for none. */
  readonly cursor: number
  readonly columns: number
}

/** Rows with check boxes, one line each, never wider than the screen. */
export function CheckList({ rows, cursor, columns }: CheckListProps) {
  return rows.map((row, index) => (
    <CheckListRow
      {...row}
      key={row.id}
      pointed={index === cursor || row.inRange === true}
      columns={columns}
    />
  ))
}

interface CheckListRowProps extends CheckRow {
  readonly pointed: boolean
  readonly columns: number
}

/** Where a list is moved through, all rows but one or two stay as they are: they are not drawn anew. */
const CheckListRow = memo(({ pointed, columns, ...row }: CheckListRowProps) => {
  const { glyphs, theme } = useLook()
  const { head, mark, note, detail } = checkRowParts(row, columns - displayWidth(glyphs.pointer), glyphs)
  return (
    <Text wrap="truncate">
      {pointed ? <Text {...theme.accent}>{glyphs.pointer}</Text> : ' '}
      {row.check === 'disabled' ? <Text {...theme.muted}>{head}</Text> : head}
      {mark !== '' && <Text {...theme.warn}>{mark}</Text>}
      {note !== '' && <Text {...theme.muted}>{note}</Text>}
      {detail}
    </Text>
  )
})

/** The texts of a row; together as wide as `columns` when there is a detail, else no wider. */
export interface CheckRowParts {
  readonly head: string
  readonly mark: string
  readonly note: string
  readonly detail: string
}

/** At least so many columns stay for a label before a detail is left out. */
const NARROWEST_LABEL = 12

/** Shares the columns of a row: box first, then detail, label, mark, and the note in what is left. */
export function checkRowParts(row: CheckRow, columns: number, glyphs: Glyphs): CheckRowParts {
  const lead = ` ${'  '.repeat(row.depth ?? 0)}${foldOf(row, glyphs)}${boxOf(row, glyphs)}`
  const wanted = row.detail === undefined ? '' : `  ${visible(row.detail)}`
  const fits = columns - displayWidth(lead) - displayWidth(wanted) >= NARROWEST_LABEL
  const right = fits ? wanted : ''
  const room = columns - displayWidth(right)
  // Names of tables often differ at their ends only.
  const label = truncate(
    visible(row.label),
    Math.max(0, room - displayWidth(lead)),
    glyphs.ellipsis,
    'middle',
  )
  const head = lead + label
  const mark = addition(
    row.mark === undefined ? undefined : `${glyphs.warning} ${row.mark}`,
    room - displayWidth(head),
    glyphs,
  )
  const note = addition(row.note, room - displayWidth(head + mark), glyphs)
  if (right === '') return { head, mark, note, detail: '' }
  return { head, mark, note, detail: padEnd('', room - displayWidth(head + mark + note)) + right }
}

/** A text behind the label, after two spaces; left out where it would say next to nothing. */
function addition(text: string | undefined, room: number, glyphs: Glyphs): string {
  if (text === undefined || text === '') return ''
  const cut = truncate(`  ${visible(text)}`, room, glyphs.ellipsis)
  return displayWidth(cut) < Math.min(8, displayWidth(text) + 2) ? '' : cut
}

function foldOf({ fold }: CheckRow, glyphs: Glyphs): string {
  return fold === undefined ? '' : `${glyphs[fold]} `
}

function boxOf({ check }: CheckRow, glyphs: Glyphs): string {
  return check === 'none' ? '' : `${glyphs[check]} `
}
