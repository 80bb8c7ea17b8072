import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import { program, stackTrace } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
let before: readonly string[]
beforeAll(async () => {
  scene = await setScene()
  before = await scene.snapshot()
})
afterAll(() => scene.end())

let terminal: DrivenTerminal
afterEach(() => terminal.close())

/** Without a password to be found: it has to be asked for. */
const apply = (answers: Answers, ...more: string[]) => {
  terminal = openTerminal({
    command: process.execPath,
    args: [
      program,
      'apply',
      '--answers',
      scene.save('answers.json', answers),
      '--out',
      scene.folder,
      ...more,
    ],
    rows: 50,
    cols: 120,
  })
}
const ended = async (exitCode: number) => {
  expect(await terminal.waitForExit()).toMatchObject({ exitCode })
  expect(terminal.bytes()).not.toContain(scene.server.adminPassword)
  expect(terminal.bytes()).not.toMatch(stackTrace)
  expect(terminal.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true })
}
const giveAdminPassword = async () => {
  await terminal.waitFor('Password for postgres')
  terminal.type(`${scene.server.adminPassword}\r`)
}

describe('apply in a terminal', () => {
  it.each(['no', 'y', ''])('changes nothing on %j', async answer => {
    apply(scene.answers())
    await giveAdminPassword()
    await terminal.waitFor('Type yes:')
    terminal.type(`${answer}\r`)
    await ended(130)
    expect(terminal.screen()).toContain('Nothing was changed.')
    expect(await scene.snapshot()).toEqual(before)
  })

  it.each(['Password for postgres', 'Type yes:'])('changes nothing on Ctrl-C at %j', async question => {
    apply(scene.answers())
    if (question === 'Type yes:') await giveAdminPassword()
    await terminal.waitFor(question)
    terminal.press('ctrl-c')
    await ended(130)
    expect(terminal.screen()).toContain('Cancelled; nothing was changed.')
    expect(await scene.snapshot()).toEqual(before)
  })

  it('asks again after a wrong password, and three times at most', async () => {
    apply(scene.answers())
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await terminal.waitFor(screen => screen.split('Password for postgres').length === attempt + 1)
      terminal.type('wrong-by-hand\r')
    }
    await ended(1)
    expect(terminal.bytes()).not.toContain('wrong-by-hand')
  })

  it('goes when its window is closed', async () => {
    apply(scene.answers())
    await giveAdminPassword()
    await terminal.waitFor('Type yes:')
    terminal.hangUp()
    await terminal.waitForExit()
    expect(await scene.snapshot()).toEqual(before)
  })

  it('shows the password once, and not in the scrollback', async () => {
    apply({ ...scene.answers('atlassian-analytics'), secret: { store: 'show-once' } })
    await giveAdminPassword()
    await terminal.waitFor('Type yes:')
    terminal.type('yes\r')
    await terminal.waitFor('shown once and kept nowhere')
    await terminal.waitFor('Enter takes it off')
    const shown = /\b[A-Za-z0-9]{32}\b/.exec(terminal.screen())?.[0] ?? ''
    expect(terminal.modes().alternateScreen).toBe(true)
    terminal.press('enter')
    await ended(0)
    expect(terminal.scrollback()).not.toContain(shown)

    const login = { database: 'warehouse', user: 'atlassian_read_only_user', password: shown }
    const client = await scene.server.client(login)
    await expect(client.query('select from stock.product')).resolves.toMatchObject({ rowCount: 400 })
    await client.end()
  })
})
