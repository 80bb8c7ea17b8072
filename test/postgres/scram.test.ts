import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteLiteral } from '../../src/model/identifier.ts'
import { secret } from '../../src/model/secret.ts'
import { isScramVerifier, scramVerifier } from '../../src/postgres/scram.ts'
import { majors, startServer, type TestServer } from '../support/server.ts'

describe('a SCRAM verifier', () => {
  it('is that of RFC 7677, section 3', () => {
    // User `user`, password `pencil`; the RFC gives salt, iterations and the server's signature, from which
    // these keys follow.
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    expect(scramVerifier(secret('pencil'), { salt })).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    )
  })

  it('has a salt of its own each time', () => {
    expect(scramVerifier(secret('same'))).not.toBe(scramVerifier(secret('same')))
  })

  it.each(['', 'żółć', 'tab\t', 'nul\0'])('is refused for %j', password => {
    expect(() => scramVerifier(secret(password))).toThrow(RangeError)
  })

  it('is told from what the server would hash as a password', () => {
    const verifier = scramVerifier(secret('x'))
    expect(isScramVerifier(verifier)).toBe(true)
    const [, iterations = '', salt = '', stored = '', server = ''] =
      /\$(\d+):(.+)\$(.+):(.+)$/.exec(verifier) ?? []
    for (const broken of [
      '',
      'password',
      verifier.slice(0, -1),
      `${verifier} `,
      ` ${verifier}`,
      `${verifier}\n`,
      verifier.replace('256', '512'),
      `SCRAM-SHA-256$0:${salt}$${stored}:${server}`,
      `SCRAM-SHA-256$-1:${salt}$${stored}:${server}`,
      `SCRAM-SHA-256$${iterations}:$${stored}:${server}`,
      `SCRAM-SHA-256$${iterations}:${salt}$${stored.slice(4)}:${server}`,
      `SCRAM-SHA-256$${iterations}:${salt}$${stored}:${server}:${server}`,
      `SCRAM-SHA-256$${iterations}:${salt}!$${stored}:${server}`,
    ]) {
      expect(isScramVerifier(broken), broken).toBe(false)
    }
  })
})

describe.each(majors)('a SCRAM verifier on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
  })
  afterAll(() => server.stop())

  it.each([4096, 5000])('is stored as it is and lets in, with %i iterations', async iterations => {
    const password = `login-${iterations} $'"\\`
    const verifier = scramVerifier(secret(password), { iterations })
    const role = `scram_${iterations}`
    await server.sql(`CREATE ROLE ${role} LOGIN PASSWORD ${quoteLiteral(verifier)}`)
    expect(
      await server.sql('SELECT rolpassword FROM pg_authid WHERE rolname = $1', 'postgres', [role]),
    ).toEqual([{ rolpassword: verifier }])
    await (await server.client({ user: role, password })).end()
    await expect(server.client({ user: role, password: `${password}x` })).rejects.toMatchObject({
      code: '28P01',
    })
  })

  it('has the form that the server itself writes', async () => {
    const [row] = await server.sql(
      "CREATE ROLE by_server PASSWORD 'x'; SELECT rolpassword FROM pg_authid WHERE rolname = 'by_server'",
    )
    expect(isScramVerifier(String(row?.['rolpassword']))).toBe(true)
  })
})
