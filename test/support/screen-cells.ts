import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless'

/** null is the terminal's own; a number is one of the 256 colours of the palette; else `#rrggbb`. */
export type CellColour = number | string | null

/** Characters beside each other that look the same. */
export interface StyledRun {
  readonly text: string
  /** Column of the first character, from 0. */
  readonly column: number
  /** How many columns the text takes (a wide character takes two). */
  readonly width: number
  readonly foreground: CellColour
  readonly background: CellColour
  readonly bold: boolean
  readonly dim: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly inverse: boolean
  readonly strikethrough: boolean
}

/**
 * The rows that a terminal shows, as text without trailing spaces. What a narrowed terminal still holds of its
 * former columns is not shown.
 */
export function visibleRows(terminal: Terminal): string[] {
  const { active } = terminal.buffer
  return Array.from({ length: terminal.rows }, (_, row) =>
    // The terminal itself leaves out only what was never written.
    rowText(active, active.baseY + row, terminal.cols).trimEnd(),
  )
}

/** Every row of the normal buffer, scrolled off or not, without the empty ones at its end. */
export function scrollbackRows(terminal: Terminal): string[] {
  const { normal } = terminal.buffer
  const rows = Array.from({ length: normal.length }, (_, row) => rowText(normal, row))
  while (rows.at(-1) === '') rows.pop()
  return rows
}

function rowText(buffer: IBuffer, row: number, columns?: number): string {
  return buffer.getLine(row)?.translateToString(true, 0, columns) ?? ''
}

/** The rows that a terminal shows, cut where the look changes; blank cells at the end of a row are left out. */
export function styledRows(terminal: Terminal): StyledRun[][] {
  const { active } = terminal.buffer
  return Array.from({ length: terminal.rows }, (_, row) =>
    styledRow(active, active.baseY + row, terminal.cols),
  )
}

type Style = Omit<StyledRun, 'text' | 'column' | 'width'>

function styledRow(buffer: IBuffer, row: number, columns: number): StyledRun[] {
  const line = buffer.getLine(row)
  const runs: StyledRun[] = []
  for (let column = 0; column < Math.min(columns, line?.length ?? 0); column++) {
    const cell = line?.getCell(column)
    // Width 0 is the second half of a wide character.
    if (cell === undefined || cell.getWidth() === 0) continue
    const style = styleOf(cell)
    const text = cell.getChars() || ' '
    const last = runs.at(-1)
    if (last !== undefined && sameStyle(last, style)) {
      runs[runs.length - 1] = { ...last, text: last.text + text, width: last.width + cell.getWidth() }
    } else {
      runs.push({ text, column, width: cell.getWidth(), ...style })
    }
  }
  const last = runs.at(-1)
  if (last !== undefined && sameStyle(last, plain)) {
    const text = last.text.trimEnd()
    if (text === '') runs.pop()
    else runs[runs.length - 1] = { ...last, text, width: last.width - (last.text.length - text.length) }
  }
  return runs
}

const plain: Style = {
  foreground: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strikethrough: false,
}

function styleOf(cell: IBufferCell): Style {
  return {
    foreground: colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
    strikethrough: cell.isStrikethrough() !== 0,
  }
}

function colour(isDefault: boolean, isRgb: boolean, value: number): CellColour {
  if (isDefault) return null
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value
}

function sameStyle(left: Style, right: Style): boolean {
  return (Object.keys(plain) as (keyof Style)[]).every(key => left[key] === right[key])
}
