import { type HelpSection, helpLines } from './help.ts'
import { useLook } from './look.tsx'
import { ScrollText } from './ScrollText.tsx'

export interface HelpOverlayProps {
  readonly sections: readonly HelpSection[]
  readonly columns: number
  readonly rows: number
  /** First visible line. */
  readonly top: number
}

/** The help of a screen in place of its body. */
export function HelpOverlay({ sections, columns, rows, top }: HelpOverlayProps) {
  const { glyphs, theme } = useLook()
  const titles = sections.map(({ title }) => title)
  const lines = helpLines(sections, columns, glyphs).map(text =>
    titles.includes(text) ? { text, style: theme.strong } : text,
  )
  return <ScrollText lines={lines} top={top} height={rows} />
}
