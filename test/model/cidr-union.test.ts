import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidrChanges, cidrUnion } from '../../src/model/cidr-union.ts'

/** Within 192.0.2.0/24 every address can be counted. */
const small = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
  .map(([host, prefix]) => `192.0.2.${host & (0xff << (32 - prefix)) & 0xff}/${prefix}`)
const addressesOf = (cidrs: readonly string[]) =>
  new Set(
    cidrs.flatMap(cidr => {
      const [, last = '0', prefix = '32'] = /\.(\d+)\/(\d+)$/.exec(cidr) ?? []
      return Array.from({ length: 2 ** (32 - Number(prefix)) }, (_, index) => Number(last) + index)
    }),
  )

describe('the fewest networks of the same addresses', () => {
  it.each([
    ['neighbours that are a network together', ['10.0.0.0/25', '10.0.0.128/25'], ['10.0.0.0/24']],
    ['neighbours that are none', ['10.0.0.128/25', '10.0.1.0/25'], ['10.0.0.128/25', '10.0.1.0/25']],
    ['one in another', ['10.0.0.7/32', '10.0.0.0/24'], ['10.0.0.0/24']],
    ['everything', ['0.0.0.0/1', '128.0.0.0/1'], ['0.0.0.0/0']],
    ['both kinds', ['2001:db8::/33', '2001:db8:8000::/33', '1.2.3.4/32'], ['1.2.3.4/32', '2001:db8::/32']],
    ['nothing', [], []],
  ])('%s', (_, given, expected) => {
    expect(cidrUnion(given)).toEqual(expected)
  })

  it('has the same addresses, each once, and cannot be said in fewer', () => {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 12 }), cidrs => {
        const union = cidrUnion(cidrs)
        expect(addressesOf(union)).toEqual(addressesOf(cidrs))
        const count = union.reduce((sum, cidr) => sum + 2 ** (32 - Number(cidr.split('/')[1])), 0)
        expect(count).toBe(addressesOf(cidrs).size)
        // Two that would make one stand nowhere: cut to one bit less they would be the same network.
        const halves = union.filter(cidr => !cidr.endsWith('/24')).map(cidr => parentOf(cidr))
        expect(new Set(halves).size).toBe(halves.length)
      }),
      { seed: 6, numRuns: 300 },
    )
  })
})

function parentOf(cidr: string): string {
  const [, last = '0', prefix = '32'] = /\.(\d+)\/(\d+)$/.exec(cidr) ?? []
  const shorter = Number(prefix) - 1
  return `${Number(last) & (0xff << (32 - shorter)) & 0xff}/${shorter}`
}

describe('what changed in a list', () => {
  it('is what came and what went, and not another way to write the same', () => {
    expect(
      cidrChanges(['10.0.0.0/24', '10.1.0.0/24'], ['10.0.0.0/25', '10.0.0.128/25', '10.2.0.0/24']),
    ).toEqual({
      added: ['10.2.0.0/24'],
      dropped: ['10.1.0.0/24'],
    })
  })

  it('is the addresses themselves where a list grows around what it had', () => {
    expect(cidrChanges(['104.192.136.240/28'], ['104.192.136.224/28', '104.192.136.240/28'])).toEqual({
      added: ['104.192.136.224/28'],
      dropped: [],
    })
    expect(cidrChanges(['2001:db8::/32', '0.0.0.0/0'], ['2001:db8:8000::/33', '128.0.0.0/1'])).toEqual({
      added: [],
      dropped: ['0.0.0.0/1', '2001:db8::/33'],
    })
  })

  it('is what a set of all addresses says, in the fewest networks', () => {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 8 }), fc.array(small, { maxLength: 8 }), (former, present) => {
        const before = addressesOf(former)
        const now = addressesOf(present)
        const { added, dropped } = cidrChanges(former, present)
        expect(addressesOf(added)).toEqual(new Set([...now].filter(each => !before.has(each))))
        expect(addressesOf(dropped)).toEqual(new Set([...before].filter(each => !now.has(each))))
        expect(cidrUnion(added)).toEqual(added)
        expect(cidrUnion(dropped)).toEqual(dropped)
      }),
      { seed: 7, numRuns: 500 },
    )
  })
})
