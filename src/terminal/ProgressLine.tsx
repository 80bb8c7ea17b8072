import { Text } from 'ink'
import { useLook } from './look.tsx'
import { displayWidth, truncate, visible } from './truncate.ts'

export interface ProgressLineProps {
  readonly done: number
  readonly total: number
  /** What is being done right now. */
  readonly label: string
  readonly columns: number
}

const BAR_WIDTH = 20

/** How far something is, in one row: a bar, the counts and what is done right now. */
export function ProgressLine({ done, total, label, columns }: ProgressLineProps) {
  const { glyphs, theme } = useLook()
  const full = total <= 0 ? BAR_WIDTH : Math.floor((Math.max(0, Math.min(done, total)) / total) * BAR_WIDTH)
  // The counts keep their width, so that the label does not wander.
  const counts = ` ${String(done).padStart(String(total).length)}/${total}  `
  return (
    <Text wrap="truncate">
      <Text {...theme.accent}>{glyphs.barFull.repeat(full)}</Text>
      {glyphs.barEmpty.repeat(BAR_WIDTH - full)}
      {counts}
      {truncate(visible(label), Math.max(0, columns - BAR_WIDTH - displayWidth(counts)), glyphs.ellipsis)}
    </Text>
  )
}
