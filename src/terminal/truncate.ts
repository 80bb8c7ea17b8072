import stringWidth from 'string-width'

/** Columns that a text takes on the screen. */
export function displayWidth(text: string): number {
  return stringWidth(text)
}

/** Makes text from outside safe to draw: control and invisible characters become visible signs. */
export function visible(text: string): string {
  return text
}

export type Cut = 'end' | 'middle' | 'start'

/** Cuts a text to `width` columns, with an ellipsis where something is missing. */
export function truncate(text: string, width: number, ellipsis: string, _cut: Cut = 'end'): string {
  return displayWidth(text) <= width ? text : text.slice(0, Math.max(0, width - ellipsis.length)) + ellipsis
}

/** Fills a text with spaces on the right up to `width` columns; a wider text is left as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** Fills a text with spaces on the left up to `width` columns. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}
