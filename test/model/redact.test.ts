import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redacted, redactedJson } from '../../src/model/redact.ts'
import { reveal, secret } from '../../src/model/secret.ts'

describe('redacted', () => {
  it('takes out what was revealed, as it is and as JSON, SQL and URLs write it', () => {
    const value = `a"b\\c'd/e?F9-and-more`
    const known = secret(value)
    expect(redacted(`before ${value}`)).toBe(`before ${value}`)
    reveal(known)
    expect(redacted(`x ${value} y ${value}`)).toBe('x [secret] y [secret]')
    expect(redacted(JSON.stringify({ password: value }))).toBe('{"password":"[secret]"}')
    expect(redactedJson({ password: value, other: 1 })).toBe('{"password":"[secret]","other":1}')
    expect(redacted(`PASSWORD '${value.replaceAll("'", "''")}'`)).toBe("PASSWORD '[secret]'")
    expect(redacted(`postgresql://u:${encodeURIComponent(value)}@h`)).toBe('postgresql://u:[secret]@h')
  })

  it('takes out what a server stores, known or not', () => {
    const verifier = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'
    expect(redacted(`PASSWORD '${verifier}' x`)).toBe("PASSWORD '[secret]' x")
    expect(redacted(JSON.stringify([verifier, `md5${'0'.repeat(32)}`]))).toBe('["[secret]","[secret]"]')
    expect(redacted('scram-sha-256 in pg_hba.conf, SCRAM-SHA-256')).toContain('SCRAM-SHA-256')
  })

  it('leaves words alone that somebody has for a password', () => {
    for (const word of ['postgres', 'warehouse', 'music_store', 'a', ''])
      if (word !== '') reveal(secret(word))
    expect(redacted('{"user":"postgres","database":"music_store"}')).toBe(
      '{"user":"postgres","database":"music_store"}',
    )
  })

  it('leaves nothing over of a value that has another in it', () => {
    const short = 'Kx7pQ2mZ9rT4vW8y'
    const long = `${short}B3nC-and-the-rest`
    reveal(secret(short))
    reveal(secret(long))
    expect(redacted(`${long} ${short}`)).toBe('[secret] [secret]')
  })

  it('leaves a JSON document one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 16 }), fc.json(), (value, document) => {
        reveal(secret(value))
        const text = redactedJson({ value, deep: [{ text: `x${value}y` }], document })
        expect(JSON.parse(text)).toMatchObject({ value: '[secret]', deep: [{ text: 'x[secret]y' }] })
      }),
      { numRuns: 100 },
    )
  })
})

describe('a secret', () => {
  it('prints as [secret] everywhere', () => {
    const wrapped = secret('Kx7pQ2mZ9rT4vW8yB3nC')
    const all = [
      String(wrapped),
      `${wrapped}`,
      JSON.stringify({ wrapped }),
      inspect(wrapped),
      inspect({ deep: [wrapped] }, { depth: 9, showHidden: true, getters: true }),
      inspect(wrapped, { customInspect: false, showHidden: true }),
      Object.values(wrapped).join(),
      JSON.stringify(Object.getOwnPropertyDescriptors(wrapped)),
      String(new Error(`it was ${wrapped}`).stack),
      JSON.stringify(structuredClone({ text: `${wrapped}` })),
    ]
    for (const text of all) expect(text).not.toContain('Kx7p')
    for (const text of all.slice(0, 4)) expect(text).toContain('[secret]')
  })
})
