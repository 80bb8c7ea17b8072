import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { cidrFlags, cidrListFlags, everybodyOf, parseCidr, parseCidrList } from '../../src/model/cidr.ts'

describe('an address or network', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    [' 203.0.113.0/28 ', '203.0.113.0/28'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::', '2001:db8::/128'],
    ['2001:0db8:0000::/48', '2001:db8::/48'],
    ['::/0', '::/0'],
    ['104.192.136.240/28', '104.192.136.240/28'],
  ])('%s is %s', (text, normal) => {
    expect(parseCidr(text)).toEqual({ ok: true, value: normal })
  })

  it.each([
    ['', 'cidr-syntax'],
    ['example.com', 'cidr-syntax'],
    ['010.1.1.1', 'cidr-syntax'],
    ['10.1', 'cidr-syntax'],
    ['0x7f.0.0.1', 'cidr-syntax'],
    ['256.1.1.1', 'cidr-syntax'],
    ['10.0.0.0/8/8', 'cidr-syntax'],
    ['fe80::1%eth0', 'cidr-syntax'],
    ['2001:db8:::1', 'cidr-syntax'],
    ['::ffff:203.0.113.7', 'cidr-mapped'],
    ['203.0.113.0/33', 'cidr-prefix'],
    ['203.0.113.0/08', 'cidr-prefix'],
    ['203.0.113.0/', 'cidr-prefix'],
    ['203.0.113.0/-1', 'cidr-prefix'],
    ['2001:db8::/129', 'cidr-prefix'],
    ['203.0.113.7/28', 'cidr-host-bits'],
    ['2001:db8::1/64', 'cidr-host-bits'],
  ])('%j is refused: %s', (text, code) => {
    const parsed = parseCidr(text)
    expect(parsed.ok ? parsed.value : parsed.problem.code).toBe(code)
  })

  it('tells the network that a wrong one would be', () => {
    const parsed = parseCidr('203.0.113.23/28')
    expect(parsed.ok ? '' : parsed.problem.next).toBe(
      'Write 203.0.113.16/28 for the network, or 203.0.113.23/32 for this address alone.',
    )
  })

  it('is its own normal form, and what it says of host bits holds', () => {
    const network = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
    )
    fc.assert(
      fc.property(network, ([address, prefix]) => {
        const parsed = parseCidr(`${address}/${prefix}`)
        if (parsed.ok) {
          expect(parseCidr(parsed.value)).toEqual(parsed)
          const [again, bits] = ipaddr.parseCIDR(parsed.value)
          expect(bits).toBe(prefix)
          expect(again.toNormalizedString()).toBe(ipaddr.parse(address).toNormalizedString())
          return
        }
        if (parsed.problem.code === 'cidr-mapped') return
        expect(parsed.problem.code).toBe('cidr-host-bits')
        const [, suggested = ''] = /Write (\S+) for the network/.exec(parsed.problem.next ?? '') ?? []
        expect(parseCidr(suggested)).toEqual({ ok: true, value: suggested })
        expect(ipaddr.parse(address).match(ipaddr.parseCIDR(suggested))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a pasted list', () => {
  it('is taken apart however it is laid out, each network once', () => {
    const list = parseCidrList(`# from the vendor
      203.0.113.0/28, 203.0.113.16/28;198.51.100.7
      ["2001:db8::/48", "203.0.113.0/28"] | 198.51.100.7/32 # again\r\n`)
    expect(list.cidrs).toEqual(['203.0.113.0/28', '203.0.113.16/28', '198.51.100.7/32', '2001:db8::/48'])
    expect(list.duplicates).toBe(2)
    expect(list.problems).toEqual([])
  })

  it('tells each entry that is none, and keeps the others', () => {
    const list = parseCidrList('203.0.113.0/28 nonsense 203.0.113.1/28')
    expect(list.cidrs).toEqual(['203.0.113.0/28'])
    expect(list.problems.map(problem => problem.code)).toEqual(['cidr-syntax', 'cidr-host-bits'])
  })

  it('may be empty', () => {
    expect(parseCidrList(' \n # nothing\n')).toEqual({ cidrs: [], duplicates: 0, problems: [], flags: [] })
  })

  it('shows a long piece of nonsense cut, on one line', () => {
    const [problem] = parseCidrList('x'.repeat(500)).problems
    expect(problem?.message.length).toBeLessThan(120)
  })
})

describe('what to think about before a network is let in', () => {
  it.each([
    ['0.0.0.0/0', ['everybody']],
    ['::/0', ['everybody']],
    ['52.0.0.0/8', ['wide']],
    ['10.0.0.0/8', ['wide', 'private']],
    ['192.168.1.0/24', ['private']],
    ['127.0.0.1/32', ['private']],
    ['100.64.0.0/16', ['private']],
    ['fd00::/48', ['private']],
    ['203.0.113.0/28', ['reserved']],
    ['224.0.0.1/32', ['reserved']],
    ['2600::/16', ['wide']],
    ['0.0.0.0/1', ['wide']],
    ['192.0.0.0/8', ['wide']],
    ['52.215.192.224/28', []],
    ['2600:1f00::/40', []],
  ])('%s: %j', (cidr, flags) => {
    expect(cidrFlags(cidr).map(each => each.flag)).toEqual(flags)
  })

  it.each([
    [['0.0.0.0/1', '128.0.0.0/1'], ['0.0.0.0/0']],
    [['::/1', '52.215.192.224/28', '8000::/1'], ['::/0']],
    [
      ['0.0.0.0/0', '::/2', '4000::/2', '8000::/1'],
      ['0.0.0.0/0', '::/0'],
    ],
    [['0.0.0.0/1', '128.0.0.0/2'], []],
  ])('%j together are %j', (cidrs, everybody) => {
    expect(everybodyOf(cidrs)).toEqual(everybody)
    const flags = cidrListFlags(cidrs).filter(({ flag }) => flag === 'everybody')
    expect(new Set(flags.map(({ cidr }) => cidr))).toEqual(new Set(everybody))
  })
})
