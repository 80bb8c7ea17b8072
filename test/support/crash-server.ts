import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestServer } from './server.ts'

/** A server that is killed and started again as often as a test wants. Linux only: it is read from /proc. */
export interface CrashingServer {
  /** SIGKILL to the postmaster and all its children; resolves when none is left. */
  kill(): Promise<void>
  /** Starts it again on the same data and port; resolves when it accepts connections. */
  start(): Promise<void>
  /** Ends what start() began; before the test server's own stop(). */
  stop(): Promise<void>
}

export function crashing(server: TestServer): CrashingServer {
  const file = readlinkSync(`/proc/${server.pid}/exe`)
  const [, ...args] = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  const id = (name: string) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1])
  const ids = process.geteuid?.() === 0 ? { uid: id('Uid'), gid: id('Gid') } : {}
  let pid = server.pid
  let child: ChildProcess | null = null

  const kill = async () => {
    // Stopped first, so that it makes no new child, and takes none for crashed.
    process.kill(pid, 'SIGSTOP')
    const family = [...childrenOf(pid), pid]
    for (const each of family) process.kill(each, 'SIGKILL')
    // Until it is collected, its lock file counts as held.
    while (family.some(isAlive) || isThere(pid)) await pause(5)
  }
  return {
    kill,
    start: async () => {
      const log = openSync(server.embedded.logFile, 'a')
      child = spawn(file, args, {
        ...ids,
        cwd: server.dataDirectory,
        env: { LC_ALL: 'C', TZ: 'UTC' },
        detached: true,
        stdio: ['ignore', log, log],
      })
      closeSync(log)
      await once(child, 'spawn')
      pid = child.pid ?? -1
      for (;;) {
        try {
          await server.sql('SELECT 1')
          return
        } catch {
          if (child.exitCode !== null)
            throw new Error(`the server did not start again:\n${(await server.log()).slice(-2000)}`)
          await pause(20)
        }
      }
    },
    stop: async () => {
      if (child === null || !isAlive(pid)) return
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
    },
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => fieldsOf(pid)[1] === String(parent))
}

/** A process that has ended and is not collected yet holds nothing any more. */
function isAlive(pid: number): boolean {
  const [state] = fieldsOf(pid)
  return state !== undefined && state !== 'Z' && state !== 'X'
}

function isThere(pid: number): boolean {
  return fieldsOf(pid).length > 0
}

/** State and parent, as proc(5) has them behind the name. */
function fieldsOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
