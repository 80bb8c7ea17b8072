import { describe, expect, it } from 'vitest'
import { addressText } from '../../../src/model/hba/address.ts'
import { interfacesOf } from '../../../src/model/hba/interfaces.ts'

const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.0.0.0/22 2 0 2
        |-- 10.0.0.0
           /22 link UNICAST
        |-- 10.0.1.9
           /32 host LOCAL
        |-- 10.0.3.255
           /32 link BROADCAST
     |-- 192.0.2.77
        /32 host LOCAL
Local:
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
        |-- 10.0.1.9
           /32 host LOCAL
`
const ifInet6 = `00000000000000000000000000000001 01 80 10 80       lo
fe8000000000000000fc00fffe000001 02 40 20 80     eth0
20010db8000000000000000000000005 02 38 00 80     eth0
`

function lengthOf(mask: bigint): number {
  return mask.toString(2).replace(/0+$/, '').length
}

describe("a Linux server's own addresses", () => {
  it('are read from what its kernel shows, each once, with the mask of its network', () => {
    const all = interfacesOf(fibTrie, ifInet6) ?? []
    expect(all.map(({ address, mask }) => `${addressText(address)}/${lengthOf(mask)}`)).toEqual([
      '10.0.1.9/22',
      // An address without a network, as of a tunnel.
      '192.0.2.77/32',
      '127.0.0.1/8',
      '::1/128',
      'fe80::fc:ff:fe00:1/64',
      '2001:db8::5/56',
    ])
  })

  it('are not known where neither file is there', () => {
    expect(interfacesOf(null, null)).toBeNull()
    expect(interfacesOf('', null)).toBeNull()
  })
})
