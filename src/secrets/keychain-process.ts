import { type ChildProcess, spawn } from 'node:child_process'
import type { KeychainReply, KeychainRequest } from './keychain-protocol.ts'

export interface KeychainProcessOptions {
  /** The file that the child runs: see worker-path.ts. */
  readonly workerPath: string
  /** The few variables that a keychain needs are taken from here; all others stay behind. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds until the child is killed. */
  readonly timeout: number
  /** Milliseconds until {@link onSlow} is called. */
  readonly slowAfter: number
  /** An unlock dialog may be open, perhaps on a screen that nobody sees. */
  readonly onSlow?: (() => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** What came of it: the child's own reply, or why there is none. */
export type KeychainAnswer =
  | KeychainReply
  | { readonly outcome: 'timed-out'; readonly seconds: number }
  /** `how` is a signal's name, an exit code or the reason why the child could not be started. */
  | { readonly outcome: 'crashed'; readonly how: string }
  | { readonly outcome: 'cancelled' }

const passedOn = [
  ['PATH', 'HOME', 'USER', 'LOGNAME', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME'],
  ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'TMPDIR', '__CF_USER_TEXT_ENCODING'],
  ['SystemRoot', 'APPDATA', 'LOCALAPPDATA', 'USERPROFILE', 'TEMP'],
].flat()

/**
 * Asks the keychain in a child process, which is over when this resolves. The request goes through its stdin:
 * a secret is never in its arguments or environment. Never throws.
 */
export function askKeychain(
  request: KeychainRequest,
  options: KeychainProcessOptions,
): Promise<KeychainAnswer> {
  if (options.signal?.aborted) return Promise.resolve({ outcome: 'cancelled' })
  return new Promise(resolve => {
    const child = spawn(process.execPath, [options.workerPath], {
      env: childEnvironment(options.environment),
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    })
    let ended: KeychainAnswer | undefined
    const endWith = (answer: KeychainAnswer) => {
      ended ??= answer
      child.kill('SIGKILL')
    }
    const cancel = () => endWith({ outcome: 'cancelled' })
    const seconds = options.timeout / 1000
    const slow = setTimeout(() => options.onSlow?.(), options.slowAfter)
    const limit = setTimeout(() => endWith({ outcome: 'timed-out', seconds }), options.timeout)
    options.signal?.addEventListener('abort', cancel, { once: true })
    const output = collect(child)
    const finish = (answer: KeychainAnswer) => {
      clearTimeout(slow)
      clearTimeout(limit)
      options.signal?.removeEventListener('abort', cancel)
      resolve(answer)
    }
    child.once('error', error => finish(ended ?? { outcome: 'crashed', how: error.message }))
    child.once('close', (code, signal) => {
      finish(ended ?? replyIn(output()) ?? { outcome: 'crashed', how: signal ?? `exit code ${code}` })
    })
    // Not ended: while this stays open the child knows that somebody waits (see keychain-worker.ts).
    child.stdin?.on('error', () => undefined)
    child.stdin?.write(`${JSON.stringify(request)}\n`)
  })
}

function childEnvironment(from: KeychainProcessOptions['environment']): Record<string, string> {
  // Messages in English: keychain-problem.ts tells them apart. C.UTF-8, because names are UTF-8.
  const environment: Record<string, string> = { LC_ALL: 'C.UTF-8' }
  for (const name of passedOn) {
    const value = from[name]
    if (value !== undefined && value !== '') environment[name] = value
  }
  return environment
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

function replyIn(output: string): KeychainReply | undefined {
  try {
    return JSON.parse(output)
  } catch {
    return undefined
  }
}
