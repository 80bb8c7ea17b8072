import type { Sliced } from '../../model/sliced.ts'
import { answersOf, askedSteps, type StepId, stepIds, stepTitles, unansweredStep } from '../../steps/step.ts'
import type { WizardState } from '../state.ts'
import { enterAuthentication, leaveAuthentication } from './authentication.ts'
import { enterAws, leaveAws } from './aws.ts'
import { leaveConnection } from './connection.ts'
import { enterEndpoint } from './endpoint.ts'
import { enterNetwork } from './network.ts'
import { withNotice } from './notice.ts'
import { wantNothing } from './relations-wanted.ts'
import { type Update, update } from './result.ts'
import { enterReview, leaveReview } from './review.ts'
import { enterSchemas, leaveSchemas } from './schemas.ts'
import { enterSecret, leaveSecret } from './secret.ts'
import { enterTables, leaveTables } from './tables.ts'

/** Enters a step: its screen is made from the answers, so what was answered before stands there again. */
export function* enter(state: WizardState, wanted: StepId): Sliced<Update> {
  const step = answered(state, wanted)
  const furthest = Math.max(stepIds.indexOf(state.reached), stepIds.indexOf(step))
  const entered: WizardState = {
    ...(step === wanted ? state : withNotice(state, `Not answered yet: ${stepTitles[step]}.`)),
    step,
    reached: stepIds[furthest] ?? step,
    overlay: null,
    textTop: 0,
  }
  const result = yield* entering(entered)
  const wasAboutTables = isAboutTables(state.step) && !isAboutTables(step)
  return wasAboutTables ? { ...result, effects: [...wantNothing, ...result.effects] } : result
}

function isAboutTables(step: StepId): boolean {
  return step === 'schemas' || step === 'tables'
}

function* entering(entered: WizardState): Sliced<Update> {
  switch (entered.step) {
    case 'endpoint':
      return enterEndpoint(entered)
    case 'authentication':
      return enterAuthentication(entered)
    case 'aws':
      return enterAws(entered)
    case 'schemas':
      return enterSchemas(entered)
    case 'tables':
      return yield* enterTables(entered)
    case 'network':
      return enterNetwork(entered)
    case 'secret':
      return enterSecret(entered)
    case 'review':
      return enterReview(entered)
    case 'tool':
    case 'connection':
    case 'apply':
    case 'done':
      return update(entered)
  }
}

/** A review needs every answer; the first that is missing (another tool took it along) is asked instead. */
function answered(state: WizardState, step: StepId): StepId {
  if (step !== 'review' || answersOf(state.draft) !== null) return step
  return unansweredStep(state.draft)
}

/** What a step keeps, and what it ends, when it is left without going on. */
export function* leave(state: WizardState): Sliced<Update> {
  switch (state.step) {
    case 'connection':
      return leaveConnection(state)
    case 'authentication':
      return update(leaveAuthentication(state))
    case 'aws':
      return leaveAws(state)
    case 'schemas':
      return update(leaveSchemas(state))
    case 'tables':
      return update(yield* leaveTables(state))
    case 'secret':
      return leaveSecret(state)
    case 'review':
      return leaveReview(state)
    default:
      return update(state)
  }
}

/** The step before, or null at the first one. After the apply there is no way back into the questions. */
export function stepBefore({ step, draft }: Pick<WizardState, 'step' | 'draft'>): StepId | null {
  if (step === 'apply' || step === 'done') return null
  const asked = askedSteps(draft)
  return asked[asked.indexOf(step) - 1] ?? null
}
