import type { Key } from './key.ts'
import { displayWidth, graphemes } from './truncate.ts'

/** One line of text being typed. `cursor` is an offset into `value` that never lies inside a character. */
export interface TextFieldState {
  readonly value: string
  readonly cursor: number
}

/** Longer than any URL, name or address; a book pasted by mistake does not slow the screen. */
export const LONGEST_VALUE = 4096

/** A field with a value, the cursor behind it. */
export function textField(value = ''): TextFieldState {
  return { value, cursor: value.length }
}

/**
 * The field after a key, or null when the key is not for a text field (Enter, Tab, arrows up and down). The
 * same state comes back when the key is for a text field but has nothing to do, as Backspace at the start.
 */
export function editText(state: TextFieldState, key: Key): TextFieldState | null {
  const { value, cursor } = state
  if (key.text !== undefined) return insert(state, key.name === 'paste' ? oneLine(key.text) : key.text)
  switch (key.name) {
    case 'left':
    case 'ctrl-b':
      return at(state, before(value, cursor))
    case 'right':
    case 'ctrl-f':
      return at(state, after(value, cursor))
    case 'home':
    case 'ctrl-a':
      return at(state, 0)
    case 'end':
    case 'ctrl-e':
      return at(state, value.length)
    case 'ctrl-left':
    case 'alt-b':
      return at(state, wordStart(value, cursor))
    case 'ctrl-right':
    case 'alt-f':
      return at(state, wordEnd(value, cursor))
    case 'backspace':
      return remove(state, before(value, cursor), cursor)
    case 'delete':
      return remove(state, cursor, after(value, cursor))
    case 'ctrl-w':
    case 'alt-backspace':
      return remove(state, wordStart(value, cursor), cursor)
    case 'ctrl-u':
      return remove(state, 0, cursor)
    case 'ctrl-k':
      return remove(state, cursor, value.length)
    default:
      return null
  }
}

/** Whether all of a pasted text goes into the field. */
export function fits(state: TextFieldState, pasted: string): boolean {
  return state.value.length + oneLine(pasted).length <= LONGEST_VALUE
}

/** The part of a field around the cursor that fits. */
export interface VisiblePart {
  readonly before: string
  readonly after: string
  /** Text is hidden on this side. */
  readonly cutStart: boolean
  readonly cutEnd: boolean
}

/**
 * Cuts a long value to `width` columns, the cursor always inside; the cursor's own sign and the signs for
 * what is cut are not counted. Text on the left of the cursor is kept first: one looks at what one types.
 */
export function visiblePart({ value, cursor }: TextFieldState, width: number): VisiblePart {
  const left = graphemes(value.slice(0, cursor))
  const right = graphemes(value.slice(cursor))
  // A quarter of the columns for what follows the cursor, or what the left side leaves free.
  const kept = Math.min(displayWidth(right.join('')), Math.floor(width / 4))
  const { taken: fromLeft, room } = take(left.toReversed(), width - kept)
  const { taken: fromRight } = take(right, room + kept)
  return {
    before: left.slice(left.length - fromLeft).join(''),
    after: right.slice(0, fromRight).join(''),
    cutStart: fromLeft < left.length,
    cutEnd: fromRight < right.length,
  }
}

function take(characters: readonly string[], width: number): { taken: number; room: number } {
  let room = width
  let taken = 0
  for (const character of characters) {
    const columns = displayWidth(character)
    if (columns > room) break
    room -= columns
    taken++
  }
  return { taken, room }
}

/** A paste as one line: no newline at its end (a password copied from a file has one), spaces for those inside. */
function oneLine(text: string): string {
  return text
    .replace(/^[\r\n]+|[\r\n]+$/gu, '')
    .replace(/[\r\n\t]+/gu, ' ')
    .replace(/\p{Cc}/gu, '')
}

/** How many characters at the end of what a key puts in have no room any more. */
export function cutOff({ value }: TextFieldState, key: Key): number {
  if (key.text === undefined) return 0
  const text = key.name === 'paste' ? oneLine(key.text) : key.text
  return Math.max(0, value.length + text.length - LONGEST_VALUE)
}

function insert(state: TextFieldState, text: string): TextFieldState {
  const room = LONGEST_VALUE - state.value.length
  if (text === '' || room <= 0) return state
  // A pair of surrogates is not cut.
  const fitting = text.length <= room ? text : text.slice(0, room).replace(/[\ud800-\udbff]$/, '')
  const value = state.value.slice(0, state.cursor) + fitting + state.value.slice(state.cursor)
  return { value, cursor: boundary(value, state.cursor + fitting.length) }
}

function remove(state: TextFieldState, start: number, end: number): TextFieldState {
  if (start === end) return state
  const value = state.value.slice(0, start) + state.value.slice(end)
  return { value, cursor: boundary(value, start) }
}

function at(state: TextFieldState, cursor: number): TextFieldState {
  return cursor === state.cursor ? state : { ...state, cursor }
}

/** The first place from `offset` on that is not inside a character: what was put in may have joined its neighbour. */
function boundary(value: string, offset: number): number {
  let place = 0
  for (const character of graphemes(value)) {
    if (place >= offset) break
    place += character.length
  }
  return place
}

function before(value: string, cursor: number): number {
  return cursor - (graphemes(value.slice(0, cursor)).at(-1)?.length ?? 0)
}

function after(value: string, cursor: number): number {
  return cursor + (graphemes(value.slice(cursor))[0]?.length ?? 0)
}

function wordStart(value: string, cursor: number): number {
  const characters = graphemes(value.slice(0, cursor))
  const end = characters.findLastIndex(isOfWord)
  const start = characters.findLastIndex((character, index) => index < end && !isOfWord(character))
  return characters.slice(0, start + 1).join('').length
}

function wordEnd(value: string, cursor: number): number {
  const characters = graphemes(value.slice(cursor))
  const start = characters.findIndex(isOfWord)
  const end = characters.findIndex((character, index) => index > start && !isOfWord(character))
  return start === -1 || end === -1 ? value.length : cursor + characters.slice(0, end).join('').length
}

function isOfWord(character: string): boolean {
  return /^[\p{L}\p{N}_]/u.test(character)
}
