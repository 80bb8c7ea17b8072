import xterm from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellsOf } from '../../src/terminal/cells.ts'
import { type Frame, paintDifference, UNKNOWN_PEN } from '../../src/terminal/frame-difference.ts'
import type { PenState } from '../../src/terminal/pen.ts'
import { isCi } from '../support/requires.ts'
import { styledRows } from '../support/screen-cells.ts'

/** So many sequences of frames; more of them in CI. */
const numRuns = isCi() ? 500 : 50
const columns = 24
const rows = 9

/** Characters that terminals and libraries disagree on, and some on which they do not. */
const hostile = [
  ...['👨‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪', '🇩', '👍🏽', '❤️', '❤', '☎︎', '1️⃣', '🫩', '✅', '▶', '⌚️'],
  ...['e\u0301', 'a\u0300\u0301\u0302', '\u0301', 'ก็', 'नि', 'ﷺ', '각', '\u1100\u1161', '\u200d', '\ufe0f'],
  ...['\t', '\u0007', '\u0090', '\u202e', '\u{e0041}', '\ud800'],
]
const ordinary = ['a', 'Z', ' ', '  ', '.', '表', '日本', 'ス', '한', 'Ａ', 'é', 'Ж', '❯', '◉', '…', '╌']
const sgr = ['\x1b[1m', '\x1b[2m', '\x1b[22m', '\x1b[35m', '\x1b[39m', '\x1b[44m', '\x1b[49m', '\x1b[7m']
const longSgr = [
  '\x1b[27m',
  '\x1b[m',
  '\x1b[0;1;4;91m',
  '\x1b[38;5;200;1m',
  '\x1b[48;2;1;20;200m',
  '\x1b[53m',
]

const line = (characters: readonly string[]) =>
  fc
    .array(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...characters) }, fc.constantFrom(...sgr, ...longSgr)),
      {
        maxLength: 30,
      },
    )
    .map(parts => parts.join(''))

/** How one screen follows another: as a program draws, mostly a little changed, or scrolled. */
type Step =
  | { readonly kind: 'new'; readonly lines: readonly string[] }
  | { readonly kind: 'line'; readonly row: number; readonly line: string }
  | { readonly kind: 'scroll'; readonly top: number; readonly by: number; readonly line: string }

const step = (characters: readonly string[]): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.record({
      kind: fc.constant('new' as const),
      lines: fc.array(line(characters), { minLength: 1, maxLength: rows }),
    }),
    fc.record({ kind: fc.constant('line' as const), row: fc.nat(rows - 1), line: line(characters) }),
    fc.record({
      kind: fc.constant('scroll' as const),
      top: fc.nat(3),
      by: fc.constantFrom(-2, -1, 1, 2),
      line: line(characters),
    }),
  )

function after(lines: readonly string[], step: Step): readonly string[] {
  switch (step.kind) {
    case 'new':
      return step.lines
    case 'line':
      return Array.from({ length: Math.max(lines.length, step.row + 1) }, (_, row) =>
        row === step.row ? step.line : (lines[row] ?? ''),
      )
    case 'scroll': {
      const { top, by } = step
      return lines.map((each, row) => (row < top ? each : (lines[row + by] ?? step.line)))
    }
  }
}

const frames = (characters: readonly string[]) =>
  fc.array(step(characters), { minLength: 1, maxLength: 8 }).map(steps => {
    let lines: readonly string[] = []
    return steps.map(each => (lines = after(lines, each)))
  })

function openScreen() {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const write = (bytes: string) => new Promise<void>(resolve => terminal.write(bytes, resolve))
  return { terminal, write }
}

const frameOf = (lines: readonly string[]): Frame => lines.map(each => cellsOf(each, columns))

const other = openScreen()

/** What a terminal shows that gets a frame whole. */
async function shownWhole(lines: readonly string[]) {
  const { terminal, write } = other
  terminal.reset()
  await write(paintDifference(null, frameOf(lines), UNKNOWN_PEN, { columns }).bytes)
  return styledRows(terminal)
}

/** What a terminal shows that gets the lines as they are, without a thought. */
async function shownPlain(lines: readonly string[]) {
  const { terminal, write } = other
  terminal.reset()
  await write(`\x1b[2J\x1b[H${lines.map(each => `${each}\x1b[m`).join('\r\n')}`)
  return styledRows(terminal)
}

async function eachPainted(
  all: readonly (readonly string[])[],
  expected: (lines: readonly string[]) => Promise<unknown>,
  how: { readonly wholeRows?: boolean; readonly inPlace?: boolean; readonly rows?: number } = {},
) {
  const { terminal, write } = openScreen()
  await write(`${'#'.repeat(columns * rows)}\x1b[3;5r\x1b[7m`)
  let shown: Frame | null = null
  let pen: PenState = UNKNOWN_PEN
  for (const lines of all) {
    const frame = frameOf(lines)
    const painting = paintDifference(shown, frame, pen, { columns, ...how })
    await write(painting.bytes)
    expect(styledRows(terminal)).toEqual(await expected(lines))
    const { column, row } = painting.pen
    if (row !== null) expect(terminal.buffer.active.cursorY).toBe(row)
    if (column !== null) expect(terminal.buffer.active.cursorX).toBe(column)
    if (how.inPlace) expect({ row, column, scrolled: terminal.buffer.active.baseY }).toEqual(untouched)
    shown = frame
    pen = painting.pen
  }
}

/** The cursor in the first row, and nothing pushed out of the screen. */
const untouched = { row: 0, column: 0, scrolled: 0 }

describe('the difference of two frames', () => {
  it('shows what painting all of it shows, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(frames([...ordinary, ...hostile]), all => eachPainted(all, shownWhole)),
      { numRuns },
    )
  })

  it('shows it too where changed rows are written whole', async () => {
    await fc.assert(
      fc.asyncProperty(frames([...ordinary, ...hostile]), all =>
        eachPainted(all, shownWhole, { wholeRows: true }),
      ),
      { numRuns },
    )
  })

  it('shows it too where nothing may scroll, with the cursor in the first row', async () => {
    await fc.assert(
      fc.asyncProperty(frames([...ordinary, ...hostile]), all =>
        eachPainted(all, shownWhole, { inPlace: true, rows }),
      ),
      { numRuns },
    )
  })

  it('shows what plain lines show, where terminals agree on widths', async () => {
    const fitting = frames(ordinary)
      .map(all => all.map(lines => lines.filter(each => cellsOf(each, 99).length <= columns)))
      .filter(all => all.every(lines => lines.length > 0))
    await fc.assert(
      fc.asyncProperty(fitting, all => eachPainted(all, shownPlain)),
      { numRuns },
    )
  })
})
