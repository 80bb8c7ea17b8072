import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatPassfileLine,
  isPassfileLineOf,
  matchesPassfileLine,
  type PassfileLine,
  parsePassfileLine,
} from '../../src/model/passfile.ts'
import { reveal, secret } from '../../src/model/secret.ts'

const target = { host: 'db.example.com', port: 5432, database: 'music', user: 'reader' }

function parsed(text: string): PassfileLine {
  const line = parsePassfileLine(text)
  if (line === null) throw new Error(`not a line: ${text}`)
  return line
}

describe('formatPassfileLine', () => {
  it('escapes backslash and colon, in every field', () => {
    const line = { host: '::1', port: '5432', database: 'a\\b', user: 'c:d', password: secret('e:\\f') }
    expect(formatPassfileLine(line)).toBe('\\:\\:1:5432:a\\\\b:c\\:d:e\\:\\\\f')
  })

  it('keeps a name that is only an asterisk from becoming the wildcard', () => {
    const line = { host: 'h', port: null, database: '*', user: '**', password: secret('*') }
    expect(formatPassfileLine(line)).toBe('h:*:\\*:**:*')
    expect(parsed(formatPassfileLine(line))).toMatchObject({ port: null, database: '*', user: '**' })
  })

  it('keeps a host that begins with # from becoming a comment', () => {
    const text = formatPassfileLine({
      host: '#h',
      port: '1',
      database: 'd',
      user: 'u',
      password: secret('p'),
    })
    expect(text).toBe('\\#h:1:d:u:p')
    expect(parsed(text).host).toBe('#h')
  })

  it.each([
    ['a line break in a name', { user: 'a\nb' }],
    ['NUL in a name', { database: 'a\0' }],
    ['a line break in the password', { password: secret('a\nb') }],
    ['a carriage return at the end of the password', { password: secret('ab\r') }],
  ])('refuses %s', (_, part) => {
    const line = { host: 'h', port: '1', database: 'd', user: 'u', password: secret('p'), ...part }
    expect(() => formatPassfileLine(line)).toThrow(RangeError)
  })

  it('is read back as it was, whatever the names', () => {
    const text = fc.string({ unit: 'binary' }).filter(value => !/[\n\0]/.test(value))
    const field = fc.option(text, { nil: null })
    fc.assert(
      fc.property(field, field, field, field, text, (host, port, database, user, password) => {
        fc.pre(!password.endsWith('\r'))
        const line = parsed(formatPassfileLine({ host, port, database, user, password: secret(password) }))
        expect({ ...line, password: reveal(line.password) }).toEqual({ host, port, database, user, password })
      }),
    )
  })
})

describe('parsePassfileLine', () => {
  it.each(['', '# comment', '#h:1:d:u:p', 'h:1:d:u', 'h:1:d\\:u:p', '\r\n'])('passes over %j', text => {
    expect(parsePassfileLine(text)).toBeNull()
  })

  it('takes an empty password, and ends one at a further colon', () => {
    expect(reveal(parsed('h:1:d:u:').password)).toBe('')
    expect(reveal(parsed('h:1:d:u:p:rest').password)).toBe('p')
  })

  it('drops line ends of either kind, and keeps a last backslash', () => {
    expect(reveal(parsed('h:1:d:u:p\r\n').password)).toBe('p')
    expect(reveal(parsed('h:1:d:u:p\\').password)).toBe('p\\')
  })

  it('does not show the password in what prints the line', () => {
    expect(JSON.stringify(parsed('h:1:d:u:hunter2'))).not.toContain('hunter2')
  })
})

describe('matchesPassfileLine', () => {
  it.each([
    ['*:*:*:*:p', true],
    ['db.example.com:5432:music:reader:p', true],
    ['db.example.com:*:music:reader:p', true],
    ['DB.example.com:5432:music:reader:p', false],
    ['db.example.com:05432:music:reader:p', false],
    ['db.example.com:5432:mus*:reader:p', false],
    ['db.example.com:5432:music:readers:p', false],
  ])('%s: %s', (text, matches) => {
    expect(matchesPassfileLine(parsed(text), target)).toBe(matches)
  })

  it('looks a default socket folder up as localhost, another folder as itself', () => {
    const localhost = parsed('localhost:5432:music:reader:p')
    expect(matchesPassfileLine(localhost, { ...target, host: '/var/run/postgresql' })).toBe(true)
    expect(matchesPassfileLine(localhost, { ...target, host: '' })).toBe(true)
    expect(matchesPassfileLine(localhost, { ...target, host: '/srv/socket' })).toBe(false)
    expect(matchesPassfileLine(parsed('/srv/socket:*:*:*:p'), { ...target, host: '/srv/socket' })).toBe(true)
  })
})

describe('isPassfileLineOf', () => {
  it('is true for the same four fields, never for a wildcard', () => {
    expect(isPassfileLineOf(parsed('db.example.com:5432:music:reader:p'), target)).toBe(true)
    expect(isPassfileLineOf(parsed('db.example.com:5432:*:reader:p'), target)).toBe(false)
  })
})
