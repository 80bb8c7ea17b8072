import { createFilter, type Filter } from './filter.ts'
import type { Key } from './key.ts'
import { clampWindow, type ListMove, type ListSize, type ListWindow, moveCursor } from './list-window.ts'
import { editText, type TextFieldState, textField } from './text-field.ts'

/** What can be chosen: items under group headings. Fixed while the picker is open. */
export interface PickerItems {
  readonly groups: readonly string[]
  /** The group of each item; items of a group stand together, groups in order. */
  readonly groupOf: readonly number[]
  /** Why an item cannot be chosen; null where it can. */
  readonly refusals: readonly (string | null)[]
  readonly filter: Filter
}

/** A row on the screen: a group's heading, or an item under it. */
export type PickerRow =
  | { readonly kind: 'group'; readonly group: number }
  | { readonly kind: 'item'; readonly item: number }

/**
 * A list of checkboxes under headings of three states. The choice belongs to the items, not to the rows: it
 * outlives every filter. All commands act on the rows that match.
 */
export interface PickerState {
  readonly items: PickerItems
  /** 1 where chosen. Never changed in place. */
  readonly chosen: Uint8Array
  readonly query: TextFieldState
  /** Whether typed text goes into the filter. */
  readonly filtering: boolean
  readonly rows: readonly PickerRow[]
  readonly window: ListWindow
  readonly height: number
}

export type PickerCommand =
  | ListMove
  | 'toggle'
  | 'all'
  | 'none'
  | 'invert'
  | 'filter'
  | 'leave-filter'
  | 'clear-filter'

export type GroupMark = 'all' | 'some' | 'none'

/**
 * Describes the items of a picker.
 * @param groups the headings, each with its items: the text that the filter searches, and a refusal or null
 */
export function pickerItems(
  groups: readonly {
    readonly heading: string
    readonly items: readonly { readonly text: string; readonly refusal: string | null }[]
  }[],
): PickerItems {
  const flat = groups.flatMap((group, index) => group.items.map(item => ({ ...item, group: index })))
  return {
    groups: groups.map(group => group.heading),
    groupOf: flat.map(item => item.group),
    refusals: flat.map(item => item.refusal),
    filter: createFilter(flat.map(item => item.text)),
  }
}

/** A picker with the items for which `isChosen` holds; an item that is refused is never chosen. */
export function picker(items: PickerItems, isChosen: (item: number) => boolean, height: number): PickerState {
  const chosen = Uint8Array.from(items.groupOf, (_, item) =>
    items.refusals[item] === null && isChosen(item) ? 1 : 0,
  )
  const state: PickerState = {
    items,
    chosen,
    query: textField(''),
    filtering: false,
    rows: rowsOf(items, ''),
    window: { cursor: 0, top: 0 },
    height,
  }
  // The cursor begins on the first item: a heading is not what one came for.
  return { ...state, window: clampWindow({ cursor: state.rows.length > 1 ? 1 : 0, top: 0 }, bounds(state)) }
}

/** Carries out a command; a refused row stays as it is. */
export function pickerCommand(state: PickerState, command: PickerCommand): PickerState {
  switch (command) {
    case 'toggle': {
      const row = state.rows[state.window.cursor]
      if (row === undefined) return state
      if (row.kind === 'item') return choose(state, [row.item], state.chosen[row.item] !== 1)
      const inside = matches(state).filter(item => state.items.groupOf[item] === row.group)
      return choose(state, inside, markOf(state, row.group) !== 'all')
    }
    case 'all':
      return choose(state, matches(state), true)
    case 'none':
      return choose(state, matches(state), false)
    case 'invert': {
      const chosen = Uint8Array.from(state.chosen)
      for (const item of matches(state))
        if (state.items.refusals[item] === null) chosen[item] = chosen[item] === 1 ? 0 : 1
      return { ...state, chosen }
    }
    case 'filter':
      return { ...state, filtering: true }
    case 'leave-filter':
      return { ...state, filtering: false }
    case 'clear-filter':
      return { ...withQuery(state, textField('')), filtering: false }
    default:
      return { ...state, window: moveCursor(state.window, command, bounds(state)) }
  }
}

/** Types into the filter; null where the key is not text or the filter is not open. */
export function pickerText(state: PickerState, key: Key): PickerState | null {
  if (!state.filtering) return null
  const query = editText(state.query, key)
  if (query === null) return null
  return query.value === state.query.value ? { ...state, query } : withQuery(state, query)
}

/** The same picker on a screen with more or fewer rows. */
export function resizePicker(state: PickerState, height: number): PickerState {
  const resized = { ...state, height }
  return { ...resized, window: clampWindow(state.window, bounds(resized)) }
}

/** Whether all, some or none of a group's items that can be chosen are. */
export function markOf(state: PickerState, group: number): GroupMark {
  const { chosen, of } = countsOf(state, group)
  return chosen === 0 ? 'none' : chosen === of ? 'all' : 'some'
}

/** Chosen and choosable items of a group, whatever the filter. */
export function countsOf(
  state: PickerState,
  group: number,
): { readonly chosen: number; readonly of: number } {
  let chosen = 0
  let of = 0
  for (let item = 0; item < state.chosen.length; item++) {
    if (state.items.groupOf[item] !== group) continue
    if (state.chosen[item] === 1) chosen++
    if (state.items.refusals[item] === null) of++
  }
  return { chosen, of }
}

/** The chosen items in their order. */
export function chosenItems(state: PickerState): readonly number[] {
  const chosen: number[] = []
  for (let item = 0; item < state.chosen.length; item++) if (state.chosen[item] === 1) chosen.push(item)
  return chosen
}

/** How many items match the filter. */
export function matchCount(state: PickerState): number {
  return state.rows.reduce((count, row) => (row.kind === 'item' ? count + 1 : count), 0)
}

/** The row under the cursor. */
export function currentRow(state: PickerState): PickerRow | undefined {
  return state.rows[state.window.cursor]
}

function choose(state: PickerState, items: readonly number[], value: boolean): PickerState {
  const chosen = Uint8Array.from(state.chosen)
  for (const item of items) if (state.items.refusals[item] === null) chosen[item] = value ? 1 : 0
  return { ...state, chosen }
}

function matches(state: PickerState): readonly number[] {
  return state.rows.flatMap(row => (row.kind === 'item' ? [row.item] : []))
}

function withQuery(state: PickerState, query: TextFieldState): PickerState {
  const rows = rowsOf(state.items, query.value)
  const next = { ...state, query, rows }
  return { ...next, window: clampWindow({ cursor: rows.length > 1 ? 1 : 0, top: 0 }, bounds(next)) }
}

function rowsOf(items: PickerItems, query: string): readonly PickerRow[] {
  const rows: PickerRow[] = []
  let group = -1
  const found = query.trim() === '' ? items.groupOf.keys() : items.filter(query)
  for (const item of found) {
    const its = items.groupOf[item] ?? 0
    // Without a filter, a group without items still has its heading.
    for (let next = group + 1; next <= its; next++)
      if (next === its || query.trim() === '') rows.push({ kind: 'group', group: next })
    group = its
    rows.push({ kind: 'item', item })
  }
  if (query.trim() === '')
    for (let next = group + 1; next < items.groups.length; next++) rows.push({ kind: 'group', group: next })
  return rows
}

function bounds(state: PickerState): ListSize {
  return { count: state.rows.length, height: state.height }
}
