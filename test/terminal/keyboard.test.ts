import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyboard-program-'))
const program = join(folder, 'keyboard-program.mjs')

beforeAll(async () => {
  symlinkSync(join(import.meta.dirname, '..', '..', 'node_modules'), join(folder, 'node_modules'))
  await build({
    entryPoints: [join(import.meta.dirname, 'keyboard-program.tsx')],
    outfile: program,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

let terminal: DrivenTerminal

async function start(env: Record<string, string> = {}): Promise<void> {
  terminal = await opened(env)
}

async function opened(env: Record<string, string>, ...args: readonly string[]): Promise<DrivenTerminal> {
  const one = openTerminal({ command: process.execPath, args: [program, ...args], env })
  await one.waitFor('ready')
  await one.waitFor('move')
  return one
}

afterEach(() => terminal.close())

const asItWas = {
  alternateScreen: false,
  cursorVisible: true,
  bracketedPaste: false,
  mouseTracking: false,
  focusEvents: false,
}

describe('keys that arrive in one packet', () => {
  it('act one after the other: ten downs and a Space check the eleventh row', async () => {
    await start()
    terminal.press(...Array<'down'>(10).fill('down'), 'space')
    await terminal.waitFor(/checked: row 11;/)
    terminal.type('jjj ')
    await terminal.waitFor(/checked: row 11, row 14;/)
  })

  it('reach a menu that a key before them opened, and what comes after it', async () => {
    await start()
    terminal.type('m\x1b[B\x1b[B\rjj ')
    await terminal.waitFor('chose three')
    await terminal.waitFor(/checked: row 3;/)
    // Again and again: the order never depends on when React draws.
    for (const [keys, chosen] of [
      ['mjjj\r', 'four'],
      ['mj\r', 'two'],
      ['m\x1b[B\x1b[B\x1b[B\x1b[A\r', 'three'],
      ['m2', 'two'],
      ['m\r', 'one'],
    ] as const) {
      terminal.type(keys)
      await terminal.waitFor(`chose ${chosen}`)
    }
  })

  it('fill a field, hand it in and go on', async () => {
    await start()
    terminal.type('fsecret\rj ')
    await terminal.waitFor('typed "secret"')
    await terminal.waitFor(/checked: row 2;/)
  })

  it('come out of an Escape as two keys', async () => {
    await start()
    terminal.type('m\x1b\x1b[B ')
    await terminal.waitFor('menu left')
    await terminal.waitFor(/checked: row 2;/)
  })
})

describe('a paste', () => {
  it('is text, whatever keys it looks like', async () => {
    await start()
    terminal.type('f')
    await terminal.waitFor('Name')
    terminal.paste('two\rlines\x1b[B q\n')
    await terminal.waitFor('Name two lines[B q')
    terminal.press('enter')
    await terminal.waitFor('typed "two lines[B q"')
  })

  it('does nothing where no text is typed', async () => {
    await start()
    terminal.paste('jjj q')
    await terminal.waitFor('no command for paste')
    expect(terminal.screen()).toContain('checked: nothing')
  })
})

describe('the Escape key', () => {
  it('counts when nothing follows it', async () => {
    await start()
    terminal.type('m')
    await terminal.waitFor('item four')
    terminal.press('esc')
    await terminal.waitFor('menu left')
  })
})

describe('the terminal comes back', () => {
  it('after the last key', async () => {
    await start()
    // Ink asks for bracketed paste right behind its first frame.
    await terminal.waitFor(() => terminal.modes().bracketedPaste)
    expect(terminal.modes()).toMatchObject({ alternateScreen: true, cursorVisible: false })
    terminal.type('jq')
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: 0 })
    expect(terminal.modes()).toEqual(asItWas)
    expect(terminal.scrollback()).toBe('left after 2 keys')
  })

  it.each([
    ['t', 'failed: Error: thrown by the owner of the keys'],
    ['r', 'failed: Error: thrown while drawing'],
  ])('after an error (%s), which is said on the normal screen without a stack', async (key, said) => {
    await start()
    terminal.type(key)
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: 1 })
    expect(terminal.modes()).toEqual(asItWas)
    expect(terminal.scrollback()).toBe(said)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('after %s', async (signal, exitCode) => {
    await start()
    process.kill(terminal.pid, signal)
    expect(await terminal.waitForExit()).toMatchObject({ exitCode })
    expect(terminal.modes()).toEqual(asItWas)
    expect(terminal.scrollback()).toBe(`ended by ${signal}`)
  })

  it('and the program ends when the window closes', async () => {
    await start()
    terminal.hangUp()
    expect((await terminal.waitForExit()).exitCode).not.toBe(0)
  })
})

describe('the screen', () => {
  it('costs few bytes a key, for a slow line', async () => {
    await start()
    terminal.type('j')
    await terminal.waitFor(/^❯ ◌ row 2 /mu)
    const before = terminal.bytes().length
    terminal.type('j')
    await terminal.waitFor(/^❯ ◌ row 3 /mu)
    // The pointer taken away here and drawn there, and the way between.
    expect(terminal.bytes().length - before).toBeLessThanOrEqual(28)
  })

  it('is drawn anew for another size, with nothing left of the last', async () => {
    await start()
    for (const [columns, rows] of [
      [60, 16],
      [100, 30],
      [40, 10],
    ] as const) {
      terminal.resize(columns, rows)
      // Until the program has drawn, the emulator shows what it made of the old frame.
      await terminal.waitFor(screen => {
        const drawn = screen.split('\n')
        const first = drawn.filter(row => row.startsWith('❯'))
        return (
          drawn.length === rows - 1 &&
          drawn.filter(row => row.startsWith('checked: ')).length === 1 &&
          first.length === 1 &&
          first[0] === '❯ ◌ row 1' &&
          drawn.at(-1)?.startsWith('↑/↓ move  End last') === true
        )
      })
    }
    terminal.resize(39, 9)
    await terminal.waitFor(screen => screen === 'Too small: 39x9, needs 40x10.')
    terminal.resize(80, 24)
    await terminal.waitFor('row 12')
    expect(terminal.screen()).not.toContain('Too small')
  })
})

describe('what is drawn as a difference', () => {
  it('is on the screen what Ink alone draws there', async () => {
    await start({ FORCE_COLOR: '1' })
    const alone = await opened({ FORCE_COLOR: '1' }, 'ink-alone')
    try {
      for (const keys of [
        'j',
        'jj ',
        'jjjjjjjjj',
        'j',
        'j',
        ' ',
        'kkk',
        'G',
        'kkkkkkkkkkkkkkk',
        'x',
        'm',
        '\x1b',
        'fあ字é',
        '\x1b',
      ]) {
        for (const one of [terminal, alone]) {
          // Each changes something; an Escape that is still waited for would be one with the key behind it.
          const before = one.styledScreen()
          one.type(keys)
          await vi.waitFor(() => expect(one.styledScreen()).not.toEqual(before), { timeout: 60_000 })
        }
        await vi.waitFor(() => expect(terminal.styledScreen()).toEqual(alone.styledScreen()), {
          timeout: 60_000,
        })
      }
      for (const [columns, rows] of [
        [60, 16],
        [39, 9],
        [120, 40],
      ] as const) {
        for (const one of [terminal, alone]) one.resize(columns, rows)
        await vi.waitFor(() => expect(terminal.screen()).toEqual(alone.screen()), { timeout: 60_000 })
      }
      for (const one of [terminal, alone]) one.type('q')
      await terminal.waitForExit()
      expect(terminal.modes()).toEqual(asItWas)
    } finally {
      await alone.close()
    }
  })
})
