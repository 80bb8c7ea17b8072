import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectorById } from '../../src/connectors/connectors.ts'
import { readForPlan } from '../../src/engine/read-for-plan.ts'
import { type Receipt, receiptOf } from '../../src/engine/receipt.ts'
import { receiptMarkdown } from '../../src/engine/receipt-markdown.ts'
import { rehearse } from '../../src/engine/rehearse.ts'
import { secretEntryOf } from '../../src/engine/secret-entry.ts'
import { writeReceipt } from '../../src/engine/write-receipt.ts'
import type { Answers } from '../../src/model/answers.ts'
import { reveal, secret } from '../../src/model/secret.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { describeWith } from '../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, makeDatabase, openAs } from './fixture.ts'

const databaseName = 'mu\'sic "store" \\ =1'

function answersFor(server: TestServer): Answers {
  return {
    version: 1,
    tool: 'atlan',
    server: {
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: server.adminUser,
      tls: 'disable',
    },
    endpoint: { host: 'db.example.com', port: 5432 },
    authentication: { method: 'password' },
    roles: { layout: 'group-and-login', group: 'atlan_role', login: 'atlan`user|*' },
    replacePassword: false,
    limits: {
      connectionLimit: 10,
      validUntil: '2099-12-31T00:00:00.000Z',
      statementTimeout: 300,
      readOnly: true,
    },
    access: 'read',
    databases: [
      {
        name: databaseName,
        schemas: [{ name: 'public', relations: ['album', 'artist'], laterTablesOf: ['postgres'] }],
      },
      { name: 'sales', schemas: [{ name: 'shop', relations: ['customer'], laterTablesOf: [] }] },
    ],
    network: { from: 'typed', cidrs: ['203.0.113.0/28'] },
    secret: { store: 'show-once' },
  }
}

/** The whole way from answers to a receipt, with nothing but real parts. */
async function runAnswers(server: TestServer, answers: Answers) {
  const open = openAs(server)
  const connector = connectorById(answers.tool)
  const connected = await connect({ ...answers.server, password: secret(server.adminPassword) })
  if (connector === null || !connected.ok) throw new Error('no connector or no connection')
  const session = connected.value
  const facts = await readServerFacts(session, answers.server.host, open)
  const { databases, roles } = await readForPlan(answers, session, open)
  await session.close()
  const made = makePlan({ answers, connector, catalogue: { databases }, roles, server: facts })
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  const { plan } = made
  const rehearsal = await rehearse({ plan, open })
  const store = createShowOnceStore()
  const entry = secretEntryOf(answers)
  const { outcome } = await applyPlan(server, plan, { store, entry })
  if (outcome.outcome !== 'done') throw new Error(JSON.stringify({ rehearsal, outcome }))
  const receipt = receiptOf({ plan, answers, server: facts, outcome, store, entry })
  return { plan, rehearsal, receipt, password: await store.read(entry) }
}

describeWith(['psql'])('the receipt', () => {
  describe.each(majorsInDepth)('of an apply on PostgreSQL %i', major => {
    let server: TestServer
    let folder: string

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pg-usher-receipt-'))
      server = await startServer({ major })
      await makeDatabase(server, databaseName, { public: ['album', 'artist', 'payroll'] })
      await makeDatabase(server, 'sales', { shop: ['customer', 'wages'] })
    })
    afterAll(async () => {
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    })

    it('says what was done, never the secret, and its SQL takes everything back', async () => {
      const before = await accessIn(server, [databaseName, 'sales'])
      const { receipt, rehearsal, password } = await runAnswers(server, answersFor(server))
      expect(rehearsal).toMatchObject({ outcome: 'held' })
      expect(await accessIn(server, [databaseName, 'sales'])).not.toEqual(before)

      const path = await writeReceipt(folder, receipt)
      const again = await writeReceipt(folder, receipt)
      expect(again).not.toBe(path)
      expect(await readdir(folder)).toHaveLength(4)
      for (const file of await readdir(folder)) {
        expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
      }
      const markdown = await readFile(path, 'utf8')
      const json = await readFile(path.replace(/md$/, 'json'), 'utf8')
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(receipt)))
      expect(password).not.toBeNull()
      for (const text of [markdown, json]) {
        expect(text).toContain('GRANT SELECT')
        expect(text).toContain('203.0.113.0/28')
        expect(text).not.toContain(password === null ? '' : reveal(password))
        expect(text).not.toMatch(/SCRAM-SHA-256\$/)
      }
      expect(receipt).toMatchObject({
        outcome: 'done',
        login: 'atlan`user|*',
        server: { administrator: 'postgres', port: server.port },
        proof: { databases: [{ readable: 2, by: 'login' }, { readable: 1 }] },
      })

      await psql(server, receipt.undo)
      expect(await accessIn(server, [databaseName, 'sales'])).toEqual(before)
    })
  })
})

describe('the receipt as Markdown', () => {
  it('keeps names in their place, whatever they are', () => {
    const receipt: Receipt = {
      receipt: 'pg-usher',
      version: 1,
      outcome: 'done-unproved',
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:00:01.000Z',
      tool: { id: 'atlan', name: 'Atlan' },
      server: { host: 'db', port: 5432, version: '18.4', provider: 'self-run', administrator: 'a`|b' },
      endpoint: { host: 'db', port: 5432 },
      login: 'line\n# break',
      group: null,
      validUntil: null,
      password: { kind: 'password', store: 'passfile', place: '/root/.pgpass', howToRead: 'psql reads it' },
      changes: [
        {
          database: 'd',
          title: 't',
          why: '<b>*why*</b>',
          statements: ['GRANT SELECT ON TABLE "```\n# x" TO y'],
        },
      ],
      proof: { databases: [], beyond: [] },
      unproved: [
        {
          database: 'd',
          problem: { code: 'no-hba-line', message: 'No line.' },
          hbaLine: 'host d u 127.0.0.1/32 scram-sha-256',
        },
      ],
      notes: [],
      todo: [],
      undo: ['DROP ROLE y;'],
    }
    const lines = receiptMarkdown(receipt).split('\n')
    expect(lines.filter(line => /^#/.test(line))).toEqual([
      '# Atlan: what was granted',
      '## Still to do',
      '## Proved',
      '## What was run',
      '## To undo it',
    ])
    expect(lines).toContain('| By | `` "a`\\|b" `` |')
    expect(lines).toContain('- d: \\<b\\>\\*why\\*\\</b\\>')
    // The statement's own fence is shorter than the one around it.
    expect(lines.filter(line => line.trim() === '````')).toHaveLength(1)
    expect(lines).toContain('  host d u 127.0.0.1/32 scram-sha-256')
    expect(lines.join('\n')).toContain('login: not provable from here')
  })
})

/** Runs lines by psql itself, as a person would after reading the receipt. */
async function psql(server: TestServer, lines: readonly string[]): Promise<void> {
  const child = promisify(execFile)(
    'psql',
    [
      '-X',
      '-v',
      'ON_ERROR_STOP=1',
      '-h',
      server.host,
      '-p',
      String(server.port),
      '-U',
      server.adminUser,
      'postgres',
    ],
    { env: { ...process.env, PGPASSWORD: server.adminPassword } },
  )
  child.child.stdin?.end(`${lines.join('\n')}\n`)
  await child
}
