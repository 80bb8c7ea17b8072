import { bodyRows } from '../wizard/layout.ts'
import { doneLines } from '../wizard/lines/done.ts'
import type { WizardState } from '../wizard/state.ts'
import { Lines } from './Lines.tsx'

/** The vendor's form, filled in, and what a person must still do. */
export function Done({ state }: { state: WizardState }) {
  return <Lines lines={doneLines(state)} top={state.done.top} height={bodyRows(state)} />
}
