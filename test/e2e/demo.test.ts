import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import { program, type RunningProgram, stackTrace, startProgram } from './program.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-usher-demo-test-'))
  // The server's account looks in, where the tests run as root.
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const demo = (...args: string[]): RunningProgram =>
  startProgram(['demo', ...args], { env: { TMPDIR: folder, HOME: folder } })

/** What looks like one of our passwords: 32 letters and digits. */
const passwordLike = /\b[A-Za-z0-9]{32}\b/

describe('demo without a terminal', () => {
  it.each([
    ['atlan', 'atlan_user', 'Atlan, PostgreSQL credential'],
    ['atlassian-analytics', 'atlassian_read_only_user', 'Atlassian Analytics, PostgreSQL data source'],
  ])('does the whole job for %s, prints it and leaves nothing', async (tool, login, form) => {
    const end = await demo('--tool', tool).end
    expect(end.code).toBe(0)
    const parts = ['Plan', 'Rehearsal', 'Applying', 'Proof', form, 'Still to do', 'Receipt']
    const places = parts.map(part => end.stdout.search(new RegExp(`^${part}`, 'm')))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(end.stdout).toContain(`CREATE ROLE ${login} NOLOGIN`)
    expect(end.stdout).toContain('logged in as the user')
    expect(end.stdout + end.stderr).not.toMatch(passwordLike)
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops and removes all of it', async signal => {
    const running = demo('--yes')
    await running.shown('Rehearsing')
    running.kill(signal)
    const end = await running.end
    expect(end).toMatchObject({ code: 130, signal: null })
    expect(end.stderr).not.toMatch(stackTrace)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('demo in a terminal', () => {
  const inTerminal = async (use: (terminal: DrivenTerminal) => Promise<void>, ...args: string[]) => {
    const terminal = openTerminal({
      command: process.execPath,
      args: [program, 'demo', ...args],
      env: { TMPDIR: folder },
    })
    try {
      await use(terminal)
      await terminal.waitForExit()
      expect(terminal.bytes()).not.toMatch(stackTrace)
    } finally {
      await terminal.close()
    }
    expect(readdirSync(folder)).toEqual([])
  }

  it('with --yes asks nothing, and Ctrl-C ends it', async () => {
    await inTerminal(async terminal => {
      await terminal.waitFor('Rehearsing')
      terminal.press('ctrl-c')
      expect(await terminal.waitForExit()).toMatchObject({ exitCode: 130 })
    }, '--yes')
  })

  it('opens the wizard, and leaving it removes all', async () => {
    await inTerminal(async terminal => {
      await terminal.waitFor('Atlassian Analytics')
      terminal.press('ctrl-c')
      terminal.press('ctrl-c')
      expect(await terminal.waitForExit()).toMatchObject({ exitCode: 130 })
      expect(terminal.modes()).toMatchObject({ alternateScreen: false, cursorVisible: true })
      expect(terminal.screen()).toContain('The demo is over')
    })
  })

  it('removes all when its window is closed', async () => {
    await inTerminal(async terminal => {
      await terminal.waitFor('Atlassian Analytics')
      terminal.hangUp()
    })
  })
})
