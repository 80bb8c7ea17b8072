import type { Sliced } from '../model/sliced.ts'
import { type StepId, stepIds } from '../steps/step.ts'
import { isTooSmall } from '../terminal/area.ts'
import type { Key } from '../terminal/key.ts'
import { commandFor } from '../terminal/keymap.ts'
import { isListMove } from '../terminal/list-window.ts'
import { resizePicker } from '../terminal/picker.ts'
import type { Saved, WizardEvent } from './event.ts'
import { bindingsFor, type Command } from './keymap.ts'
import { pickerRows } from './layout.ts'
import type { WizardState } from './state.ts'
import { clampText, scrollText, stepText } from './step-text.ts'
import { applied, applyKey } from './update/apply.ts'
import { authenticationKey, rolesFailed, rolesRead } from './update/authentication.ts'
import { awsFound, awsKey, mfaAsked } from './update/aws.ts'
import { connected, connectFailed, connectionKey } from './update/connection.ts'
import { doneKey, hidden, passwordRead } from './update/done.ts'
import { endpointKey } from './update/endpoint.ts'
import { enter, leave, stepBefore } from './update/go.ts'
import { groupsFound } from './update/groups.ts'
import { updateAtLength } from './update/long-work.ts'
import { addressesRead, addressFileRead, hbaRead, networkKey } from './update/network.ts'
import { withNotice } from './update/notice.ts'
import { overlayKey, reachable } from './update/overlay.ts'
import { type Settled, type Update, update, updateTo } from './update/result.ts'
import { engineEvent, planned, planRefused, rehearsed, reviewKey } from './update/review.ts'
import { databasesBegun, databasesFailed, databasesRead, schemasKey } from './update/schemas.ts'
import { secretKey, storeProbed, storeSlow } from './update/secret.ts'
import { relationsFailed, relationsRead, tablesKey } from './update/tables.ts'
import { endTakingUp, isWaiting, nextOnTheWay, takenUp } from './update/taking-up.ts'
import { toolChosen, toolHighlighted } from './update/tool.ts'

/** The next state and what it asks for; pure. What takes long is left to an effect: see update/long-work.ts. */
export function updateWizard(state: WizardState, event: WizardEvent): Settled {
  return updateAtLength(state, event, updating)
}

/** What an event comes to, in slices. */
function* updating(state: WizardState, event: WizardEvent): Sliced<Settled> {
  const next = yield* onTheWay(yield* settle(yield* handle(state, event)))
  return next.state === state ? next : { ...next, state: clampText(next.state) }
}

/** Goes to the step that an update names; entering one may ask for more. */
function* settle(result: Update): Sliced<Settled> {
  if (result.to === undefined) return result
  const entered = yield* settle(yield* enter(result.state, result.to))
  return { state: entered.state, effects: [...result.effects, ...entered.effects] }
}

/** While answers are taken up again: each that stands is taken as by Enter, until one has to be waited for. */
function* onTheWay(settled: Settled): Sliced<Settled> {
  const { state, effects } = settled
  if (state.takingUp === null) return settled
  const next = nextOnTheWay(state, state.takingUp.to)
  if (next === 'wait') return settled
  if (next !== 'take') return { state: endTakingUp(state, next), effects }
  const taken = yield* settle((yield* stepKey(state, 'submit', { name: 'enter' })) ?? update(state))
  const both = { state: taken.state, effects: [...effects, ...taken.effects] }
  if (taken.state.step !== state.step || isWaiting(taken.state)) return yield* onTheWay(both)
  return { ...both, state: endTakingUp(taken.state, 'stuck') }
}

function* handle(state: WizardState, event: WizardEvent): Sliced<Update> {
  switch (event.kind) {
    case 'taken-up':
      return takenUp(state, event.step, event.reached)
    case 'key':
      return yield* keyPressed(state, event.key)
    case 'worked':
    case 'work-failed':
      // It was for a state that is not there any more.
      return update(state)
    case 'resized':
      return update(hidden(resized(state, event.columns, event.rows)))
    case 'tool-highlighted':
      return toolHighlighted(state, event.tool)
    case 'tool-chosen':
      return toolChosen(state, event.tool)
    case 'connected':
      return connected(state, event.attempt, event.server)
    case 'connect-failed':
      return connectFailed(state, event.attempt, event.problem, event.wantsPassword)
    case 'databases-read':
      return databasesRead(state, event.databases)
    case 'databases-begun':
      return databasesBegun(state, event.databases)
    case 'databases-failed':
      return databasesFailed(state, event.problem)
    case 'roles-read':
      return rolesRead(state, event.roles)
    case 'roles-failed':
      return rolesFailed(state, event.problem)
    case 'aws-found':
      return awsFound(state, event)
    case 'groups-found':
      return groupsFound(state, event)
    case 'mfa-asked':
      return mfaAsked(state, event.device)
    case 'addresses-read':
      return addressesRead(state, event.tool, event.list)
    case 'address-file-read':
      return addressFileRead(state, event.path, event.read)
    case 'hba-read':
      return hbaRead(state, event.question, event.reading)
    case 'relations-read':
      return yield* relationsRead(state, event.schemas)
    case 'relations-failed':
      return relationsFailed(state, event.problem)
    case 'store-slow':
      return storeSlow(state, event.attempt)
    case 'store-probed':
      return storeProbed(state, event.attempt, event.problem)
    case 'planned':
      return planned(state, event)
    case 'plan-refused':
      return planRefused(state, event)
    case 'engine':
      return engineEvent(state, event.event)
    case 'rehearsed':
      return rehearsed(state, event.attempt, event.rehearsal)
    case 'applied':
      return applied(state, event.outcome, event.done)
    case 'password-read':
      return passwordRead(state, event.password)
    case 'password-hidden':
      return update(hidden(state))
    case 'password-sent':
      return update(
        withNotice(
          state,
          event.sent
            ? `${isKey(state) ? 'Key' : 'Password'} sent; whether it was taken cannot be seen${event.through}. A blank follows in 30 s.`
            : 'This terminal has no clipboard that could be written: p shows it.',
        ),
      )
    case 'password-failed':
      return update({ ...state, done: { ...state.done, problem: event.problem } })
    case 'saved':
      return update(saved(state, event.what, event.path))
    case 'copied':
      return update(
        withNotice(
          state,
          event.sent
            ? "Sent to your terminal's clipboard; whether it took it cannot be seen from here."
            : "Too long for a terminal's clipboard: save it instead.",
        ),
      )
    case 'failed':
      return update(withNotice(state, [event.problem.message, event.problem.next].filter(Boolean).join(' ')))
  }
}

function isKey({ draft: { authentication } }: WizardState): boolean {
  return authentication?.method === 'aws-iam'
}

function saved(state: WizardState, what: Saved, path: string): WizardState {
  // Told with the SQL that they are saved beside.
  if (what === 'aws') return state
  const beside =
    what === 'sql' && state.review.plan?.aws !== undefined
      ? '; the part in AWS beside it: -aws.sh, -aws.cloudformation.json, -aws.tf'
      : ''
  const said = withNotice(state, `Saved ${what === 'sql' ? 'SQL' : what}: ${path}${beside}`)
  return what === 'answers' ? { ...said, answersFile: path } : said
}

/** Whether a key is for the menu on the screen, which takes its keys itself. */
export function isForMenu(state: WizardState, key: Key): boolean {
  return !isTooSmall(state.size) && commandFor(bindingsFor(state), key) === 'menu'
}

/** Whether a key would change the server: it counts only where it comes alone ({@link Key.hurried}). */
export function isDeciding(state: WizardState, key: Key): boolean {
  return !isTooSmall(state.size) && commandFor(bindingsFor(state), key) === 'apply'
}

function* keyPressed(pressed: WizardState, key: Key): Sliced<Update> {
  const command = commandFor(bindingsFor(pressed), key)
  const before = stillOnTheWay(pressed, command) ? pressed : { ...pressed, takingUp: null }
  // Where the screen is not as it should be, a password is not left on it.
  if (command === 'repaint') return update(hidden(before), { kind: command })
  if (command === 'suspend') return update(before, { kind: command })
  // What cannot be seen is not decided: only the way out works.
  if (isTooSmall(before.size) && key.name !== 'ctrl-c') return update(before)
  if (before.overlay !== null) return yield* overlayKey(before, before.overlay, command, key, jump)
  // What was said about the last answer has been read when the next key comes.
  const state = before.notice === null ? before : { ...before, notice: null }
  if (command === 'apply' && key.hurried === true)
    return update(
      withNotice(
        state,
        `${key.text ?? key.name} came in a rush of keys, as from a paste, and was not taken: press it alone.`,
      ),
    )
  switch (command) {
    case 'help':
      return update({ ...state, overlay: { kind: 'help', top: 0 } })
    case 'steps':
      return update({
        ...state,
        overlay: { kind: 'steps', cursor: reachable(state).indexOf(state.step) },
      })
    case 'quit':
      return update({ ...state, overlay: { kind: 'quit' } })
    case 'no-way-back':
      return update(withNotice(state, noWayBack(state)))
    case 'back': {
      const step = stepBefore(state)
      return step === null ? update({ ...state, overlay: { kind: 'quit' } }) : yield* leaveFor(state, step)
    }
    default:
      if (command !== null && isListMove(command) && stepText(state) !== null)
        return update(hidden(scrollText(state, command)))
      return (yield* stepKey(state, command, key)) ?? update(state)
  }
}

/** Who presses a key goes their own way; but for those that see to the connection, which is on it. */
function stillOnTheWay({ takingUp, step }: WizardState, command: Command | null): boolean {
  return takingUp === null || (step === 'connection' && command !== 'back' && command !== 'steps')
}

/** Why the questions are behind one, and what leads on. */
function noWayBack({ apply: { outcome } }: WizardState): string {
  const applied = outcome?.outcome === 'done' || outcome?.outcome === 'done-unproved'
  if (applied)
    return 'The plan is applied: there is no way back to the questions. Undo takes it back; another start changes it.'
  return outcome?.outcome === 'failed-changed'
    ? 'Something is left on the server: it stays on the screen until you leave.'
    : 'The run has ended: Enter leads back.'
}

/** To another step, without the answer that stands on this one. */
function* leaveFor(state: WizardState, step: StepId): Sliced<Update> {
  const left = yield* leave(state)
  return updateTo(step, left.state, ...left.effects)
}

/**
 * Goes to a step that was reached. Forward, the answer that stands on this screen is taken first, as by Enter:
 * a changed field is never passed over.
 */
function* jump(state: WizardState, step: StepId): Sliced<Update> {
  const forward = stepIds.indexOf(step) > stepIds.indexOf(state.step)
  if (!forward || state.step === 'tool') return yield* leaveFor(state, step)
  const taken = (yield* stepKey(state, 'submit', { name: 'enter' })) ?? update(state)
  return taken.to === undefined ? taken : { ...taken, to: step }
}

function* stepKey(state: WizardState, command: Command | null, key: Key): Sliced<Update | null> {
  switch (state.step) {
    case 'tool':
      return null
    case 'connection':
      return connectionKey(state, command, key)
    case 'endpoint':
      return endpointKey(state, command, key)
    case 'authentication':
      return authenticationKey(state, command, key)
    case 'aws':
      return awsKey(state, command, key)
    case 'schemas':
      return yield* schemasKey(state, command, key)
    case 'tables':
      return yield* tablesKey(state, command, key)
    case 'network':
      return networkKey(state, command, key)
    case 'secret':
      return secretKey(state, command, key)
    case 'review':
      return reviewKey(state, command)
    case 'apply':
      return applyKey(state, command)
    case 'done':
      return doneKey(state, command)
  }
}

function resized(state: WizardState, columns: number, rows: number): WizardState {
  const sized = { ...state, size: { columns, rows } }
  const height = pickerRows(sized)
  const { schemas, tables } = sized
  return {
    ...sized,
    schemas: schemas.picker === null ? schemas : { ...schemas, picker: resizePicker(schemas.picker, height) },
    tables: tables.picker === null ? tables : { ...tables, picker: resizePicker(tables.picker, height) },
  }
}
