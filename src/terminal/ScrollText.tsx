import { Box, Text } from 'ink'
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
  const shown = lines.slice(top, top + height)
  return <Box flexDirection="column">{shown.map((line, offset) => row(line, top + offset))}</Box>
}

function row(line: StyledLine, number: number) {
  const { text, style } = typeof line === 'string' ? { text: line, style: {} } : line
  return (
    <Text key={number} wrap="truncate" {...style}>
      {/* An empty Text has no height. */}
      {visible(text) || ' '}
    </Text>
  )
}
