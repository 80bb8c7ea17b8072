import { Box, Text } from 'ink'
import { Children } from 'react'
import type { TextStyle } from './theme.ts'
import { visible } from './truncate.ts'

/** A line of a text, already wrapped; a plain string or one with a style. */
export type StyledLine = string | { readonly text: string; readonly style: TextStyle }

export interface ScrollTextProps {
  readonly lines: readonly StyledLine[]
  /** First visible line. */
  readonly top: number
  readonly height: number
}

/** The visible part of a text: `height` lines from `top` on, one row each. */
export function ScrollText({ lines, top, height }: ScrollTextProps) {
  return <Box flexDirection="column">{Children.toArray(lines.slice(top, top + height).map(row))}</Box>
}

function row(line: StyledLine) {
  const { text, style } = typeof line === 'string' ? { text: line, style: {} } : line
  return (
    <Text wrap="truncate" {...style}>
      {/* An empty Text has no height. */}
      {visible(text) || ' '}
    </Text>
  )
}
