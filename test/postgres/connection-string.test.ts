import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reveal } from '../../src/model/secret.ts'
import { type ConnectionString, parseConnectionString } from '../../src/postgres/connection-string.ts'
import { hostileNames } from '../support/hostile-names.ts'

/** What was understood, with the password in the clear. */
function parsed(text: string) {
  const result = parseConnectionString(text)
  if (!result.ok) throw new Error(`${result.problem.message} ${result.problem.next}`)
  const { password, ...rest } = result.value
  return password === undefined ? rest : { ...rest, password: reveal(password) }
}

describe('a connection string that is a URL', () => {
  it.each<[string, Partial<ConnectionString>]>([
    ['postgresql://', {}],
    ['postgres://localhost', { host: 'localhost' }],
    ['postgresql://localhost:5433', { host: 'localhost', port: 5433 }],
    ['postgresql://localhost/mydb', { host: 'localhost', database: 'mydb' }],
    ['postgresql://user@localhost', { user: 'user', host: 'localhost' }],
    ['postgresql:///mydb?host=localhost&port=5433', { database: 'mydb', host: 'localhost', port: 5433 }],
    ['postgresql://[2001:db8::1234]/database', { host: '2001:db8::1234', database: 'database' }],
    ['postgresql://[::1]:5433/', { host: '::1', port: 5433 }],
    ['postgresql:///dbname?host=/var/lib/postgresql', { database: 'dbname', host: '/var/lib/postgresql' }],
    ['postgresql://%2Fvar%2Flib%2Fpostgresql/dbname', { database: 'dbname', host: '/var/lib/postgresql' }],
    [
      'postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem',
      { host: 'h', database: 'd', tls: 'verify-full', caFile: '/ca.pem' },
    ],
    ['postgresql://h/?sslmode=allow', { host: 'h', tls: 'prefer' }],
    [
      'jdbc:postgresql://h:5432/d?user=u&ssl=true',
      { host: 'h', port: 5432, database: 'd', user: 'u', tls: 'require' },
    ],
    ['postgresql://?service=mine&passfile=/p', { service: 'mine', passfile: '/p' }],
  ])('%s', (text, fields) => {
    expect(parsed(text)).toEqual({ ignored: [], ...fields })
  })

  it.each([
    ['postgresql://u:secret@h/d', 'secret'],
    ['postgresql://u:p%40ss%2Fword%25@h/d', 'p@ss/word%'],
    ['postgresql://u:p@ss#wo rd@h/d', 'p@ss#wo rd'],
    ['postgresql://u:a:b@h/d', 'a:b'],
    ['postgresql://u@h/d?password=from%20there', 'from there'],
  ])('has a password: %s', (text, password) => {
    expect(parsed(text)).toMatchObject({ user: 'u', host: 'h', database: 'd', password })
  })

  it('names what libpq knows and what is not used here', () => {
    expect(parsed('postgresql://h?connect_timeout=5&options=-c%20a%3Db')).toEqual({
      host: 'h',
      ignored: ['connect_timeout', 'options'],
    })
  })

  it('gives back any name that was encoded, in every place', () => {
    fc.assert(
      fc.property(fc.constantFrom(...hostileNames), fc.constantFrom(...hostileNames), (user, database) => {
        const text = `postgresql://${encodeURIComponent(user)}:x@db.example.com/${encodeURIComponent(database)}`
        expect(parsed(text)).toMatchObject({ user, database, host: 'db.example.com', password: 'x' })
      }),
    )
  })
})

describe('a connection string of KEY=VALUE pairs', () => {
  it.each<[string, Record<string, unknown>]>([
    ['host=localhost port=5432 dbname=mydb', { host: 'localhost', port: 5432, database: 'mydb' }],
    ["host = localhost   user = 'a user'", { host: 'localhost', user: 'a user' }],
    ["password='it\\'s \\\\ here' host=h", { password: "it's \\ here", host: 'h' }],
    ['user=back\\\\slash dbname=a\\ b', { user: 'back\\slash', database: 'a b' }],
    ["host=h user=''", { host: 'h' }],
    ['hostaddr=10.0.0.1 port=1', { host: '10.0.0.1', port: 1 }],
    ['host=db.example.com hostaddr=10.0.0.1', { host: 'db.example.com' }],
    ['host=first host=second', { host: 'second' }],
  ])('%s', (text, fields) => {
    expect(parsed(text)).toEqual({ ignored: [], ...fields })
  })
})

describe('a connection string that cannot be read', () => {
  it.each([
    'mysql://u:topsecret@h/d',
    'postgresql://u:top/secret@h/d',
    'postgresql://u:topsecret@h:port/d',
    'postgresql://u:topsecret@h:0/d',
    'postgresql://u:topsecret@h:65536/d',
    'postgresql://u:topsecret@a,b/d',
    'postgresql://u:topsecret@[::1/d',
    'postgresql://u:topsecret%zz@h/d',
    'postgresql://u:topsecret%00@h/d',
    'postgresql://u:topsecret@h/d?sslmode=sometimes',
    'postgresql://u:topsecret@h/d?nonsense=1',
    'postgresql://u:topsecret@h/d?host',
    'password=topsecret port=x',
    "password='topsecret",
    'password=topsecret host',
    'topsecret',
  ])('%s', text => {
    const result = parseConnectionString(text)
    expect(result).toMatchObject({ ok: false, problem: { code: 'bad-connection-string' } })
    const said = JSON.stringify(result)
    expect(said).not.toMatch(/secret/)
    expect(said).toMatch(/"next":"[^"]/)
  })

  it('is never an exception, and never shows a password', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (before, after) => {
        const result = parseConnectionString(`postgresql://u:Geheim123@${before}?${after}=`)
        expect(JSON.stringify(result)).not.toContain('Geheim123')
      }),
    )
  })
})
