import { EventEmitter } from 'node:events'
import { StringDecoder } from 'node:string_decoder'
import { type Key, parseKey } from './key.ts'
import { createKeyPace } from './key-pace.ts'
import { createTokenizer } from './tokenizer.ts'

/** The part of `process.stdin` that is used: a readable terminal. */
export interface TerminalInput extends NodeJS.EventEmitter {
  readonly isTTY?: boolean
  setRawMode?(on: boolean): unknown
  resume(): unknown
  pause(): unknown
  ref?(): unknown
  unref?(): unknown
}

export interface KeyStreamOptions {
  /**
   * Milliseconds after which an Escape byte with nothing behind it is the Escape key, 100 when absent. Over a
   * slow line an arrow key arrives in two pieces; Ink alone waits 20.
   */
  readonly escapeDelay?: number
}

/** Takes a key; `true` when it was used, so that nobody else sees it. */
export type KeyListener = (key: Key) => boolean

/** The keyboard: an input stream for Ink's `render(..., { stdin })`, and the keys for the one who owns them. */
export interface KeyStdin {
  /** Pass it to Ink as `stdin`. It gets what the owner leaves, one key at a time. */
  readonly stdin: NodeJS.ReadableStream
  /**
   * Takes the keyboard: raw mode on, keys go to the owner. Call it before `render`: Ink itself does so only
   * after its first frame, and what is typed until then would be echoed into it.
   */
  open(): void
  /** Gives the keyboard back. Ink does so when it unmounts; needed where Ink was never there. */
  close(): void
  /**
   * Sets the owner of the keys: it gets each key in order, at once, before Ink sees it. There is one owner;
   * a second call replaces the first. A key that `decides` is given a moment later, marked as hurried where it
   * came in a rush or another one came behind it meanwhile. Returns what takes this listener away again.
   */
  onKey(listener: KeyListener, decides?: (key: Key) => boolean): () => void
  /** Called once when the terminal is gone: its input ended, or reading it failed. */
  onEnd(listener: () => void): () => void
}

const ESCAPE_DELAY_MS = 100

/** A key that decides is looked at for so long, whether it comes alone. Shorter than anybody notices. */
const DECISION_DELAY_MS = 60

/** Nobody types `ESC [ 1 ;` by hand: the rest of such a sequence is on its way, however slow the line. */
const SEQUENCE_DELAY_FACTOR = 5

/**
 * Stands between a terminal's input and Ink, which makes one event of a whole chunk (`jjj` is one event, a
 * slow arrow key becomes Escape and text). Here every key comes alone: first to the owner, and where the
 * owner leaves it, to Ink, after React has drawn what the keys before it changed. So ten arrow-downs and a
 * Space that arrive in one packet act on the eleventh row, and ink-select-input works as it is.
 *
 * Raw mode, bracketed paste and their restoring stay with Ink, which calls `setRawMode` here (see
 * `useRawInput`). The Escape key is never given to Ink: its parser would glue it to the key that follows.
 */
export function createKeyStdin(source: TerminalInput, options: KeyStreamOptions = {}): KeyStdin {
  const { escapeDelay = ESCAPE_DELAY_MS } = options
  const tokenizer = createTokenizer()
  const decoder = new StringDecoder('utf8')
  const events = new EventEmitter()
  const pace = createKeyPace()
  let owner: KeyListener | null = null
  let deciding: (key: Key) => boolean = () => false
  /** A key that decides, for as long as another one may come behind it. */
  let held: { readonly key: Key; readonly timer: NodeJS.Timeout } | null = null
  let reading = false
  let gone = false
  let flushTimer: NodeJS.Timeout | undefined
  let queue: string[] = []
  let head = 0
  let pumping = false
  let forInk: string | null = null

  const onData = (chunk: Buffer | string): void => {
    clearTimeout(flushTimer)
    giveHeld({ alone: false })
    const tokens = tokenizer.push(typeof chunk === 'string' ? chunk : decoder.write(chunk))
    pace.arrived(tokens.length, performance.now())
    take(tokens)
    const waiting = tokenizer.waiting()
    if (waiting === 'nothing' || waiting === 'paste') return
    const delay = waiting === 'escape' ? escapeDelay : escapeDelay * SEQUENCE_DELAY_FACTOR
    flushTimer = setTimeout(() => take(tokenizer.flush()), delay)
  }

  /** Reading a closed terminal fails with EIO; with no listener for it that would be a stack on the screen. */
  const onGone = (): void => {
    if (gone) return
    gone = true
    events.emit('gone')
  }

  function take(tokens: readonly string[]): void {
    for (const token of tokens) queue.push(token)
    if (!pumping) pump()
  }

  function pump(): void {
    pumping = true
    while (head < queue.length) {
      const token = queue[head++] ?? ''
      const key = parseKey(token)
      const decides = deciding(key)
      if (decides && head === queue.length && !pace.isRush(performance.now())) {
        hold(key)
        return
      }
      if (usedByOwner(decides ? { ...key, hurried: true } : key)) continue
      afterDrawing(() => {
        giveToInk(token)
        afterDrawing(pump)
      })
      return
    }
    queue = []
    head = 0
    pumping = false
    pace.settled(performance.now())
  }

  function hold(key: Key): void {
    held = { key, timer: setTimeout(() => giveHeld({ alone: true }), DECISION_DELAY_MS) }
  }

  function giveHeld({ alone }: { readonly alone: boolean }): void {
    if (held === null) return
    const { key, timer } = held
    clearTimeout(timer)
    held = null
    usedByOwner(alone ? key : { ...key, hurried: true })
    pump()
  }

  function usedByOwner(key: Key): boolean {
    try {
      return owner?.(key) === true || key.name === 'escape'
    } catch (error) {
      // The keys behind it still work if somebody handles the error.
      pumping = false
      throw error
    }
  }

  function giveToInk(token: string): void {
    if (!reading || events.listenerCount('readable') === 0) return
    // What is typed before raw mode is on has newlines for returns (ICRNL), which Ink takes for another key.
    forInk = token === '\n' ? '\r' : token
    events.emit('readable')
    forInk = null
  }

  const stdin = Object.assign(events, {
    isTTY: source.isTTY === true,
    /** Bytes are decoded here, so that a character cut by the end of a chunk stays whole. */
    setEncoding: () => stdin,
    setRawMode(on: boolean) {
      source.setRawMode?.(on)
      if (on === reading) return stdin
      reading = on
      if (on) {
        source.on('data', onData)
        source.on('end', onGone)
        source.on('error', onGone)
        source.resume()
      } else {
        source.off('data', onData)
        source.off('end', onGone)
        source.pause()
        clearTimeout(flushTimer)
        queue = []
        head = 0
        if (held !== null) {
          clearTimeout(held.timer)
          held = null
          pumping = false
        }
      }
      return stdin
    },
    ref() {
      source.ref?.()
      return stdin
    },
    unref() {
      source.unref?.()
      return stdin
    },
    read() {
      const token = forInk
      forInk = null
      return token
    },
  })

  return {
    stdin: stdin as unknown as NodeJS.ReadableStream,
    open: () => void stdin.setRawMode(true),
    close: () => void stdin.setRawMode(false),
    onKey(listener, decides = () => false) {
      owner = listener
      deciding = decides
      return () => {
        if (owner === listener) owner = null
      }
    },
    onEnd(listener) {
      events.once('gone', listener)
      return () => events.off('gone', listener)
    },
  }
}

/** React draws what changed in a store, and starts what it mounts, in a microtask: a turn later all of it is there. */
function afterDrawing(then: () => void): void {
  setImmediate(then)
}
