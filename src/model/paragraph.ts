import type { Problem } from './problem.ts'

/** What a paragraph means; how that looks is the screen's. It says nothing that the words do not say too. */
export type Tone = 'strong' | 'accent' | 'muted' | 'good' | 'warn' | 'bad'

/** Signs that stand before a text, by their names among the glyphs; each is one column wide. */
export type Sign = 'cross' | 'tick'

/** A paragraph for a person, before it is broken into the lines of a screen or of a log. */
export interface Paragraph {
  readonly text: string
  readonly tone?: Tone
  /** Columns before every line. */
  readonly indent?: number
  /** Columns that continued lines stand further in. */
  readonly hanging?: number
  /** Before the text; it takes two columns. */
  readonly sign?: Sign
  /** To be copied: it stays in one piece where lines may be as long as they are. */
  readonly whole?: true
}

/** An empty line between parts. */
export const gap: Paragraph = { text: '' }

/** A heading of a part. */
export function heading(text: string): Paragraph {
  return { text, tone: 'strong' }
}

/** An entry of a list, its other lines under its text. */
export function entry(text: string, indent: number, tone?: Tone): Paragraph {
  return { text: `- ${text}`, indent, hanging: 2, ...(tone === undefined ? {} : { tone }) }
}

/** Something to know, or to beware of; it says which. */
export function note(text: string, level: 'info' | 'warning', indent = 2): Paragraph {
  return level === 'warning'
    ? { text: `Warning: ${text}`, indent, hanging: 2, tone: 'warn' }
    : { text: `Note: ${text}`, indent, hanging: 2 }
}

/** A problem, and under it what to do next. */
export function problemParagraphs({ message, next }: Problem): Paragraph[] {
  return [
    { text: message, tone: 'bad', sign: 'cross' },
    ...(next === undefined ? [] : [{ text: next, indent: 2 }]),
  ]
}
