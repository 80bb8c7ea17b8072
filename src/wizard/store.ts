import type { Effect } from './effect.ts'
import type { WizardEvent } from './event.ts'
import type { WizardState } from './state.ts'
import { updateWizard } from './update.ts'

/**
 * Where the wizard's state lives: outside React and changed synchronously, so that ten keys that arrive in one
 * packet act on ten states, not on one that was drawn before the first of them.
 */
export interface Store {
  getState(): WizardState
  subscribe(listener: () => void): () => void
  dispatch(event: WizardEvent): void
}

/** Makes a store; `carryOut` gets what each event asks for, after the state has changed. */
export function createStore(
  initial: WizardState,
  carryOut: (effect: Effect, dispatch: (event: WizardEvent) => void) => void,
): Store {
  let state = initial
  const listeners = new Set<() => void>()
  const dispatch = (event: WizardEvent): void => {
    const next = updateWizard(state, event)
    if (next.state !== state) {
      state = next.state
      for (const listener of listeners) listener()
    }
    for (const effect of next.effects) carryOut(effect, dispatch)
  }
  return {
    getState: () => state,
    subscribe: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dispatch,
  }
}
