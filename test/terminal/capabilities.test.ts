import { describe, expect, it } from 'vitest'
import { capabilitiesOf, inkEnvironment } from '../../src/terminal/capabilities.ts'
import { themeFor } from '../../src/terminal/theme.ts'

function capabilities(
  env: Record<string, string>,
  other: { platform?: NodeJS.Platform; stdinIsTTY?: boolean; stdoutIsTTY?: boolean } = {},
) {
  return capabilitiesOf({
    env: { TERM: 'xterm-256color', LANG: 'en_US.UTF-8', ...env },
    platform: 'linux',
    stdinIsTTY: true,
    stdoutIsTTY: true,
    ...other,
  })
}

describe('what a terminal can do', () => {
  it('is all of it, in most', () => {
    expect(capabilities({})).toEqual({
      kind: 'full',
      colour: true,
      synchronized: true,
      unicode: true,
      screenReader: false,
      background: 'unknown',
    })
  })

  it.each(['dumb', 'unknown', ''])('is next to nothing with TERM=%j', TERM => {
    expect(capabilities({ TERM })).toMatchObject({ kind: 'dumb', colour: false })
  })

  it('does not depend on TERM on Windows', () => {
    expect(capabilities({ TERM: '', WT_SESSION: '1' }, { platform: 'win32' })).toMatchObject({
      kind: 'full',
      unicode: true,
    })
  })

  it('is nothing on a pipe, whatever TERM says', () => {
    expect(capabilities({}, { stdinIsTTY: false })).toMatchObject({ kind: 'none', colour: false })
    expect(capabilities({ TERM: 'dumb' }, { stdoutIsTTY: false })).toMatchObject({ kind: 'none' })
  })

  it.each([
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    [{ TERM: 'vt220' }, false],
    [{ TERM: 'xterm-m' }, false],
    [{ TERM: 'screen' }, true],
  ])('has colour or not with %j', (env, colour) => {
    expect(capabilities(env).colour).toBe(colour)
    expect(inkEnvironment({ colour })).toEqual({ FORCE_COLOR: colour ? '1' : '0' })
  })

  it.each([
    [{ LANG: 'C' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C.utf8' }, true],
    [{ LC_ALL: 'POSIX' }, false],
    [{ LC_ALL: '', LC_CTYPE: '', LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: '' }, false],
    [{ TERM: 'linux' }, false],
  ])('has glyphs beyond ASCII or not with %j', (env, unicode) => {
    expect(capabilities(env).unicode).toBe(unicode)
  })

  it.each([
    ['15;0', 'dark'],
    ['0;15', 'light'],
    ['0;default;7', 'light'],
    ['default;default', 'unknown'],
  ])('knows the background from COLORFGBG=%s', (COLORFGBG, background) => {
    expect(capabilities({ COLORFGBG }).background).toBe(background)
  })

  it('is asked to be read aloud', () => {
    expect(capabilities({ ACCESSIBLE: '1' }).screenReader).toBe(true)
    expect(capabilities({ ACCESSIBLE: '0' }).screenReader).toBe(false)
  })
})

describe('the theme', () => {
  it('has nothing at all without colour', () => {
    expect(Object.values(themeFor(false)).every(style => Object.keys(style).length === 0)).toBe(true)
  })

  it('uses no colour that cannot be read on one of the backgrounds, where that is not known', () => {
    const colours = Object.values(themeFor(true, 'unknown')).map(style => style.color)
    for (const unreadable of ['yellow', 'cyan', 'white', 'black', 'blue', 'gray'])
      expect(colours).not.toContain(unreadable)
  })
})
