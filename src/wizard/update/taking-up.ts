import { type StepId, stepIds, stepTitles, unansweredStep } from '../../steps/step.ts'
import type { WizardState } from '../state.ts'
import { tryConnection } from './connection.ts'
import { withNotice } from './notice.ts'
import { type Update, update } from './result.ts'
import { toolChosen } from './tool.ts'

/** Answers that were kept are taken up: the connection is made again, and the rest follows once it stands. */
export function takenUp(state: WizardState, step: StepId, reached: StepId): Update {
  const { tool } = state.draft
  if (tool === undefined || state.facts.connector === null) return update(state)
  const chosen = toolChosen(state, tool)
  const to = earlier(step, 'review')
  const way = to === 'tool' || to === 'connection' ? null : { to, reached: earlier(reached, 'review') }
  const said: WizardState = { ...chosen.state, notice: state.notice, takingUp: way }
  const trying = tryConnection(
    way === null ? said : withNotice(said, `On the way back to ${stepTitles[to]}; each answer is checked.`),
  )
  return { ...trying, to: 'connection' }
}

/** What comes next on the way back: the answer that stands here is taken as by Enter, waited for, or asked anew. */
export type NextOnTheWay = 'take' | 'wait' | 'there' | 'stuck'

/** Looks how far the way back has come; only while it is gone. */
export function nextOnTheWay(state: WizardState, to: StepId): NextOnTheWay {
  const { step, overlay, connection } = state
  // The person sees to the connection: to its password, or to another server.
  if (step === 'connection') {
    const stands = connection.status === 'connected' || connection.status === 'reading'
    return stands && overlay === null ? 'take' : 'wait'
  }
  if (!isBefore(step, to)) return 'there'
  // What nobody has answered is not answered for them.
  if (overlay !== null || hasProblem(state) || !isBefore(step, unansweredStep(state.draft))) return 'stuck'
  return isWaiting(state) ? 'wait' : 'take'
}

/** The way back ends here, and it is said why. */
export function endTakingUp(state: WizardState, how: 'there' | 'stuck'): WizardState {
  const said =
    how === 'there'
      ? 'Back where you were; each answer on the way was checked.'
      : 'Back as far as here: this needs your answer. Ctrl-G leads on.'
  return withNotice({ ...state, takingUp: null }, said)
}

/** Whether the step waits for the server, AWS or the place for the password. */
export function isWaiting({ step, authentication, aws, schemas, tables, secret }: WizardState): boolean {
  switch (step) {
    case 'authentication':
      return authentication.waiting
    case 'aws':
      return aws.status === 'asking'
    case 'schemas':
      return schemas.status === 'reading'
    case 'tables':
      return tables.status === 'reading'
    case 'secret':
      return secret.status === 'probing'
    default:
      return false
  }
}

function hasProblem({ step, authentication, aws, schemas, tables, secret }: WizardState): boolean {
  switch (step) {
    case 'authentication':
      return authentication.lookUpProblem !== null || authentication.problems.length > 0
    case 'aws':
      return aws.problem !== null
    case 'schemas':
      return schemas.problem !== null
    case 'tables':
      return tables.problem !== null
    case 'secret':
      return secret.problem !== null
    default:
      return false
  }
}

function isBefore(one: StepId, other: StepId): boolean {
  return stepIds.indexOf(one) < stepIds.indexOf(other)
}

function earlier(one: StepId, other: StepId): StepId {
  return isBefore(one, other) ? one : other
}
