/** What a terminal sends for a key, as xterm does (ctlseqs, "PC-Style Function Keys"), in normal cursor mode. */
const sequences = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  'page-up': '\x1b[5~',
  'page-down': '\x1b[6~',
  delete: '\x1b[3~',
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  space: ' ',
  backspace: '\x7f',
} as const

/** A key by its name, or a letter held with Ctrl. */
export type KeyName = keyof typeof sequences | `ctrl-${string}`

/**
 * The bytes of a key.
 * @throws TypeError for `ctrl-` before anything but one letter
 */
export function keySequence(key: KeyName): string {
  if (key in sequences) return sequences[key as keyof typeof sequences]
  const letter = /^ctrl-([a-z])$/.exec(key)?.[1]
  if (letter === undefined) throw new TypeError(`no such key: ${key}`)
  return String.fromCharCode(letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1)
}

/** Text as a terminal sends it when it is pasted into a program that asked for bracketed paste. */
export function pasteSequence(text: string): string {
  return `\x1b[200~${text}\x1b[201~`
}
