import type { StepId } from '../../steps/step.ts'
import type { Effect } from '../effect.ts'
import type { WizardState } from '../state.ts'

/** The next state, what is to be carried out, and the step to go to, if to another one. */
export interface Update {
  readonly state: WizardState
  readonly effects: readonly Effect[]
  readonly to?: StepId
}

/** A state in which one has arrived, and what is to be carried out. */
export interface Settled {
  readonly state: WizardState
  readonly effects: readonly Effect[]
}

/** The next state with what it asks for. */
export function update(state: WizardState, ...effects: readonly Effect[]): Update {
  return { state, effects }
}

/** The next state on another step. */
export function updateTo(to: StepId, state: WizardState, ...effects: readonly Effect[]): Update {
  return { state, effects, to }
}
