import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clampWindow,
  isListMove,
  LIST_START,
  type ListMove,
  moveCursor,
  visibleRange,
} from '../../src/terminal/list-window.ts'

const size = { count: 100, height: 10 }

function moved(...moves: readonly ListMove[]) {
  return moves.reduce((window, move) => moveCursor(window, move, size), LIST_START)
}

describe('a window on a list', () => {
  it('moves the cursor first and the rows only when it must', () => {
    expect(moved(...Array<'down'>(9).fill('down'))).toEqual({ cursor: 9, top: 0 })
    expect(moved(...Array<'down'>(10).fill('down'))).toEqual({ cursor: 10, top: 1 })
    expect(moveCursor({ cursor: 10, top: 1 }, 'up', size)).toEqual({ cursor: 9, top: 1 })
  })

  it('keeps one row in common between two pages', () => {
    expect(moved('page-down')).toEqual({ cursor: 9, top: 9 })
    expect(moved('page-down', 'page-down', 'page-up')).toEqual({ cursor: 9, top: 9 })
  })

  it('goes to the ends and stops there', () => {
    expect(moved('up')).toEqual({ cursor: 0, top: 0 })
    expect(moved('end')).toEqual({ cursor: 99, top: 90 })
    expect(moved('end', 'down')).toEqual({ cursor: 99, top: 90 })
    expect(moved('end', 'page-down')).toEqual({ cursor: 99, top: 90 })
    expect(moved('end', 'home')).toEqual(LIST_START)
  })

  it('follows a list that became shorter, or a screen that became smaller', () => {
    expect(clampWindow({ cursor: 99, top: 90 }, { count: 5, height: 10 })).toEqual({ cursor: 4, top: 0 })
    expect(clampWindow({ cursor: 9, top: 0 }, { count: 100, height: 4 })).toEqual({ cursor: 9, top: 6 })
    expect(clampWindow({ cursor: 9, top: 0 }, { count: 0, height: 4 })).toEqual(LIST_START)
  })

  it('shows the cursor, and no empty rows while there are others', () => {
    const move = fc.constantFrom<ListMove>('up', 'down', 'page-up', 'page-down', 'home', 'end')
    const sizes = fc.record({ count: fc.nat({ max: 60 }), height: fc.nat({ max: 20 }) })
    fc.assert(
      fc.property(fc.array(fc.tuple(move, sizes), { maxLength: 30 }), steps => {
        let window = LIST_START
        for (const [step, at] of steps) {
          window = moveCursor(window, step, at)
          const { start, end } = visibleRange(window, at)
          if (at.count === 0 || at.height === 0) continue
          expect(window.cursor).toBeGreaterThanOrEqual(start)
          expect(window.cursor).toBeLessThan(end)
          expect(end - start).toBe(Math.min(at.count, at.height))
        }
      }),
    )
  })

  it('tells its moves from other commands', () => {
    expect(['up', 'page-down', 'end'].every(isListMove)).toBe(true)
    expect(isListMove('toggle')).toBe(false)
  })
})
