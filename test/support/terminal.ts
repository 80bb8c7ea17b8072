import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type IPty, spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { rushMs } from '../../src/terminal/key-pace.ts'
import { type StyledRun, scrollbackRows, styledRows, visibleRows } from './screen-cells.ts'
import { type KeyName, keySequence, pasteSequence } from './terminal-keys.ts'

export interface TerminalOptions {
  /** A program, looked up in PATH. */
  readonly command: string
  readonly args?: readonly string[]
  /** 80 when left out. */
  readonly cols?: number
  /** 24 when left out. */
  readonly rows?: number
  /** Beside PATH, TERM, LANG and a HOME of its own; undefined takes one of these away. Nothing is inherited. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The new home when left out. */
  readonly cwd?: string
}

export interface WaitOptions {
  /** Milliseconds; 20 seconds when left out. */
  readonly timeout?: number
}

/** How a program ended; signal 0 is none. */
export interface Exit {
  readonly exitCode: number
  readonly signal: number
}

/** What a program must put back. */
export interface TerminalModes {
  readonly alternateScreen: boolean
  readonly cursorVisible: boolean
  readonly bracketedPaste: boolean
  readonly mouseTracking: boolean
  readonly focusEvents: boolean
}

/** A real program in a pseudo-terminal, with xterm's own emulator as its screen. */
export interface DrivenTerminal {
  readonly pid: number
  /** The program's HOME: an empty folder, removed by close(). */
  readonly home: string
  /** Sends the keys in one write, so that they arrive in one packet. */
  press(...keys: readonly KeyName[]): void
  /** Sends text as if typed fast: one write. */
  type(text: string): void
  /** Sends text as a hand does that has stopped before: by its pace it does not belong to what was sent before. */
  typeAlone(text: string): Promise<void>
  /** Sends text as a bracketed paste. */
  paste(text: string): void
  /** Sends bytes as they are. */
  write(raw: string): void
  /** The rows shown now, without trailing spaces and trailing empty rows. */
  screen(): string
  styledScreen(): StyledRun[][]
  /** Everything on the normal screen, also what scrolled off it. */
  scrollback(): string
  /** Column and row of the cursor, from 0. */
  cursor(): { readonly column: number; readonly row: number }
  modes(): TerminalModes
  /** All that the program has written, escape sequences and all. */
  bytes(): string
  /** Calls the listener with each piece that the program writes, before it is on the screen. Returns what ends it. */
  onOutput(listener: (piece: Buffer) => void): () => void
  /**
   * Waits until the screen shows a text, or a predicate of the screen is true; it may be so already.
   * @throws Error with the screen, when the time is over or the program has ended without it
   */
  waitFor(wanted: string | RegExp | ((screen: string) => boolean), options?: WaitOptions): Promise<void>
  /** Waits until the program has ended and all that it wrote is on the screen. */
  waitForExit(options?: WaitOptions): Promise<Exit>
  resize(cols: number, rows: number): void
  /** Closes the window: the program's terminal is gone, and it gets SIGHUP. */
  hangUp(): void
  /** Ends the program if it still runs (hang-up, then SIGKILL) and removes its home. For `afterEach`. */
  close(): Promise<void>
}

const defaultTimeoutMs = 60_000
const hangUpPatienceMs = 2_000
/** So many times what is there is read before our end of the terminal is closed. */
const lastReads = 8

/** What node-pty has and its types do not: our end of the terminal. */
interface Unlisted {
  destroy(): void
  readonly _socket: Socket
}

/** Starts a program in a new pseudo-terminal. */
export function openTerminal(options: TerminalOptions): DrivenTerminal {
  const { cols = 80, rows = 24 } = options
  const home = mkdtempSync(join(tmpdir(), 'terminal-home-'))
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 5_000, allowProposedApi: true })
  const pty = spawn(options.command, [...(options.args ?? [])], {
    cols,
    rows,
    cwd: options.cwd ?? home,
    env: onlyDefined({
      PATH: process.env['PATH'],
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      HOME: home,
      ...options.env,
    }),
    // Buffers: a character cut in two by a read stays whole.
    encoding: null,
  }) as IPty & Unlisted
  // When the program ends, node-pty closes its own end of the terminal after 200 ms, read to the end or not: on a
  // busy machine the last words are lost. What is there is read first.
  let hangingUp = false
  const closeNow = pty._socket.destroy.bind(pty._socket)
  pty._socket.destroy = () => {
    if (hangingUp) closeNow()
    else afterReading(lastReads, closeNow)
    return pty._socket
  }
  const destroy = () => {
    hangingUp = true
    pty.destroy()
  }

  const written: Buffer[] = []
  const listeners = new Set<(piece: Buffer) => void>()
  let parsedChunks = 0
  let ended: Exit | null = null
  let cursorVisible = true
  /** Called after every change: output that reached the screen, or the end. */
  const watchers = new Set<() => void>()
  const notify = () => {
    for (const watcher of watchers) watcher()
  }

  pty.onData(data => {
    const chunk = Buffer.from(data)
    for (const listener of listeners) listener(chunk)
    written.push(chunk)
    terminal.write(chunk, () => {
      parsedChunks++
      screen()
      notify()
    })
  })
  pty.onExit(({ exitCode, signal }) => {
    ended = { exitCode, signal: signal ?? 0 }
    notify()
  })
  // A terminal answers what it is asked, such as where the cursor is.
  terminal.onData(answer => pty.write(answer))
  for (const final of ['h', 'l']) {
    terminal.parser.registerCsiHandler({ prefix: '?', final }, parameters => {
      if (parameters.includes(25)) cursorVisible = final === 'h'
      return false
    })
  }

  /** What is shown: a synchronized update (DEC mode 2026, as Ink frames its writes) is shown when it is whole. */
  let shown = ''
  const screen = () => {
    if (!terminal.modes.synchronizedOutputMode) shown = visibleRows(terminal).join('\n').trimEnd()
    return shown
  }
  const hasEnded = () => ended !== null && parsedChunks === written.length

  /** Resolves as soon as `done` is true; rejects when time is over, or nothing can change any more. */
  const until = (done: () => boolean, what: string, timeout = defaultTimeoutMs) =>
    new Promise<void>((resolve, reject) => {
      const settle = (failure: string | null) => {
        watchers.delete(check)
        clearTimeout(timer)
        if (failure === null) resolve()
        else
          reject(
            new Error(`${failure}, waiting for ${what}. The screen:\n${framed(screen(), terminal.cols)}`),
          )
      }
      const check = () => {
        if (done()) settle(null)
        else if (hasEnded()) settle(`The program ended (${JSON.stringify(ended)})`)
      }
      const timer = globalThis.setTimeout(() => settle(`${timeout} ms are over`), timeout)
      watchers.add(check)
      check()
    })

  const exited = (timeout?: number) => until(hasEnded, 'the end of the program', timeout)

  return {
    pid: pty.pid,
    home,
    press: (...keys) => pty.write(keys.map(keySequence).join('')),
    type: text => pty.write(text),
    typeAlone: async text => {
      // The one thing here that is told by the clock: a terminal knows a hand from a paste by nothing else.
      await setTimeout(2 * rushMs)
      pty.write(text)
    },
    paste: text => pty.write(pasteSequence(text)),
    write: raw => pty.write(raw),
    screen,
    styledScreen: () => styledRows(terminal),
    scrollback: () => scrollbackRows(terminal).join('\n'),
    cursor: () => ({ column: terminal.buffer.active.cursorX, row: terminal.buffer.active.cursorY }),
    modes: () => ({
      alternateScreen: terminal.buffer.active.type === 'alternate',
      cursorVisible,
      bracketedPaste: terminal.modes.bracketedPasteMode,
      mouseTracking: terminal.modes.mouseTrackingMode !== 'none',
      focusEvents: terminal.modes.sendFocusMode,
    }),
    bytes: () => Buffer.concat(written).toString('utf8'),
    onOutput: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    waitFor: (wanted, { timeout } = {}) => {
      if (typeof wanted === 'string')
        return until(() => screen().includes(wanted), JSON.stringify(wanted), timeout)
      if (wanted instanceof RegExp) return until(() => wanted.test(screen()), String(wanted), timeout)
      return until(() => wanted(screen()), wanted.toString(), timeout)
    },
    waitForExit: async ({ timeout } = {}) => {
      await exited(timeout)
      if (ended === null) throw new Error('the program has ended, so it says how')
      return ended
    },
    resize: (newCols, newRows) => {
      pty.resize(newCols, newRows)
      terminal.resize(newCols, newRows)
    },
    hangUp: destroy,
    close: async () => {
      if (ended === null) {
        destroy()
        await exited(hangUpPatienceMs).catch(() => {
          pty.kill('SIGKILL')
          return exited()
        })
      }
      terminal.dispose()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** node-pty would pass an undefined variable on as the text "undefined". */
function onlyDefined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function framed(screen: string, cols: number): string {
  const edge = `+${'-'.repeat(cols)}+`
  return [edge, ...screen.split('\n').map(row => `|${row.padEnd(cols)}|`), edge].join('\n')
}

/** Calls `then` after the event loop has gone round some times, and has read what there was each time. */
function afterReading(rounds: number, then: () => void): void {
  if (rounds === 0) then()
  else setImmediate(() => afterReading(rounds - 1, then))
}
