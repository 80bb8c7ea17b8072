import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import { program, runProgram, stackTrace } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
let before: readonly string[]
let granted: readonly string[]
let receipt: string
beforeAll(async () => {
  scene = await setScene()
  before = await scene.snapshot()
  const folder = join(scene.folder, 'receipts')
  const path = scene.save('answers.json', scene.answers())
  const end = await runProgram(['apply', '--answers', path, '--yes', '--out', folder], { env: scene.env })
  expect(end).toMatchObject({ code: 0 })
  receipt = join(folder, readdirSync(folder).find(name => name.endsWith('.md')) ?? '')
  granted = await scene.snapshot()
})
afterAll(() => scene.end())

let terminal: DrivenTerminal
afterEach(() => terminal.close())

/** Without a password to be found: it has to be asked for. */
async function undo(): Promise<void> {
  terminal = openTerminal({
    command: process.execPath,
    args: [program, 'undo', '--receipt', receipt],
    rows: 60,
    cols: 120,
  })
  await terminal.waitFor('Password for postgres')
  terminal.type(`${scene.server.adminPassword}\r`)
  await terminal.waitFor('Take this back on')
  await terminal.waitFor('Type yes:')
}

async function ended(exitCode: number): Promise<void> {
  expect(await terminal.waitForExit()).toMatchObject({ exitCode })
  expect(terminal.bytes()).not.toContain(scene.server.adminPassword)
  expect(terminal.bytes()).not.toMatch(stackTrace)
  expect(terminal.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true })
}

const kept = () => (existsSync(scene.passfile) ? readFileSync(scene.passfile, 'utf8') : '')

describe('undo in a terminal', () => {
  it.each(['no', 'y', ''])('changes nothing on %j', async answer => {
    await undo()
    // What it would do has been seen before the question.
    expect(terminal.scrollback() + terminal.screen()).toContain('DROP ROLE atlan_user;')
    terminal.type(`${answer}\r`)
    await ended(130)
    expect(terminal.screen()).toContain('Nothing was changed.')
    expect(await scene.snapshot()).toEqual(granted)
    expect(kept()).toContain('atlan_user')
  })

  it('changes nothing on Ctrl-C', async () => {
    await undo()
    terminal.press('ctrl-c')
    await ended(130)
    expect(terminal.screen()).toContain('nothing was changed')
    expect(await scene.snapshot()).toEqual(granted)
  })

  it('changes nothing where its window is closed', async () => {
    await undo()
    terminal.hangUp()
    await terminal.waitForExit()
    expect(await scene.snapshot()).toEqual(granted)
  })

  it('takes it back on yes', async () => {
    await undo()
    terminal.type('yes\r')
    await ended(0)
    expect(terminal.screen()).toContain('nothing of it is there any more')
    expect(await scene.snapshot()).toEqual(before)
    expect(kept()).not.toContain('atlan_user')
  })
})
