import { scrollPosition } from '../terminal/scroll-text.ts'
import { textSize } from '../wizard/layout.ts'
import type { WizardState } from '../wizard/state.ts'
import { stepText } from '../wizard/step-text.ts'
import { Lines } from './Lines.tsx'
import { Row } from './Row.tsx'

/** The visible part of the step's text; where not all of it is visible, the last row says how much there is. */
export function StepText({ state }: { state: WizardState }) {
  const text = stepText(state)
  if (text === null) return null
  const size = textSize(text.lines.length, text.rows)
  const position = scrollPosition(state.textTop, size)
  return (
    <>
      <Lines lines={text.lines} top={state.textTop} height={size.height} />
      {position === '' ? null : <Row tone="muted">{position}</Row>}
    </>
  )
}
