import { Box, Text } from 'ink'
import type { ReactNode } from 'react'
import { type Area, isTooSmall, SMALLEST } from './area.ts'

/**
 * What is left for the body between a head and a foot of so many rows. The last row of the terminal stays
 * empty: a frame as tall as the terminal would be drawn anew at every key.
 */
export function bodyArea(terminal: Area, headRows: number, footRows: number): Area {
  return { columns: terminal.columns, rows: Math.max(0, terminal.rows - 1 - headRows - footRows) }
}

export interface FrameProps {
  readonly terminal: Area
  /** One node a row, with a key; each must be one line (`<Text wrap="truncate">`). */
  readonly head: readonly ReactNode[]
  readonly foot: readonly ReactNode[]
  readonly children: ReactNode
}

/** A screen: head, body with exactly the rows that remain, foot. Below 40x10 only a notice. */
export function Frame({ terminal, head, foot, children }: FrameProps) {
  if (isTooSmall(terminal)) {
    return (
      <Text wrap="truncate">
        {`Too small: ${terminal.columns}x${terminal.rows}, needs ${SMALLEST.columns}x${SMALLEST.rows}.`}
      </Text>
    )
  }
  const body = bodyArea(terminal, head.length, foot.length)
  return (
    <Box flexDirection="column" height={terminal.rows - 1} width={terminal.columns} overflow="hidden">
      <Part rows={head.length}>{head}</Part>
      <Part rows={body.rows}>{children}</Part>
      <Part rows={foot.length}>{foot}</Part>
    </Box>
  )
}

/** So many rows, no more and no less. The inner box keeps its rows, or yoga would leave out some of each. */
function Part({ rows, children }: { rows: number; children: ReactNode }) {
  return (
    <Box flexDirection="column" height={rows} flexShrink={0} overflow="hidden">
      <Box flexDirection="column" flexShrink={0}>
        {children}
      </Box>
    </Box>
  )
}
