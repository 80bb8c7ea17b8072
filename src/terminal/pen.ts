import { BLANK, type Cell, sameCell } from './cells.ts'
import { DEFAULT_STYLE, type Style, styleChange } from './style.ts'

/** Where the terminal's cursor stands and what look it writes in; null where that is not known. */
export interface PenState {
  readonly column: number | null
  readonly row: number | null
  readonly style: Style
}

/** Writes for a terminal and keeps what its cursor does, so that each move is the shortest one. */
export interface Pen {
  moveTo(column: number, row: number): void
  /** Writes the cells of a row from a column on; where the row was `erased` before, blanks are passed over. */
  put(cells: readonly Cell[], row: number, from: number, to: number, erased: boolean): void
  /** Erases from the cursor to the end of its row. */
  eraseRight(): void
  /** Moves rows `top` to `bottom` (not included) up by so many rows, or down where it is negative. */
  scroll(top: number, bottom: number, by: number): void
  /** Takes the look back to the default one. */
  finish(): void
  written(): string
  /** Characters written so far. */
  length(): number
  state(): PenState
}

/** Columns that a terminal gives one code point at most; it may draw a joined emoji as all of its parts. */
const WIDEST_CODE_POINT = 2

/** Columns that are as quickly written as passed over. */
const SHORTEST_MOVE = 4

/** A pen for a terminal of so many columns, in the state in which another one was left. */
export function createPen(columns: number, { column, row, style }: PenState): Pen {
  let x = column
  let y = row
  let look = style
  let out = ''

  const setStyle = (next: Style): void => {
    out += styleChange(look, next)
    look = next
  }

  const moveTo = (toX: number, toY: number): void => {
    if (x === toX && y === toY) return
    out += shortest(absolute(toX, toY), y === null ? null : vertical(toY - y) + horizontal(x, toX))
    x = toX
    y = toY
  }

  const eraseRight = (): void => {
    // What is erased takes the background of the look.
    setStyle(DEFAULT_STYLE)
    out += '\u001b[K'
  }

  const putDoubted = (cell: Cell, column: number, row: number): void => {
    const next = column + cell.width
    // Drawn wider than there is room, it must not go on in the next row.
    const mayWrap = column + [...cell.text].length * WIDEST_CODE_POINT > columns
    out += mayWrap ? `\u001b[?7l${cell.text}\u001b[?7h` : cell.text
    x = null
    if (next >= columns) return
    moveTo(next, row)
    eraseRight()
  }

  return {
    moveTo,
    eraseRight,
    put(cells, row, from, to, erased) {
      for (let column = from; column < to; column++) {
        const cell = cells[column] ?? BLANK
        if (cell.width === 0 || (erased && sameCell(cell, BLANK))) continue
        const blanks = y === row && x !== null && x >= from ? column - x : 0
        if (erased && look === DEFAULT_STYLE && blanks > 0 && blanks < SHORTEST_MOVE) {
          out += ' '.repeat(blanks)
          x = column
        }
        moveTo(column, row)
        setStyle(cell.style)
        if (!cell.certain) {
          putDoubted(cell, column, row)
          continue
        }
        out += cell.text
        const next = column + cell.width
        // In the last column the cursor waits, on some terminals in it and on others behind it.
        x = next < columns ? next : null
      }
    },
    scroll(top, bottom, by) {
      setStyle(DEFAULT_STYLE)
      out += `\u001b[${top + 1};${bottom}r`
      x = 0
      y = 0
      // A line feed in the last row of the region, a reverse one in its first: every terminal knows these.
      moveTo(0, by > 0 ? bottom - 1 : top)
      out += `${(by > 0 ? '\n' : '\u001bM').repeat(Math.abs(by))}\u001b[r`
      x = 0
      y = 0
    },
    finish: () => setStyle(DEFAULT_STYLE),
    written: () => out,
    length: () => out.length,
    state: () => ({ column: x, row: y, style: look }),
  }
}

function absolute(column: number, row: number): string {
  if (column > 0) return `\u001b[${row === 0 ? '' : row + 1};${column + 1}H`
  return row === 0 ? '\u001b[H' : `\u001b[${row + 1}H`
}

function vertical(rows: number): string {
  if (rows === 0) return ''
  return `\u001b[${Math.abs(rows) === 1 ? '' : Math.abs(rows)}${rows > 0 ? 'B' : 'A'}`
}

function horizontal(from: number | null, to: number): string {
  if (from === to) return ''
  const column = to === 0 ? '\r' : `\u001b[${to + 1}G`
  if (from === null) return column
  const count = Math.abs(to - from)
  const letter = to > from ? 'C' : 'D'
  return shortest(
    column,
    `\u001b[${count === 1 ? '' : count}${letter}`,
    to < from && count < 4 ? '\b'.repeat(count) : null,
  )
}

function shortest(...ways: readonly (string | null)[]): string {
  return (
    ways.reduce<string | null>(
      (best, way) => (way !== null && (best === null || way.length < best.length) ? way : best),
      null,
    ) ?? ''
  )
}
