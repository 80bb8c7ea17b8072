import { Text } from 'ink'
import type { TextStyle } from './theme.ts'

/** A line of a text, already wrapped; a plain string or one with a style. */
export type StyledLine = string | { readonly text: string; readonly style: TextStyle }

/** The visible part of a text: `height` lines from `top` on. */
export function ScrollText({
  lines,
  top,
  height,
}: {
  lines: readonly StyledLine[]
  top: number
  height: number
}) {
  return lines.slice(top, top + height).map((line, index) => (
    <Text key={top + index} wrap="truncate" {...(typeof line === 'string' ? {} : line.style)}>
      {typeof line === 'string' ? line : line.text}
    </Text>
  ))
}
