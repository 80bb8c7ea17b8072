import { spawn } from 'node:child_process'

/** How a program of the system ended. */
export type ProgramEnd =
  | { readonly ended: 'by-itself'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly ended: 'not-found' }
  | { readonly ended: 'not-started'; readonly why: string }
  | { readonly ended: 'killed'; readonly by: string }
  | { readonly ended: 'timed-out'; readonly seconds: number }
  | { readonly ended: 'cancelled' }

export interface ProgramOptions {
  /** All that it finds in its environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Milliseconds until it is killed, with all that it has started. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a program that is given something on its stdin, never in its arguments. It has no terminal (a session
 * of its own), so that nothing can ask there, over our screen. Never throws.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  input: string,
  { environment, timeout, signal }: ProgramOptions,
): Promise<ProgramEnd> {
  if (signal?.aborted) return Promise.resolve({ ended: 'cancelled' })
  return new Promise(resolve => {
    const child = spawn(program, args, { env: environment, stdio: 'pipe', detached: true, windowsHide: true })
    let forced: ProgramEnd | undefined
    const endWith = (end: ProgramEnd) => {
      forced ??= end
      killGroup(child.pid)
      // What it had started may hold its pipes open.
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
    }
    const cancel = () => endWith({ ended: 'cancelled' })
    const limit = setTimeout(() => endWith({ ended: 'timed-out', seconds: timeout / 1000 }), timeout)
    signal?.addEventListener('abort', cancel, { once: true })
    const output: Buffer[] = []
    const errors: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    const finish = (end: ProgramEnd) => {
      clearTimeout(limit)
      signal?.removeEventListener('abort', cancel)
      resolve(forced ?? end)
    }
    child.once('error', (error: NodeJS.ErrnoException) =>
      finish(error.code === 'ENOENT' ? { ended: 'not-found' } : { ended: 'not-started', why: error.message }),
    )
    child.once('close', (code, by) =>
      finish(
        code === null
          ? { ended: 'killed', by: by ?? 'a signal' }
          : { ended: 'by-itself', code, stdout: textOf(output), stderr: textOf(errors) },
      ),
    )
    // A program that ends without reading says so by its exit code.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}
