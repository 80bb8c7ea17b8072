import type { WizardState } from '../wizard/state.ts'
import { StepText } from './StepText.tsx'

/** The vendor's form, filled in, and what a person must still do. */
export function Done({ state }: { state: WizardState }) {
  return <StepText state={state} />
}
