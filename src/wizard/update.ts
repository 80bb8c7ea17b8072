import { type StepId, stepIds } from '../steps/step.ts'
import type { Key } from '../terminal/key.ts'
import { commandFor } from '../terminal/keymap.ts'
import { resizePicker } from '../terminal/picker.ts'
import type { Effect } from './effect.ts'
import type { WizardEvent } from './event.ts'
import { bindingsFor, type Command } from './keymap.ts'
import { pickerRows } from './layout.ts'
import type { WizardState } from './state.ts'
import { applied, applyKey } from './update/apply.ts'
import { authenticationKey, rolesFailed, rolesRead } from './update/authentication.ts'
import { connected, connectFailed, connectionKey } from './update/connection.ts'
import { doneKey, passwordRead } from './update/done.ts'
import { endpointKey } from './update/endpoint.ts'
import { go, stepBefore } from './update/go.ts'
import { networkKey } from './update/network.ts'
import { overlayKey, reachable } from './update/overlay.ts'
import { type Update, update, updateTo } from './update/result.ts'
import { engineEvent, planned, planRefused, rehearsed, resizeReview, reviewKey } from './update/review.ts'
import { databasesFailed, databasesRead, leaveSchemas, schemasKey } from './update/schemas.ts'
import { secretKey, storeProbed, storeSlow } from './update/secret.ts'
import { leaveTables, relationsFailed, relationsRead, tablesKey } from './update/tables.ts'
import { toolChosen } from './update/tool.ts'

/** The next state and what it asks for; pure. */
export function updateWizard(
  state: WizardState,
  event: WizardEvent,
): { readonly state: WizardState; readonly effects: readonly Effect[] } {
  return settle(handle(state, event))
}

/** Goes to the step that an update names; entering one may ask for more. */
function settle(result: Update): { readonly state: WizardState; readonly effects: readonly Effect[] } {
  if (result.to === undefined) return result
  const entered = settle(go(result.state, result.to))
  return { state: entered.state, effects: [...result.effects, ...entered.effects] }
}

function handle(state: WizardState, event: WizardEvent): Update {
  switch (event.kind) {
    case 'key':
      return keyPressed(state, event.key)
    case 'resized':
      return update(resized(state, event.columns, event.rows))
    case 'tool-highlighted':
      return update({ ...state, tool: { highlighted: event.tool } })
    case 'tool-chosen':
      return toolChosen(state, event.tool)
    case 'connected':
      return connected(state, event.attempt, event.server)
    case 'connect-failed':
      return connectFailed(state, event.attempt, event.problem, event.wantsPassword)
    case 'databases-read':
      return databasesRead(state, event.databases)
    case 'databases-failed':
      return databasesFailed(state, event.problem)
    case 'roles-read':
      return rolesRead(state, event.roles)
    case 'roles-failed':
      return rolesFailed(state, event.problem)
    case 'relations-read':
      return relationsRead(state, event.schemas)
    case 'relations-failed':
      return relationsFailed(state, event.problem)
    case 'store-slow':
      return storeSlow(state, event.attempt)
    case 'store-probed':
      return storeProbed(state, event.attempt, event.problem)
    case 'planned':
      return planned(state, event.plan, event.facts)
    case 'plan-refused':
      return planRefused(state, event.problems, event.facts)
    case 'engine':
      return engineEvent(state, event.event)
    case 'rehearsed':
      return rehearsed(state, event.rehearsal)
    case 'applied':
      return applied(state, event.outcome, event.done)
    case 'password-read':
      return passwordRead(state, event.password)
    case 'password-hidden':
      return update({ ...state, done: { ...state.done, shown: null } })
    case 'password-failed':
      return update({ ...state, done: { ...state.done, problem: event.problem } })
    case 'saved':
      return update({ ...state, notice: `Saved ${event.what}: ${event.path}` })
    case 'copied':
      return update({
        ...state,
        notice: event.sent
          ? "Sent to your terminal's clipboard; whether it took it cannot be seen from here."
          : "Too long for a terminal's clipboard: save it instead.",
      })
    case 'failed':
      return update({
        ...state,
        notice: [event.problem.message, event.problem.next].filter(Boolean).join(' '),
      })
  }
}

/** Whether a key is for the menu on the screen, which takes its keys itself. */
export function isForMenu(state: WizardState, key: Key): boolean {
  return commandFor(bindingsFor(state), key) === 'menu'
}

function keyPressed(before: WizardState, key: Key): Update {
  const command = commandFor(bindingsFor(before), key)
  if (before.overlay !== null) return overlayKey(before, before.overlay, command, key, jump)
  // What was said about the last answer has been read when the next key comes.
  const state = before.notice === null ? before : { ...before, notice: null }
  switch (command) {
    case 'help':
      return update({ ...state, overlay: { kind: 'help', top: 0 } })
    case 'steps':
      return update({
        ...left(state),
        overlay: { kind: 'steps', cursor: reachable(state).indexOf(state.step) },
      })
    case 'quit':
      return update({ ...state, overlay: { kind: 'quit' } })
    case 'back': {
      if (state.review.status === 'rehearsing') return update(state)
      const step = stepBefore(state.step)
      return step === null ? update({ ...state, overlay: { kind: 'quit' } }) : updateTo(step, left(state))
    }
    default:
      return stepKey(state, command, key) ?? update(state)
  }
}

/**
 * Goes to a step that was reached. Forward, the answer that stands on this screen is taken first, as by Enter:
 * a changed field is never passed over.
 */
function jump(state: WizardState, step: StepId): Update {
  if (stepIds.indexOf(step) <= stepIds.indexOf(state.step)) return updateTo(step, left(state))
  const taken =
    state.step === 'tool' ? update(state) : (stepKey(state, 'submit', { name: 'enter' }) ?? update(state))
  return taken.to === undefined && state.step !== 'tool' ? taken : { ...taken, to: step }
}

/** What a step keeps when it is left without going on. */
function left(state: WizardState): WizardState {
  if (state.step === 'schemas') return leaveSchemas(state)
  if (state.step === 'tables') return leaveTables(state)
  return state
}

function stepKey(state: WizardState, command: Command | null, key: Key): Update | null {
  switch (state.step) {
    case 'tool':
      return null
    case 'connection':
      return connectionKey(state, command, key)
    case 'endpoint':
      return endpointKey(state, command, key)
    case 'authentication':
      return authenticationKey(state, command, key)
    case 'schemas':
      return schemasKey(state, command, key)
    case 'tables':
      return tablesKey(state, command, key)
    case 'network':
      return networkKey(state, command, key)
    case 'secret':
      return secretKey(state, command, key)
    case 'review':
      return reviewKey(state, command, key)
    case 'apply':
      return applyKey(state, command, key)
    case 'done':
      return doneKey(state, command, key)
  }
}

function resized(state: WizardState, columns: number, rows: number): WizardState {
  const size = { columns, rows }
  const sized = { ...state, size }
  const height = pickerRows(sized)
  const { schemas, tables } = sized
  return resizeReview({
    ...sized,
    schemas: schemas.picker === null ? schemas : { ...schemas, picker: resizePicker(schemas.picker, height) },
    tables: tables.picker === null ? tables : { ...tables, picker: resizePicker(tables.picker, height) },
  })
}
