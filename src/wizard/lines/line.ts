import type { Problem } from '../../model/problem.ts'
import type { Theme } from '../../terminal/theme.ts'
import { visible } from '../../terminal/truncate.ts'
import { wrap } from '../../terminal/wrap.ts'

/** A line of a long text, wrapped to the screen; the tone is a meaning, its colour the theme's. */
export interface Line {
  readonly text: string
  readonly tone?: keyof Theme
  /** The sign that is drawn in place of the space at this column. */
  readonly sign?: { readonly glyph: Sign; readonly column: number }
}

/** Signs that stand before a text, by their names among the glyphs; each is one column wide. */
export type Sign = 'cross' | 'tick'

/** A paragraph before it is wrapped. */
export interface Paragraph {
  readonly text: string
  readonly tone?: keyof Theme
  /** Columns before every line. */
  readonly indent?: number
  /** Columns that continued lines stand further in. */
  readonly hanging?: number
  /** Before the text; it takes two columns. */
  readonly sign?: Sign
}

/** Paragraphs as lines of at most `columns`. Text from outside cannot draw on the screen. */
export function linesOf(paragraphs: readonly Paragraph[], columns: number): readonly Line[] {
  return paragraphs.flatMap(({ text, tone, sign, indent: column = 0, hanging = 0 }) => {
    if (text === '') return [{ text: '' }]
    const indent = sign === undefined ? column : column + 2
    const width = Math.max(10, columns - indent - hanging)
    return text
      .split('\n')
      .flatMap(part => wrap(visible(part), width))
      .map((part, index) => ({
        text: ' '.repeat(indent + (index === 0 ? 0 : hanging)) + part,
        ...(tone === undefined ? {} : { tone }),
        ...(sign === undefined || index > 0 ? {} : { sign: { glyph: sign, column } }),
      }))
  })
}

/** A problem, and under it what to do next. */
export function problemParagraphs({ message, next }: Problem): Paragraph[] {
  return [
    { text: message, tone: 'bad', sign: 'cross' },
    ...(next === undefined ? [] : [{ text: next, indent: 2 }]),
  ]
}

/** An empty line between parts. */
export const gap: Paragraph = { text: '' }

/** A heading of a part. */
export function heading(text: string): Paragraph {
  return { text, tone: 'strong' }
}
