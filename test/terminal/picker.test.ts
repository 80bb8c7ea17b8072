import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chosenItems,
  currentRow,
  markOf,
  matchCount,
  type PickerState,
  picker,
  pickerCommand,
  pickerItems,
  pickerText,
  resizePicker,
} from '../../src/terminal/picker.ts'

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

const open = (chosen: readonly number[] = []) => picker(items, item => chosen.includes(item), 10)

function typed(state: PickerState, text: string): PickerState {
  let next = pickerCommand(state, 'filter')
  for (const character of text) next = pickerText(next, { name: character, text: character }) ?? next
  return next
}

describe('picker', () => {
  it('has a row for each heading and item, the cursor on the first item', () => {
    const state = open()
    expect(state.rows).toEqual([
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
    expect(nothing.rows).toEqual([])
    expect(pickerCommand(nothing, 'toggle')).toBe(nothing)
    expect(currentRow(pickerCommand(nothing, 'clear-filter'))).toEqual({ kind: 'item', item: 0 })
  })

  it('leaves keys alone that are not for the filter', () => {
    expect(pickerText(open(), { name: 'x', text: 'x' })).toBeNull()
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
        expect(state.chosen[2]).toBe(0)
        if (state.rows.length === 0) return
        expect(cursor).toBeGreaterThanOrEqual(top)
        expect(cursor).toBeLessThan(Math.min(top + state.height, state.rows.length))
      }),
    )
  })
})
