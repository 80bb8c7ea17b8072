import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { doorOf } from '../../src/engine/door.ts'
import { planRotation, type RotationRequest } from '../../src/engine/plan-rotation.ts'
import { rotate } from '../../src/engine/rotate.ts'
import { ProblemError } from '../../src/model/problem.ts'
import { reveal, type Secret, secret } from '../../src/model/secret.ts'
import { knock } from '../../src/postgres/knock.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { generatePassword } from '../../src/secrets/password.ts'
import type { SecretStore } from '../../src/secrets/store.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { majors, majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor, tryAs } from './fixture.ts'

const dba = { user: 'dba', password: 'the-password-of-dba' }
const letIn = ['host all all 127.0.0.1/32 scram-sha-256']
const keepOut = ['host all tool_user 127.0.0.1/32 reject', ...letIn]

describe.each(majorsInDepth)('rotation on PostgreSQL %i', major => {
  /** What does not differ between versions is tried on one. */
  const isNewest = major === majors.at(-1)
  let server: TestServer
  let folder: string
  let passfile: string
  let store: SecretStore
  let old: Secret

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pg-usher-rotate-'))
    passfile = join(folder, 'passfile')
    store = createPassfileStore({ path: passfile, platform: process.platform })
    server = await startServer({ major, hba: letIn, settings: { log_statement: 'all' } })
    await makeDatabase(server, 'music', { public: ['album'] })
    await server.sql(
      `CREATE ROLE dba LOGIN CREATEROLE PASSWORD '${dba.password}'; ALTER DATABASE music OWNER TO dba`,
    )
    await server.sql('ALTER SCHEMA public OWNER TO dba; ALTER TABLE album OWNER TO dba', 'music')
  })
  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const entry = () => ({ user: 'tool_user', host: server.host, port: server.port, databases: ['music'] })
  beforeEach(async () => {
    const plan = planFor(server, {
      login: 'tool_user',
      group: null,
      admin: 'dba',
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    const { outcome } = await applyPlan(server, plan, { open: openAs(server, dba), store, entry: entry() })
    expect(outcome.outcome).toBe('done')
    old = await kept()
  })
  afterEach(async () => {
    await server.setHba(letIn)
    await server.sql('DROP OWNED BY tool_user', 'music')
    await server.sql('DROP ROLE tool_user')
    await rm(passfile, { force: true })
  })

  async function kept(generation?: 'next' | 'previous'): Promise<Secret> {
    const found = await store.read({ ...entry(), ...(generation === undefined ? {} : { generation }) })
    if (found === null) throw new Error('no password is kept')
    return found
  }
  const generations = async () =>
    Promise.all((['next', 'previous'] as const).map(generation => store.read({ ...entry(), generation })))

  const requestAs = (
    admin: typeof dba | undefined,
    changed: Partial<RotationRequest> = {},
  ): RotationRequest => ({
    login: 'tool_user',
    home: 'postgres',
    databases: ['music'],
    open: openAs(server, admin),
    store,
    entry: entry(),
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target: targetOf(), user: 'tool_user', database })),
    deadline: ampleDeadline,
    ...changed,
  })
  const targetOf = () => ({
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.adminUser,
    tls: 'disable' as const,
    password: secret(server.adminPassword),
  })
  const logsIn = (password: Secret) =>
    tryAs(
      openAs(server),
      { database: 'music', as: { user: 'tool_user', password } },
      'SELECT FROM public.album',
    )

  async function rotated(request: RotationRequest) {
    const plan = await planRotation(request)
    return { plan, outcome: await rotate({ ...request, plan }) }
  }

  it.each([
    { who: 'a superuser', admin: undefined },
    { who: 'an administrator with CREATEROLE', admin: dba },
  ])(
    'by $who: the new password alone is stored and works, and the server has logged neither',
    async ({ admin }) => {
      const before = await accessIn(server, ['music'])
      const { plan, outcome } = await rotated(requestAs(admin))
      expect(plan).toMatchObject({ provable: ['music'], settleFirst: false, notes: [] })
      expect(plan.validUntil).toEqual({ from: '2099-12-31T00:00:00.000Z', to: '2099-12-31T00:00:00.000Z' })
      expect(outcome).toEqual({ outcome: 'done' })
      const now = await kept()
      expect(await logsIn(now)).toBe('ok')
      expect(await logsIn(old)).not.toBe('ok')
      expect(await generations()).toEqual([null, null])
      expect((await readFile(passfile, 'utf8')).trim().split('\n')).toHaveLength(1)
      const log = await server.log()
      for (const text of [reveal(old), reveal(now), 'SCRAM-SHA-256$']) expect(log).not.toContain(text)
      const password = /: password tool_user /
      expect((await accessIn(server, ['music'])).filter(line => !password.test(line))).toEqual(
        before.filter(line => !password.test(line)),
      )
    },
  )

  it.each([
    { who: 'a superuser', admin: undefined },
    { who: 'an administrator with CREATEROLE', admin: dba },
  ])('where the proof fails, $who puts the old password back, and it works', async ({ admin }) => {
    const real = requestAs(admin)
    const request = requestAs(admin, {
      validUntil: '2050-01-01T00:00:00.000Z',
      // The door is open when it is knocked at, and closed when it matters.
      knock: async database => {
        const door = await real.knock(database)
        await server.setHba(keepOut)
        return door
      },
    })
    const { outcome } = await rotated(request)
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'login-failed' } })
    await server.setHba(letIn)
    expect(await logsIn(old)).toBe('ok')
    expect(reveal(await kept())).toBe(reveal(old))
    expect(await generations()).toEqual([null, null])
    const [role] = await server.sql(
      "SELECT rolvaliduntil, rolcanlogin FROM pg_roles WHERE rolname = 'tool_user'",
    )
    expect(role).toEqual({ rolvaliduntil: new Date('2099-12-31T00:00:00.000Z'), rolcanlogin: true })
    expect(await server.log()).not.toContain('SCRAM-SHA-256$')
  })

  // What does not differ by version is tried on the newest alone.
  if (!isNewest) return

  it('renews VALID UNTIL, and refuses a login whose time is over', async () => {
    await server.sql("ALTER ROLE tool_user VALID UNTIL '2020-01-01 00:00+00'")
    await expect(planRotation(requestAs(dba))).rejects.toMatchObject({ problem: { code: 'login-expired' } })
    const { plan, outcome } = await rotated(requestAs(undefined, { validUntil: null }))
    expect(plan.validUntil).toEqual({ from: '2020-01-01T00:00:00.000Z', to: null })
    expect(outcome).toEqual({ outcome: 'done' })
    expect(await logsIn(await kept())).toBe('ok')
  })

  it('that cannot be tried from here keeps the old password too, until one is proved', async () => {
    await server.setHba(keepOut)
    const { plan, outcome } = await rotated(requestAs(dba))
    expect(plan).toMatchObject({ provable: [], unprovable: [{ database: 'music' }] })
    expect(plan.notes).toEqual([expect.stringContaining('could not be tried')])
    expect(outcome).toMatchObject({
      outcome: 'done-unproved',
      previous: expect.stringContaining('previous'),
    })
    expect(reveal(await kept('previous'))).toBe(reveal(old))
    await server.setHba(letIn)
    expect(await logsIn(await kept())).toBe('ok')
    expect((await rotated(requestAs(dba))).outcome).toEqual({ outcome: 'done' })
    expect(await generations()).toEqual([null, null])
  })

  it.each([{ admin: undefined }, { admin: dba }])(
    'broken off before the new password is in its place, the next one finds out and goes on: %o',
    async ({ admin }) => {
      const full = new ProblemError({ code: 'disk-full', message: 'No room.' })
      const breaking: SecretStore = {
        ...store,
        save: (where, value) =>
          where.generation === undefined ? Promise.reject(full) : store.save(where, value),
      }
      const { outcome } = await rotated(requestAs(admin, { store: breaking }))
      expect(outcome).toMatchObject({
        outcome: 'failed-changed',
        left: [expect.stringContaining('in force')],
      })
      expect(await logsIn(await kept('next'))).toBe('ok')

      const again = await rotated(requestAs(admin))
      expect(again.plan.settleFirst).toBe(true)
      expect(again.outcome).toEqual({ outcome: 'done' })
      expect(await logsIn(await kept())).toBe('ok')
      expect(await generations()).toEqual([null, null])
    },
  )

  it('broken off before the server was told, the next one begins anew', async () => {
    await store.save({ ...entry(), generation: 'next' }, generatePassword())
    const { plan, outcome } = await rotated(requestAs(dba))
    expect(plan.settleFirst).toBe(false)
    expect(outcome).toEqual({ outcome: 'done' })
    expect(await generations()).toEqual([null, null])
  })

  it('without a way back nothing is begun, unless the server may be asked', async () => {
    await store.save(entry(), generatePassword())
    await expect(planRotation(requestAs(dba))).rejects.toMatchObject({ problem: { code: 'no-way-back' } })
    await store.remove(entry())
    await expect(planRotation(requestAs(dba))).rejects.toMatchObject({ problem: { code: 'no-way-back' } })
    expect(await logsIn(old)).toBe('ok')
    expect((await rotated(requestAs(undefined))).outcome).toEqual({ outcome: 'done' })
    expect(await logsIn(await kept())).toBe('ok')
  })

  it('all connections of the login in use: the new password is set, and the old one kept', async () => {
    await server.sql('ALTER ROLE tool_user CONNECTION LIMIT 1')
    const client = await server.client({ database: 'music', user: 'tool_user', password: reveal(old) })
    try {
      const { outcome } = await rotated(requestAs(undefined))
      expect(outcome).toMatchObject({ outcome: 'done-unproved' })
      expect(reveal(await kept('previous'))).toBe(reveal(old))
      await expect(client.query('SELECT FROM public.album')).resolves.toBeDefined()
    } finally {
      await client.end()
    }
    expect(await logsIn(await kept())).toBe('ok')
  })
})
