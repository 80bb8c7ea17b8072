import type { EngineEvent } from '../../engine/events.ts'
import type { Rehearsal } from '../../engine/outcome.ts'
import type { Problem } from '../../model/problem.ts'
import { wholeAws } from '../../plan/aws/whole.ts'
import type { Plan } from '../../plan/plan.ts'
import { awsExports } from '../../plan/render/aws-exports.ts'
import { renderSql } from '../../plan/render/sql.ts'
import { relationsPerTransaction } from '../../plan/transaction-size.ts'
import { answersOf, type StepId } from '../../steps/step.ts'
import { textField } from '../../terminal/text-field.ts'
import type { Effect } from '../effect.ts'
import type { FreshFacts, WizardEvent } from '../event.ts'
import type { Command } from '../keymap.ts'
import { progressOf } from '../lines/progress.ts'
import type { Overlay, ReviewState, WizardState } from '../state.ts'
import { answersFileOf } from './answers-file.ts'
import { emptyApply } from './apply.ts'
import { groupsFoundNow } from './groups.ts'
import { type Update, update, updateTo } from './result.ts'

/** A review before there is a plan. */
export const emptyReview: ReviewState = {
  status: 'idle',
  attempt: 0,
  plan: null,
  obstacles: [],
  problems: [],
  rehearsal: null,
  progress: null,
}

/** The plan is made anew from the live server each time one comes here. */
export function enterReview(state: WizardState): Update {
  const answers = answersOf(state.draft)
  if (answers === null) return update(state)
  const attempt = state.review.attempt + 1
  const rds = groupsFoundNow(state)
  return update(
    { ...state, review: { ...emptyReview, attempt, status: 'planning' } },
    {
      kind: 'make-plan',
      attempt,
      answers,
      columns: state.size.columns,
      ...(rds === null ? {} : { rds }),
    },
  )
}

/** Leaves the review: what is under way is ended, and an answer that comes later is not heard. */
export function leaveReview(state: WizardState): Update {
  const { status, attempt } = state.review
  const left: WizardState = { ...state, review: { ...emptyReview, attempt: attempt + 1 } }
  return status === 'rehearsing' ? update(left, { kind: 'cancel' }) : update(left)
}

/** The plan is made. */
export function planned(
  state: WizardState,
  { attempt, plan, obstacles, facts }: WizardEvent & { kind: 'planned' },
): Update {
  if (attempt !== state.review.attempt) return update(state)
  return update({
    ...withFacts(state, facts),
    review: { ...emptyReview, attempt, status: 'planned', plan, obstacles },
  })
}

/** No plan can be made, for these reasons. */
export function planRefused(
  state: WizardState,
  { attempt, problems, facts }: WizardEvent & { kind: 'plan-refused' },
): Update {
  if (attempt !== state.review.attempt) return update(state)
  const known = facts === null ? state : withFacts(state, facts)
  return update({ ...known, review: { ...emptyReview, attempt, status: 'refused', problems } })
}

function withFacts(state: WizardState, facts: FreshFacts): WizardState {
  return {
    ...state,
    facts: { ...state.facts, databases: facts.databases, roles: { ...state.facts.roles, ...facts.roles } },
  }
}

/** Whether the plan can be tried and carried out from here. */
export function canRehearse({ review }: WizardState): boolean {
  if (review.plan === null || review.obstacles.length > 0) return false
  return review.status === 'planned' || review.status === 'rehearsed'
}

/** Whether the plan that is shown was rehearsed and held: only then it can be agreed to. */
export function canApply(state: WizardState): boolean {
  const { status, rehearsal } = state.review
  return canRehearse(state) && status === 'rehearsed' && rehearsal?.outcome === 'held'
}

/** A key on the review's screen; null where it has no meaning there. */
export function reviewKey(state: WizardState, command: Command | null): Update | null {
  const { review } = state
  const { plan } = review
  if (command === 'submit' && review.status === 'refused')
    return updateTo(stepAtFault(review.problems), state)
  if (plan === null) return null
  switch (command) {
    case 'rehearse':
      return canRehearse(state) ? rehearse(state, plan) : null
    case 'cancel':
      return update(state, { kind: 'cancel' })
    case 'apply':
      return canApply(state) ? apply(state, plan) : null
    case 'save':
      return update(
        state,
        ...answersFileOf(state.draft),
        ...awsFilesOf(state, plan),
        // Last, so that its place is what is told.
        { kind: 'save', what: 'sql', name: `${plan.tool.id}.sql`, text: scriptOf(state, plan) },
      )
    case 'copy':
      return update(state, { kind: 'copy', text: scriptOf(state, plan) })
    default:
      return null
  }
}

/** In transactions of the size that this server has room for. */
function scriptOf({ facts: { server } }: WizardState, plan: Plan): string {
  return server === null ? renderSql(plan) : renderSql(plan, relationsPerTransaction(server))
}

/** The part in AWS, for whoever may make it. */
function awsFilesOf({ draft }: WizardState, plan: Plan): Effect[] {
  const { authentication, roles } = draft
  if (plan.aws === undefined || authentication?.method !== 'aws-iam' || roles === undefined) return []
  const whole = wholeAws({ roles }, authentication.aws, plan.tool.name, plan.aws)
  return awsExports(whole, plan.tool.id).map(file => ({ kind: 'save', what: 'aws', ...file }))
}

function rehearse(state: WizardState, plan: Plan): Update {
  const attempt = state.review.attempt + 1
  return update(
    {
      ...state,
      review: { ...state.review, attempt, status: 'rehearsing', rehearsal: null, progress: null },
    },
    { kind: 'rehearse', attempt, plan },
  )
}

function apply(state: WizardState, plan: Plan): Update {
  const answers = answersOf(state.draft)
  if (answers === null) return update(state)
  return updateTo(
    'apply',
    { ...state, apply: { ...emptyApply, status: 'running' } },
    { kind: 'apply', plan, answers },
  )
}

/** The question whose answer has to change, by the path that the first problem with one names. */
function stepAtFault(problems: readonly Problem[]): StepId {
  const path = problems.find(problem => problem.path !== undefined)?.path ?? ''
  const [part] = path.split(/[.[]/)
  switch (part) {
    case 'tool':
    case 'endpoint':
    case 'network':
    case 'secret':
      return part
    case 'server':
      return 'connection'
    case 'authentication':
    case 'roles':
    case 'limits':
      return 'authentication'
    case 'access':
      return 'tables'
    case 'databases':
      return /relations|laterTablesOf/.test(path) ? 'tables' : 'schemas'
    default:
      return 'connection'
  }
}

/** What a rehearsal or an apply tells while it works. */
export function engineEvent(state: WizardState, event: EngineEvent): Update {
  const { review, apply } = state
  if (review.status === 'rehearsing')
    return update({ ...state, review: { ...review, progress: progressOf(event) ?? review.progress } })
  if (apply.status !== 'running' && apply.status !== 'cancelling') return update(state)
  return update({
    ...state,
    apply: {
      ...apply,
      events:
        event.kind === 'progress' || event.kind === 'aws-waiting' ? apply.events : [...apply.events, event],
      progress: progressOf(event) ?? apply.progress,
    },
    // The last line is the one that is under way.
    textTop: Number.MAX_SAFE_INTEGER,
  })
}

/** The rehearsal has ended. */
export function rehearsed(state: WizardState, attempt: number, rehearsal: Rehearsal): Update {
  const { review } = state
  if (attempt !== review.attempt || review.status !== 'rehearsing') return update(state)
  const refused = rehearsal.outcome === 'failed' && rehearsal.problem.code === 'verifier-refused'
  return update({
    ...state,
    overlay: refused ? askForPlain : state.overlay,
    // What it found stands at the top, and is what one wants to read now.
    textTop: 0,
    review: {
      ...review,
      status: rehearsal.outcome === 'cancelled' ? 'planned' : 'rehearsed',
      rehearsal,
      progress: null,
    },
  })
}

const askForPlain: Overlay = {
  kind: 'confirm',
  about: 'send-plain-password',
  word: 'plain',
  typed: textField(''),
}

/** The person has agreed to it: the plan is made anew with the password itself. */
export function plainPasswordConfirmed(state: WizardState): Update {
  return updateTo('review', {
    ...state,
    overlay: null,
    draft: { ...state.draft, sendPlainPassword: true },
  })
}
