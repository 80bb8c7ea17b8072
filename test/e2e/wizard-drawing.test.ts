import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import type { Wizard } from '../support/wizard.ts'
import { program } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
  // More than a screen holds, in several scripts, each with a row of its own below the list.
  const names = Array.from(
    { length: 200 },
    (_, at) => `table ${at} ${['żółć', '表', '🎟️', 'नि', 'e\u0301'][at % 5]}`,
  )
  const tables = names.map(
    name => `create table crowd."${name}" (id int); comment on table crowd."${name}" is 'of ${name}'`,
  )
  await scene.server.sql(`create schema crowd; ${tables.join(';')}`, 'music_store')
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

/** Waits until the screen, painted whole, looks as it did before: what was drawn bit by bit was right. */
async function expectPaintedRight(wizard: Wizard): Promise<void> {
  const looked = wizard.styledScreen()
  const written = wizard.bytes().length
  wizard.press('ctrl-l')
  // All of the screen in one synchronized update.
  await wizard.waitFor(() => wizard.bytes().indexOf('\x1b[?2026l', written) > 0)
  expect(wizard.styledScreen()).toEqual(looked)
}

/** Presses a key and waits for what it changes. */
async function move(wizard: Wizard, key: 'down' | 'up'): Promise<void> {
  const before = wizard.screen()
  wizard.press(key)
  await wizard.waitFor(screen => screen !== before)
}

describe('a list of many rows', () => {
  it('gets few bytes a key, and shows what painting all of it shows', async () => {
    const wizard = await scene.open({ cols: 120, rows: 40 })
    await wizard.throughRoles()
    await wizard.chooseSchemas('music_store.crowd')
    await wizard.waitFor('Which tables?')
    // What is known of the columns comes after the names, and is drawn too.
    await wizard.waitFor(/of table \d/)
    let written = 0
    for (let step = 0; step < 60; step++) {
      const before = Buffer.byteLength(wizard.bytes())
      await move(wizard, 'down')
      written += Buffer.byteLength(wizard.bytes()) - before
      if (step % 10 === 0) await expectPaintedRight(wizard)
    }
    for (let step = 0; step < 50; step++) await move(wizard, 'up')
    await expectPaintedRight(wizard)
    // However the machine spreads them over the keys: painting all of it would be some 4,000 bytes each time.
    expect(written).toBeLessThan(60 * 300)
    await wizard.leave()
  })
})

describe('a program stopped by its shell', () => {
  let terminal: DrivenTerminal
  afterEach(() => terminal.close())

  it('gives the terminal back, and is the same again after fg', async () => {
    terminal = openTerminal({ command: 'bash', args: ['--norc', '-i'], env: { PS1: 'ready$ ' } })
    await terminal.waitFor('ready$')
    terminal.type(`${process.execPath} ${program} postgresql://nobody@127.0.0.1:1/nothing\r`)
    await terminal.waitFor('Which tool shall see the database?')
    terminal.press('down')
    await terminal.waitFor('❯ Atlassian Analytics')
    const before = terminal.styledScreen()
    terminal.press('ctrl-z')
    // The shell sets its own modes when it asks for the next command.
    await terminal.waitFor(screen => screen.includes('Stopped') && screen.trimEnd().endsWith('ready$'))
    expect(terminal.modes()).toMatchObject({
      alternateScreen: false,
      cursorVisible: true,
      bracketedPaste: true,
    })
    terminal.type('echo typed in the shell\r')
    await terminal.waitFor(/^typed in the shell/m)
    terminal.type('fg\r')
    await terminal.waitFor('Which tool shall see the database?')
    expect(terminal.styledScreen()).toEqual(before)
    expect(terminal.modes()).toMatchObject({
      alternateScreen: true,
      cursorVisible: false,
      bracketedPaste: true,
    })
    terminal.press('up')
    await terminal.waitFor('❯ Atlan')
    terminal.press('ctrl-c', 'ctrl-c')
    await terminal.waitFor(screen => screen.trimEnd().endsWith('ready$'))
    expect(terminal.modes().alternateScreen).toBe(false)
  })
})
