import { afterSgr, DEFAULT_STYLE, type Style } from './style.ts'
import { displayWidth, graphemes } from './truncate.ts'

/** One column of a row of the terminal. */
export interface Cell {
  /** The character; empty in the second column of a wide one. */
  readonly text: string
  readonly width: 0 | 1 | 2
  readonly style: Style
  /**
   * Whether every terminal takes as many columns for it as we do. Emoji and combining marks are wider on one
   * terminal than on another, and where the cursor stands behind them is not known.
   */
  readonly certain: boolean
}

/** A row's cells up to its last one that is not blank. */
export type CellRow = readonly Cell[]

export const BLANK: Cell = { text: ' ', width: 1, style: DEFAULT_STYLE, certain: true }
export const NO_CELLS: CellRow = []

const ESCAPE = '\u001b'
const SGR = /^\[([\d;]*)m/u
/** Other sequences: CSI, a control string up to its end (BEL, or the next ESC), or ESC and one character. */
const OTHER = /^(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_]\P{Cc}*\p{Cc}?|[^[])/u

/**
 * The cells of a line as Ink draws it: text and SGR sequences. Whatever else could act on the terminal is left
 * out, so that nothing that is shown can do anything. What does not fit into `columns` is cut.
 */
export function cellsOf(line: string, columns: number): CellRow {
  return trimmed(cut(allCells(line), columns))
}

/** The same, in as many rows as it takes. */
export function wrappedCells(line: string, columns: number): readonly CellRow[] {
  const rows: CellRow[] = []
  let rest = allCells(line)
  do {
    // A wide character that does not fit goes to the next row whole.
    const end = rest[columns]?.width === 0 ? columns - 1 : columns
    rows.push(trimmed(rest.slice(0, end)))
    rest = rest.slice(end)
  } while (rest.length > 0)
  return rows
}

function allCells(line: string): Cell[] {
  const cells: Cell[] = []
  let style = DEFAULT_STYLE
  for (const [index, part] of line.split(ESCAPE).entries()) {
    if (index === 0) {
      addText(cells, part, style)
      continue
    }
    const sgr = SGR.exec(part)
    if (sgr !== null) style = afterSgr(style, sgr[1] ?? '')
    addText(cells, part.slice((sgr ?? OTHER.exec(part))?.[0].length ?? 0), style)
  }
  return cells
}

/** Whether two cells look the same. */
export function sameCell(one: Cell, other: Cell): boolean {
  return one === other || (one.text === other.text && one.style === other.style && one.width === other.width)
}

function addText(cells: Cell[], text: string, style: Style): void {
  for (const character of graphemes(text)) {
    const cell = cellOf(character, style)
    cells.push(cell)
    if (cell.width === 2) cells.push({ text: '', width: 0, style, certain: cell.certain })
  }
}

function cellOf(character: string, style: Style): Cell {
  if (character === ' ' && style === DEFAULT_STYLE) return BLANK
  if (CERTAIN_NARROW.test(character)) return { text: character, width: 1, style, certain: true }
  if (CERTAIN_WIDE.test(character)) return { text: character, width: 2, style, certain: true }
  if (UNSAFE.test(character)) return { text: ' ', width: 1, style, certain: true }
  const width = displayWidth(character)
  // A mark without a letter would go onto the character before it, which is not drawn anew with it.
  if (width === 0) return { text: ` ${character}`, width: 1, style, certain: false }
  return { text: character, width: width === 1 ? 1 : 2, style, certain: false }
}

/** Control characters and line separators. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u

/**
 * One code point whose width no terminal doubts: ASCII; letters of Latin, Greek and Cyrillic; punctuation,
 * arrows, mathematical signs, boxes, shapes, dingbats and Braille, without those that may be drawn as emoji.
 */
const CERTAIN_NARROW =
  /^(?:[\x20-\x7e]|(?!\p{Emoji})[\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u2500-\u262f\u2638-\u2689\u2690-\u27bf\u2800-\u28ff](?<!\p{Cn}))$/u

/** One code point that has been wide since before there were emoji: kana, ideographs, Hangul syllables, full-width forms. */
const CERTAIN_WIDE =
  /^(?!\p{Emoji}|\p{M}|\p{Cn})[\u3001-\u303e\u3041-\u3096\u309b-\u3163\u3165-\u31ba\u3220-\u3247\u3250-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{2fffd}]$/u

function cut(cells: Cell[], columns: number): Cell[] {
  if (cells.length <= columns) return cells
  const kept = cells.slice(0, columns)
  const last = kept.at(-1)
  // Half of a wide character is no character.
  if (last?.width === 2) kept[kept.length - 1] = { ...BLANK, style: last.style }
  return kept
}

function trimmed(cells: Cell[]): CellRow {
  const last = cells.findLastIndex(cell => !sameCell(cell, BLANK))
  return last === cells.length - 1 ? cells : cells.slice(0, last + 1)
}
