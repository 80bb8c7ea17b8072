import { useLook } from '../terminal/look.tsx'
import { ScrollText } from '../terminal/ScrollText.tsx'
import type { Line } from '../wizard/lines/line.ts'

/** The visible part of a long text, each line in the colour of its meaning. */
export function Lines({ lines, top, height }: { lines: readonly Line[]; top: number; height: number }) {
  const { theme } = useLook()
  return (
    <ScrollText
      lines={lines.map(({ text, tone }) => (tone === undefined ? text : { text, style: theme[tone] }))}
      top={top}
      height={height}
    />
  )
}
