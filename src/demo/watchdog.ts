import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Removes a temporary server when this process cannot do so any more, because it was killed. */
export interface Watchdog {
  /** From now on this process dies with us. */
  guard(pid: number): void
  /** This process has ended by itself; its number may be another's soon. */
  release(pid: number): void
  /** Lets the watchdog do its work now (nothing, when all is gone already) and waits until it has ended. */
  finish(): Promise<void>
}

/**
 * The watchdog's program. It reads `+PID` and `-PID` lines; when the pipe ends, however we ended, it tells
 * the processes that are left to shut down at once (SIGQUIT is PostgreSQL's "immediate" shutdown, manual
 * 18.5), waits until they are gone, and removes the folder. Plain CommonJS text, so that it runs the same
 * from the sources and from the bundle.
 */
const program = `
const { readFileSync, rmSync } = require('node:fs')
const folder = process.argv[1]
const guarded = new Set()
const signal = (pid, name) => { try { return process.kill(pid, name) } catch { return false } }
// An orphan that has ended may wait long for a lazy init to collect it (proc(5): state Z).
const ended = pid => { try { return /\\) Z /.test(readFileSync('/proc/' + pid + '/stat', 'utf8')) } catch { return false } }
const alive = () => [...guarded].filter(pid => signal(pid, 0) && !ended(pid))
const pause = () => new Promise(resolve => setTimeout(resolve, 20))

async function clear() {
  for (const [name, patience] of [['SIGQUIT', 5000], ['SIGKILL', 2000]]) {
    for (const pid of alive()) signal(pid, name)
    for (const start = Date.now(); alive().length > 0 && Date.now() - start < patience; ) await pause()
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {})
let pending = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', text => {
  const lines = (pending + text).split('\\n')
  pending = lines.pop()
  for (const line of lines) {
    const pid = Number(line.slice(1))
    if (line.startsWith('+')) guarded.add(pid)
    else guarded.delete(pid)
  }
})
process.stdin.on('end', clear)
`

/** Starts a watchdog over a folder, in a session of its own, so that no terminal's signal reaches it. */
export function startWatchdog(folder: string): Watchdog {
  const child = spawn(process.execPath, ['-e', program, folder], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(child, 'close')
  // A watchdog that somebody killed leaves nobody to write to; what it would do is done without it.
  ended.catch(() => {})
  child.stdin.on('error', () => {})
  // Neither the child nor the pipe keeps this process running.
  child.unref()
  const unrefPipe = child.stdin as typeof child.stdin & { unref?: () => void }
  unrefPipe.unref?.()
  return {
    guard: pid => void child.stdin.write(`+${pid}\n`),
    release: pid => void child.stdin.write(`-${pid}\n`),
    finish: async () => {
      child.ref()
      child.stdin.end()
      await ended.catch(() => {})
    },
  }
}
