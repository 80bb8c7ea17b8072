import { type HelpSection, helpLines } from './help.ts'
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
  return <ScrollText lines={helpLines(sections, columns)} top={top} height={rows} />
}
