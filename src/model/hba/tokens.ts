/** One word of a line, as the server's reader gives it. */
export interface HbaToken {
  readonly text: string
  /** Whether it began with a quote: then it is no keyword, no `+role` and no `@file`. */
  readonly quoted: boolean
}

interface ScannedToken extends HbaToken {
  /** Another word of the same field follows. */
  readonly comma: boolean
  readonly end: number
}

/**
 * The next word from `at` on, or null where the line has no more (manual, 20.1; the rules are those of
 * next_token in the server's hba.c, which differ from a shell's: a quote may begin inside a word, and one that
 * is not closed reaches to the end of the line).
 */
export function scanToken(line: string, at: number): ScannedToken | null {
  let position = at
  while (position < line.length && (isBlank(line[position]) || line[position] === ',')) position += 1
  let text = ''
  let inQuotes = false
  let wasQuote = false
  let sawQuote = false
  let quoted = false
  let comma = false
  for (; position < line.length; position += 1) {
    const character = line[position] ?? ''
    if (isBlank(character) && !inQuotes) break
    if (character === '#' && !inQuotes) {
      position = line.length
      break
    }
    if (character === ',' && !inQuotes) {
      comma = true
      break
    }
    if (character !== '"') {
      text += character
      wasQuote = false
      continue
    }
    // A quote right after one that closed stands for itself, and opens again.
    if (wasQuote) text += character
    wasQuote = inQuotes ? !wasQuote : false
    inQuotes = !inQuotes
    sawQuote = true
    if (text === '') quoted = true
  }
  return sawQuote || text !== '' ? { text, quoted, comma, end: position } : null
}

// The server takes a carriage return for a blank too; it has cut those at the end of the line before.
function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r'
}

/** A line as the server puts it together from lines that end in a backslash. */
export interface LogicalLine {
  /** Of its first line, from 1. */
  readonly number: number
  readonly text: string
}

/** The lines of a file, continuations joined (from PostgreSQL 14 on). */
export function logicalLines(text: string): readonly LogicalLine[] {
  // fgets() takes what follows a NUL for nothing, the line break too.
  const physical = text.replace(/\0[^\n]*(\n|$)/g, '').split('\n')
  if (physical.at(-1) === '') physical.pop()
  const lines: LogicalLine[] = []
  for (let at = 0; at < physical.length; ) {
    const number = at + 1
    let joined = ''
    let lastBackslash = 0
    for (;;) {
      joined = withoutEnd(joined + (physical[at] ?? ''))
      at += 1
      // One backslash continues; a second one, alone on the next line, is a text.
      if (joined.length <= lastBackslash || !joined.endsWith('\\')) break
      joined = joined.slice(0, -1)
      lastBackslash = joined.length
      if (at >= physical.length) break
    }
    lines.push({ number, text: joined })
  }
  return lines
}

function withoutEnd(line: string): string {
  return line.replace(/\r+$/, '')
}
