import {
  addBit,
  addRange,
  type Bitmap,
  bitmapOf,
  bitsIn,
  both,
  countBits,
  either,
  emptyBitmap,
  fullBitmap,
  hasBit,
  nthBit,
  oneOf,
  without,
} from './bitmap.ts'
import { createFilter, type Filter, type Filtered, type InSlices } from './filter.ts'
import type { Key } from './key.ts'
import { clampWindow, type ListMove, type ListSize, type ListWindow, moveCursor } from './list-window.ts'
import { editText, type TextFieldState, textField } from './text-field.ts'

/** What can be chosen: items under group headings. Fixed while the picker is open. */
export interface PickerItems {
  readonly groups: readonly string[]
  /** The first item of each group, and one entry more: how many items there are. */
  readonly starts: Uint32Array
  /** The items that can be chosen. */
  readonly choosable: Bitmap
  /** Why an item cannot be; null where it can. */
  refusal(item: number): string | null
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
  readonly chosen: Bitmap
  readonly query: TextFieldState
  /** Whether typed text goes into the filter. */
  readonly filtering: boolean
  readonly filtered: Filtered
  /** The query that `filtered` answers: another one than what is typed while that is still being searched for. */
  readonly answered: string
  /** The groups whose items are not shown, unless a filter is on. */
  readonly closed: Bitmap
  readonly rows: PickerRows
  readonly window: ListWindow
  readonly height: number
  /** The row that a range began on; null where there is none. */
  readonly anchor: number | null
}

/** Which rows there are, without one value a row. */
export interface PickerRows {
  readonly count: number
  /** The groups that have a heading now. */
  readonly groups: Uint32Array
  /** The row of each of those headings. */
  readonly headings: Uint32Array
}

export type PickerCommand =
  | ListMove
  | 'toggle'
  | 'all'
  | 'none'
  | 'invert'
  | 'range'
  | 'extend-up'
  | 'extend-down'
  | 'fold'
  | 'unfold'
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
  const flat = groups.flatMap(group => group.items)
  return {
    groups: groups.map(group => group.heading),
    starts: startsOf(groups.map(group => group.items.length)),
    choosable: bitmapOf(
      flat.length,
      flat.flatMap(({ refusal }, item) => (refusal === null ? [item] : [])),
    ),
    refusal: item => flat[item]?.refusal ?? null,
    filter: createFilter(flat.map(item => item.text)),
  }
}

/** Where each group begins, from how many items each has; one entry more for where the last one ends. */
export function startsOf(lengths: readonly number[]): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1)
  lengths.forEach((length, group) => {
    starts[group + 1] = (starts[group] ?? 0) + length
  })
  return starts
}

/** With more items than this under several headings, one begins with the headings. */
const mostOpened = 1000

/** A picker with these items chosen; an item that is refused is never chosen. */
export function picker(items: PickerItems, chosen: Bitmap, height: number): PickerState {
  const size = itemCount(items)
  const groups = items.groups.length
  const filtered: Filtered = { matched: fullBitmap(size), problem: null }
  const closed = groups > 1 && size > mostOpened ? fullBitmap(groups) : emptyBitmap(groups)
  const rows = rowsOf(items, '', filtered, closed)
  const state: PickerState = {
    items,
    chosen: both(chosen, items.choosable),
    query: textField(''),
    filtering: false,
    filtered,
    answered: '',
    closed,
    rows,
    window: { cursor: 0, top: 0 },
    height,
    anchor: null,
  }
  return { ...state, window: firstItem(state) }
}

/**
 * In slices, the same picker over other items, such as after they were read again: the filter, the folded groups and the
 * row under the cursor stay, as far as they are there.
 * @param chosen of the new items
 * @param same gives for a row's group and item those that they are now; null where they are gone
 */
export function* pickerAgain(
  before: PickerState,
  items: PickerItems,
  chosen: Bitmap,
  same: (row: PickerRow) => PickerRow | null,
): InSlices<PickerState> {
  const fresh = picker(items, chosen, before.height)
  const closed = new Set<string>()
  for (const group of bitsIn(before.closed)) closed.add(before.items.groups[group] ?? '')
  const known = new Set(before.items.groups)
  const stillClosed = items.groups.flatMap((heading, group) =>
    (known.has(heading) ? closed.has(heading) : hasBit(fresh.closed, group)) ? [group] : [],
  )
  const folded = { ...fresh, closed: bitmapOf(items.groups.length, stillClosed), filtering: before.filtering }
  const { query } = before
  const state = query.value === '' ? unfiltered(folded) : yield* pickerAnswered({ ...folded, query })
  // Where there was no item as yet, nobody has chosen to stand on a heading.
  const row = itemCount(before.items) === 0 ? undefined : currentRow(before)
  const now = row === undefined ? null : same(row)
  const cursor = now === null ? -1 : rowOf(state, now)
  const top = before.window.top - before.window.cursor
  return cursor === -1
    ? state
    : { ...state, window: clampWindow({ cursor, top: cursor + top }, bounds(state)) }
}

/** Carries out a command on the rows that are shown; a refused row stays as it is. */
export function pickerCommand(state: PickerState, command: PickerCommand): PickerState {
  switch (command) {
    case 'toggle': {
      const wanted = both(underCursor(state), state.items.choosable)
      const isAll = countBits(both(wanted, state.chosen)) === countBits(wanted)
      return {
        ...state,
        anchor: null,
        chosen: isAll ? without(state.chosen, wanted) : either(state.chosen, wanted),
      }
    }
    case 'all':
      return { ...state, chosen: either(state.chosen, matches(state)) }
    case 'none':
      return { ...state, chosen: without(state.chosen, matches(state)) }
    case 'invert':
      return { ...state, chosen: oneOf(state.chosen, matches(state)) }
    case 'range':
      return { ...state, anchor: state.anchor === null ? state.window.cursor : null }
    case 'extend-up':
    case 'extend-down':
      return {
        ...moved(state, command === 'extend-up' ? 'up' : 'down'),
        anchor: state.anchor ?? state.window.cursor,
      }
    case 'fold':
    case 'unfold':
      return folded(state, command === 'fold')
    case 'filter':
      return { ...state, filtering: true, anchor: null }
    case 'leave-filter':
      return { ...state, filtering: false }
    case 'clear-filter':
      return { ...unfiltered(state), filtering: false }
    default:
      return moved(state, command)
  }
}

/**
 * Types into the filter; null where the key is not text or the filter is not open. The rows stay as they are until
 * the query is answered.
 */
export function pickerTyped(state: PickerState, key: Key): PickerState | null {
  if (!state.filtering) return null
  const query = editText(state.query, key)
  return query === null ? null : { ...state, query }
}

/** In slices, the picker with the rows that fit what is typed. */
export function* pickerAnswered(state: PickerState): InSlices<PickerState> {
  const { items, query, answered, filtered: before } = state
  if (query.value === answered) return state
  const filtered = yield* items.filter(query.value, { query: answered, filtered: before })
  return withAnswer(state, filtered)
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
  { items, chosen }: PickerState,
  group: number,
): { readonly chosen: number; readonly of: number } {
  const [from, to] = itemsOf(items, group)
  return { chosen: countBits(chosen, from, to), of: countBits(items.choosable, from, to) }
}

/** The first item of a group, and the one behind its last. */
export function itemsOf({ starts }: PickerItems, group: number): readonly [from: number, to: number] {
  return [starts[group] ?? 0, starts[group + 1] ?? 0]
}

/** The group of an item. */
export function groupOf({ starts }: PickerItems, item: number): number {
  return lastAtMost(starts, item)
}

/** The chosen items in their order. */
export function chosenItems(state: PickerState): readonly number[] {
  return [...bitsIn(state.chosen)]
}

/** How many items are chosen. */
export function chosenCount(state: PickerState): number {
  return countBits(state.chosen)
}

/** How many items match the filter. */
export function matchCount(state: PickerState): number {
  return countBits(state.filtered.matched)
}

/** The row with this number. */
export function rowAt(state: PickerState, row: number): PickerRow | undefined {
  const { groups, headings, count } = state.rows
  if (row < 0 || row >= count) return undefined
  const place = lastAtMost(headings, row)
  const group = groups[place] ?? 0
  const under = row - (headings[place] ?? 0)
  if (under === 0) return { kind: 'group', group }
  return {
    kind: 'item',
    item: nthBit(state.filtered.matched, under - 1, itemsOf(state.items, group)[0]),
  }
}

/** The row under the cursor. */
export function currentRow(state: PickerState): PickerRow | undefined {
  return rowAt(state, state.window.cursor)
}

/** The rows of the range that is being made, first and last; null where there is none. */
export function rangeOf({ anchor, window }: PickerState): readonly [number, number] | null {
  return anchor === null ? null : [Math.min(anchor, window.cursor), Math.max(anchor, window.cursor)]
}

/** Whether a group's items are folded away. */
export function isClosed({ closed, answered }: PickerState, group: number): boolean {
  return answered.trim() === '' && hasBit(closed, group)
}

/** The number of a row; -1 where it is not shown. */
function rowOf(state: PickerState, row: PickerRow): number {
  const { items, rows, filtered } = state
  const group = row.kind === 'group' ? row.group : groupOf(items, row.item)
  const place = rows.groups.indexOf(group)
  const heading = rows.headings[place]
  if (heading === undefined) return -1
  if (row.kind === 'group' || isClosed(state, group)) return heading
  return hasBit(filtered.matched, row.item)
    ? heading + 1 + countBits(filtered.matched, itemsOf(items, group)[0], row.item)
    : -1
}

function moved(state: PickerState, move: ListMove): PickerState {
  return { ...state, window: moveCursor(state.window, move, bounds(state)) }
}

/** Of the row under the cursor, or of all in the range: the items, for a heading those under it that match. */
function underCursor(state: PickerState): Bitmap {
  const { items, filtered } = state
  const under = emptyBitmap(itemCount(items))
  const range = rangeOf(state)
  if (range !== null) for (const [from, to] of itemsInRange(state, range)) addRange(under, from, to)
  const row = range === null ? currentRow(state) : undefined
  if (row?.kind === 'item') addBit(under, row.item)
  if (row?.kind === 'group') addRange(under, ...itemsOf(items, row.group))
  return both(under, filtered.matched)
}

/**
 * For each group that a range touches, the first item in it and the one behind the last; what lies between them
 * and does not match is no row of the range.
 */
function itemsInRange(
  state: PickerState,
  [first, last]: readonly [number, number],
): readonly (readonly [from: number, to: number])[] {
  const { rows, items, filtered } = state
  const ranges: (readonly [number, number])[] = []
  for (let place = lastAtMost(rows.headings, first); place < rows.groups.length; place += 1) {
    const heading = rows.headings[place] ?? 0
    if (heading > last) break
    const group = rows.groups[place] ?? 0
    const [start, end] = itemsOf(items, group)
    if (isClosed(state, group)) {
      ranges.push([start, end])
      continue
    }
    // An open heading's items speak for themselves.
    const from = Math.max(first, heading + 1)
    const to = Math.min(last, (rows.headings[place + 1] ?? rows.count) - 1)
    if (from > to) continue
    const firstItem = nthBit(filtered.matched, from - heading - 1, start)
    ranges.push([firstItem, nthBit(filtered.matched, to - from, firstItem) + 1])
  }
  return ranges
}

/** The groups that the range touches, or those of all rows that are shown where there is none. */
export function groupsShown(state: PickerState): readonly number[] {
  const { rows } = state
  const range = rangeOf(state)
  if (range === null) return [...rows.groups]
  const [first, last] = range.map(row => lastAtMost(rows.headings, row))
  return [...rows.groups.subarray(first, (last ?? 0) + 1)]
}

function folded(state: PickerState, close: boolean): PickerState {
  const row = currentRow(state)
  if (row === undefined) return state
  const group = row.kind === 'group' ? row.group : groupOf(state.items, row.item)
  const closed = bitmapOf(
    state.items.groups.length,
    [...bitsIn(state.closed)].filter(each => each !== group),
  )
  if (close) addBit(closed, group)
  const next = {
    ...state,
    closed,
    anchor: null,
    rows: rowsOf(state.items, state.answered, state.filtered, closed),
  }
  const cursor = rowOf(next, close ? { kind: 'group', group } : row)
  return { ...next, window: clampWindow({ ...state.window, cursor: Math.max(0, cursor) }, bounds(next)) }
}

function matches({ items, filtered }: PickerState): Bitmap {
  return both(filtered.matched, items.choosable)
}

function unfiltered(state: PickerState): PickerState {
  const query = textField('')
  return withAnswer({ ...state, query }, { matched: fullBitmap(itemCount(state.items)), problem: null })
}

function withAnswer(state: PickerState, filtered: Filtered): PickerState {
  const { items, closed, query } = state
  const rows = rowsOf(items, query.value, filtered, closed)
  const next = { ...state, filtered, answered: query.value, rows, anchor: null }
  return { ...next, window: firstItem(next) }
}

/** The cursor begins on the first item: a heading is not what one came for. */
function firstItem(state: PickerState): ListWindow {
  const cursor = rowAt(state, 1)?.kind === 'item' ? 1 : 0
  return clampWindow({ cursor, top: 0 }, bounds(state))
}

function rowsOf(items: PickerItems, query: string, { matched }: Filtered, closed: Bitmap): PickerRows {
  const isFiltered = query.trim() !== ''
  const groups: number[] = []
  const headings: number[] = []
  let count = 0
  for (let group = 0; group < items.groups.length; group += 1) {
    const under = countBits(matched, ...itemsOf(items, group))
    // Without a filter, a group without items still has its heading.
    if (isFiltered && under === 0) continue
    groups.push(group)
    headings.push(count)
    count += 1 + (!isFiltered && hasBit(closed, group) ? 0 : under)
  }
  return { count, groups: Uint32Array.from(groups), headings: Uint32Array.from(headings) }
}

/** The place of the last of ascending numbers that is not above `wanted`. */
function lastAtMost(ascending: Uint32Array, wanted: number): number {
  let low = 0
  let high = ascending.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= wanted) low = middle
    else high = middle
  }
  return low
}

function itemCount({ starts }: PickerItems): number {
  return starts.at(-1) ?? 0
}

function bounds(state: PickerState): ListSize {
  return { count: state.rows.count, height: state.height }
}
