import type { Environment } from './capabilities.ts'

/** xterm takes about 100,000 bytes of base64, some terminals 74,994 (hterm's OSC 52 notes): stay below both. */
export const LONGEST_COPY_BASE64 = 74_994

/** GNU screen cuts a control string at 768 bytes. */
const SCREEN_CHUNK = 500

/**
 * The sequence that puts a text into the clipboard of the person's own terminal, also over SSH (xterm
 * ctlseqs, OSC 52). The terminal does not answer: whether it did is not known, so offer a file as well.
 * @returns null when the text is too long, or the terminal would print the sequence instead
 */
export function osc52(text: string, env: Environment): string | null {
  const data = Buffer.from(text, 'utf8').toString('base64')
  if (data.length > LONGEST_COPY_BASE64 || env['TERM'] === 'linux') return null
  const plain = `\u001b]52;c;${data}\u0007`
  // tmux hears the plain one with `set-clipboard on`, passes the wrapped one on with `allow-passthrough on`.
  if (isSet(env['TMUX'])) return `${plain}\u001bPtmux;${plain.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`
  if (isSet(env['STY']))
    return chunks(plain)
      .map(chunk => `\u001bP${chunk}\u001b\\`)
      .join('')
  return plain
}

/**
 * As osc52, for what is to be gone again: tmux keeps every text that it hears itself among its paste buffers, so
 * there only the wrapped sequence is sent, which goes past it.
 */
export function osc52Secret(text: string, env: Environment): string | null {
  const sequence = osc52(text, env)
  return sequence !== null && isSet(env['TMUX']) ? sequence.slice(sequence.indexOf('\u001bPtmux;')) : sequence
}

/** What to say of a secret that was sent, where it depends on tmux; with a blank before it. */
export function throughTmux(env: Environment): string {
  return isSet(env['TMUX']) ? ' (tmux hands it on with `set -g allow-passthrough on`)' : ''
}

function chunks(text: string): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / SCREEN_CHUNK) }, (_, index) =>
    text.slice(index * SCREEN_CHUNK, (index + 1) * SCREEN_CHUNK),
  )
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
