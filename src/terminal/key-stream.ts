import { EventEmitter } from 'node:events'
import type { Key } from './key.ts'

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
  /** Milliseconds that an unfinished escape sequence is waited for before it counts as the Escape key. 100 when absent. */
  readonly escapeDelay?: number
}

/** Takes a key; `true` when it was used, so that nobody else sees it. */
export type KeyListener = (key: Key) => boolean

/** The keyboard: an input stream for Ink's `render(..., { stdin })`, and the keys for the one who owns them. */
export interface KeyStdin {
  /** Pass it to Ink as `stdin`. */
  readonly stdin: NodeJS.ReadableStream
  /** Gives every key, in order, one after the other, before Ink sees it. Returns what stops it. */
  onKey(listener: KeyListener): () => void
  /** Called once when the terminal is gone. */
  onEnd(listener: () => void): () => void
}

export interface Tokenized {
  readonly tokens: readonly string[]
  /** The begin of a sequence that has not ended yet; put it before the next chunk. */
  readonly rest: string
}

/** Cuts input into one token a key. */
export function tokenize(buffer: string): Tokenized {
  return { tokens: [buffer], rest: '' }
}

/** Wraps a terminal's input so that keys arrive whole and one at a time. */
export function createKeyStdin(_source: TerminalInput, _options: KeyStreamOptions = {}): KeyStdin {
  return {
    stdin: new EventEmitter() as unknown as NodeJS.ReadableStream,
    onKey: () => () => {},
    onEnd: () => () => {},
  }
}
