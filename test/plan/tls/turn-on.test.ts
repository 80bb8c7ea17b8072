import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverAccount } from '../../../src/demo/server-account.ts'
import type { ServerAnswer } from '../../../src/model/answers.ts'
import { secret } from '../../../src/model/secret.ts'
import type { ServerFacts } from '../../../src/model/server-facts.ts'
import { tlsPlan } from '../../../src/plan/tls/plan.ts'
import { tlsText } from '../../../src/plan/tls/text.ts'
import type { TlsAdvice } from '../../../src/plan/tls/tls.ts'
import { turnTlsOn } from '../../../src/plan/tls/turn-on.ts'
import { connect } from '../../../src/postgres/connect.ts'
import { readServerFacts } from '../../../src/postgres/server-facts.ts'
import { type CrashingServer, crashing } from '../../support/crash-server.ts'
import { planInput, serverFacts } from '../../support/plan-input.ts'
import { describeWith } from '../../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'

const run = promisify(execFile)

/** The commands as they are shown, in their order. */
const commandsOf = (advice: TlsAdvice) =>
  tlsText(advice).flatMap(({ kind, text }) => (kind === 'command' ? [text] : []))

describeWith(['openssl', 'psql'])('TLS, turned on by what is shown', () => {
  describe.each(majorsInDepth)('on PostgreSQL %i', major => {
    let server: TestServer
    let crash: CrashingServer
    beforeAll(async () => {
      server = await startServer({ major })
      crash = crashing(server)
    })
    afterAll(async () => {
      await crash.stop()
      await server.stop()
    })

    const reached = (changes: Partial<ServerAnswer> = {}): ServerAnswer => ({
      host: server.host,
      port: server.port,
      user: server.adminUser,
      database: 'postgres',
      tls: 'prefer',
      ...changes,
    })

    /** What the wizard would know and say now. */
    const look = async (target: ServerAnswer): Promise<{ facts: ServerFacts; advice: TlsAdvice }> => {
      const connected = await connect({ ...target, password: secret(server.adminPassword) })
      if (!connected.ok) throw new Error(connected.problem.message)
      try {
        const facts = await readServerFacts(connected.value, target.host)
        const answers = { server: target, endpoint: { host: 'localhost', port: server.port } }
        return { facts, advice: tlsPlan(planInput({ server: facts, answers })) }
      } finally {
        await connected.value.close()
      }
    }

    /** In a shell of a person: one that has the password where psql looks for it. */
    const inShell = (command: string, as: { uid?: number; gid?: number } = {}) =>
      run('/bin/sh', ['-c', command], {
        ...as,
        cwd: '/',
        env: { PATH: process.env['PATH'], PGPASSWORD: server.adminPassword },
      })

    it('is there after the steps without a restart; a key that others may read is noticed and taken back', async () => {
      const before = await look(reached())
      expect(before.facts).toMatchObject({
        tls: false,
        tlsAvailable: false,
        certificate: null,
        tlsSettings: { built: true, dataDirectory: server.dataDirectory },
      })
      expect(before.advice).toMatchObject({ connection: 'off', verified: null })
      const [make = '', turnOn = '', see = '', takeBack = '', ...more] = commandsOf(before.advice)
      expect(more).toEqual([])
      await expect(inShell(see)).rejects.toThrow(/SSL/)

      const account = serverAccount() ?? {}
      await inShell(make, account)
      const key = join(server.dataDirectory, 'server.key')
      expect(statSync(key).mode & 0o777).toBe(0o600)
      const made = readFileSync(key)
      await expect(inShell(make, account)).rejects.toThrow()
      expect(readFileSync(key)).toEqual(made)

      // With a key that others may read, SHOW says on, nobody has TLS, and it would not start again.
      chmodSync(key, 0o644)
      await inShell(turnOn)
      expect(await server.sql('SHOW ssl')).toEqual([{ ssl: 'on' }])
      await expect(inShell(see)).rejects.toThrow(/SSL/)
      await inShell(takeBack)
      await crash.kill()
      await crash.start()
      await inShell(turnOn)
      await crash.kill()
      await expect(crash.start()).rejects.toThrow(/private key file.*has group or world access/s)

      chmodSync(key, 0o600)
      await crash.start()
      await inShell(takeBack)
      await expect(inShell(see)).rejects.toThrow(/SSL/)
      await inShell(turnOn)
      expect((await inShell(see)).stdout).toMatch(/t +\| TLSv1\.[23]/)

      const after = await look(
        reached({ host: 'localhost', tls: 'verify-full', caFile: join(server.dataDirectory, 'server.crt') }),
      )
      expect(after.facts).toMatchObject({ tls: true, tlsAvailable: true })
      expect(after.facts.certificate).toMatchObject({ names: ['localhost'], selfSigned: true })
      expect(after.facts.certificate?.daysLeft).toBeGreaterThan(300)
      expect(after.advice).toMatchObject({ connection: 'required', steps: [] })
      expect(after.advice.verified).toContain('nobody but itself has signed it')
      await crash.kill()
      await crash.start()
      await inShell(see)
    })
  })

  it.each([
    ['203.0.113.7', (made: X509Certificate) => made.checkIP('203.0.113.7')],
    ['2001:db8::7', (made: X509Certificate) => made.checkIP('2001:db8::7')],
    ['db.example.com', (made: X509Certificate) => made.checkHost('db.example.com')],
    [
      `${'long.'.repeat(20)}example.com`,
      (made: X509Certificate) => made.checkHost(`${'long.'.repeat(20)}example.com`),
    ],
  ])('makes a certificate for %s', async (host, checked) => {
    const folder = mkdtempSync(join(tmpdir(), "pg-usher tls'"))
    try {
      const settings = { certificateFile: 'a b.crt', keyFile: "it's.key", built: true, forced: null }
      const [make] = turnTlsOn(
        { ...serverFacts, tlsSettings: { ...settings, dataDirectory: folder } },
        host,
        { host: '/run', port: 5432, user: 'me', database: 'postgres' },
      ).filter(({ kind }) => kind === 'command')
      await run('/bin/sh', ['-c', make?.text ?? ''])
      expect(checked(new X509Certificate(readFileSync(join(folder, 'a b.crt'))))).toBeDefined()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
