import { Text, useAnimation } from 'ink'
import { useLook } from './look.tsx'
import { visible } from './truncate.ts'

/** Four frames a second: at this pace a spinner costs about 0.4 KB/s over SSH. */
const INTERVAL_MS = 250

/** A sign that work goes on, with what is being done. */
export function Spinner({ label }: { label: string }) {
  const { glyphs, theme } = useLook()
  const { frame } = useAnimation({ interval: INTERVAL_MS })
  return (
    <Text wrap="truncate">
      <Text {...theme.accent}>{glyphs.spinner[frame % glyphs.spinner.length]}</Text>
      {` ${visible(label)}`}
    </Text>
  )
}
