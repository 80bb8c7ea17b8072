import { createInterface } from 'node:readline/promises'
import { stripVTControlCharacters } from 'node:util'
import { type Secret, secret } from '../../model/secret.ts'
import type { CommandIo } from './command-io.ts'

/** Whether a person can be asked: standard input and standard error are terminals. */
export function canAsk(io: Pick<CommandIo, 'stdin' | 'stderr'>): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true
}

/**
 * Asks one line on standard error, so that standard output stays what was asked for.
 * @throws AbortError when the signal comes or the terminal closes
 */
export async function askLine(io: CommandIo, question: string): Promise<string> {
  // The terminal's own line editing, not readline's: Ctrl-C stays a signal.
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: false })
  const closed = new AbortController()
  lines.once('close', () => closed.abort())
  try {
    return await lines.question(question, { signal: AbortSignal.any([io.signal, closed.signal]) })
  } finally {
    lines.close()
  }
}

/**
 * Asks for a password without showing any of it; gives null for an empty one, Ctrl-C or Ctrl-D. The terminal
 * is as it was afterwards.
 */
export async function askPassword(io: CommandIo, question: string): Promise<Secret | null> {
  const { stdin, stderr, signal } = io
  const rawBefore = stdin.isRaw
  stderr.write(question)
  stdin.setRawMode(true)
  try {
    const typed = await readHidden(stdin, signal)
    return typed === null || typed === '' ? null : secret(typed)
  } finally {
    stdin.setRawMode(rawBefore)
    stdin.pause()
    stderr.write('\n')
  }
}

const ctrlC = '\x03'
const ctrlD = '\x04'
const ctrlU = '\x15'
const erasers = new Set(['\x7f', '\b'])

/** Reads characters up to Enter, without what arrow and function keys send; erasing and Ctrl-U work as at any password prompt. */
function readHidden(stdin: CommandIo['stdin'], signal: AbortSignal): Promise<string | null> {
  return new Promise(resolve => {
    const typed: string[] = []
    const end = (value: string | null) => {
      stdin.off('data', take).off('end', cancel)
      signal.removeEventListener('abort', cancel)
      resolve(value)
    }
    const cancel = () => end(null)
    const decoder = new TextDecoder()
    const take = (bytes: Buffer) => {
      for (const key of stripVTControlCharacters(decoder.decode(bytes, { stream: true }))) {
        if (key === '\r' || key === '\n') return end(typed.join(''))
        if (key === ctrlC || key === ctrlD) return end(null)
        if (key === ctrlU) typed.length = 0
        else if (erasers.has(key)) typed.pop()
        else if (key >= ' ') typed.push(key)
      }
    }
    stdin.on('data', take).on('end', cancel)
    signal.addEventListener('abort', cancel)
    if (signal.aborted) cancel()
    else stdin.resume()
  })
}
