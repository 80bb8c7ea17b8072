import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { displayWidth, padEnd, padStart, truncate, visible } from '../../src/terminal/truncate.ts'
import { wrap } from '../../src/terminal/wrap.ts'
import { hostileNames } from '../support/hostile-names.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
)

describe('visible', () => {
  it.each([
    ['plain', 'plain'],
    ['line\nbreak', 'line\\nbreak'],
    ['tab\tand\rreturn', 'tab\\tand\\rreturn'],
    ['\x1b[2Jgone', '<U+001B>[2Jgone'],
    ['\u009b31m', '<U+009B>31m'],
    ['zero\u200bwidth', 'zero<U+200B>width'],
    ['abc\u202edef', 'abc<U+202E>def'],
    ['no\u00a0break', 'no<U+00A0>break'],
    ['\ud800', '<U+D800>'],
    ['żółć данные 字 🎟️', 'żółć данные 字 🎟️'],
  ])('shows %j as %j', (text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  it('leaves nothing that acts on a terminal, and nothing to do for a second time', () => {
    fc.assert(
      fc.property(anyText, text => {
        const shown = visible(text)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(visible(shown)).toBe(shown)
      }),
    )
  })

  it('tells names apart that look the same', () => {
    expect(new Set(hostileNames.map(visible)).size).toBe(new Set(hostileNames).size)
  })
})

describe('truncate', () => {
  it.each([
    ['end', 'invoice_li…'],
    ['start', '…ne_2026_11'],
    ['middle', 'invoi…26_11'],
  ] as const)('cuts at the %s', (cut, expected) => {
    expect(truncate('invoice_line_2026_11', 11, '…', cut)).toBe(expected)
  })

  it('does not cut a wide character in half', () => {
    expect(truncate('字字字', 4, '…')).toBe('字…')
    expect(truncate('字字字', 5, '...')).toBe('字...')
  })

  it('has room for a part of the ellipsis only', () => {
    expect(truncate('abc', 2, '...')).toBe('..')
    expect(truncate('abc', 0, '…')).toBe('')
  })

  it('never gives more columns than there are, and leaves alone what fits', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.nat({ max: 70 }),
        fc.constantFrom('end', 'middle', 'start'),
        (text, width, cut) => {
          const shown = visible(text)
          const result = truncate(shown, width, '…', cut)
          expect(stringWidth(result)).toBeLessThanOrEqual(width)
          if (stringWidth(shown) <= width) expect(result).toBe(shown)
        },
      ),
    )
  })
})

describe('padding', () => {
  it('goes by columns', () => {
    expect(padEnd('字', 4)).toBe('字  ')
    expect(padStart('字', 4)).toBe('  字')
    expect(padEnd('long', 2)).toBe('long')
    expect(displayWidth('e\u0301字')).toBe(3)
  })
})

describe('wrap', () => {
  it.each([
    ['at spaces', 'one two three', 8, ['one two', 'three']],
    ['at its newlines', 'one\ntwo', 8, ['one', 'two']],
    ['an empty line', 'a\n\nb', 8, ['a', '', 'b']],
    ['a long word', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['a long word behind a short one', 'a bcdefgh', 4, ['a', 'bcde', 'fgh']],
    ['with its indentation', '  one two', 6, ['  one', '  two']],
    ['wide characters', '字字字', 4, ['字字', '字']],
    ['what acts on the terminal', 'a\x1bb', 20, ['a<U+001B>b']],
    ['lines of Windows', 'a\r\nb', 8, ['a', 'b']],
  ])('breaks %s', (_, text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines)
  })

  it('indents what it continues', () => {
    expect(wrap('https://docs.example.com/sources/postgres', 30)).toEqual([
      'https://docs.example.com/',
      'sources/postgres',
    ])
    expect(wrap('GRANT SELECT ON TABLE a, b TO c', 20, '    ')).toEqual([
      'GRANT SELECT ON',
      '    TABLE a, b TO c',
    ])
  })

  it('loses nothing and stays within the columns', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 40 }), (text, width) => {
        const shown = visible(text)
        const lines = wrap(shown, width)
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width)
        expect(lines.join('').replaceAll(' ', '')).toBe(shown.replaceAll(' ', ''))
      }),
      { numRuns: 500 },
    )
  })
})
