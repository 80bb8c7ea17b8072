import { BLANK, type CellRow, NO_CELLS, sameCell } from './cells.ts'
import { createPen, type Pen, type PenState } from './pen.ts'
import { type Shift, shiftCandidates, shifted } from './row-shift.ts'
import { DEFAULT_STYLE } from './style.ts'

/** What a terminal shows, from its first row on; rows that are left out are blank. */
export type Frame = readonly CellRow[]

/** What to write, and where the cursor stands then. */
export interface Painting {
  readonly bytes: string
  readonly pen: PenState
}

export interface PaintOptions {
  readonly columns: number
  /** Rows that differ are written whole, and none are scrolled. */
  readonly wholeRows?: boolean
  /**
   * Nothing goes into the scrollback of a terminal without an alternate screen, because something secret is or
   * was shown: no row is scrolled, and the cursor waits in the first row. A terminal that is made lower then
   * cuts rows off at its end, where it would push the first ones into its scrollback.
   */
  readonly inPlace?: boolean
  /**
   * Where it is not known what the terminal shows: its rows, each of which is erased by itself. Left out, the
   * display is erased at once, and what others wrote goes where such a terminal keeps it: into its scrollback.
   */
  readonly rows?: number
}

/** The cursor before anything was written: it stands nobody knows where. */
export const UNKNOWN_PEN: PenState = { column: null, row: null, style: DEFAULT_STYLE }

/**
 * What makes a terminal that shows one frame show another: only the cells that differ, rows that moved as a
 * block by scrolling them, whichever is shorter. The result is the same as painting the whole, whatever widths
 * the terminal has for emoji and combining marks.
 *
 * @param from null where it is not known what the terminal shows: all of it is painted, nothing is taken for granted
 */
export function paintDifference(
  from: Frame | null,
  to: Frame,
  pen: PenState,
  { columns, wholeRows = false, inPlace = false, rows }: PaintOptions,
): Painting {
  if (from === null) return paintWhole(to, { columns, inPlace, rows })
  const newPen = () => createPen(columns, pen)
  if (wholeRows || inPlace) return paintRows(from, to, newPen(), { wholeRows, inPlace })
  const little = paintCells(from, to, newPen(), SHORTEST_TO_SCROLL - 1)
  if (little !== null) return little
  const scrolled = shiftCandidates(from, to).reduce<Painting | null>(
    (best, shift) =>
      paintShifted(from, to, shift, newPen(), best === null ? Infinity : best.bytes.length - 1) ?? best,
    null,
  )
  if (scrolled === null) return paintRows(from, to, newPen(), { wholeRows, inPlace })
  return paintCells(from, to, newPen(), scrolled.bytes.length) ?? scrolled
}

/** Fewer bytes than any scrolling takes. */
const SHORTEST_TO_SCROLL = 20

/** So many equal cells between two that differ are written again rather than passed over. */
const SHORTEST_TO_PASS = 4

/**
 * Margins and look as they are by default, which another program may have left otherwise; all cells blank, also
 * those that a wider terminal had.
 */
const START_ANEW = '\u001b[r\u001b[m'

const ERASE_DISPLAY = '\u001b[H\u001b[J'

/** Erases so many rows, each by itself, and leaves the cursor in the first one. */
export function eraseRows(rows: number): string {
  const erased = Array.from({ length: rows }, (_, row) => `\u001b[${row + 1}H\u001b[2K`).join('')
  return `${erased}\u001b[H`
}

function paintWhole(
  to: Frame,
  { columns, inPlace, rows }: { columns: number; inPlace: boolean; rows: number | undefined },
): Painting {
  const pen = createPen(columns, { column: 0, row: 0, style: DEFAULT_STYLE })
  for (const [row, cells] of to.entries()) pen.put(cells, row, 0, cells.length, true)
  const { bytes, pen: after } = finished(pen, inPlace)
  return { bytes: START_ANEW + (rows === undefined ? ERASE_DISPLAY : eraseRows(rows)) + bytes, pen: after }
}

function finished(pen: Pen, inPlace: boolean): Painting {
  if (inPlace) pen.moveTo(0, 0)
  pen.finish()
  return { bytes: pen.written(), pen: pen.state() }
}

/** Null where it would take more bytes than that: then the rest of it is not worked out. */
function paintShifted(from: Frame, to: Frame, shift: Shift, pen: Pen, most: number): Painting | null {
  pen.scroll(shift.top, shift.bottom, shift.by)
  return paintCells(shifted(from, shift), to, pen, most)
}

/** The cells that differ; null where that would take more bytes. */
function paintCells(from: Frame, to: Frame, pen: Pen, most: number): Painting | null {
  for (let row = 0; row < Math.max(from.length, to.length); row++) {
    paintRow(from[row] ?? NO_CELLS, to[row] ?? NO_CELLS, row, pen, false)
    if (pen.length() > most) return null
  }
  const painting = finished(pen, false)
  return painting.bytes.length > most ? null : painting
}

function paintRows(
  from: Frame,
  to: Frame,
  pen: Pen,
  { wholeRows, inPlace }: { wholeRows: boolean; inPlace: boolean },
): Painting {
  for (let row = 0; row < Math.max(from.length, to.length); row++)
    paintRow(from[row] ?? NO_CELLS, to[row] ?? NO_CELLS, row, pen, wholeRows)
  return finished(pen, inPlace)
}

function paintRow(from: CellRow, to: CellRow, row: number, pen: Pen, wholeRow: boolean): void {
  if (from === to) return
  const length = Math.max(from.length, to.length)
  let at = 0
  while (at < length) {
    const range = differingRange(from, to, at, length)
    if (range === null) return
    const { start, end } = wholeRow ? { start: 0, end: length } : range
    if (wholeRow || doubted(from, start, end) || doubted(to, start, end)) {
      // Drawn wider or narrower than thought, it has changed its neighbours: the rest of the row begins anew.
      pen.moveTo(start, row)
      pen.eraseRight()
      // Who has the row read aloud hears its blanks between the words.
      pen.put(to, row, start, to.length, !wholeRow)
      return
    }
    // Where the new row has ended, erasing its rest is shorter than blanks.
    const blanks = end - Math.max(start, to.length)
    const erases = end === length && blanks >= SHORTEST_TO_PASS
    pen.put(to, row, start, erases ? Math.min(end, to.length) : end, false)
    if (erases) {
      pen.moveTo(end - blanks, row)
      pen.eraseRight()
    }
    at = end
  }
}

/** The next columns in which two rows differ, without half of a wide character; null where they are equal. */
function differingRange(
  from: CellRow,
  to: CellRow,
  at: number,
  length: number,
): { readonly start: number; readonly end: number } | null {
  let start = at
  while (start < length && same(from, to, start)) start++
  if (start === length) return null
  let end = start + 1
  for (let next = end; next < length && next - end < SHORTEST_TO_PASS; next++)
    if (!same(from, to, next)) end = next + 1
  while (startsInside(from, start) || startsInside(to, start)) start--
  while (end < length && (startsInside(from, end) || startsInside(to, end))) end++
  return { start, end }
}

function same(from: CellRow, to: CellRow, column: number): boolean {
  return sameCell(from[column] ?? BLANK, to[column] ?? BLANK)
}

/** Whether a column is the second one of a wide character. */
function startsInside(row: CellRow, column: number): boolean {
  return row[column]?.width === 0
}

function doubted(row: CellRow, start: number, end: number): boolean {
  for (let column = start; column < end; column++) if (row[column]?.certain === false) return true
  return false
}
