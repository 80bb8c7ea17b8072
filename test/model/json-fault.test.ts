import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonFault } from '../../src/model/json-fault.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('where a text stops being JSON', () => {
  it.each([
    ['', 1, 1],
    ['{\n  "a": 1,\n}', 3, 1],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['[1, 2', 1, 6],
    ["{'a': 1}", 1, 2],
    ['{"a": tru}', 1, 7],
    ['{"a": 01}', 1, 8],
    ['{}\r\n// done', 2, 1],
    ['["🎟" "b"]', 1, 6],
    ['{"a": "line\nbreak"}', 1, 7],
  ])('%j: line %i, column %i', (text, line, column) => {
    expect(parses(text)).toBe(false)
    expect(jsonFault(text)).toEqual({ line, column })
  })

  it('finds nothing in JSON, however it is laid out', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (json, indent) => {
        expect(jsonFault(JSON.stringify(JSON.parse(json), null, indent))).toBeNull()
      }),
    )
  })

  it('finds a fault exactly where JSON.parse refuses', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \n\t\u007f0123-+.eEtruefalsn/u"') })
    fc.assert(
      fc.property(text, fc.json(), fc.nat(), (noise, json, place) => {
        const at = place % (json.length + 1)
        for (const each of [noise, json.slice(0, at) + noise + json.slice(at), json.slice(0, at)]) {
          expect(jsonFault(each) === null, each).toBe(parses(each))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
