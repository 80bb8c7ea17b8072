import stringWidth from 'string-width'

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/u

/** Made at the first text that is not ASCII: the segmenter takes 10 ms to start. */
let segmenter: Intl.Segmenter | undefined

/** The characters of a text as a person counts them: a letter with its accents is one. */
export function graphemes(text: string): readonly string[] {
  if (PRINTABLE_ASCII.test(text)) return text.split('')
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Columns that a text takes on the screen. */
export function displayWidth(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text)
}

/**
 * Makes a text from outside safe to draw, on one line: newline, tab and carriage return as `\n`, `\t`, `\r`;
 * any other character that cannot be seen, or that acts on the terminal or on its neighbours (control and
 * format characters, spaces other than U+0020, unassigned ones), as `<U+200B>`. What this gives is safe to
 * be given to it again.
 */
export function visible(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text
  return text.replace(
    /\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}/gu,
    character => SHORT[character] ?? codePoint(character),
  )
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }

function codePoint(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`
}

/** Where a text that is too long loses characters. */
export type Cut = 'end' | 'middle' | 'start'

/** Cuts a text to at most `width` columns, with an ellipsis where something is missing. */
export function truncate(text: string, width: number, ellipsis: string, cut: Cut = 'end'): string {
  if (displayWidth(text) <= width) return text
  const room = width - displayWidth(ellipsis)
  if (room < 0) return firstColumns(ellipsis, width)
  switch (cut) {
    case 'end':
      return firstColumns(text, room) + ellipsis
    case 'start':
      return ellipsis + lastColumns(text, room)
    case 'middle':
      return firstColumns(text, Math.ceil(room / 2)) + ellipsis + lastColumns(text, Math.floor(room / 2))
  }
}

/** Fills a text with spaces on the right up to `width` columns; a wider text is left as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** Fills a text with spaces on the left up to `width` columns. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}

/** As many characters from the start as fit into `width` columns. */
export function firstColumns(text: string, width: number): string {
  return fitting(graphemes(text), width).join('')
}

function lastColumns(text: string, width: number): string {
  return fitting(graphemes(text).toReversed(), width).toReversed().join('')
}

function fitting(characters: readonly string[], width: number): readonly string[] {
  let columns = 0
  const end = characters.findIndex(character => {
    columns += displayWidth(character)
    return columns > width
  })
  return end === -1 ? characters : characters.slice(0, end)
}
