import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rehearse } from '../../src/engine/rehearse.ts'
import { withSession } from '../../src/engine/with-session.ts'
import { reveal } from '../../src/model/secret.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { everyMajorInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor, tryAs } from './fixture.ts'

/** As managed services give one: no superuser, may make roles, owns what the application has made. */
describe.each(everyMajorInDepth)('an administrator who is no superuser, on PostgreSQL %i', major => {
  let server: TestServer
  const admin = { user: 'dba', password: 'the-password-of-dba' }
  const databases = [{ name: 'music', schemas: [{ name: 'app', relations: ['album', 'artist'] }] }]

  beforeAll(async () => {
    server = await startServer({ major, settings: { log_statement: 'all' } })
    await makeDatabase(server, 'music', { app: ['album', 'artist', 'payroll'] })
    await server.sql(`CREATE ROLE dba LOGIN CREATEROLE CREATEDB PASSWORD '${admin.password}'`)
    await server.sql(
      `ALTER DATABASE music OWNER TO dba; ALTER SCHEMA app OWNER TO dba; ALTER TABLE app.album OWNER TO dba;
       ALTER TABLE app.artist OWNER TO dba; ALTER TABLE app.payroll OWNER TO dba`,
      'music',
    )
  })
  afterAll(() => server?.stop())

  it.each([
    { layout: 'group and login', login: 'tool_user', group: 'tool_role' },
    { layout: 'one login', login: 'analytics', group: null },
  ])('rehearses, applies and is no member of the login afterwards: $layout', async ({ login, group }) => {
    const open = openAs(server, admin)
    const plan = planFor(server, { login, group, databases, admin: 'dba' })
    const before = await accessIn(server, ['music'])
    expect(await rehearse({ plan, open })).toMatchObject({
      outcome: 'held',
      databases: [{ readable: 2, refused: 1, findings: [] }],
    })
    expect(await accessIn(server, ['music'])).toEqual(before)
    const { outcome } = await applyPlan(server, plan, { open })
    expect(outcome).toMatchObject({ outcome: 'done', proof: { databases: [{ by: 'login', readable: 2 }] } })
    // From 16 on the maker of a role administers it (manual, 21.5); it has neither its privileges nor SET ROLE.
    const held = await server.sql(
      `SELECT pg_has_role('dba', $1, 'USAGE') AS usage, pg_has_role('dba', $1, '${major >= 16 ? 'SET' : 'MEMBER'}') AS set`,
      'postgres',
      [login],
    )
    expect(held).toEqual([{ usage: false, set: false }])
  })

  it('is told at the rehearsal that a login of somebody else is not theirs to change', async () => {
    await server.sql(major >= 16 ? 'CREATE ROLE theirs LOGIN' : 'CREATE ROLE theirs LOGIN SUPERUSER')
    const plan = planFor(server, { login: 'theirs', group: null, databases, admin: 'dba', existed: true })
    expect(await rehearse({ plan, open: openAs(server, admin) })).toMatchObject({
      outcome: 'failed',
      problem: { sqlstate: '42501' },
    })
    await server.sql('DROP ROLE theirs')
    // An error inside the DO block would show the statement in its CONTEXT.
    expect(await server.log()).not.toContain('SCRAM-SHA-256$')
  })

  it('cannot put back a replaced password that it may not read: said, and the new one is kept', async () => {
    const open = openAs(server, admin)
    await withSession(open, { database: 'postgres' }, session =>
      session.query("CREATE ROLE older LOGIN VALID UNTIL '2098-01-01Z' PASSWORD 'older-password'"),
    )
    const plan = planFor(server, { login: 'older', group: null, databases, admin: 'dba', existed: true })
    const store = createShowOnceStore()
    const controller = new AbortController()
    const { outcome, request } = await applyPlan(server, plan, {
      open,
      store,
      signal: controller.signal,
      onEvent: event => {
        if (event.kind === 'phase' && event.phase === 'end') controller.abort()
      },
    })
    expect(outcome).toMatchObject({
      outcome: 'failed-changed',
      problem: { code: 'cancelled' },
      left: [expect.stringContaining('password of older is replaced'), expect.stringContaining('kept in')],
      undo: [],
    })
    const password = await store.read(request.entry)
    if (password === null) throw new Error('the only copy of the new password is gone')
    const as = { user: 'older', password }
    expect(await tryAs(open, { database: 'music', as }, 'SELECT 1')).toBe('ok')
    expect(await tryAs(open, { database: 'music', as }, 'SELECT * FROM app.album')).toBe('42501')
    const [role] = await server.sql("SELECT rolvaliduntil FROM pg_roles WHERE rolname = 'older'")
    expect(role).toEqual({ rolvaliduntil: new Date('2098-01-01T00:00:00.000Z') })
  })

  it('without TEMPORARY the verifier has to stand in a statement, and that is said', async () => {
    for (const name of ['postgres', 'music'])
      await server.sql(`REVOKE TEMPORARY ON DATABASE ${name} FROM PUBLIC, dba`)
    const store = createShowOnceStore()
    const plan = planFor(server, { login: 'no_temp', group: null, databases, admin: 'dba' })
    const open = openAs(server, admin)
    expect(await rehearse({ plan, open })).toMatchObject({
      outcome: 'held',
      databases: [{ findings: [{ code: 'verifier-leaves-trace', relation: null }] }],
    })
    const { outcome, request } = await applyPlan(server, plan, { open, store })
    expect(outcome).toMatchObject({ outcome: 'done', notes: [expect.stringContaining('verifier')] })
    const log = await server.log()
    expect(log).toContain('SCRAM-SHA-256$')
    const password = await store.read(request.entry)
    expect(password).not.toBeNull()
    if (password !== null) expect(log).not.toContain(reveal(password))
  })
})

describe.each(everyMajorInDepth)('a server with pg_stat_statements, PostgreSQL %i', major => {
  it.each([
    { track: 'top', kept: 0, notes: [] },
    { track: 'all', kept: 1, notes: [expect.stringContaining('pg_stat_statements')] },
  ])('that tracks $track: what it keeps of the verifier is said', async ({ track, kept, notes }) => {
    const server = await startServer({
      major,
      settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': track },
    })
    try {
      await makeDatabase(server, 'music', { public: ['album'] })
      await server.sql('CREATE EXTENSION pg_stat_statements')
      const plan = planFor(server, {
        login: 'tool_user',
        group: null,
        databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
      })
      const { outcome } = await applyPlan(server, plan)
      expect(outcome).toMatchObject({ outcome: 'done', notes })
      const [row] = await server.sql(
        "SELECT count(*)::int AS kept FROM pg_stat_statements WHERE query ~ 'SCRAM-SHA-256[$][0-9]'",
      )
      expect(row).toEqual({ kept })
    } finally {
      await server.stop()
    }
  })
})

describe.each(everyMajorInDepth)('a server that lets only the tool in, PostgreSQL %i', major => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({
      major,
      hba: [
        'local all postgres scram-sha-256',
        'host all postgres 127.0.0.1/32 scram-sha-256',
        'host sales tool_user 127.0.0.1/32 scram-sha-256',
        'host all tool_user 203.0.113.7/32 scram-sha-256',
      ],
    })
    await makeDatabase(server, 'music', { public: ['album', 'payroll'] })
    await makeDatabase(server, 'sales', { shop: ['customer', 'wages'] })
  })
  afterAll(() => server?.stop())

  it('the login is not provable from here: said with the line, proved with SET ROLE, given its end', async () => {
    const plan = planFor(server, {
      login: 'tool_user',
      group: 'tool_role',
      databases: [
        { name: 'music', schemas: [{ name: 'public', relations: ['album'] }] },
        { name: 'sales', schemas: [{ name: 'shop', relations: ['customer'] }] },
      ],
    })
    const { outcome } = await applyPlan(server, plan)
    expect(outcome).toMatchObject({
      outcome: 'done-unproved',
      unproved: [
        {
          database: 'music',
          problem: { code: 'no-hba-line' },
          hbaLine: 'host music tool_user 127.0.0.1/32 scram-sha-256',
        },
      ],
      proof: {
        databases: [
          { database: 'music', by: 'assumed', readable: 1, refused: 1, writesRefused: 2 },
          { database: 'sales', by: 'login', readable: 1, refused: 1, writesRefused: 2 },
        ],
      },
    })
    const [role] = await server.sql("SELECT rolvaliduntil FROM pg_roles WHERE rolname = 'tool_user'")
    expect(role).toEqual({ rolvaliduntil: new Date('2099-12-31T00:00:00.000Z') })
    expect(await server.sql('SELECT FROM pg_auth_members WHERE member = 10')).toEqual([])
  })
})
