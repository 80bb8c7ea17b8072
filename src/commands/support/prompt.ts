import { createInterface } from 'node:readline/promises'
import { stripVTControlCharacters } from 'node:util'
import { ProblemError } from '../../model/problem.ts'
import { type Secret, secret } from '../../model/secret.ts'
import type { CommandIo } from './command-io.ts'

/** Whether a person can be asked: standard input and standard error are terminals. */
export function canAsk(io: Pick<CommandIo, 'stdin' | 'stderr'>): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true
}

/**
 * Asks one line on standard error, so that standard output stays what was asked for.
 * @throws ProblemError `cancelled` on Ctrl-C, Ctrl-D and when the terminal closes
 */
export async function askLine(io: CommandIo, question: string): Promise<string> {
  // The terminal's own line editing, not readline's: Ctrl-C stays a signal.
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: false })
  const closed = new AbortController()
  lines.once('close', () => closed.abort())
  try {
    return await lines.question(question, { signal: AbortSignal.any([io.signal, closed.signal]) })
  } catch (cause) {
    io.stderr.write('\n')
    throw new ProblemError(cancelled, { cause })
  } finally {
    lines.close()
  }
}

/**
 * Asks for a password without showing any of it; gives null for an empty one. The terminal is as it was
 * afterwards.
 * @throws ProblemError `cancelled` on Ctrl-C, Ctrl-D and when the terminal closes
 */
export async function askPassword(io: CommandIo, question: string): Promise<Secret | null> {
  const { stdin, stderr } = io
  const rawBefore = stdin.isRaw
  stdin.setRawMode(true)
  stderr.write(question)
  try {
    const typed = await readHidden(io)
    return typed === '' ? null : secret(typed)
  } finally {
    stdin.setRawMode(rawBefore)
    stdin.pause()
    stderr.write('\n')
  }
}

const cancelled = { code: 'cancelled', message: 'Cancelled.' } as const

const ctrlC = '\x03'
const ctrlD = '\x04'
const ctrlU = '\x15'
const erasers = new Set(['\x7f', '\b'])

/** Reads up to Enter, without what arrow and function keys send; erasing and Ctrl-U work as everywhere. */
function readHidden({ stdin, signal }: CommandIo): Promise<string> {
  return new Promise((resolve, reject) => {
    const typed: string[] = []
    const decoder = new TextDecoder()
    const end = () => {
      stdin.off('data', take).off('end', cancel)
      signal.removeEventListener('abort', cancel)
    }
    const cancel = () => {
      end()
      reject(new ProblemError(cancelled))
    }
    const take = (bytes: Buffer) => {
      for (const key of stripVTControlCharacters(decoder.decode(bytes, { stream: true }))) {
        if (key === '\r' || key === '\n') {
          end()
          return resolve(typed.join(''))
        }
        if (key === ctrlC || key === ctrlD) return cancel()
        if (key === ctrlU) typed.length = 0
        else if (erasers.has(key)) typed.pop()
        else if (key >= ' ') typed.push(key)
      }
    }
    if (signal.aborted) return cancel()
    signal.addEventListener('abort', cancel)
    stdin.on('data', take).on('end', cancel)
    stdin.resume()
  })
}
