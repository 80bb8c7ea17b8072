import { describe, expect, it } from 'vitest'
import { isKeyName, parseKey } from '../../src/terminal/key.ts'

describe('parseKey', () => {
  it.each([
    ['a', { name: 'a', text: 'a' }],
    ['G', { name: 'G', text: 'G' }],
    [' ', { name: 'space', text: ' ' }],
    ['é', { name: 'é', text: 'é' }],
    ['\r', { name: 'enter' }],
    ['\n', { name: 'enter' }],
    ['\t', { name: 'tab' }],
    ['\x7f', { name: 'backspace' }],
    ['\b', { name: 'backspace' }],
    ['\x1b', { name: 'escape' }],
    ['\x03', { name: 'ctrl-c' }],
    ['\x15', { name: 'ctrl-u' }],
    ['\x00', { name: 'ctrl-space' }],
    ['\x1bf', { name: 'alt-f' }],
    ['\x1b\x7f', { name: 'alt-backspace' }],
    ['\x1b[A', { name: 'up' }],
    ['\x1bOA', { name: 'up' }],
    ['\x1b[1;2B', { name: 'shift-down' }],
    ['\x1b[1;8D', { name: 'ctrl-alt-shift-left' }],
    ['\x1b[H', { name: 'home' }],
    ['\x1b[1~', { name: 'home' }],
    ['\x1b[7~', { name: 'home' }],
    ['\x1bOF', { name: 'end' }],
    ['\x1b[4~', { name: 'end' }],
    ['\x1b[5~', { name: 'page-up' }],
    ['\x1b[6~', { name: 'page-down' }],
    ['\x1b[3~', { name: 'delete' }],
    ['\x1b[Z', { name: 'shift-tab' }],
    ['\x1bOM', { name: 'enter' }],
    ['\x1bOP', { name: 'f1' }],
    ['\x1b[24~', { name: 'f12' }],
    ['\x1b[I', { name: 'unknown' }],
    ['\x1b[1;99A', { name: 'unknown' }],
    ['\x1b[?1;2c', { name: 'unknown' }],
    ['\u0085', { name: 'unknown' }],
    ['\ud800', { name: 'unknown' }],
    ['', { name: 'unknown' }],
  ])('reads %j', (token, key) => {
    expect(parseKey(token)).toEqual(key)
  })

  it('gives only names that a binding may have', () => {
    const names = ['a', ' ', '\r', '\x03', '\x1b[1;5C', '\x1bf', '\x1b[Z', '\x1b[5~', '\x1bOP'].map(
      token => parseKey(token).name,
    )
    expect(names.filter(name => !isKeyName(name))).toEqual([])
  })
})

describe('isKeyName', () => {
  it.each([
    '',
    ' ',
    'pgup',
    'pageup',
    'ctrl',
    'ctrl-',
    'return',
    'esc',
    'Ctrl-C',
    'shift-g',
    'ctrl-xy',
    'f13',
  ])('refuses %j', name => {
    expect(isKeyName(name)).toBe(false)
  })
})
