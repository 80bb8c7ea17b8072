import type { Glyphs } from '../terminal/glyphs.ts'
import { useLook } from '../terminal/look.tsx'
import { ScrollText } from '../terminal/ScrollText.tsx'
import type { Line } from '../wizard/lines/line.ts'

/** The visible part of a long text, each line in the colour of its meaning. */
export function Lines({ lines, top, height }: { lines: readonly Line[]; top: number; height: number }) {
  const { glyphs, theme } = useLook()
  return (
    <ScrollText
      lines={lines
        .slice(top, top + height)
        .map(line =>
          line.tone === undefined
            ? drawn(line, glyphs)
            : { text: drawn(line, glyphs), style: theme[line.tone] },
        )}
      top={0}
      height={height}
    />
  )
}

function drawn({ text, sign }: Line, glyphs: Glyphs): string {
  if (sign === undefined) return text
  return text.slice(0, sign.column) + glyphs[sign.glyph] + text.slice(sign.column + 1)
}
