import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** The built program, which test/support/global-setup.ts keeps up to date. */
export const program = join(import.meta.dirname, '..', '..', 'dist', 'pg-usher.cjs')

export interface ProgramOptions {
  /** Added to an environment that holds PATH, LANG and a TMPDIR alone: none of the tester's PG* and HOME. */
  readonly env?: Readonly<Record<string, string>>
  /** What standard input gives; it is empty (`</dev/null`) when left out. */
  readonly input?: string
  readonly cwd?: string
  /** Arguments of node itself, before the program. */
  readonly nodeArguments?: readonly string[]
}

export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Both together, escape sequences and all; the others are without. */
  readonly raw: string
}

/** The program while it runs, without a terminal. */
export interface RunningProgram {
  readonly pid: number
  /** Resolves when standard output or error has shown the text. @throws when it ends without */
  shown(text: string | RegExp): Promise<void>
  /** Resolves with the promise. @throws when the program ends before */
  until<T>(promise: Promise<T>): Promise<T>
  kill(signal: NodeJS.Signals): void
  readonly end: Promise<ProgramEnd>
}

/** Starts the program; await `end`. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): RunningProgram {
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      ...(process.env['TMPDIR'] === undefined ? {} : { TMPDIR: process.env['TMPDIR'] }),
      ...options.env,
    },
  })
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  const heard = () => {
    for (const watcher of watchers) watcher()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    heard()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    heard()
  })
  // A program that ends without reading is no fault of the writer.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')

  const end = new Promise<ProgramEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({
        code,
        signal,
        stdout: stripVTControlCharacters(stdout),
        stderr: stripVTControlCharacters(stderr),
        raw: stdout + stderr,
      })
    })
  })
  return {
    pid: child.pid ?? -1,
    end,
    kill: signal => child.kill(signal),
    until: promise =>
      Promise.race([
        promise,
        end.then(ended => {
          throw new Error(`ended too early: ${JSON.stringify(ended, null, 2)}`)
        }),
      ]),
    shown: text =>
      new Promise((resolve, reject) => {
        const found = () => {
          const all = stdout + stderr
          return typeof text === 'string' ? all.includes(text) : text.test(all)
        }
        const look = () => {
          if (!found()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
        void end.then(() => {
          if (!found()) reject(new Error(`ended without showing ${text}:\n${stdout}\n${stderr}`))
        })
      }),
  }
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramEnd> {
  return startProgram(args, options).end
}

/** What a stack trace looks like; no output may match it. */
export const stackTrace = /^\s+at .*[(/].*:\d+:\d+\)?$/m
