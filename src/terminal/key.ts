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
}

/** Marks around a paste when bracketed paste mode is on (xterm, ctlseqs, "Bracketed Paste Mode"). */
export const PASTE_START = '\u001b[200~'
export const PASTE_END = '\u001b[201~'

/** The key that one token of the input stream stands for. A token is what `tokenize` gives. */
export function parseKey(token: string): Key {
  return { name: token }
}

/** Whether a name can be the name of a key, so that a table of bindings with a slip in it fails its test. */
export function isKeyName(name: string): boolean {
  return name !== ''
}
