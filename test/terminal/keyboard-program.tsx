/**
 * A small program made of the terminal parts, for the tests that need a real terminal: a list of 30 rows,
 * a menu of Ink's (m), a text field (f), and ways to go wrong (t throws in the owner of the keys, r while drawing).
 * With the argument `ink-alone` Ink draws by itself, without the screen output.
 */
import process from 'node:process'
import { Box, render, Text, useWindowSize } from 'ink'
import { useSyncExternalStore } from 'react'
import { CheckList } from '../../src/terminal/CheckList.tsx'
import { Frame } from '../../src/terminal/Frame.tsx'
import { KeyHints } from '../../src/terminal/KeyHints.tsx'
import type { Key } from '../../src/terminal/key.ts'
import { createKeyStdin } from '../../src/terminal/key-stream.ts'
import { type Binding, commandFor } from '../../src/terminal/keymap.ts'
import { LIST_START, type ListMove, type ListWindow, moveCursor } from '../../src/terminal/list-window.ts'
import { Menu } from '../../src/terminal/Menu.tsx'
import { createScreenOutput } from '../../src/terminal/screen-output.ts'
import { TextField } from '../../src/terminal/TextField.tsx'
import { type Ending, whenEnding } from '../../src/terminal/terminal-guard.ts'
import { editText, type TextFieldState, textField } from '../../src/terminal/text-field.ts'
import { useRawInput } from '../../src/terminal/use-raw-input.ts'

type Command = ListMove | 'toggle' | 'menu' | 'field' | 'throw' | 'render-error' | 'quit'

const BINDINGS: readonly Binding<Command>[] = [
  { command: 'up', keys: ['up', 'k'], label: 'move', help: 'One row up.' },
  { command: 'down', keys: ['down', 'j'], label: 'move', help: 'One row down.' },
  { command: 'end', keys: ['end', 'G'], label: 'last', help: 'To the last row.' },
  { command: 'toggle', keys: ['space'], label: 'toggle', help: 'Checks the row or not.' },
  { command: 'menu', keys: ['m'], label: 'menu', help: 'Opens the menu.' },
  { command: 'field', keys: ['f'], label: 'field', help: 'Opens the text field.' },
  { command: 'throw', keys: ['t'], label: 'throw', help: 'Throws.' },
  { command: 'render-error', keys: ['r'], label: 'render error', help: 'Throws while drawing.' },
  { command: 'quit', keys: ['q', 'ctrl-c'], label: 'quit', help: 'Ends the program.' },
]

interface State {
  readonly screen: 'list' | 'menu' | 'field' | 'broken'
  readonly window: ListWindow
  readonly checked: readonly number[]
  readonly field: TextFieldState
  readonly said: string
  readonly keys: number
}

const COUNT = 30
const HEIGHT = 12
const LABELS = Array.from({ length: COUNT }, (_, number) => `row ${number + 1}`)
/** Of several widths, on which all terminals agree. */
const NOTES = ['', 'żółć и данные', '表 日本語 テーブル', '한국어 ＡＢＣ', '✓ 12 ╎ 3 ▸ …']
let state: State = { screen: 'list', window: LIST_START, checked: [], field: textField(), said: '', keys: 0 }
const listeners = new Set<() => void>()

function change(next: Partial<State>): void {
  state = { ...state, ...next }
  for (const listener of listeners) listener()
}

function onKey(key: Key): boolean {
  change({ keys: state.keys + 1 })
  if (key.name === 'ctrl-c') return carryOut('quit')
  if (state.screen === 'menu') {
    if (key.name !== 'escape') return false
    change({ screen: 'list', said: 'menu left' })
    return true
  }
  if (state.screen === 'field') {
    if (key.name === 'enter') change({ screen: 'list', said: `typed ${JSON.stringify(state.field.value)}` })
    if (key.name === 'escape') change({ screen: 'list', said: 'field left' })
    const field = editText(state.field, key)
    if (field !== null) change({ field })
    return true
  }
  const command = commandFor(BINDINGS, key)
  if (command === null) change({ said: `no command for ${key.name}` })
  return command !== null && carryOut(command)
}

function carryOut(command: Command): boolean {
  switch (command) {
    case 'toggle':
      change({ checked: [...state.checked, state.window.cursor] })
      return true
    case 'menu':
      change({ screen: 'menu' })
      return true
    case 'field':
      change({ screen: 'field', field: textField() })
      return true
    case 'throw':
      throw new Error('thrown by the owner of the keys')
    case 'render-error':
      change({ screen: 'broken' })
      return true
    case 'quit':
      app.unmount()
      return true
    default:
      change({ window: moveCursor(state.window, command, { count: COUNT, height: HEIGHT }) })
      return true
  }
}

function App() {
  useRawInput()
  const now = useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => state,
  )
  const { columns, rows } = useWindowSize()
  return (
    <Frame
      terminal={{ columns, rows }}
      head={[
        <Text key="head" wrap="truncate">
          checked: {now.checked.map(row => LABELS[row]).join(', ') || 'nothing'}; {now.said || 'ready'}
        </Text>,
      ]}
      foot={[<KeyHints key="foot" bindings={BINDINGS} columns={columns} />]}
    >
      <Body state={now} columns={columns} />
    </Frame>
  )
}

function Body({ state, columns }: { state: State; columns: number }) {
  switch (state.screen) {
    case 'broken':
      throw new Error('thrown while drawing')
    case 'menu':
      return (
        <Menu
          items={['one', 'two', 'three', 'four'].map(value => ({ value, label: `item ${value}` }))}
          columns={columns}
          onSelect={value => change({ screen: 'list', said: `chose ${value}` })}
        />
      )
    case 'field':
      return <TextField label="Name" state={state.field} columns={columns} focused />
    case 'list':
      return (
        <Box flexDirection="column">
          <CheckList
            rows={LABELS.slice(state.window.top, state.window.top + HEIGHT).map((label, index) => ({
              id: label,
              label,
              note: NOTES[(index + state.window.top) % NOTES.length] ?? '',
              check: state.checked.includes(index + state.window.top) ? 'checked' : 'unchecked',
            }))}
            cursor={state.window.cursor - state.window.top}
            columns={columns}
          />
        </Box>
      )
  }
}

const keyboard = createKeyStdin(process.stdin)
keyboard.onKey(onKey)
keyboard.onEnd(() => leave({ kind: 'error', error: new Error('the terminal is gone') }))
whenEnding(leave)
keyboard.open()
const alone = process.argv.includes('ink-alone')
const app = render(<App />, {
  stdin: keyboard.stdin,
  stdout: alone ? process.stdout : createScreenOutput(process.stdout).stdout,
  debug: !alone,
  alternateScreen: true,
  interactive: true,
  exitOnCtrlC: false,
})

function leave(ending: Ending): void {
  app.unmount()
  console.log(ending.kind === 'signal' ? `ended by ${ending.signal}` : `failed: ${String(ending.error)}`)
  process.exit(ending.kind === 'signal' ? ending.exitCode : 1)
}

try {
  await app.waitUntilExit()
  console.log(`left after ${state.keys} keys`)
} catch (error) {
  leave({ kind: 'error', error })
}
