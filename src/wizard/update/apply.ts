import type { ApplyOutcome } from '../../engine/outcome.ts'
import type { CatalogueDatabase } from '../../model/catalogue.ts'
import type { Delivered } from '../event.ts'
import type { Command } from '../keymap.ts'
import type { ApplyState, WizardState } from '../state.ts'
import { answersFileOf } from './answers-file.ts'
import { type Update, update, updateTo } from './result.ts'

/** Before anything was applied. */
export const emptyApply: ApplyState = { status: 'idle', events: [], progress: null, outcome: null }

/** A key while the plan is applied, and after; null where it has no meaning there. */
export function applyKey(state: WizardState, command: Command | null): Update | null {
  const { status, outcome } = state.apply
  if (command === 'cancel' && status === 'running')
    return update({ ...state, apply: { ...state.apply, status: 'cancelling' } }, { kind: 'cancel' })
  // A second Ctrl-C always leads out, also while the server takes its time.
  if (command === 'cancel' && status === 'cancelling') return update({ ...state, overlay: { kind: 'quit' } })
  if (command === 'submit' && outcome !== null) return onward(state, outcome)
  return null
}

/** After a failure that left nothing one is back at the choice; what is left is not walked away from. */
function onward(state: WizardState, outcome: ApplyOutcome): Update {
  switch (outcome.outcome) {
    case 'done':
    case 'done-unproved':
      return updateTo('done', state)
    case 'cancelled':
      return updateTo('review', { ...state, apply: emptyApply })
    case 'failed-unchanged':
      return backToTheChoice({ ...state, apply: emptyApply }, outcome.problem.code)
    case 'failed-changed':
      return update(state, { kind: 'end' })
  }
}

/** What was chosen and is gone is looked for on the server again; that step says what it did not find. */
function backToTheChoice(state: WizardState, code: string): Update {
  switch (code) {
    case 'relation-gone':
      return updateTo('tables', {
        ...state,
        facts: { ...state.facts, databases: state.facts.databases.map(withoutRelations) },
      })
    case 'schema-gone':
    case 'database-missing':
      return updateTo('schemas', { ...state, schemas: { ...state.schemas, status: 'idle', picker: null } })
    default:
      return updateTo('review', state)
  }
}

function withoutRelations(database: CatalogueDatabase): CatalogueDatabase {
  return { ...database, schemas: database.schemas.map(schema => ({ ...schema, relations: null })) }
}

/** The apply has ended, in one way or another. */
export function applied(state: WizardState, outcome: ApplyOutcome, delivered: Delivered | null): Update {
  const ended: WizardState = {
    ...state,
    done: delivered === null ? state.done : { ...state.done, ...delivered },
    textTop: 0,
    apply: { ...state.apply, status: 'ended', outcome, progress: null },
  }
  const isDone = outcome.outcome === 'done' || outcome.outcome === 'done-unproved'
  // Beside the receipt: verify and rotate go by them.
  return update(ended, ...(isDone ? answersFileOf(state.draft) : []))
}
