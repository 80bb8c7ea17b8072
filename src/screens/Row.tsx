import { Text } from 'ink'
import type { ReactNode } from 'react'
import type { Problem } from '../model/problem.ts'
import { useLook } from '../terminal/look.tsx'
import type { Theme } from '../terminal/theme.ts'
import { visible } from '../terminal/truncate.ts'

/** One row of text, cut at the right edge. */
export function Row({ tone, children }: { tone?: keyof Theme; children?: ReactNode }) {
  const { theme } = useLook()
  return (
    <Text wrap="truncate" {...(tone === undefined ? {} : theme[tone])}>
      {children ?? ' '}
    </Text>
  )
}

/** A problem and what to do next: what has no room in one row is wrapped. */
export function ProblemRows({ problem }: { problem: Problem }) {
  const { glyphs, theme } = useLook()
  return (
    <>
      <Text wrap="wrap" {...theme.bad}>
        {glyphs.cross} {visible(problem.message)}
      </Text>
      {problem.next === undefined ? null : (
        <Text wrap="wrap">
          {'  '}
          {visible(problem.next)}
        </Text>
      )}
    </>
  )
}
