import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseKey } from '../../src/terminal/key.ts'
import { createTokenizer } from '../../src/terminal/tokenizer.ts'

/** The tokens of input that comes in these pieces; what never ended comes last. */
function tokens(...pieces: readonly string[]): readonly string[] {
  const tokenizer = createTokenizer()
  return [...pieces.flatMap(piece => tokenizer.push(piece)), ...tokenizer.flush()]
}

function keyNames(...pieces: readonly string[]): readonly string[] {
  return tokens(...pieces).map(token => parseKey(token).name)
}

/** What a terminal may send, and what it may not. */
const piece = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: 'grapheme', maxLength: 3 }) },
  fc.constantFrom(
    '\x1b',
    '\x1b[A',
    '\x1b[1;5C',
    '\x1bOP',
    '\x1b[[A',
    '\x1b[5~',
    '\x1b[Z',
    '\x1bf',
    '\x1b\x7f',
    '\x1b\r',
    '\x1b[I',
    '\x1b[<0;10;20M',
    '\x1b[M !!',
    '\x1b[12;40R',
    '\x1b]11;rgb:0000/0000/0000\x07',
    '\x1bP>|xterm(390)\x1b\\',
    '\x1b[200~pasted \x1b[A text\n\x1b[201~',
    '\x1b[200~',
    '\x1b[201~',
    '\x03',
    '\r',
    '\t',
    '\x7f',
    '[',
    'O',
    '~',
    'é',
    '😀',
    '👩‍👩‍👧',
    '\ud83d',
    '\ude00',
  ),
)

describe('a tokenizer', () => {
  it('gives the same tokens however the input is cut', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join('')),
        fc.array(fc.nat(), { maxLength: 8 }),
        (input, places) => {
          const cuts = [...new Set(places.map(place => place % (input.length + 1)))].sort((a, b) => a - b)
          const pieces = [...cuts, input.length].map((end, index) => input.slice(cuts[index - 1] ?? 0, end))
          expect(tokens(...pieces)).toEqual(tokens(input))
          expect(tokens(...input.split(''))).toEqual(tokens(input))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('loses nothing: outside pastes the tokens are the input', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const input = pieces.join('')
        fc.pre(!input.includes('\x1b[200~'))
        expect(tokens(input).join('')).toBe(input)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['keys in one packet', 'jj \r\x1b[B\x1b[B', ['j', 'j', 'space', 'enter', 'down', 'down']],
    ['a modified key', '\x1b[1;5C\x1b[3;2~', ['ctrl-right', 'shift-delete']],
    ['Escape, then an arrow', '\x1b\x1b[A', ['escape', 'up']],
    ['Escape, then Ctrl-C', '\x1b\x03', ['escape', 'ctrl-c']],
    ['a sequence broken off by Ctrl-C', '\x1b[1;\x03', ['unknown', 'ctrl-c']],
    ['a reply between keys', 'a\x1b]11;rgb:0/0/0\x07b\x1b[12;40Rc', ['a', 'unknown', 'b', 'unknown', 'c']],
    ['a reply ended by ST', '\x1bP>|xterm\x1b\\j', ['unknown', 'j']],
    ['clicks of both encodings', '\x1b[<0;1;1Mj\x1b[M !!k', ['unknown', 'j', 'unknown', 'k']],
    ['function keys of the Linux console', '\x1b[[A\x1b[[E', ['f1', 'f5']],
    ['letters of any script', 'é字😀', ['é', '字', '😀']],
  ])('reads %s', (_, input, names) => {
    expect(keyNames(input)).toEqual(names)
  })

  it('keeps a paste whole and carries out nothing of it', () => {
    const [key, ...others] = tokens('\x1b[200~DROP\rTABLE\x1b[A', ' q\x1b[20', '1~').map(parseKey)
    expect(key).toEqual({ name: 'paste', text: 'DROP\rTABLE\x1b[A q' })
    expect(others).toEqual([])
  })

  it('hears Ctrl-C while a paste has no end', () => {
    expect(keyNames('\x1b[200~half a pa', 'ste', '\x03')).toEqual(['ctrl-c'])
  })

  it('says what it waits for', () => {
    const waitingAfter = (input: string) => {
      const tokenizer = createTokenizer()
      tokenizer.push(input)
      return tokenizer.waiting()
    }
    expect(waitingAfter('j')).toBe('nothing')
    expect(waitingAfter('\x1b')).toBe('escape')
    expect(waitingAfter('\x1b[')).toBe('sequence')
    expect(waitingAfter('\x1b[200~ab')).toBe('paste')
    expect(waitingAfter('\x1b[200~ab\x1b[201~')).toBe('nothing')
  })
})
