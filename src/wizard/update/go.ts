import { type StepId, stepIds } from '../../steps/step.ts'
import type { WizardState } from '../state.ts'
import { enterAuthentication } from './authentication.ts'
import { enterConnection } from './connection.ts'
import { enterEndpoint } from './endpoint.ts'
import { enterNetwork } from './network.ts'
import { type Update, update } from './result.ts'
import { enterReview } from './review.ts'
import { enterSchemas } from './schemas.ts'
import { enterSecret } from './secret.ts'
import { enterTables } from './tables.ts'

/** Enters a step: its screen is made from the answers, so what was answered before stands there again. */
export function go(state: WizardState, step: StepId): Update {
  const furthest = Math.max(stepIds.indexOf(state.reached), stepIds.indexOf(step))
  const entered: WizardState = { ...state, step, reached: stepIds[furthest] ?? step, overlay: null }
  switch (step) {
    case 'connection':
      return enterConnection(entered)
    case 'endpoint':
      return enterEndpoint(entered)
    case 'authentication':
      return enterAuthentication(entered)
    case 'schemas':
      return enterSchemas(entered)
    case 'tables':
      return enterTables(entered)
    case 'network':
      return enterNetwork(entered)
    case 'secret':
      return enterSecret(entered)
    case 'review':
      return enterReview(entered)
    case 'tool':
    case 'apply':
    case 'done':
      return update(entered)
  }
}

/** The step before, or null at the first one. After the apply there is no way back into the questions. */
export function stepBefore(step: StepId): StepId | null {
  if (step === 'apply' || step === 'done') return null
  return stepIds[stepIds.indexOf(step) - 1] ?? null
}

/** The step after. */
export function stepAfter(step: StepId): StepId {
  return stepIds[stepIds.indexOf(step) + 1] ?? step
}
