import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonPieces } from '../../src/model/json-pieces.ts'

const many = Array.from({ length: 10_000 }, (_, number) => ({
  schema: 'sales',
  name: `t${number}`,
  oid: number,
}))
const documents = {
  'a long list': many,
  'lists in lists': [[], many, [many.slice(0, 3)], {}],
  'long texts': Array.from({ length: 50 }, () => `GRANT "${'x'.repeat(20_000)}"\n`),
  'what JSON leaves out': {
    a: undefined,
    b: () => 1,
    c: Symbol('c'),
    many,
    d: [undefined, Number.NaN, () => 1],
  },
  'only what JSON leaves out': [undefined, ...many],
  'dates and other things that write themselves': { many, at: new Date(0), wrapped: { toJSON: () => many } },
  'an empty list': [],
  nothing: null,
}

describe('a document as JSON in pieces', () => {
  it.each(Object.entries(documents))('is as JSON.stringify has it: %s', (_, document) => {
    for (const space of [0, 2])
      expect([...jsonPieces(document, space)].join('')).toBe(JSON.stringify(document, null, space))
  })

  it('whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2), (value, space) => {
        const document = { value, around: [many, value, { deep: [value, many] }] }
        expect([...jsonPieces(document, space)].join('')).toBe(JSON.stringify(document, null, space))
      }),
      { numRuns: 30 },
    )
  })

  it('no piece of a large document is large', () => {
    const longest = Math.max(...Array.from(jsonPieces([many, { many }]), piece => piece.length))
    expect(longest).toBeLessThan(JSON.stringify(many).length / 10)
  })
})
