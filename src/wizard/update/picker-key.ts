import type { Key } from '../../terminal/key.ts'
import { type PickerCommand, type PickerState, pickerCommand, pickerText } from '../../terminal/picker.ts'
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

/** What a key does to a picker; null where it is for somebody else. */
export function pickerKey(state: PickerState, command: Command | null, key: Key): PickerState | null {
  if (command === null) return pickerText(state, key)
  return isPickerCommand(command) ? pickerCommand(state, command) : null
}

function isPickerCommand(command: Command): command is PickerCommand & Command {
  return commands.includes(command)
}
