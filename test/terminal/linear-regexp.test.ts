import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linearRegExp } from '../../src/terminal/linear-regexp.ts'

function test(source: string, text: string, ignoreCase = false): boolean {
  const parsed = linearRegExp(source, { ignoreCase })
  if (!parsed.ok) throw new Error(`${source}: ${parsed.message}`)
  return parsed.regexp.test(text)
}

describe('a linear regular expression', () => {
  it.each([
    ['', '', true],
    ['^$', '', true],
    ['^$', 'a', false],
    ['$^', 'a', false],
    ['^cust.*_p\\d+$', 'customer_p0042', true],
    ['^cust.*_p\\d+$', 'customer_p', false],
    ['(jan|feb)_\\d{4}', 'sales_feb_2025', true],
    ['(?:ab){2,3}c', 'ababc', true],
    ['(?:ab){2,3}c', 'abc', false],
    ['[^_]_[a-c-]x', 'q_-x', true],
    ['[]a]b', ']b', true],
    ['a{2}', 'aba', false],
    ['a{', 'a{', true],
    ['\\.\\*', 'a.*', true],
    ['注文', '注文_1', true],
  ])('%j on %j: %s', (source, text, expected) => {
    expect(test(source, text)).toBe(expected)
  })

  it('takes upper and lower case for one where that is asked for', () => {
    expect(test('^straße_[a-z]$', 'STRAßE_Q', true)).toBe(true)
    expect(test('^[^a]$', 'A', true)).toBe(false)
    expect(test('kunde', 'Kunde')).toBe(false)
  })

  it('looks at a part of a text as if it were all of it', () => {
    const parsed = linearRegExp('^b$', { ignoreCase: false })
    expect(parsed.ok && parsed.regexp.test('abc', 1, 2)).toBe(true)
    expect(parsed.ok && parsed.regexp.test('abc', 0, 2)).toBe(false)
  })

  it.each([
    ['(a', 'a ) is missing'],
    ['a)', 'a ( is missing'],
    ['[a', 'a ] is missing'],
    ['*a', 'nothing to repeat'],
    ['a**', 'nothing to repeat'],
    ['a\\', 'something is missing after \\'],
    ['[z-a]', 'a range is the wrong way round'],
    ['a{3,2}', 'the numbers in { } are the wrong way round'],
    ['a{1000}', 'at most {100}'],
    ['((a{100}){100}){100}', 'it is too long'],
    ['(?=a)', 'no looking around'],
    ['(a)\\1', 'no \\1'],
  ])('refuses %j: %s', (source, message) => {
    expect(linearRegExp(source, { ignoreCase: false })).toEqual({ ok: false, message })
  })

  it('does not hang where a backtracking engine does', () => {
    const text = 'a'.repeat(200_000)
    for (const source of ['^(a+)+$', '(a|a)*b', '(a*)*b', 'a*a*a*a*a*a*b', '^(([a-z])+.)+[A-Z]$'])
      expect(test(source, `${text}!`)).toBe(false)
  })

  it('finds what JavaScript finds', () => {
    const atom = fc.constantFrom('a', 'b', '.', '_', '[ab]', '[^a]', '\\d', '\\W', '^', '$', '1')
    const expression = fc.letrec<{ node: string }>(tie => ({
      node: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}|${b})`),
        fc
          .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}', '*?'))
          .map(([a, quantifier]) => `(?:${a})${quantifier}`),
      ),
    })).node
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '_', '.', '1'), maxLength: 8 })
    fc.assert(
      fc.property(expression, text, fc.boolean(), (source, text, ignoreCase) => {
        expect(test(source, text, ignoreCase)).toBe(new RegExp(source, ignoreCase ? 'is' : 's').test(text))
      }),
      { numRuns: 2000 },
    )
  })
})
