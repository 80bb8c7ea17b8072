import { describe, expect, it } from 'vitest'
import { LONGEST_COPY_BASE64, osc52 } from '../../src/terminal/clipboard.ts'

/** The text that a terminal would put into its clipboard. */
function copied(sequence: string): string {
  const begin = sequence.indexOf('\u001b]52;c;') + 7
  const data = sequence.slice(begin, sequence.indexOf('\u0007', begin))
  return Buffer.from(data, 'base64').toString('utf8')
}

const text = 'GRANT SELECT ON "naïve 字" TO atlan;\n'

describe('osc52', () => {
  it('carries any text', () => {
    expect(copied(osc52(text, { TERM: 'xterm-256color' }) ?? '')).toBe(text)
  })

  it('goes through tmux, plain and wrapped', () => {
    const sequence = osc52(text, { TMUX: '/tmp/tmux-0/default,1,0' }) ?? ''
    const [plain = '', wrapped = ''] = sequence.split('\u001bPtmux;')
    expect(copied(plain)).toBe(text)
    expect(wrapped.endsWith('\u001b\\')).toBe(true)
    expect(copied(wrapped.slice(0, -2).replaceAll('\u001b\u001b', '\u001b'))).toBe(text)
  })

  it('goes through screen in pieces that it does not cut', () => {
    const long = text.repeat(100)
    const sequence = osc52(long, { STY: '1.pts-0.host', TERM: 'screen' }) ?? ''
    const pieces = sequence.split('\u001b\\').slice(0, -1)
    expect(pieces.every(piece => piece.startsWith('\u001bP') && piece.length < 768)).toBe(true)
    expect(copied(pieces.map(piece => piece.slice(2)).join(''))).toBe(long)
  })

  it('is refused where it would be cut or printed', () => {
    expect(osc52('a'.repeat(LONGEST_COPY_BASE64), { TERM: 'xterm' })).toBeNull()
    expect(osc52('a', { TERM: 'linux' })).toBeNull()
  })
})
