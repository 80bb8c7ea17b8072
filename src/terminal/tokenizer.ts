import { PASTE_END, PASTE_START } from './key.ts'

/** Cuts a terminal's input into tokens, one a key; `parseKey` says which key. */
export interface Tokenizer {
  /** The tokens that a further piece of input completes. The same input gives the same tokens however it is cut. */
  push(text: string): readonly string[]
  /** What the rest of an unfinished sequence is waited for, if anything. */
  waiting(): 'nothing' | 'escape' | 'sequence' | 'paste'
  /** Gives up waiting: the unfinished sequence as a token. A paste is waited for as long as it takes. */
  flush(): readonly string[]
}

const ESCAPE = '\u001b'
const CTRL_C = '\u0003'
const UNFINISHED = -1

/** The letter M. */
const MOUSE = 0x4d

/**
 * A tokenizer for what xterm and its like send (ECMA-48 CSI and SS3 sequences, control strings such as OSC,
 * ESC before a character for Alt, bracketed paste). A paste is one token with its marks, so nothing in it is
 * ever carried out; only Ctrl-C is heard there too, lest a paste without an end locks the keyboard.
 */
export function createTokenizer(): Tokenizer {
  let held = ''
  /** What was pasted so far; null when no paste is going on. */
  let paste: string | null = null

  return {
    push(text) {
      const tokens: string[] = []
      let input = held + text
      held = ''
      while (input !== '') {
        if (paste !== null) {
          const end = input.indexOf(PASTE_END)
          const pasted = end === -1 ? withoutMarkBegun(input) : input.slice(0, end)
          for (const character of pasted) if (character === CTRL_C) tokens.push(CTRL_C)
          paste += pasted
          if (end === -1) {
            held = input.slice(pasted.length)
            break
          }
          tokens.push(PASTE_START + paste + PASTE_END)
          paste = null
          input = input.slice(end + PASTE_END.length)
        }
        let at = 0
        while (at < input.length && paste === null) {
          const next = tokenEnd(input, at)
          if (next === UNFINISHED) {
            held = input.slice(at)
            return tokens
          }
          const token = input.slice(at, next)
          if (token === PASTE_START) paste = ''
          else tokens.push(token)
          at = next
        }
        input = input.slice(at)
      }
      return tokens
    },
    waiting() {
      if (paste !== null) return 'paste'
      if (held === '') return 'nothing'
      return held === ESCAPE ? 'escape' : 'sequence'
    },
    flush() {
      if (paste !== null || held === '') return []
      const token = held
      held = ''
      return [token]
    },
  }
}

/** A piece of a paste without the begin of the mark that ends it. */
function withoutMarkBegun(text: string): string {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length--)
    if (text.endsWith(PASTE_END.slice(0, length))) return text.slice(0, -length)
  return text
}

/** Where the token that begins at `at` ends, or UNFINISHED. */
function tokenEnd(input: string, at: number): number {
  if (input[at] !== ESCAPE) return characterEnd(input, at)
  const second = input[at + 1]
  switch (second) {
    case undefined:
      return UNFINISHED
    case '[':
      return controlSequenceEnd(input, at + 2)
    case 'O':
      return singleShiftEnd(input, at + 2)
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
      return controlStringEnd(input, at + 2)
    case '\r':
    case '\t':
    case '\b':
      return at + 2
  }
  // Escape, then Ctrl-C or another Escape in the same packet: two keys.
  return second < ' ' ? at + 1 : characterEnd(input, at + 1)
}

/** The end of a code point; a high surrogate without its partner is waited for. */
function characterEnd(input: string, at: number): number {
  const code = input.charCodeAt(at)
  if (code < 0xd800 || code > 0xdbff) return at + 1
  if (at + 1 === input.length) return UNFINISHED
  return (input.codePointAt(at) ?? 0) > 0xffff ? at + 2 : at + 1
}

/** CSI: parameter and intermediate bytes, one final byte (ECMA-48, 5.4). What does not fit ends it before. */
function controlSequenceEnd(input: string, from: number): number {
  // The Linux console sends F1 to F5 as ESC [ [ A to E.
  const start = input[from] === '[' ? from + 1 : from
  for (let at = start; at < input.length; at++) {
    const code = input.charCodeAt(at)
    if (code >= 0x40 && code <= 0x7e)
      return at === from && code === MOUSE ? mouseReportEnd(input, at + 1) : at + 1
    if (code < 0x20 || code > 0x3f) return at
  }
  return UNFINISHED
}

/**
 * CSI M and three characters (xterm ctlseqs, "X10 compatibility mode"): what a click sends where a program
 * before this one left the mouse on. Read as keys, the three would be a Space and more.
 */
function mouseReportEnd(input: string, from: number): number {
  return from + 3 > input.length ? UNFINISHED : from + 3
}

/** SS3: a letter, with some terminals digits before it for the modifiers. */
function singleShiftEnd(input: string, from: number): number {
  for (let at = from; at < input.length; at++) {
    const code = input.charCodeAt(at)
    if (code >= 0x40 && code <= 0x7e) return at + 1
    if (code !== 0x3b && (code < 0x30 || code > 0x39)) return at
  }
  return UNFINISHED
}

/** OSC, DCS, APC, PM and SOS: a terminal's replies, up to BEL or ESC \. Another control character breaks it off. */
function controlStringEnd(input: string, from: number): number {
  for (let at = from; at < input.length; at++) {
    const code = input.charCodeAt(at)
    if (code === 0x07) return at + 1
    if (code === 0x1b) {
      if (at + 1 === input.length) return UNFINISHED
      return input[at + 1] === '\\' ? at + 2 : at
    }
    if (code < 0x20) return at
  }
  return UNFINISHED
}
