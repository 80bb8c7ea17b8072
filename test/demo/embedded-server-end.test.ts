import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { quickFolder } from '../support/quick-folder.ts'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'

const module = JSON.stringify(new URL('../../src/demo/embedded-server.ts', import.meta.url).href)
let place: string
let terminal: DrivenTerminal | undefined

beforeEach(() => {
  place = mkdtempSync(join(quickFolder, 'server-end-'))
  // The server's account has to get in.
  chmodSync(place, 0o755)
})
afterEach(async () => {
  await terminal?.close()
  terminal = undefined
  rmSync(place, { recursive: true, force: true })
})

/** A program of its own that starts a server in `place`, says so, and goes on with `then`. */
const program = (then: string) => `
  import { startEmbeddedServer } from ${module}
  const server = await startEmbeddedServer({ temporaryFolder: ${JSON.stringify(place)} })
  console.log('pid ' + server.pid)
  ${then}`
const stay = 'setInterval(() => {}, 1000)'
const nodeArguments = (text: string) => ['--input-type=module', '-e', text]

const run = (text: string): ChildProcess & { stdout: NodeJS.ReadableStream } =>
  spawn(process.execPath, nodeArguments(text), { stdio: ['ignore', 'pipe', 'inherit'] })

const postmasterOf = async (child: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<number> => {
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('pid ')) return Number(line.slice(4))
  }
  throw new Error('the program ended without a server')
}

/** Nothing of the server is left: no file, and no process that works in its folder. */
const expectNothingLeft = () =>
  vi.waitFor(
    () => {
      expect(readdirSync(place)).toEqual([])
      expect(processesIn(place)).toEqual([])
    },
    { timeout: 60_000, interval: 20 },
  )

/** Processes whose command lines name the folder (Linux; elsewhere the files have to do). */
const processesIn = (folder: string): { pid: number; command: string }[] => {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return command.includes(folder) ? [{ pid: Number(pid), command }] : []
      } catch {
        return []
      }
    })
}

describe('the end of a process that runs a server', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('leaves nothing after %s', async signal => {
    const child = run(program(stay))
    const pid = await postmasterOf(child)
    expect(process.kill(pid, 0)).toBe(true)
    child.kill(signal)
    expect((await once(child, 'exit'))[1]).toBe(signal)
    await expectNothingLeft()
  })

  it('leaves nothing after process.exit(), whose status stands', async () => {
    const child = run(program('process.exit(7)'))
    expect((await once(child, 'exit'))[0]).toBe(7)
    await expectNothingLeft()
  })

  it('comes by itself when nothing else is to do, and leaves nothing', async () => {
    const child = run(program(''))
    expect((await once(child, 'exit'))[0]).toBe(0)
    await expectNothingLeft()
  })

  it('leaves nothing when it is killed while the cluster is being made', async () => {
    const child = run(program(stay))
    await vi.waitFor(() => expect(readdirSync(place, { recursive: true }).join()).toContain('data'), {
      timeout: 60_000,
      interval: 1,
    })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await expectNothingLeft()
  })

  it.runIf(process.platform === 'linux')(
    'leaves nothing also when its watchdog was killed before',
    async () => {
      const child = run(
        program(`process.on('SIGUSR2', () => server.stop().then(() => process.exit())); ${stay}`),
      )
      await postmasterOf(child)
      const [folder = ''] = readdirSync(place)
      const watchdog = processesIn(join(place, folder)).find(({ command }) => command.includes(' -e '))
      process.kill(watchdog?.pid ?? 0, 'SIGKILL')
      child.kill('SIGUSR2')
      expect((await once(child, 'exit'))[0]).toBe(0)
      await expectNothingLeft()
    },
  )

  it('leaves nothing when its terminal is closed', async () => {
    terminal = openTerminal({ command: process.execPath, args: nodeArguments(program(stay)) })
    await terminal.waitFor(/pid \d+/)
    terminal.hangUp()
    await terminal.waitForExit()
    await expectNothingLeft()
  })

  it('is not the end of the server when Ctrl-C is somebody else’s to answer', async () => {
    const answer = `
      const { existsSync } = await import('node:fs')
      process.once('SIGINT', () => {
        process.kill(server.pid, 0)
        console.log(existsSync(server.dataDirectory + '/postmaster.pid') ? 'still there' : 'gone')
      })
      ${stay}
      console.log('waiting')`
    terminal = openTerminal({ command: process.execPath, args: nodeArguments(program(answer)) })
    await terminal.waitFor('waiting')
    terminal.press('ctrl-c')
    await terminal.waitFor('still there')
    // Now nobody answers: the second one ends it.
    terminal.press('ctrl-c')
    expect(await terminal.waitForExit()).toMatchObject({ signal: 2 })
    await expectNothingLeft()
  })
})
