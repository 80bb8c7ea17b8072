import { answersOf } from '../../steps/step.ts'
import type { Key } from '../../terminal/key.ts'
import { isListMove } from '../../terminal/list-window.ts'
import { scroll } from '../../terminal/scroll-text.ts'
import { endingOf } from '../ending.ts'
import type { Command } from '../keymap.ts'
import { bodyRows } from '../layout.ts'
import { doneLines, savedFormText } from '../lines/done.ts'
import type { WizardState } from '../state.ts'
import { type Update, update } from './result.ts'

export function doneKey(state: WizardState, command: Command | null, _key: Key): Update | null {
  const { done } = state
  if (command !== null && isListMove(command)) {
    const size = { count: doneLines(state).length, height: bodyRows(state) }
    return update({ ...state, done: { ...done, top: scroll(done.top, command, size) } })
  }
  switch (command) {
    case 'submit':
      return update({ ...state, done: { ...done, shown: null } }, { kind: 'end', ending: endingOf(state) })
    case 'reveal': {
      if (done.shown !== null) return update({ ...state, done: { ...done, shown: null } })
      const answers = answersOf(state.draft)
      return answers === null ? null : update(state, { kind: 'read-password', answers })
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

/** The password is on the screen, and is taken from it after a while. */
export function passwordRead(state: WizardState, password: string): Update {
  if (state.step !== 'done') return update(state)
  return update(
    { ...state, done: { ...state.done, shown: password, problem: null } },
    { kind: 'hide-password-later' },
  )
}
