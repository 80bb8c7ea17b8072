import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { planRotation } from '../../src/engine/plan-rotation.ts'
import { rehearse } from '../../src/engine/rehearse.ts'
import { rotate } from '../../src/engine/rotate.ts'
import { reveal } from '../../src/model/secret.ts'
import { generatePassword } from '../../src/secrets/password.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { buildPasswordPolicy, policyPrograms } from '../support/password-policy.ts'
import { describeWith } from '../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'

const dba = { user: 'dba', password: 'dba-password' }
const wanted = {
  group: null,
  databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
}
const verifier = /SCRAM-SHA-256[$][0-9]/

describe.each(majorsInDepth)('an administrator who may not make temporary tables, PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      major,
      settings: {
        log_statement: 'all',
        shared_preload_libraries: 'pg_stat_statements',
        'pg_stat_statements.track': 'top',
      },
    })
    await makeDatabase(server, 'music', { public: ['album'] })
    await server.sql('CREATE EXTENSION pg_stat_statements')
    await server.sql(
      `CREATE ROLE dba LOGIN CREATEROLE PASSWORD '${dba.password}'; ALTER DATABASE music OWNER TO dba;
       REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC`,
    )
    await server.sql('ALTER TABLE public.album OWNER TO dba; ALTER SCHEMA public OWNER TO dba', 'music')
  })
  afterAll(() => server?.stop())
  afterEach(async () => {
    await server.sql('DROP OWNED BY tool_user', 'music')
    await server.sql('DROP ROLE tool_user; ALTER ROLE dba RESET ALL; SELECT pg_stat_statements_reset()')
  })

  const inStatistics = async () => {
    const rows = await server.sql('SELECT query FROM pg_stat_statements')
    return rows.filter(({ query }) => verifier.test(String(query))).length
  }

  it('opens the login where it may, and gives it another password there: no verifier stands anywhere', async () => {
    const open = openAs(server, dba)
    const plan = planFor(server, { ...wanted, login: 'tool_user', admin: dba.user })
    const held = await rehearse({ plan, open })
    expect(held).toMatchObject({ outcome: 'held', databases: [{ findings: [] }] })
    const store = createShowOnceStore()
    const { outcome, request } = await applyPlan(server, plan, { open, store })
    expect(outcome).toMatchObject({ outcome: 'done', notes: [] })
    const rotation = {
      ...request,
      login: 'tool_user',
      home: 'postgres',
      databases: ['music'],
      generate: generatePassword,
      deadline: ampleDeadline,
    }
    const shown = await planRotation(rotation)
    expect(shown.notes).toEqual([])
    expect(await rotate({ ...rotation, plan: shown })).toEqual({ outcome: 'done' })
    expect(await server.log()).not.toMatch(verifier)
    expect(await inStatistics()).toBe(0)
  })

  it.each([
    { track: 'top', kept: 1, says: expect.stringMatching(/may log it.* pg_stat_statements keeps/) },
    { track: 'none', kept: 0, says: expect.not.stringContaining('pg_stat_statements') },
  ])(
    'where none of the databases lets it, the log and statistics that track $track are told of before',
    async ({ track, kept, says }) => {
      await server.sql(
        `REVOKE TEMPORARY ON DATABASE music FROM PUBLIC, dba; ALTER ROLE dba SET pg_stat_statements.track = ${track}`,
      )
      const open = openAs(server, dba)
      const plan = planFor(server, { ...wanted, login: 'tool_user', admin: dba.user })
      const findings = [{ code: 'verifier-leaves-trace', text: says }]
      expect(await rehearse({ plan, open })).toMatchObject({ outcome: 'held', databases: [{ findings }] })
      await server.sql('SELECT pg_stat_statements_reset()')
      const store = createShowOnceStore()
      const { outcome, request } = await applyPlan(server, plan, { open, store })
      expect(outcome).toMatchObject({ outcome: 'done', notes: [says] })
      expect(await server.log()).toMatch(verifier)
      expect(await inStatistics()).toBe(kept)
      const password = await store.read(request.entry)
      if (password === null) throw new Error('no password')
      expect(await server.log()).not.toContain(reveal(password))
    },
  )
})

describeWith(policyPrograms)('a policy that quotes in its message what it refuses', () => {
  let server: TestServer
  let policy: ReturnType<typeof buildPasswordPolicy>
  beforeAll(async () => {
    policy = buildPasswordPolicy({ quotes: true })
    server = await startServer(policy.options)
    await makeDatabase(server, 'music', { public: ['album'] })
  })
  afterAll(async () => {
    await server?.stop()
    policy?.remove()
  })

  it.each([false, true])(
    'gets neither verifier nor password into the log (in plain text: %s)',
    async plain => {
      const plan = planFor(server, { ...wanted, login: 'tool_user' })
      const password = generatePassword()
      const opening = plan.opening.map(change =>
        plain && change.kind === 'open-login' ? { ...change, plain: true as const } : change,
      )
      const { outcome } = await applyPlan(server, { ...plan, opening }, { generate: () => password })
      expect(outcome).toMatchObject({
        outcome: 'failed-unchanged',
        problem: {
          code: 'verifier-refused',
          message: expect.stringContaining('it quotes what was to be set'),
        },
      })
      const log = await server.log()
      expect(log).toContain('it quotes what was to be set')
      for (const told of [log, JSON.stringify(outcome)]) {
        expect(told).not.toMatch(verifier)
        expect(told).not.toContain(reveal(password))
      }
    },
  )
})
