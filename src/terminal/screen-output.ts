import { EventEmitter } from 'node:events'
import { type CellRow, cellsOf, wrappedCells } from './cells.ts'
import { eraseRows, type Frame, paintDifference, UNKNOWN_PEN } from './frame-difference.ts'
import type { PenState } from './pen.ts'

/** The part of `process.stdout` that is used: a terminal that can be written to. */
export interface TerminalOutput extends NodeJS.EventEmitter {
  readonly columns?: number
  readonly rows?: number
  readonly writable?: boolean
  readonly destroyed?: boolean
  write(text: string, done?: () => void): boolean
}

export interface ScreenOutputOptions {
  /**
   * Whether changed rows are written whole: who has the screen read aloud hears each row that changed, not the
   * one sign in it that did. Rows that are too long go on in the next one.
   */
  readonly wholeRows?: boolean
  /**
   * Whether large paintings are marked as one (synchronized output, DEC private mode 2026), so that a terminal
   * shows them whole. Terminals that do not know the mode pass over it.
   */
  readonly synchronized?: boolean
  /**
   * Whether something secret is shown, or was: from then on nothing is scrolled (`inPlace`), since not every
   * terminal has an alternate screen (screen(1) by default, tmux with `alternate-screen off`).
   */
  readonly secretSeen?: () => boolean
}

/** The screen that Ink draws on. */
export interface ScreenOutput {
  /** Pass it to Ink as `stdout`, with `debug: true`: then every write is a frame, whole and without cursor movements. */
  readonly stdout: NodeJS.WriteStream
  /** Paints all of the last frame: what the terminal shows is not known any more. */
  repaint(): void
  /** Leaves the terminal to others until `take`: as it was before, and nothing is painted. */
  release(): void
  take(): void
  /** Takes its listeners away from the terminal. */
  close(): void
}

/** A painting of fewer bytes arrives in one piece anyhow: it has no line feeds, at which a terminal's driver cuts. */
const LARGE = 256

/** So many different lines are remembered as cells. */
const MOST_LINES = 512

/** What Ink writes beside frames: private modes (alternate screen, cursor, bracketed paste) change no cell of a frame. */
const PRIVATE_MODE = '\u001b[?'

/** Before it, what is drawn is taken away: a terminal without an alternate screen would go on showing it. */
const LEAVE_ALTERNATE = '\u001b[?1049l'

/** The modes that Ink has set by the time a key can be pressed, taken back and set again. */
const RELEASE = '\u001b[?2004l\u001b[?1049l\u001b[?25h'
const TAKE = '\u001b[?1049h\u001b[?25l\u001b[?2004h'

/**
 * Stands between Ink and the terminal: Ink gives whole frames, and the terminal gets the cells that changed.
 * Where the terminal does not take bytes as fast as they come, frames in between are left out.
 */
export function createScreenOutput(
  terminal: TerminalOutput,
  { wholeRows = false, synchronized = false, secretSeen = () => false }: ScreenOutputOptions = {},
): ScreenOutput {
  const events = new EventEmitter()
  // Every Ink hook that asks for the window's size listens.
  events.setMaxListeners(0)
  /** What the terminal shows; null where that is not known. */
  let shown: Frame | null = null
  let pen: PenState = UNKNOWN_PEN
  /** What Ink drew last. */
  let drawn: string | null = null
  /** Whether the terminal still shows what others wrote, which is not ours to lose. */
  let ofOthers = true
  let released = false
  let full = false
  let resizing = false
  let lines = new Map<string, readonly CellRow[]>()

  const columns = () => terminal.columns || 80
  const height = () => terminal.rows || 24

  const rowsOf = (line: string): readonly CellRow[] => {
    const known = lines.get(line)
    if (known !== undefined) return known
    const rows = wholeRows ? wrappedCells(line, columns()) : [cellsOf(line, columns())]
    lines.set(line, rows)
    return rows
  }

  const paint = (done?: () => void): boolean => {
    if (drawn === null || released || full || resizing) {
      done?.()
      return true
    }
    if (lines.size > MOST_LINES) lines = new Map()
    const frame = drawn.split('\n').flatMap(rowsOf).slice(0, height())
    const painting = paintDifference(shown, frame, pen, {
      columns: columns(),
      wholeRows,
      inPlace: secretSeen(),
      ...(ofOthers ? {} : { rows: height() }),
    })
    shown = frame
    ofOthers = false
    pen = painting.pen
    if (painting.bytes === '') {
      done?.()
      return true
    }
    const whole = synchronized && painting.bytes.length > LARGE
    full = !terminal.write(whole ? `\u001b[?2026h${painting.bytes}\u001b[?2026l` : painting.bytes, done)
    return true
  }

  const repaint = (): void => {
    shown = null
    paint()
  }

  const onDrain = (): void => {
    full = false
    paint()
  }

  const onResize = (): void => {
    shown = null
    lines = new Map()
    // Ink draws at once, and again when the store has heard of the new size: painted is only the last of these.
    resizing = true
    events.emit('resize')
    setImmediate(() => {
      resizing = false
      paint()
    })
  }

  terminal.on('drain', onDrain)
  terminal.on('resize', onResize)

  const stdout = Object.assign(events, {
    isTTY: true,
    write(text: string, encoding?: unknown, callback?: () => void): boolean {
      const done = typeof encoding === 'function' ? (encoding as () => void) : callback
      // Ink waits for what it wrote by writing nothing.
      if (text === LEAVE_ALTERNATE) return terminal.write(eraseRows(height()) + text, done)
      if (text === '' || text.startsWith(PRIVATE_MODE)) return terminal.write(text, done)
      drawn = text
      return paint(done)
    },
  })
  Object.defineProperties(stdout, {
    columns: { get: columns },
    rows: { get: height },
    writable: { get: () => terminal.writable ?? true },
    destroyed: { get: () => terminal.destroyed ?? false },
  })

  return {
    stdout: stdout as unknown as NodeJS.WriteStream,
    repaint,
    release: () => {
      released = true
      terminal.write(eraseRows(height()) + RELEASE)
    },
    take: () => {
      released = false
      ofOthers = true
      terminal.write(TAKE)
      repaint()
    },
    close: () => {
      terminal.off('drain', onDrain)
      terminal.off('resize', onResize)
    },
  }
}
