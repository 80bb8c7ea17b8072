import type { Secret } from '../../model/secret.ts'
import { answersOf, hasSecret } from '../../steps/step.ts'
import type { Command } from '../keymap.ts'
import { savedFormText } from '../lines/done.ts'
import type { WizardState } from '../state.ts'
import { type Update, update } from './result.ts'

/** A key on the last screen; null where it has no meaning there. */
export function doneKey(state: WizardState, command: Command | null): Update | null {
  const { done } = state
  switch (command) {
    case 'submit':
      // What is kept nowhere and was never looked at would be lost.
      return wouldBeLost(state)
        ? update({ ...state, overlay: { kind: 'quit' } })
        : update(hidden(state), { kind: 'end' })
    case 'undo':
      return update({ ...hidden(state), done: { ...hidden(state).done, undo: true } }, { kind: 'end' })
    case 'reveal': {
      if (done.shown !== null) return update(hidden(state))
      const whose = secretOf(state)
      return whose === null ? null : update(state, { kind: 'read-password', ...whose })
    }
    case 'copy-password': {
      const whose = secretOf(state)
      return whose === null ? null : update(state, { kind: 'send-password', ...whose })
    }
    case 'save':
      return update(state, {
        kind: 'save',
        what: 'form',
        name: 'connection-form.md',
        text: savedFormText(state),
      })
    case 'copy':
      return update(state, { kind: 'copy', text: savedFormText(state) })
    default:
      return null
  }
}

/** Whose secret the last screen shows; null where the tool has none of its own. */
function secretOf({ draft, review, apply }: WizardState) {
  const answers = answersOf(draft)
  const { plan } = review
  if (answers === null || plan === null || !hasSecret(draft)) return null
  const { outcome } = apply
  const done = outcome?.outcome === 'done' || outcome?.outcome === 'done-unproved'
  return { answers, plan, keyId: done ? (outcome.aws?.keyId ?? null) : null }
}

/** Whether leaving now would lose a password that nobody has seen. */
export function wouldBeLost({ apply, draft, done }: WizardState): boolean {
  const { outcome } = apply.outcome ?? { outcome: null }
  const isDone = outcome === 'done' || outcome === 'done-unproved'
  return isDone && hasSecret(draft) && draft.secret?.store === 'show-once' && !done.seen
}

/** The password is taken off the screen. */
export function hidden(state: WizardState): WizardState {
  return state.done.shown === null ? state : { ...state, done: { ...state.done, shown: null } }
}

/** The password is on the screen, and is taken from it after a while. */
export function passwordRead(state: WizardState, password: Secret): Update {
  if (state.step !== 'done') return update(state)
  return update(
    { ...state, done: { ...state.done, shown: password, seen: true, problem: null } },
    { kind: 'hide-password-later' },
  )
}
