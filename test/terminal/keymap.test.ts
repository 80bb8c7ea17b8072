import { describe, expect, it } from 'vitest'
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../src/terminal/glyphs.ts'
import { helpLines } from '../../src/terminal/help.ts'
import { parseKey } from '../../src/terminal/key.ts'
import { type Binding, commandFor, footerHints, hintText, keyLabel } from '../../src/terminal/keymap.ts'
import { displayWidth } from '../../src/terminal/truncate.ts'

type Command = 'up' | 'down' | 'page-down' | 'toggle' | 'all' | 'leave' | 'help'

const bindings: readonly Binding<Command>[] = [
  { command: 'help', keys: ['?'], label: 'help', help: 'Shows all keys.' },
  { command: 'up', keys: ['up', 'k'], label: 'move', help: 'Goes one row up.' },
  { command: 'down', keys: ['down', 'j'], label: 'move', help: 'Goes one row down.' },
  {
    command: 'page-down',
    keys: ['page-down', 'ctrl-f'],
    label: 'page',
    help: 'Goes one page down.',
    hidden: true,
  },
  {
    command: 'toggle',
    keys: ['space'],
    label: 'check or uncheck',
    help: 'Checks the row, or a heading with all that is under it.',
  },
  { command: 'all', keys: ['a'], label: 'all', help: 'Checks all that match.' },
  { command: 'leave', keys: ['ctrl-c', 'q'], label: 'leave', help: 'Leaves.' },
]

function foot(width: number, glyphs = UNICODE_GLYPHS): string {
  return footerHints(bindings, width, glyphs).map(hintText).join('  ')
}

describe('a table of keys', () => {
  it('gives the command of a key', () => {
    const command = (token: string) => commandFor(bindings, parseKey(token))
    expect(command('\x1b[A')).toBe('up')
    expect(command('k')).toBe('up')
    expect(command(' ')).toBe('toggle')
    expect(command('\x03')).toBe('leave')
    expect(command('K')).toBeNull()
    expect(commandFor(bindings, { name: 'paste', text: 'q' })).toBeNull()
  })

  it('gives the foot, with one hint for keys that say the same', () => {
    expect(foot(80)).toBe('? help  ↑/↓ move  Space check or uncheck  a all  Ctrl-C leave')
    expect(foot(80, ASCII_GLYPHS)).toBe('? help  Up/Down move  Space check or uncheck  a all  Ctrl-C leave')
  })

  it('leaves out of the foot what does not fit, the least important first', () => {
    expect(foot(40)).toBe('? help  ↑/↓ move  Space check or uncheck')
    expect(foot(39)).toBe('? help  ↑/↓ move  a all  Ctrl-C leave')
    expect(foot(6)).toBe('? help')
    expect(foot(5)).toBe('a all')
    expect(foot(0)).toBe('')
    for (let width = 0; width < 90; width++) expect(displayWidth(foot(width))).toBeLessThanOrEqual(width)
  })

  it('keeps an anchored hint, however little room the others leave', () => {
    const [help, ...others] = bindings
    if (help === undefined) throw new Error('no bindings')
    const anchored = [...others, { ...help, anchored: true }]
    const at = (width: number) => footerHints(anchored, width, UNICODE_GLYPHS).map(hintText).join('  ')
    expect(at(80)).toBe('↑/↓ move  Space check or uncheck  a all  Ctrl-C leave  ? help')
    expect(at(40)).toBe('↑/↓ move  Space check or uncheck  ? help')
    expect(at(6)).toBe('? help')
  })

  it('gives the help, all keys in one column', () => {
    expect(helpLines([{ title: 'List', bindings }], 44, UNICODE_GLYPHS)).toEqual([
      'List',
      '  ?             Shows all keys.',
      '  ↑, k          Goes one row up.',
      '  ↓, j          Goes one row down.',
      '  PgDn, Ctrl-F  Goes one page down.',
      '  Space         Checks the row, or a heading',
      '                with all that is under it.',
      '  a             Checks all that match.',
      '  Ctrl-C, q     Leaves.',
    ])
  })

  it('keeps the help within the screen', () => {
    for (const columns of [40, 60, 80])
      for (const line of helpLines([{ title: 'List', bindings }], columns, UNICODE_GLYPHS))
        expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  })
})

describe('keyLabel', () => {
  it.each([
    ['page-up', 'PgUp'],
    ['page-down', 'PgDn'],
    ['escape', 'Esc'],
    ['shift-tab', 'Shift-Tab'],
    ['ctrl-c', 'Ctrl-C'],
    ['ctrl-right', 'Ctrl-→'],
    ['alt-backspace', 'Alt-Backspace'],
    ['g', 'g'],
    ['G', 'G'],
    ['-', '-'],
    ['/', '/'],
    ['f1', 'F1'],
    ['enter', 'Enter'],
  ])('writes %s as %s', (name, label) => {
    expect(keyLabel(name, UNICODE_GLYPHS)).toBe(label)
  })
})
