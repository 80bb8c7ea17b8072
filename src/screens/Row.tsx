import { Text } from 'ink'
import { type Paragraph, problemParagraphs } from '../model/paragraph.ts'
import type { Problem } from '../model/problem.ts'
import { useLook } from '../terminal/look.tsx'
import type { Theme } from '../terminal/theme.ts'
import { truncate, visible } from '../terminal/truncate.ts'
import { linesOf } from '../wizard/lines/line.ts'
import { useColumns } from './columns.tsx'
import { Lines } from './Lines.tsx'

type Words = string | number | readonly (string | number)[]

/** One row of text, cut at the right edge with the sign for it that the terminal can draw. */
export function Row({ tone, children = ' ' }: { tone?: keyof Theme; children?: Words }) {
  const { glyphs, theme } = useLook()
  const text = typeof children === 'object' ? children.join('') : String(children)
  return (
    <Text wrap="truncate" {...(tone === undefined ? {} : theme[tone])}>
      {truncate(visible(text), useColumns(), glyphs.ellipsis)}
    </Text>
  )
}

/** Paragraphs, wrapped, in at most so many rows; all of them when not given. */
export function Prose({ paragraphs, rows }: { paragraphs: readonly Paragraph[]; rows?: number }) {
  const lines = linesOf(paragraphs, useColumns())
  return <Lines lines={lines} top={0} height={rows ?? lines.length} />
}

/** A problem and what to do next. */
export function ProblemRows({ problem }: { problem: Problem }) {
  return <Prose paragraphs={problemParagraphs(problem)} />
}
