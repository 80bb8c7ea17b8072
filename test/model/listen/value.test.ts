import { describe, expect, it } from 'vitest'
import { maskOf, parsedAddress } from '../../../src/model/hba/address.ts'
import { listenProblem, widerByOne } from '../../../src/model/listen/value.ts'

const own = (...addresses: string[]) =>
  addresses.map(text => {
    const address = parsedAddress(text)
    return { address, mask: maskOf(24, address.bits) }
  })
const interfaces = own('127.0.0.1', '10.0.0.5', '::1', 'fe80::1', 'fd00::5')

describe('a value for listen_addresses', () => {
  it.each(['*', 'localhost', '0.0.0.0', '::', '127.0.0.1,10.0.0.5', 'localhost, fd00::5', 'FD00:0::5'])(
    '%s lets the server start',
    value => {
      expect(listenProblem(value, interfaces)).toBeNull()
    },
  )

  it.each([
    ['203.0.113.7', 'none of the server'],
    ['127.0.0.1, 13.52.5.96', 'none of the server'],
    ['13.52.5.96/28', 'no address'],
    ['13.52.5.96 13.236.8.224', 'no address'],
    ['db.example.com', 'no address'],
    ['127.1', 'no address'],
    ['*, 10.0.0.5', 'all by itself'],
    ['10.0.0.5,10.0.0.5', 'twice'],
    ['', 'no address at all'],
    [' , ', 'no address at all'],
  ])('"%s" is refused', (value, why) => {
    expect(listenProblem(value, interfaces)).toMatchObject({
      code: 'listen-addresses',
      path: 'network.listen',
      message: expect.stringContaining(why),
    })
  })

  it('is certain without the interfaces only where it is on every machine', () => {
    expect(listenProblem('*', null)).toBeNull()
    expect(listenProblem('localhost,127.0.0.1', null)).toBeNull()
    expect(listenProblem('10.0.0.5', null)?.message).toContain('cannot be seen from here')
    expect(listenProblem('::', null)).not.toBeNull()
    expect(listenProblem('::', own('127.0.0.1', '10.0.0.5'))).not.toBeNull()
  })
})

describe('one address more', () => {
  it("is the server's own, beside what is there", () => {
    expect(widerByOne('localhost', interfaces)).toBe('localhost,10.0.0.5')
    expect(widerByOne('', interfaces)).toBe('10.0.0.5')
    expect(widerByOne('127.0.0.1, ::1', own('127.0.0.1', '::1', 'fe80::1', 'fd00::5'))).toBe(
      '127.0.0.1,::1,fd00::5',
    )
  })

  it('is none where there are several, or only those that are there', () => {
    expect(widerByOne('localhost', own('127.0.0.1', '10.0.0.5', '10.1.0.5'))).toBeNull()
    expect(widerByOne('localhost', own('127.0.0.1', 'fe80::1'))).toBeNull()
    expect(widerByOne('10.0.0.5', own('127.0.0.1', '10.0.0.5'))).toBeNull()
    expect(widerByOne('localhost', null)).toBeNull()
  })
})
