import type { ListMove, ListSize } from './list-window.ts'

/** Moves the first visible line of a text that is longer than the screen; no cursor, stops at both ends. */
export function scroll(top: number, move: ListMove, size: ListSize): number {
  const page = Math.max(1, size.height - 1)
  switch (move) {
    case 'up':
      return clampScroll(top - 1, size)
    case 'down':
      return clampScroll(top + 1, size)
    case 'page-up':
      return clampScroll(top - page, size)
    case 'page-down':
      return clampScroll(top + page, size)
    case 'home':
      return 0
    case 'end':
      return clampScroll(size.count, size)
  }
}

/** The nearest first line that leaves no empty lines below the end of the text. */
export function clampScroll(top: number, { count, height }: ListSize): number {
  return Math.max(0, Math.min(top, count - Math.max(1, height)))
}

/** Where one is, for the foot of a text: `12-30 of 118`; empty when all of it is visible. */
export function scrollPosition(top: number, { count, height }: ListSize): string {
  if (count <= height) return ''
  return `${top + 1}-${Math.min(count, top + height)} of ${count}`
}
