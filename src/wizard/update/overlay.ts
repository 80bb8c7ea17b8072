import type { Sliced } from '../../model/sliced.ts'
import { askedSteps, type StepId, stepIds } from '../../steps/step.ts'
import type { Key } from '../../terminal/key.ts'
import { isListMove, moveCursor } from '../../terminal/list-window.ts'
import { scroll } from '../../terminal/scroll-text.ts'
import { editText } from '../../terminal/text-field.ts'
import type { Command } from '../keymap.ts'
import { bodyRows } from '../layout.ts'
import { helpLineCount } from '../lines/help.ts'
import type { Overlay, WizardState } from '../state.ts'
import { passwordKept, replacementConfirmed } from './authentication.ts'
import { mfaGiven } from './aws.ts'
import { hidden } from './done.ts'
import { everybodyConfirmed } from './network.ts'
import { type Update, update } from './result.ts'
import { plainPasswordConfirmed } from './review.ts'

/** A key while something lies over the screen. */
export function* overlayKey(
  state: WizardState,
  overlay: Overlay,
  command: Command | null,
  key: Key,
  jump: (state: WizardState, step: StepId) => Sliced<Update>,
): Sliced<Update> {
  if (command === 'close')
    return overlay.kind === 'mfa' ? mfaGiven(state, null) : update({ ...state, overlay: null })
  switch (overlay.kind) {
    case 'help': {
      if (command === null || !isListMove(command)) return update(state)
      const size = { count: helpLineCount(state), height: bodyRows(state) }
      return update({ ...state, overlay: { kind: 'help', top: scroll(overlay.top, command, size) } })
    }
    case 'steps': {
      if (command === 'submit') {
        const step = reachable(state)[overlay.cursor]
        return step === undefined ? update(state) : yield* jump({ ...state, overlay: null }, step)
      }
      if (command === null || !isListMove(command)) return update(state)
      const count = reachable(state).length
      const { cursor } = moveCursor({ cursor: overlay.cursor, top: 0 }, command, { count, height: count })
      return update({ ...state, overlay: { kind: 'steps', cursor } })
    }
    case 'quit':
      switch (command) {
        case 'submit':
          return update(hidden(state), { kind: 'cancel' }, { kind: 'end' })
        case 'discard':
          return update({ ...hidden(state), keptFrom: null }, { kind: 'cancel' }, { kind: 'end' })
        default:
          return update(state)
      }
    case 'mfa': {
      if (command === 'quit')
        return update({ ...state, overlay: { kind: 'quit' } }, { kind: 'give-mfa', code: null })
      if (command === 'submit')
        return /^\d{6}$/.test(overlay.typed.value) ? mfaGiven(state, overlay.typed.value) : update(state)
      const typed = editText(overlay.typed, key)
      return update(typed === null ? state : { ...state, overlay: { ...overlay, typed } })
    }
    case 'confirm': {
      if (command === 'quit') return update({ ...state, overlay: { kind: 'quit' } })
      if (command === 'submit') {
        if (overlay.typed.value === overlay.word) return confirmed(state, overlay.about)
        const keeps = overlay.about === 'keep-or-replace-password' && overlay.typed.value === ''
        return keeps ? passwordKept(state) : update(state)
      }
      const typed = editText(overlay.typed, key)
      return update(typed === null ? state : { ...state, overlay: { ...overlay, typed } })
    }
  }
}

function confirmed(state: WizardState, about: Extract<Overlay, { kind: 'confirm' }>['about']): Update {
  switch (about) {
    case 'send-plain-password':
      return plainPasswordConfirmed(state)
    case 'let-everybody-knock':
      return everybodyConfirmed(state)
    default:
      return replacementConfirmed(state)
  }
}

/** The steps that can be gone to: those reached, as long as nothing was applied. */
export function reachable(state: WizardState): readonly StepId[] {
  if (state.step === 'apply' || state.step === 'done') return [state.step]
  const last = Math.min(stepIds.indexOf(state.reached), stepIds.indexOf('review'))
  return askedSteps(state.draft).filter(step => stepIds.indexOf(step) <= last)
}
