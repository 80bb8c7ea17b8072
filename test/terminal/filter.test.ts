import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atOnce } from '../../src/model/sliced.ts'
import { bitsIn } from '../../src/terminal/bitmap.ts'
import { createFilter } from '../../src/terminal/filter.ts'

/** What the filter promises, without any art. */
function naive(names: readonly string[], query: string): readonly number[] {
  const words = query.split(/\s+/u).filter(word => word !== '')
  return names.flatMap((name, at) =>
    words.every(word => (word === word.toLowerCase() ? name.toLowerCase() : name).includes(word)) ? [at] : [],
  )
}

const found = (names: readonly string[], query: string) => [
  ...bitsIn(atOnce(createFilter(names)(query)).matched),
]

describe('a filter', () => {
  const names = ['public.invoice', 'public.invoice_line', 'sales.Invoice', 'sales.customer', '']

  it.each([
    ['', [0, 1, 2, 3, 4]],
    ['   ', [0, 1, 2, 3, 4]],
    ['invoice', [0, 1, 2]],
    ['Invoice', [2]],
    ['sales inv', [2]],
    ['line public', [1]],
    ['nothing', []],
    ['c.i', [0, 1]],
    // Not from the end of one name into the next.
    ['invoicepublic', []],
  ])('finds %j', (query, expected) => {
    expect(found(names, query)).toEqual(expected)
  })

  it('finds what looking at each name finds', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'é', 'İ', '.', '_', '\n'), maxLength: 6 })
    const query = fc.array(text, { maxLength: 3 }).map(words => words.join(' '))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), query, (names, query) => {
        expect(found(names, query)).toEqual(naive(names, query))
      }),
      { numRuns: 1000 },
    )
  })
})
