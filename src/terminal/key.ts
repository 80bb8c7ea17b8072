/**
 * One key that a person pressed. A printable character is named by itself (`j`, `/`, `?`) and carries it as
 * `text`; the space bar is named `space` and carries `' '`; all others have names such as `down`, `page-up`,
 * `shift-tab`, `ctrl-c`, `alt-f`, `ctrl-right`. A paste is one key, `paste`, with all of it as `text`.
 * What a terminal sends that is no key of ours (a reply, a mouse report) is `unknown`, without text.
 */
export interface Key {
  readonly name: string
  /** What the key writes into a text field; absent for keys that write nothing. */
  readonly text?: string
  /** It decides something and did not come alone: in one packet with others, or in a rush, as from a paste. */
  readonly hurried?: true
}

/** Marks around a paste when bracketed paste mode is on (xterm ctlseqs, "Bracketed Paste Mode"). */
export const PASTE_START = '\u001b[200~'
export const PASTE_END = '\u001b[201~'

/** Keys that no modifier is part of, beside the characters. */
const NAMED_KEYS: readonly string[] = [
  'up',
  'down',
  'left',
  'right',
  'page-up',
  'page-down',
  'home',
  'end',
  'insert',
  'delete',
  'backspace',
  'enter',
  'escape',
  'tab',
  'space',
  ...Array.from({ length: 12 }, (_, number) => `f${number + 1}`),
]

/** `CSI … letter` and `SS3 letter` (xterm ctlseqs, "PC-Style Function Keys" and "VT220-Style Function Keys"). */
const LETTER_KEYS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
}

/** `CSI number ~`; 1, 4, 7 and 8 are what linux, tmux and rxvt send. */
const NUMBER_KEYS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
}

/** The Linux console's first function keys: `CSI [ letter`. */
const CONSOLE_KEYS: Readonly<Record<string, string>> = { A: 'f1', B: 'f2', C: 'f3', D: 'f4', E: 'f5' }

const UNKNOWN: Key = { name: 'unknown' }

/**
 * The key that one token stands for; a token is what a `Tokenizer` gives. Never throws: what is no key of ours
 * is `unknown`.
 */
export function parseKey(token: string): Key {
  if (token.startsWith(PASTE_START)) return paste(token)
  if (token.length > 1 && token.startsWith('\u001b')) return parseEscape(token)
  return parseSingle(token)
}

/** Whether a name can be the name of a key, so that a table of bindings with a slip in it fails its test. */
export function isKeyName(name: string): boolean {
  if (name === 'paste') return true
  const [, modifiers = '', base = ''] = /^((?:shift-|ctrl-|alt-)*)(.+)$/su.exec(name) ?? []
  if (NAMED_KEYS.includes(base)) return true
  return [...base].length === 1 && base !== ' ' && !isControl(base) && !modifiers.includes('shift-')
}

function paste(token: string): Key {
  const end = token.endsWith(PASTE_END) ? -PASTE_END.length : undefined
  return { name: 'paste', text: token.slice(PASTE_START.length, end) }
}

function parseSingle(token: string): Key {
  switch (token) {
    case '':
      return UNKNOWN
    case '\r':
    case '\n':
      return { name: 'enter' }
    case '\t':
      return { name: 'tab' }
    case '\u001b':
      return { name: 'escape' }
    case '\b':
    case '\u007f':
      return { name: 'backspace' }
    case ' ':
      return { name: 'space', text: ' ' }
    case '\u0000':
      return { name: 'ctrl-space' }
  }
  const code = token.charCodeAt(0)
  // 0x01 is Ctrl-A, 0x1c is Ctrl-\: the letter's code without its upper bits.
  if (code < 0x20) return { name: `ctrl-${String.fromCharCode(code + 0x40).toLowerCase()}` }
  return isControl(token) ? UNKNOWN : { name: token, text: token }
}

function parseEscape(token: string): Key {
  const sequence = token.slice(1)
  const letter = /^(?:\[|O)(?:1;)?(\d*)([A-HPQRS])$/u.exec(sequence)
  if (letter !== null) {
    const name = LETTER_KEYS[letter[2] ?? '']
    return name === undefined ? UNKNOWN : withModifiers(name, letter[1] ?? '')
  }
  const number = /^\[(\d+)(?:;(\d+))?~$/u.exec(sequence)
  if (number !== null) {
    const name = NUMBER_KEYS[number[1] ?? '']
    return name === undefined ? UNKNOWN : withModifiers(name, number[2] ?? '')
  }
  // The keypad's Enter. `CSI M` would be the begin of a mouse report.
  if (sequence === 'OM') return { name: 'enter' }
  if (sequence === '[Z') return { name: 'shift-tab' }
  const console = /^\[\[([A-E])$/u.exec(sequence)
  if (console !== null) return { name: CONSOLE_KEYS[console[1] ?? ''] ?? 'unknown' }
  if ([...sequence].length !== 1) return UNKNOWN
  const { name } = parseSingle(sequence)
  return name === 'unknown' ? UNKNOWN : { name: `alt-${name}` }
}

/** xterm's modifier is one more than the sum of 1 (Shift), 2 (Alt) and 4 (Ctrl). */
function withModifiers(name: string, modifier: string): Key {
  const bits = modifier === '' ? 0 : Number(modifier) - 1
  if (bits < 0 || bits > 7) return UNKNOWN
  return { name: `${bits & 4 ? 'ctrl-' : ''}${bits & 2 ? 'alt-' : ''}${bits & 1 ? 'shift-' : ''}${name}` }
}

function isControl(text: string): boolean {
  return /^[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
}
