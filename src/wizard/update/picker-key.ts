import type { Sliced } from '../../model/sliced.ts'
import type { Key } from '../../terminal/key.ts'
import {
  type PickerCommand,
  type PickerState,
  pickerAnswered,
  pickerCommand,
  pickerTyped,
} from '../../terminal/picker.ts'
import type { Command } from '../keymap.ts'

const commands: readonly Command[] = [
  'up',
  'down',
  'page-up',
  'page-down',
  'home',
  'end',
  'toggle',
  'all',
  'none',
  'invert',
  'range',
  'extend-up',
  'extend-down',
  'fold',
  'unfold',
  'filter',
  'leave-filter',
  'clear-filter',
]

/** What a key does to a picker, in slices; null where it is for somebody else. */
export function* pickerKey(
  state: PickerState,
  command: Command | null,
  key: Key,
): Sliced<PickerState | null> {
  if (command === null) {
    const typed = pickerTyped(state, key)
    return typed === null ? null : yield* pickerAnswered(typed)
  }
  return isPickerCommand(command) ? pickerCommand(state, command) : null
}

function isPickerCommand(command: Command): command is PickerCommand & Command {
  return commands.includes(command)
}
