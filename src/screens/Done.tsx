import { bodyRows } from '../wizard/layout.ts'
import { shownSecretLines } from '../wizard/lines/done.ts'
import type { WizardState } from '../wizard/state.ts'
import { Lines } from './Lines.tsx'
import { StepText } from './StepText.tsx'

/** A notice takes so many rows more from the body, at most. */
const mostNoticeRows = 2

/** The vendor's form, filled in, and what a person must still do; or the password alone, while it is shown. */
export function Done({ state }: { state: WizardState }) {
  const { shown } = state.done
  if (shown === null) return <StepText state={state} />
  const rows = bodyRows(state) - mostNoticeRows
  return <Lines lines={shownSecretLines(state, shown, rows)} top={0} height={rows} />
}
