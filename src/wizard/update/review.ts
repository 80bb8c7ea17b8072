import type { EngineEvent } from '../../engine/events.ts'
import type { Rehearsal } from '../../engine/outcome.ts'
import type { Problem } from '../../model/problem.ts'
import { isEmptyPlan, type Plan } from '../../plan/plan.ts'
import { renderSql } from '../../plan/render/sql.ts'
import { answersOf } from '../../steps/step.ts'
import type { Key } from '../../terminal/key.ts'
import { isListMove } from '../../terminal/list-window.ts'
import { clampScroll, scroll } from '../../terminal/scroll-text.ts'
import type { FreshFacts } from '../event.ts'
import type { Command } from '../keymap.ts'
import { rowsBelow } from '../layout.ts'
import { reviewLines } from '../lines/review.ts'
import type { Progress, ReviewState, WizardState } from '../state.ts'
import { type Update, update, updateTo } from './result.ts'

/** Rows of the review that do not scroll: the state of the rehearsal above, an empty one below. */
export const reviewFixedRows = 2

/** The plan is made anew from the live server each time one comes here. */
export function enterReview(state: WizardState): Update {
  const answers = answersOf(state.draft)
  if (answers === null) return update(state)
  return update(
    { ...state, review: { ...emptyReview, status: 'planning' } },
    { kind: 'make-plan', answers },
    { kind: 'save-answers', answers },
  )
}

export const emptyReview: ReviewState = {
  status: 'idle',
  plan: null,
  problems: [],
  rehearsal: null,
  progress: null,
  top: 0,
}

export function planned(state: WizardState, plan: Plan, facts: FreshFacts): Update {
  const known = withFacts(state, facts)
  return update({ ...known, review: { ...emptyReview, status: 'planned', plan } })
}

export function planRefused(
  state: WizardState,
  problems: readonly Problem[],
  facts: FreshFacts | null,
): Update {
  const known = facts === null ? state : withFacts(state, facts)
  return update({ ...known, review: { ...emptyReview, status: 'refused', problems } })
}

function withFacts(state: WizardState, facts: FreshFacts): WizardState {
  return {
    ...state,
    facts: { ...state.facts, databases: facts.databases, roles: { ...state.facts.roles, ...facts.roles } },
  }
}

export function reviewKey(state: WizardState, command: Command | null, _key: Key): Update | null {
  const { review } = state
  const answers = answersOf(state.draft)
  if (command !== null && isListMove(command)) {
    const size = { count: reviewLines(state).length, height: rowsBelow(state, reviewFixedRows) }
    return update({ ...state, review: { ...review, top: scroll(review.top, command, size) } })
  }
  if (review.plan === null || answers === null) return null
  switch (command) {
    case 'rehearse':
      return update(
        { ...state, review: { ...review, status: 'rehearsing', rehearsal: null, progress: null } },
        { kind: 'rehearse', plan: review.plan },
      )
    case 'cancel':
      return update(state, { kind: 'cancel' })
    case 'apply':
      return updateTo(
        'apply',
        { ...state, apply: { status: 'running', events: [], progress: null, outcome: null, top: 0 } },
        { kind: 'apply', plan: review.plan, answers },
      )
    case 'save':
      return update(state, {
        kind: 'save',
        what: 'sql',
        name: `${review.plan.tool.id}.sql`,
        text: renderSql(review.plan),
      })
    case 'copy':
      return update(state, { kind: 'copy', text: renderSql(review.plan) })
    default:
      return null
  }
}

/** What a rehearsal or an apply tells while it works. */
export function engineEvent(state: WizardState, event: EngineEvent): Update {
  if (state.review.status === 'rehearsing')
    return update({
      ...state,
      review: { ...state.review, progress: progressOf(event) ?? state.review.progress },
    })
  if (state.apply.status === 'running' || state.apply.status === 'cancelling')
    return update({
      ...state,
      apply: {
        ...state.apply,
        events: event.kind === 'progress' ? state.apply.events : [...state.apply.events, event],
        progress: progressOf(event) ?? state.apply.progress,
      },
    })
  return update(state)
}

function progressOf(event: EngineEvent): Progress | null {
  if (event.kind === 'retry') return null
  const label = event.database === null ? event.phase : `${event.phase} ${event.database}`
  return event.kind === 'phase'
    ? { label, done: 0, total: 0 }
    : { label, done: event.done, total: event.total }
}

export function rehearsed(state: WizardState, rehearsal: Rehearsal): Update {
  if (state.review.status !== 'rehearsing') return update(state)
  // What it found stands at the top, and is what one wants to read now.
  return update({
    ...state,
    review: {
      ...state.review,
      status: rehearsal.outcome === 'cancelled' ? 'planned' : 'rehearsed',
      rehearsal,
      progress: null,
      top: 0,
    },
  })
}

/** After a resize the lines wrap anew. */
export function resizeReview(state: WizardState): WizardState {
  const size = { count: reviewLines(state).length, height: rowsBelow(state, reviewFixedRows) }
  return { ...state, review: { ...state.review, top: clampScroll(state.review.top, size) } }
}

/** Whether there is anything to do. */
export function nothingToDo(review: ReviewState): boolean {
  return review.plan !== null && isEmptyPlan(review.plan)
}
