/** Where one is in a long list: the row under the cursor, and the first row that is shown. Both from 0. */
export interface ListWindow {
  readonly cursor: number
  readonly top: number
}

export type ListMove = 'up' | 'down' | 'page-up' | 'page-down' | 'home' | 'end'

/** How long the list is and how many of its rows fit on the screen. */
export interface ListSize {
  readonly count: number
  readonly height: number
}

export const LIST_START: ListWindow = { cursor: 0, top: 0 }

const MOVES: readonly string[] = ['up', 'down', 'page-up', 'page-down', 'home', 'end'] satisfies ListMove[]

/** Whether a command's name is a move in a list. */
export function isListMove(command: string): command is ListMove {
  return MOVES.includes(command)
}

/** Moves the cursor; it stops at both ends. A page keeps one row in common with the last one. */
export function moveCursor(window: ListWindow, move: ListMove, size: ListSize): ListWindow {
  const page = Math.max(1, size.height - 1)
  switch (move) {
    case 'up':
      return clampWindow({ ...window, cursor: window.cursor - 1 }, size)
    case 'down':
      return clampWindow({ ...window, cursor: window.cursor + 1 }, size)
    case 'page-up':
      return clampWindow({ cursor: window.cursor - page, top: window.top - page }, size)
    case 'page-down':
      return clampWindow({ cursor: window.cursor + page, top: window.top + page }, size)
    case 'home':
      return clampWindow({ cursor: 0, top: 0 }, size)
    case 'end':
      return clampWindow({ cursor: size.count - 1, top: size.count }, size)
  }
}

/**
 * The nearest window that is right for a list of this size: the cursor on a row and visible, no empty rows
 * below the list's end while there are rows above. Use it after a filter, a resize or a reload.
 */
export function clampWindow(window: ListWindow, { count, height }: ListSize): ListWindow {
  if (count <= 0) return LIST_START
  const rows = Math.max(1, height)
  const cursor = between(0, window.cursor, count - 1)
  const visible = between(cursor - rows + 1, window.top, cursor)
  const top = between(0, visible, Math.max(0, count - rows))
  return cursor === window.cursor && top === window.top ? window : { cursor, top }
}

/** The rows to draw: from `start` up to, and without, `end`. */
export function visibleRange(
  window: ListWindow,
  { count, height }: ListSize,
): { start: number; end: number } {
  return { start: window.top, end: Math.min(Math.max(0, count), window.top + Math.max(0, height)) }
}

function between(low: number, value: number, high: number): number {
  return Math.max(low, Math.min(value, high))
}
