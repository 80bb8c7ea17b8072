import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProblemError } from '../model/problem.ts'
import { accountIds, type ServerAccount } from './server-account.ts'
import { startWatchdog } from './watchdog.ts'

/** sun_path takes 104 bytes on macOS (108 on Linux) with its final NUL; a socket is `<folder>/socket/.s.PGSQL.<port>`. */
const longestFolder = 103 - '/socket/.s.PGSQL.65535'.length

/**
 * Makes a folder (0700, the account's) in the first place that the account can enter: `wanted`, or else the
 * system's temporary folder, /tmp, /var/tmp.
 * @throws ProblemError `demo-no-folder`
 */
export async function makeTemporaryFolder(
  account: ServerAccount | null,
  wanted: string = tmpdir(),
): Promise<string> {
  const places = [...new Set([wanted, '/tmp', '/var/tmp'])]
  const reasons: unknown[] = []
  for (const place of places.filter(place => join(place, 'pg-usher-XXXXXX').length <= longestFolder)) {
    let folder: string | undefined
    try {
      folder = await mkdtemp(join(place, 'pg-usher-'))
      if (account !== null) {
        await chown(folder, account.uid, account.gid)
        await enter(folder, account)
      }
      return folder
    } catch (reason) {
      reasons.push(reason)
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    }
  }
  throw new ProblemError(
    {
      code: 'demo-no-folder',
      message: `There is no temporary folder for the demo's server (tried ${places.join(', ')}).`,
      next: `Set TMPDIR to a folder that ${account?.name ?? 'this user'} can enter and whose path is short, such as /tmp.`,
    },
    { cause: new AggregateError(reasons) },
  )
}

/** Throws where the account cannot enter the folder: tried, since mode bits are not all that decides. */
async function enter(folder: string, account: ServerAccount): Promise<void> {
  // Not by the option `cwd`: the folder is changed before the account is.
  const child = spawn('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    ...accountIds(account),
    cwd: '/',
    env: {},
    stdio: 'ignore',
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${account.name} cannot enter ${folder}`)
}

/** A folder that is removed when this process ends, however it ends, after the processes working in it. */
export interface GuardedFolder {
  /** This child ends before the folder goes. */
  guard(child: ChildProcess): void
  /** Ends what is left of the children and removes the folder; done before, it does nothing. */
  remove(): Promise<void>
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Guards an existing folder from now until its remove(). */
export function guardFolder(folder: string): GuardedFolder {
  const watchdog = startWatchdog(folder)
  const children = new Set<ChildProcess>()

  // The watchdog would do the same a moment later; this way all is gone when the shell's prompt is back.
  const removeNow = () => {
    for (const child of children) child.kill('SIGQUIT')
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
    } catch {
      // Left to the watchdog, which waits for the processes.
    }
  }
  // Whoever else listens to a signal decides what it means, and ends in 'exit' when it means the end.
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return
    removeNow()
    stopListening()
    process.kill(process.pid, signal)
  }
  const stopListening = () => {
    process.off('exit', removeNow)
    for (const signal of endingSignals) process.off(signal, onSignal)
  }
  process.on('exit', removeNow)
  for (const signal of endingSignals) process.on(signal, onSignal)

  return {
    guard: child => {
      const { pid } = child
      if (pid === undefined) return
      children.add(child)
      watchdog.guard(pid)
      child.once('exit', () => {
        children.delete(child)
        watchdog.release(pid)
      })
    },
    remove: async () => {
      await watchdog.finish()
      // Only something left to do where somebody killed the watchdog.
      removeNow()
      stopListening()
    },
  }
}
