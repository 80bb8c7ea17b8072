import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ProblemError } from '../model/problem.ts'
import type { Cluster } from './cluster.ts'
import { accountIds, type ServerAccount } from './server-account.ts'
import type { GuardedFolder } from './temporary-folder.ts'

const startLimitMs = 60_000
const fastShutdownLimitMs = 5_000
const pollMs = 10
const portAttempts = 5

/** A server process that accepts connections. */
export interface Postmaster {
  readonly child: ChildProcess
  readonly pid: number
  readonly port: number
}

/**
 * Starts the server of a cluster on a free port of 127.0.0.1 and waits until it accepts connections.
 * @throws ProblemError `demo-server-failed` with the end of the server's log
 */
export async function startPostmaster(
  cluster: Cluster,
  options: {
    readonly postgres: string
    readonly account: ServerAccount | null
    readonly guarded: GuardedFolder
  },
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const log = await open(cluster.logFile, 'w', 0o600)
    const child = spawn(options.postgres, ['-D', cluster.dataDirectory, '-p', String(port)], {
      ...accountIds(options.account),
      cwd: dirname(cluster.dataDirectory),
      env: { LC_ALL: 'C', TZ: 'UTC' },
      // A session of its own: Ctrl-C in our terminal would otherwise shut it down under our feet.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    const failed = once(child, 'error').then(([error]) => Promise.reject(error))
    failed.catch(() => {})
    options.guarded.guard(child)
    await log.close()
    const ready = await Promise.race([untilReady(child, cluster.dataDirectory), failed])
    if (ready && child.pid !== undefined) {
      // The server does not keep this process running; whoever started it does.
      child.unref()
      return { child, pid: child.pid, port }
    }
    const said = await readFile(cluster.logFile, 'utf8')
    const portTaken = /could not bind .*Address already in use/.test(said)
    if (portTaken && attempt < portAttempts) continue
    throw new ProblemError({
      code: 'demo-server-failed',
      message: `The demo's PostgreSQL did not start: ${said.trim().split('\n').slice(-5).join(' / ') || 'it said nothing'}`,
    })
  }
}

/**
 * True once the postmaster says in its lock file that it accepts connections (what `pg_ctl -w` waits for:
 * line 8 of postmaster.pid, src/include/utils/pidfile.h); false when it has ended.
 */
async function untilReady(child: ChildProcess, dataDirectory: string): Promise<boolean> {
  const lockFile = join(dataDirectory, 'postmaster.pid')
  for (const start = Date.now(); Date.now() - start < startLimitMs; await pause(pollMs)) {
    if (child.pid === undefined || hasEnded(child)) return false
    const lines = (await readFile(lockFile, 'utf8').catch(() => '')).split('\n')
    if (Number(lines[0]) === child.pid && lines[7]?.startsWith('ready')) return true
  }
  return false
}

/** Fast shutdown (sessions are ended, manual 18.5), an immediate one where that takes over five seconds. */
export async function stopPostmaster(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  child.ref()
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  const impatience = setTimeout(() => child.kill('SIGQUIT'), fastShutdownLimitMs)
  await ended
  clearTimeout(impatience)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** A TCP port of 127.0.0.1 that was free a moment ago; somebody may take it, so ask again then. */
async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string')
    throw new Error('a TCP server has an address and a port')
  return address.port
}
