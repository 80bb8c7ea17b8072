import { type CellRow, NO_CELLS, sameCell } from './cells.ts'

/** Rows `top` to `bottom` (not included) that move up by so many rows, or down where `by` is negative. */
export interface Shift {
  readonly top: number
  readonly bottom: number
  readonly by: number
}

type Rows = readonly CellRow[]

/** Fewer rows than this are as quickly drawn as scrolled. */
const FEWEST_ROWS = 3

/** So many of the longest moved blocks are looked at. */
const MOST_BLOCKS = 2

/** Shifts that may bring one frame near another: the longest blocks of rows that stand elsewhere in it. */
export function shiftCandidates(from: Rows, to: Rows): readonly Shift[] {
  const rows = Math.max(from.length, to.length)
  return movedBlocks(from, to)
    .toSorted((one, other) => other.length - one.length)
    .slice(0, MOST_BLOCKS)
    .flatMap(({ start, length, by }) => {
      const top = Math.min(start, start + by)
      const bottom = Math.max(start, start + by) + length
      // The row of the cursor is at an end of the block and differs in its pointer only.
      return [0, 1].flatMap(above =>
        [0, 1].map(below => ({ top: Math.max(0, top - above), bottom: Math.min(rows, bottom + below), by })),
      )
    })
}

/** What a frame is after a shift; the rows that come in are blank. */
export function shifted(frame: Rows, { top, bottom, by }: Shift): Rows {
  const rows = Array.from({ length: Math.max(frame.length, bottom) }, (_, row) => frame[row] ?? NO_CELLS)
  return rows.map((cells, row) => {
    if (row < top || row >= bottom) return cells
    const source = row + by
    return source < top || source >= bottom ? NO_CELLS : (rows[source] ?? NO_CELLS)
  })
}

interface Block {
  /** Its first row in the new frame. */
  readonly start: number
  readonly length: number
  readonly by: number
}

function movedBlocks(from: Rows, to: Rows): readonly Block[] {
  const blocks: Block[] = []
  for (let by = 1 - to.length; by < from.length; by++) {
    if (by === 0) continue
    let length = 0
    let moved = 0
    for (let row = 0; row <= to.length; row++) {
      if (row < to.length && sameRow(to[row], from[row + by])) {
        length++
        if (!sameRow(to[row], from[row])) moved++
        continue
      }
      if (moved >= FEWEST_ROWS) blocks.push({ start: row - length, length, by })
      length = 0
      moved = 0
    }
  }
  return blocks
}

function sameRow(one: CellRow | undefined, other: CellRow | undefined): boolean {
  if (one === undefined || other === undefined) return false
  return (
    one === other ||
    (one.length === other.length &&
      one.every((cell, column) => {
        const there = other[column]
        return there !== undefined && sameCell(cell, there)
      }))
  )
}
