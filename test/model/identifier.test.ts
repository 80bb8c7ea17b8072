import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  identifierBytes,
  objectNameProblem,
  printable,
  printableName,
  qualifiedName,
  quoteIdentifier,
  quoteLiteral,
  roleNameProblem,
} from '../../src/model/identifier.ts'
import { hostileNames, hostileRoleNames } from '../support/hostile-names.ts'
import { majors, startServer, type TestServer } from '../support/server.ts'

describe.each(majors)('quoting, as PostgreSQL %i quotes', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
  })
  afterAll(() => server.stop())

  const asked = async (function_: 'quote_ident' | 'quote_literal', texts: readonly string[]) => {
    const rows = await server.sql(
      `select pg_catalog.${function_}(t) as quoted from unnest($1::text[]) with ordinality as u(t, n) order by n`,
      'postgres',
      [texts],
    )
    return rows.map(row => row['quoted'])
  }

  it('quotes every keyword that this version quotes, and no name that 18 does not', async () => {
    const rows = await server.sql(
      'select word, pg_catalog.quote_ident(word) as quoted from pg_get_keywords()',
    )
    expect(rows.length).toBeGreaterThan(400)
    for (const { word, quoted } of rows) {
      const ours = quoteIdentifier(String(word))
      // Older versions know fewer keywords: quotes where they need none are right too.
      if (major === 18 || quoted !== word) expect(ours).toBe(quoted)
      else expect([word, `"${String(word)}"`]).toContain(ours)
    }
  })

  it('quotes hostile names as quote_ident does', async () => {
    expect(hostileNames.map(quoteIdentifier)).toEqual(await asked('quote_ident', hostileNames))
  })

  it('quotes hostile texts as quote_literal does', async () => {
    expect(hostileNames.map(quoteLiteral)).toEqual(await asked('quote_literal', hostileNames))
  })

  it('quotes any text as the server does', async () => {
    const texts = fc.sample(
      fc.string({ unit: fc.constantFrom(...'aZ_09$ .\'"\\;-é🎟\n\t%:'), maxLength: 12 }),
      { numRuns: 300, seed: 20261122 },
    )
    expect(texts.map(quoteIdentifier)).toEqual(await asked('quote_ident', texts))
    expect(texts.map(quoteLiteral)).toEqual(await asked('quote_literal', texts))
  })

  it('writes literals that mean the text, with standard_conforming_strings on and off', async () => {
    const client = await server.client()
    try {
      for (const setting of ['on', 'off']) {
        await client.query(`set standard_conforming_strings = ${setting}; set backslash_quote = on`)
        for (const name of hostileNames) {
          const { rows } = await client.query(`select ${quoteLiteral(name)} as text`)
          expect(rows).toEqual([{ text: name }])
        }
      }
    } finally {
      await client.end()
    }
  })

  it('lets every role name be made that it finds no fault with', async () => {
    const good = hostileRoleNames.filter(name => roleNameProblem(name) === null)
    expect(good.length).toBeGreaterThan(30)
    for (const name of good) await server.sql(`create role ${quoteIdentifier(name)}`)
    const rows = await server.sql(
      'select rolname from pg_catalog.pg_roles where rolname = any($1)',
      'postgres',
      [good],
    )
    expect(new Set(rows.map(row => row['rolname']))).toEqual(new Set(good))
  })

  it.each(['public', 'none', 'pg_any'])('the server too refuses a role called %s', async name => {
    expect(roleNameProblem(name)?.code).toBe('role-name-reserved')
    await expect(server.sql(`create role ${quoteIdentifier(name)}`)).rejects.toMatchObject({ code: '42939' })
  })
})

describe('names', () => {
  it('joins schema and name', () => {
    expect(qualifiedName('public', 'Order')).toBe('public."Order"')
    expect(qualifiedName('a.b', 'select')).toBe('"a.b"."select"')
  })

  it('refuses NUL rather than sending half a name', () => {
    expect(() => quoteIdentifier('a\0b')).toThrow(TypeError)
    expect(() => quoteLiteral('a\0b')).toThrow(TypeError)
  })

  it('counts bytes, not letters', () => {
    expect(identifierBytes('é')).toBe(2)
    expect(roleNameProblem('a'.repeat(63))).toBeNull()
    expect(roleNameProblem('a'.repeat(64))).toMatchObject({ code: 'name-too-long' })
    expect(roleNameProblem('é'.repeat(32))?.message).toContain('64 bytes')
    expect(objectNameProblem('🎟'.repeat(16), 'schema')?.code).toBe('name-too-long')
  })

  it.each([
    ['', 'name-empty'],
    ['a\0b', 'name-nul'],
    ['\ud800', 'name-not-unicode'],
    ['line\nbreak', 'role-name-control-character'],
    ['pg_monitor', 'role-name-reserved'],
    ['public', 'role-name-reserved'],
    ['none', 'role-name-reserved'],
    ['current_user', 'role-name-reserved'],
    ['session_user', 'role-name-reserved'],
    ['current_role', 'role-name-reserved'],
  ])('finds fault with the role name %j', (name, code) => {
    expect(roleNameProblem(name)?.code).toBe(code)
  })

  it('lets objects have line breaks, since the server does', () => {
    expect(objectNameProblem('line\nbreak', 'relation')).toBeNull()
    expect(objectNameProblem('', 'database')?.message).toContain('database')
  })

  it('shows any name on one line, without hidden characters', () => {
    expect(printableName('plain')).toBe('plain')
    expect(printableName('line\nbreak')).toBe('"line\\nbreak"')
    expect(printable('a\u202eb\u001b[31m')).toBe('a\\u202eb\\u001b[31m')
    for (const name of hostileNames) expect(printableName(name)).not.toMatch(/\p{Cc}/u)
  })
})
