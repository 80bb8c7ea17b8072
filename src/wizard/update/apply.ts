import type { ApplyOutcome } from '../../engine/outcome.ts'
import type { Key } from '../../terminal/key.ts'
import { isListMove } from '../../terminal/list-window.ts'
import { scroll } from '../../terminal/scroll-text.ts'
import { endingOf } from '../ending.ts'
import type { Delivered } from '../event.ts'
import type { Command } from '../keymap.ts'
import { bodyRows } from '../layout.ts'
import { applyLines } from '../lines/apply.ts'
import type { WizardState } from '../state.ts'
import { type Update, update, updateTo } from './result.ts'

export function applyKey(state: WizardState, command: Command | null, _key: Key): Update | null {
  if (command !== null && isListMove(command)) {
    const size = { count: applyLines(state).length, height: bodyRows(state) - 2 }
    return update({ ...state, apply: { ...state.apply, top: scroll(state.apply.top, command, size) } })
  }
  if (command === 'cancel' && state.apply.status === 'running')
    return update({ ...state, apply: { ...state.apply, status: 'cancelling' } }, { kind: 'cancel' })
  // A second Ctrl-C always leads out, also while the server takes its time.
  if (command === 'cancel' && state.apply.status === 'cancelling')
    return update({ ...state, overlay: { kind: 'quit' } })
  if (command === 'submit' && state.apply.outcome !== null) return onward(state, state.apply.outcome)
  return null
}

/** After a failure that left nothing one is back at the choice; what is left is not walked away from. */
function onward(state: WizardState, outcome: ApplyOutcome): Update {
  switch (outcome.outcome) {
    case 'done':
    case 'done-unproved':
      return updateTo('done', state)
    case 'cancelled':
      return updateTo('review', state)
    case 'failed-unchanged':
      return updateTo(outcome.problem.code === 'relation-gone' ? 'tables' : 'review', {
        ...state,
        // What was read before no longer holds.
        facts: { ...state.facts, databases: state.facts.databases.map(forgetRelations) },
      })
    case 'failed-changed':
      return update(state, { kind: 'end', ending: endingOf(state) })
  }
}

function forgetRelations(database: WizardState['facts']['databases'][number]) {
  return { ...database, schemas: database.schemas.map(schema => ({ ...schema, relations: null })) }
}

export function applied(state: WizardState, outcome: ApplyOutcome, delivered: Delivered | null): Update {
  const done = delivered === null ? state.done : { ...state.done, ...delivered }
  return update({
    ...state,
    done,
    apply: { ...state.apply, status: 'ended', outcome, progress: null, top: 0 },
  })
}
