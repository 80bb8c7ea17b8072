import type { Paragraph, Sign, Tone } from '../../model/paragraph.ts'
import { atOnce, type Sliced, sliceSize } from '../../model/sliced.ts'
import { visible } from '../../terminal/truncate.ts'
import { wrap } from '../../terminal/wrap.ts'

/** A line of a long text, wrapped to the screen; the tone is a meaning, its colour the theme's. */
export interface Line {
  readonly text: string
  readonly tone?: Tone
  /** The sign that is drawn in place of the space at this column. */
  readonly sign?: { readonly glyph: Sign; readonly column: number }
}

/** Paragraphs as lines of at most `columns`. Text from outside cannot draw on the screen. */
export function linesOf(paragraphs: readonly Paragraph[], columns: number): readonly Line[] {
  return atOnce(linesOfSliced(paragraphs, columns))
}

/** The same in slices. */
export function* linesOfSliced(paragraphs: readonly Paragraph[], columns: number): Sliced<readonly Line[]> {
  const lines: Line[] = []
  let paused = 0
  for (const paragraph of paragraphs) {
    for (const line of linesOfOne(paragraph, columns)) lines.push(line)
    if (lines.length - paused < sliceSize / 2) continue
    yield
    paused = lines.length
  }
  return lines
}

function linesOfOne(
  { text, tone, sign, indent: column = 0, hanging = 0 }: Paragraph,
  columns: number,
): readonly Line[] {
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
}
