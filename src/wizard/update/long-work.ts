import type { Sliced } from '../../model/sliced.ts'
import { commandFor } from '../../terminal/keymap.ts'
import { pickerTyped } from '../../terminal/picker.ts'
import type { WizardEvent } from '../event.ts'
import { bindingsFor } from '../keymap.ts'
import type { WizardState } from '../state.ts'
import { withNotice } from './notice.ts'
import type { Settled } from './result.ts'

/** What an event comes to, in slices: all that is looked at a table at a time pauses now and then. */
export type Updating = (state: WizardState, event: WizardEvent) => Sliced<Settled>

/** So many slices are run at once: some milliseconds. What is not done then is done bit by bit, between the keys. */
const slicesAtOnce = 4

/**
 * The next state, at once where it can be had so. Else the work goes on as an effect, in slices; what happens
 * meanwhile waits in the state and is done afterwards, in its order: a key acts on what it would have acted on.
 */
export function updateAtLength(state: WizardState, event: WizardEvent, updating: Updating): Settled {
  const { working } = state
  if (working === null) return begin(state, event, updating(state, event))
  if (event.kind === 'worked' && event.attempt === working.attempt) {
    const next: WizardState = { ...event.settled.state, works: state.works, working: null }
    if (working.held.length === 0) return { state: next, effects: event.settled.effects }
    const replayed = begin(next, null, replaying(next, working.held, updating))
    return { state: replayed.state, effects: [...event.settled.effects, ...replayed.effects] }
  }
  if (event.kind === 'work-failed' && event.attempt === working.attempt) {
    const { message } = event.problem
    return { state: { ...withNotice(state, message), working: null }, effects: [] }
  }
  // What a work that was dropped came to.
  if (event.kind === 'worked' || event.kind === 'work-failed') return { state, effects: [] }
  if (working.held.length === 0 && isTypedOn(state, event)) {
    const now: WizardState = { ...state, working: null }
    const next = begin(now, event, updating(now, event))
    return { ...next, effects: [{ kind: 'drop-work', attempt: working.attempt }, ...next.effects] }
  }
  return { state: { ...state, working: { ...working, held: [...working.held, event] } }, effects: [] }
}

function begin(state: WizardState, event: WizardEvent | null, work: Sliced<Settled>): Settled {
  for (let slice = 0; slice < slicesAtOnce; slice += 1) {
    const step = work.next()
    if (step.done === true) return step.value
  }
  const attempt = state.works + 1
  const typed = event === null ? null : typedInto(state, event)
  const shown = typed ?? state
  return {
    state: { ...shown, works: attempt, working: { attempt, held: [], isFilter: typed !== null } },
    effects: [{ kind: 'work', attempt, work }],
  }
}

/** Does what has waited, one after the other. */
function* replaying(state: WizardState, held: readonly WizardEvent[], updating: Updating): Sliced<Settled> {
  let next: Settled = { state, effects: [] }
  for (const event of held) {
    const after = yield* updating(next.state, event)
    next = { state: after.state, effects: [...next.effects, ...after.effects] }
    yield
  }
  return next
}

/** A filter that is typed on need not be answered as it was: it is as if only the last of its keys had come. */
function isTypedOn(state: WizardState, event: WizardEvent): boolean {
  if (state.working?.isFilter !== true || event.kind !== 'key') return false
  const command = commandFor(bindingsFor(state), event.key)
  return command === 'clear-filter' || typedInto(state, event) !== null
}

/** The state with what is typed into the filter of the tables, before the filter has answered; null for other keys. */
function typedInto(state: WizardState, event: WizardEvent): WizardState | null {
  const { tables } = state
  if (event.kind !== 'key' || state.step !== 'tables' || state.overlay !== null || tables.picker === null)
    return null
  if (commandFor(bindingsFor(state), event.key) !== null) return null
  const picker = pickerTyped(tables.picker, event.key)
  return picker === null ? null : { ...state, notice: null, tables: { ...tables, picker, problem: null } }
}
