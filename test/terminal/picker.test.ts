import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atOnce } from '../../src/model/sliced.ts'
import { bitmapOf, hasBit } from '../../src/terminal/bitmap.ts'
import type { Key } from '../../src/terminal/key.ts'
import {
  chosenCount,
  chosenItems,
  currentRow,
  groupOf,
  isClosed,
  itemsOf,
  markOf,
  matchCount,
  type PickerRow,
  type PickerState,
  picker,
  pickerAgain,
  pickerAnswered,
  pickerCommand,
  pickerItems,
  pickerTyped,
  rangeOf,
  resizePicker,
  rowAt,
} from '../../src/terminal/picker.ts'
import { workOf } from '../support/work-of-slices.ts'

const items = pickerItems([
  {
    heading: 'shop',
    items: [
      { text: 'shop.orders', refusal: null },
      { text: 'shop.order_lines', refusal: null },
      { text: 'shop.secrets', refusal: 'owned by somebody else' },
    ],
  },
  { heading: 'empty', items: [] },
  { heading: 'stock', items: [{ text: 'stock.items', refusal: null }] },
])

/** Types a key into the filter, and has it answered. */
function pickerText(state: PickerState, key: Key): PickerState | null {
  const typing = pickerTyped(state, key)
  return typing === null ? null : atOnce(pickerAnswered(typing))
}

const open = (chosen: readonly number[] = []) => picker(items, bitmapOf(4, chosen), 10)

const rowsOf = (state: PickerState) => Array.from({ length: state.rows.count }, (_, row) => rowAt(state, row))

function typed(state: PickerState, text: string): PickerState {
  let next = pickerCommand(state, 'filter')
  for (const character of text) next = pickerText(next, { name: character, text: character }) ?? next
  return next
}

describe('picker', () => {
  it('has a row for each heading and item, the cursor on the first item', () => {
    const state = open()
    expect(rowsOf(state)).toEqual([
      { kind: 'group', group: 0 },
      { kind: 'item', item: 0 },
      { kind: 'item', item: 1 },
      { kind: 'item', item: 2 },
      { kind: 'group', group: 1 },
      { kind: 'group', group: 2 },
      { kind: 'item', item: 3 },
    ])
    expect(currentRow(state)).toEqual({ kind: 'item', item: 0 })
  })

  it('never chooses what is refused, whatever asks for it', () => {
    expect(chosenItems(open([2]))).toEqual([])
    expect(chosenItems(pickerCommand(open(), 'all'))).toEqual([0, 1, 3])
    expect(chosenItems(pickerCommand(open(), 'invert'))).toEqual([0, 1, 3])
    const onRefused = pickerCommand(pickerCommand(open(), 'down'), 'down')
    expect(currentRow(onRefused)).toEqual({ kind: 'item', item: 2 })
    expect(chosenItems(pickerCommand(onRefused, 'toggle'))).toEqual([])
  })

  it('marks a heading all without the refused item, some, or none', () => {
    expect(markOf(open(), 0)).toBe('none')
    expect(markOf(open([0]), 0)).toBe('some')
    expect(markOf(open([0, 1]), 0)).toBe('all')
    expect(markOf(open([0, 1]), 1)).toBe('none')
  })

  it('chooses on a heading all under it, and takes all out again', () => {
    const onHeading = pickerCommand(open([0]), 'up')
    expect(currentRow(onHeading)).toEqual({ kind: 'group', group: 0 })
    const all = pickerCommand(onHeading, 'toggle')
    expect(chosenItems(all)).toEqual([0, 1])
    expect(chosenItems(pickerCommand(all, 'toggle'))).toEqual([])
  })

  it('acts on the matches alone and keeps the choice through filters', () => {
    const filtered = typed(open([3]), 'order')
    expect(matchCount(filtered)).toBe(2)
    const all = pickerCommand(filtered, 'all')
    expect(chosenItems(all)).toEqual([0, 1, 3])
    const cleared = pickerCommand(all, 'clear-filter')
    expect(matchCount(cleared)).toBe(4)
    expect(chosenItems(cleared)).toEqual([0, 1, 3])
    expect(chosenItems(pickerCommand(typed(cleared, 'lines'), 'none'))).toEqual([0, 3])
  })

  it('shows nothing where nothing matches, and stands on a row again afterwards', () => {
    const nothing = typed(open(), 'zzz')
    expect(rowsOf(nothing)).toEqual([])
    expect(chosenItems(pickerCommand(nothing, 'toggle'))).toEqual([])
    expect(currentRow(pickerCommand(nothing, 'clear-filter'))).toEqual({ kind: 'item', item: 0 })
  })

  it('leaves keys alone that are not for the filter', () => {
    expect(pickerText(open(), { name: 'x', text: 'x' })).toBeNull()
  })

  it('ends a range with what is done to it', () => {
    const range = pickerCommand(pickerCommand(open(), 'extend-down'), 'extend-down')
    expect(rangeOf(range)).toEqual([1, 3])
    const chosen = pickerCommand(range, 'toggle')
    // The refused one among them stays out.
    expect(chosenItems(chosen)).toEqual([0, 1])
    expect(rangeOf(chosen)).toBeNull()
    const taken = pickerCommand(pickerCommand(pickerCommand(chosen, 'range'), 'home'), 'toggle')
    expect(chosenItems(taken)).toEqual([])
  })

  it('finds what lies in a range without asking for each of its rows', () => {
    const [ofFew, ofMany] = [4_000, 64_000].map(count => {
      const texts = Array.from({ length: count }, (_, at) => ({ text: `t${at}`, refusal: null }))
      const all = picker(pickerItems([{ heading: 'all', items: texts }]), bitmapOf(count, []), 10)
      const range = pickerCommand(pickerCommand(pickerCommand(all, 'home'), 'range'), 'end')
      const { result, work } = workOf(() => pickerCommand(range, 'toggle'))
      expect(chosenCount(result)).toBe(count)
      return work
    })
    expect(ofFew).toBeGreaterThan(0)
    // Some words of 32 bits are looked at for each item, and no item by itself.
    expect(ofMany).toBeLessThan(64_000)
  })

  it('folds a heading from any row under it, and takes a folded one into a range as a whole', () => {
    const folded = pickerCommand(pickerCommand(open(), 'down'), 'fold')
    expect(currentRow(folded)).toEqual({ kind: 'group', group: 0 })
    expect(rowsOf(folded).map(row => row?.kind)).toEqual(['group', 'group', 'group', 'item'])
    const range = pickerCommand(pickerCommand(folded, 'extend-down'), 'toggle')
    expect(chosenItems(range)).toEqual([0, 1])
    // What matches is shown, folded or not.
    expect(matchCount(typed(folded, 'order'))).toBe(2)
    expect(rowsOf(typed(folded, 'order'))).toHaveLength(3)
    expect(rowsOf(pickerCommand(folded, 'unfold'))).toHaveLength(7)
  })

  it('begins with the headings where there is much under them', () => {
    const many = pickerItems(
      ['a', 'b'].map(heading => ({
        heading,
        items: Array.from({ length: 600 }, (_, at) => ({ text: `${heading}${at}`, refusal: null })),
      })),
    )
    const state = picker(many, bitmapOf(1200, [599, 600]), 10)
    expect(rowsOf(state)).toEqual([
      { kind: 'group', group: 0 },
      { kind: 'group', group: 1 },
    ])
    expect(currentRow(pickerCommand(pickerCommand(state, 'unfold'), 'down'))).toEqual({
      kind: 'item',
      item: 0,
    })
  })

  it('stays where it was when the items are read again', () => {
    const before = pickerCommand(pickerCommand(typed(open([3]), 's'), 'leave-filter'), 'end')
    expect(currentRow(before)).toEqual({ kind: 'item', item: 3 })
    const more = pickerItems([
      { heading: 'new', items: [{ text: 'new.first', refusal: null }] },
      { heading: 'stock', items: [{ text: 'stock.items', refusal: null }] },
    ])
    const again = atOnce(
      pickerAgain(before, more, bitmapOf(2, [1]), row =>
        row.kind === 'item' ? { kind: 'item', item: row.item - 2 } : null,
      ),
    )
    expect(again.query.value).toBe('s')
    expect(currentRow(again)).toEqual({ kind: 'item', item: 1 })
    expect(chosenItems(again)).toEqual([1])
    const gone = atOnce(pickerAgain(before, more, bitmapOf(2, []), () => null))
    expect(currentRow(gone)).toEqual({ kind: 'item', item: 0 })
  })

  it('holds its cursor on a visible row and its choice, whatever comes', () => {
    const command = fc.constantFrom(
      'up',
      'down',
      'page-up',
      'page-down',
      'home',
      'end',
      'toggle',
      'all',
      'none',
      'invert',
      'range',
      'extend-up',
      'extend-down',
      'fold',
      'unfold',
      'filter',
      'leave-filter',
      'clear-filter',
    ) satisfies fc.Arbitrary<Parameters<typeof pickerCommand>[1]>
    const step = fc.oneof(
      command.map(name => (state: PickerState) => pickerCommand(state, name)),
      fc
        .constantFrom('o', 'r', 's', '.')
        .map(text => (state: PickerState) => pickerText(state, { name: text, text }) ?? state),
      fc.integer({ min: 1, max: 12 }).map(height => (state: PickerState) => resizePicker(state, height)),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const state = steps.reduce((before, next) => next(before), open())
        const { cursor, top } = state.window
        expect(chosenItems(state)).not.toContain(2)
        expect(rowsOf(state)).toEqual(naiveRows(state))
        expect(chosenItems(pickerCommand(state, 'toggle'))).toEqual(naiveToggle(state))
        if (state.rows.count === 0) return
        expect(cursor).toBeGreaterThanOrEqual(top)
        expect(cursor).toBeLessThan(Math.min(top + state.height, state.rows.count))
      }),
    )
  })

  it('does to the choice what looking at each item does', () => {
    const command = fc.constantFrom('all', 'none', 'invert', 'toggle', 'down', 'up', 'extend-down')
    const steps = fc.array(fc.tuple(command, fc.constantFrom('', 'o', 'order', 's.i', '!lines')), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(steps, steps => {
        let state = open()
        const chosen = new Set<number>()
        const turn = (item: number) => chosen.delete(item) || chosen.add(item)
        for (const [name, query] of steps) {
          state = typed(pickerCommand(state, 'clear-filter'), query)
          const matching = [0, 1, 3].filter(item => hasBit(state.filtered.matched, item))
          const row = currentRow(state)
          if (name === 'all') for (const item of matching) chosen.add(item)
          if (name === 'none') for (const item of matching) chosen.delete(item)
          if (name === 'invert') for (const item of matching) turn(item)
          if (name === 'toggle' && row?.kind === 'item' && row.item !== 2) turn(row.item)
          state = pickerCommand(state, name)
          expect(chosenItems(state)).toEqual([...chosen].toSorted((a, b) => a - b))
        }
      }),
    )
  })
})

/** The rows as one would write them down: headings, and what matches under those that are open. */
function naiveRows(state: PickerState): PickerRow[] {
  const isFiltered = state.query.value.trim() !== ''
  return state.items.groups.flatMap((_, group): PickerRow[] => {
    const its = [0, 1, 2, 3].filter(
      item => groupOf(state.items, item) === group && hasBit(state.filtered.matched, item),
    )
    if (isFiltered && its.length === 0) return []
    const isOpen = isFiltered || !hasBit(state.closed, group)
    return [{ kind: 'group', group }, ...(isOpen ? its.map(item => ({ kind: 'item', item }) as const) : [])]
  })
}

/** What a toggle comes to, row by row. */
function naiveToggle(state: PickerState): number[] {
  const range = rangeOf(state)
  const rows =
    range === null
      ? [currentRow(state)]
      : Array.from({ length: range[1] - range[0] + 1 }, (_, row) => rowAt(state, range[0] + row))
  const under = rows.flatMap(row => {
    if (row?.kind === 'item') return [row.item]
    if (row?.kind !== 'group' || (range !== null && !isClosed(state, row.group))) return []
    const [from, to] = itemsOf(items, row.group)
    return Array.from({ length: to - from }, (_, item) => from + item)
  })
  const wanted = new Set(
    under.filter(item => items.refusal(item) === null && hasBit(state.filtered.matched, item)),
  )
  const before = chosenItems(state)
  const isAll = [...wanted].every(item => before.includes(item))
  const after = isAll ? before.filter(item => !wanted.has(item)) : [...new Set([...before, ...wanted])]
  return after.toSorted((a, b) => a - b)
}
