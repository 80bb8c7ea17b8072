import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'

let terminal: DrivenTerminal
const ask = async (what: 'line' | 'password', question: string) => {
  terminal = openTerminal({
    command: process.execPath,
    args: [join(import.meta.dirname, 'ask.fixture.ts'), what],
  })
  await terminal.waitFor(question)
}
afterEach(() => terminal.close())

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

describe('a password', () => {
  it.each([
    ['typed', (text: string) => text],
    ['pasted with brackets', (text: string) => `\x1b[200~${text}\x1b[201~`],
  ])('%s is read and never shown', async (_how, sent) => {
    const password = 'S3cret ünd "wörd"'
    await ask('password', 'Password:')
    terminal.type(`${sent(password)}\r`)
    await terminal.waitFor(`[password ${hash(password)}]`)
    expect(terminal.bytes()).not.toContain('S3cret')
    await terminal.waitForExit()
    expect(terminal.screen()).toContain('[raw false ask true]')
  })

  it('can be corrected: backspace, Ctrl-U, arrows', async () => {
    await ask('password', 'Password:')
    terminal.type('wrong')
    terminal.press('ctrl-u')
    terminal.type('righx')
    terminal.press('backspace', 'left', 'up')
    terminal.type('t')
    terminal.press('enter')
    await terminal.waitFor(`[password ${hash('right')}]`)
  })

  it('that is empty is none', async () => {
    await ask('password', 'Password:')
    terminal.press('enter')
    await terminal.waitFor('[password none]')
  })

  it.each(['ctrl-c', 'ctrl-d'] as const)('%s cancels and gives the terminal back', async key => {
    await ask('password', 'Password:')
    terminal.type('half')
    terminal.press(key)
    await terminal.waitFor('[cancelled]')
    await terminal.waitForExit()
    expect(terminal.screen()).toContain('[raw false ask true]')
    expect(terminal.bytes()).not.toContain('half')
  })
})

describe('a line', () => {
  it('is read as it was typed', async () => {
    await ask('line', 'Go on?')
    terminal.type('yes\r')
    await terminal.waitFor('[line yes]')
  })

  it.each(['ctrl-c', 'ctrl-d'] as const)('%s cancels', async key => {
    await ask('line', 'Go on?')
    terminal.press(key)
    await terminal.waitFor('[cancelled]')
  })
})
