import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest'
import { describeInCiWith } from '../support/requires.ts'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'
import type { Wizard } from '../support/wizard.ts'
import { driveWizard } from '../support/wizard-driver.ts'
import { program } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

const run = promisify(execFile)

let scene: WizardScene
let served = 0
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

/** A terminal without an alternate screen, with a shell in it: what scrolls off its top stays. */
interface PlainTerminal {
  readonly terminal: DrivenTerminal
  /** All that it keeps: its scrollback and what it shows. */
  kept(): Promise<string>
}

async function tmux(): Promise<PlainTerminal> {
  const socket = `scrollback-${process.pid}-${++served}`
  const terminal = openTerminal({
    command: 'tmux',
    args: ['-u', '-L', socket, '-f', '/dev/null', 'new-session', '-e', 'PS1=ready$ ', '/bin/sh'],
    env: { SHELL: '/bin/sh', ...scene.env },
  })
  onTestFinished(async () => {
    await run('tmux', ['-L', socket, 'kill-server']).catch(() => undefined)
    await terminal.close()
  })
  await terminal.waitFor('ready$')
  await run('tmux', ['-L', socket, 'set', '-g', 'alternate-screen', 'off', ';', 'set', '-g', 'status', 'off'])
  return {
    terminal,
    kept: async () =>
      (await run('tmux', ['-L', socket, 'capture-pane', '-p', '-J', '-S', '-', '-E', '-'])).stdout,
  }
}

async function screen(): Promise<PlainTerminal> {
  const folder = mkdtempSync(join(scene.folder, 'screens-'))
  chmodSync(folder, 0o700)
  const name = `pg${process.pid}-${++served}`
  const environment = { ...scene.env, SCREENDIR: folder, SHELL: '/bin/sh', PS1: 'ready$ ' }
  const terminal = openTerminal({
    command: 'screen',
    args: ['-U', '-c', '/dev/null', '-h', '2000', '-S', name, '/bin/sh'],
    env: environment,
  })
  onTestFinished(() => terminal.close())
  await terminal.waitFor('ready$')
  let copies = 0
  return {
    terminal,
    kept: async () => {
      const copy = join(folder, `copy-${++copies}`)
      const env = { ...environment, PATH: process.env['PATH'], HOME: terminal.home }
      await run('screen', ['-S', name, '-X', 'hardcopy', '-h', copy], { env })
      // The command comes back before the file is there.
      await expect
        .poll(() => existsSync(copy) && readFileSync(copy).length > 0, { timeout: 60_000 })
        .toBe(true)
      return readFileSync(copy, 'utf8')
    },
  }
}

interface AtDone {
  readonly plain: PlainTerminal
  readonly wizard: Wizard
  readonly pid: number
  /** Shows the password. */
  reveal(): Promise<void>
  /** How often the terminal has the password, wherever; also where a narrower screen has cut it in two. */
  times(): Promise<number>
}

/** The last screen, reached in a shell of that terminal. */
async function atDone(plain: PlainTerminal): Promise<AtDone> {
  const { terminal } = plain
  const folder = mkdtempSync(join(scene.folder, 'plain-'))
  const out = join(folder, 'out')
  mkdirSync(out)
  rmSync(scene.passfile, { force: true })
  const answers = scene.save('answers.json', scene.answers())
  const pidFile = join(folder, 'pid')
  const words = [process.execPath, program, '--answers', answers, '--out', out]
  terminal.type(`sh -c 'echo $$ > ${pidFile}; exec ${words.join(' ')}'; echo "ended-$?"\n`)
  const wizard = driveWizard(terminal, { out, passfile: scene.passfile, state: folder })
  await wizard.throughAnswered()
  await wizard.rehearse()
  await wizard.apply()
  wizard.press('enter')
  await wizard.at('Done')
  const password = scene.storedPassword('atlan_user')
  const times = async () => (await plain.kept()).replaceAll(/\s/g, '').split(password).length - 1
  expect(await times()).toBe(0)
  return {
    plain,
    wizard,
    pid: Number(readFileSync(pidFile, 'utf8')),
    times,
    reveal: async () => {
      wizard.type('p')
      await wizard.waitFor(password)
      // What is looked for is found while it is there.
      expect(await times()).toBe(1)
    },
  }
}

const hidden = (shown: string) => !/[A-Za-z0-9]{32}/.test(shown)

for (const [name, open] of [
  ['tmux', tmux],
  ['screen', screen],
] as const) {
  describeInCiWith([name])(`a password that was shown in ${name}, without an alternate screen`, () => {
    it('stays nowhere after moving, Ctrl-L, a smaller window, Ctrl-Z and leaving', async () => {
      const { wizard, plain, reveal, times } = await atDone(await open())
      await reveal()
      wizard.type('p')
      await wizard.waitFor('hidden: p shows it')
      expect(await times()).toBe(0)

      for (const moves of [
        ['end'],
        ['home'],
        ['page-down', 'page-up'],
        ['down', 'down', 'down', 'up'],
      ] as const) {
        await reveal()
        wizard.press(...moves)
        await wizard.waitFor(hidden)
        expect(await times()).toBe(0)
      }

      await reveal()
      wizard.press('ctrl-l')
      await wizard.waitFor(hidden)
      expect(await times()).toBe(0)

      for (const [columns, rows] of [
        [60, 16],
        [80, 24],
        [41, 24],
        [100, 30],
        [80, 10],
        [80, 24],
      ] as const) {
        await reveal()
        plain.terminal.resize(columns, rows)
        await wizard.waitFor(hidden)
        await wizard.at('Done')
        expect({ columns, rows, times: await times() }).toEqual({ columns, rows, times: 0 })
      }

      await reveal()
      wizard.press('ctrl-z')
      await wizard.waitFor(/Stopped|Suspended/i)
      expect(await times()).toBe(0)
      plain.terminal.type('echo a; echo b; fg\n')
      await wizard.at('Done')
      expect(hidden(wizard.screen())).toBe(true)
      expect(await times()).toBe(0)

      await reveal()
      wizard.press('enter')
      // A shell that has stopped a list of commands does not go on with its next one.
      await wizard.waitFor(/Receipt: [\s\S]*ready\$/)
      expect(await times()).toBe(0)
    })

    it.each(['SIGTERM', 'SIGHUP'] as const)('stays nowhere after %s', async signal => {
      const { wizard, pid, reveal, times } = await atDone(await open())
      await reveal()
      process.kill(pid, signal)
      await wizard.waitFor(/ended-\d+/)
      expect(await times()).toBe(0)
    })

    it('is seen where the keys are, wherever the text was scrolled to', async () => {
      const { wizard, reveal, times } = await atDone(await open())
      wizard.press('end')
      await wizard.waitFor(shown => !shown.includes('hidden: p shows it'))
      await reveal()
      wizard.press('ctrl-c')
      await wizard.waitFor('Leave pg-usher?')
      wizard.press('ctrl-c')
      await wizard.waitFor(/ended-\d+/)
      expect(await times()).toBe(0)
    })
  })
}
