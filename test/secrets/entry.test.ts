import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf } from '../../src/secrets/entry.ts'

const entry = { user: 'reader', host: 'db.example.com', port: 5432, databases: ['music'] }

describe('accountOf', () => {
  it.each([
    ['one database', entry, 'reader@db.example.com:5432/music'],
    ['several databases', { ...entry, databases: ['music', 'shop'] }, 'reader@db.example.com:5432/*'],
    ['a database that is called *', { ...entry, databases: ['*'] }, 'reader@db.example.com:5432/%2A'],
    ['an IPv6 address', { ...entry, host: '::1' }, 'reader@[::1]:5432/music'],
    ['a host that looks like one in brackets', { ...entry, host: '[::1]' }, 'reader@[%5B::1%5D]:5432/music'],
    ['a socket folder', { ...entry, host: '/tmp' }, 'reader@%2Ftmp:5432/music'],
    ['an @ in the user', { ...entry, user: 'a@b' }, 'a%40b@db.example.com:5432/music'],
    ['a percent sign', { ...entry, user: '%40', databases: ['50%'] }, '%2540@db.example.com:5432/50%25'],
    [
      'other letters',
      { ...entry, user: 'Zoë', databases: ['数 据/🎵'] },
      'Zo%C3%AB@db.example.com:5432/%E6%95%B0 %E6%8D%AE/%F0%9F%8E%B5',
    ],
    [
      'what a terminal would obey',
      { ...entry, user: 'a\u001b[2J\n\u202e' },
      'a%1B[2J%0A%E2%80%AE@db.example.com:5432/music',
    ],
  ])('names %s', (_, named, account) => {
    expect(accountOf(named)).toBe(account)
  })

  it('never gives two entries the same name', () => {
    // Few characters, so that near misses are frequent.
    const text = fc.string({ unit: fc.constantFrom('a', '@', ':', '/', '%', '4', '0', '*', '[', ']', '\n') })
    const entries = fc.record({
      user: text,
      host: text,
      port: fc.constantFrom(1, 10),
      databases: fc.array(text, { minLength: 1, maxLength: 1 }),
    })
    fc.assert(
      fc.property(entries, entries, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other)
        expect(accountOf(one) === accountOf(other)).toBe(same)
        expect(accountOf(one)).not.toBe(accountOf({ ...other, databases: ['a', 'b'] }))
      }),
      { numRuns: 2000 },
    )
  })
})
