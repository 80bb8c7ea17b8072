import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rehearse } from '../../src/engine/rehearse.ts'
import { reveal } from '../../src/model/secret.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { hostileNames, hostileRoleNames } from '../support/hostile-names.ts'
import { everyMajorInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor, tryAs } from './fixture.ts'

describe.each(everyMajorInDepth)('apply on PostgreSQL %i', major => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ major, settings: { log_statement: 'all', log_min_duration_statement: '0' } })
    await makeDatabase(server, 'music', { public: ['album', 'artist', 'payroll'], staff: ['salary'] })
    await makeDatabase(server, 'sales', { shop: ['order', 'customer'] })
  })
  afterAll(() => server?.stop())

  const databases = [
    { name: 'music', schemas: [{ name: 'public', relations: ['album', 'artist'] }] },
    { name: 'sales', schemas: [{ name: 'shop', relations: ['order'] }] },
  ]

  it.each([
    { layout: 'group and login', login: 'atlan_user', group: 'atlan_role' },
    { layout: 'one login', login: 'analytics', group: null },
  ])('makes a login that reads what was chosen and nothing else: $layout', async ({ login, group }) => {
    const plan = planFor(server, { login, group, databases })
    const before = await accessIn(server, ['music', 'sales'])

    const rehearsal = await rehearse({ plan, open: openAs(server) })
    expect(rehearsal).toMatchObject({
      outcome: 'held',
      databases: [
        { database: 'music', readable: 2, refused: 2, findings: [] },
        { database: 'sales', readable: 1, refused: 1, findings: [] },
      ],
    })
    expect(await accessIn(server, ['music', 'sales'])).toEqual(before)

    const store = createShowOnceStore()
    const { outcome, events, request } = await applyPlan(server, plan, { store })
    expect(outcome).toMatchObject({
      outcome: 'done',
      notes: [],
      proof: {
        databases: [
          { database: 'music', by: 'login', readable: 2, refused: 2, writesRefused: 4, findings: [] },
          { database: 'sales', by: 'login', readable: 1, refused: 1, writesRefused: 2, findings: [] },
        ],
      },
    })
    expect(events.flatMap(event => (event.kind === 'phase' ? event.phase : []))).toEqual([
      'knock',
      'secret',
      'roles',
      'database',
      'database',
      'login',
      'proof',
      'proof',
      'end',
    ])

    const password = await store.read(request.entry)
    if (password === null) throw new Error('the secret is not there')
    const as = { user: login, password }
    const open = openAs(server)
    expect(await tryAs(open, { database: 'music', as }, 'SELECT * FROM public.album')).toBe('ok')
    expect(await tryAs(open, { database: 'music', as }, 'SELECT * FROM public.payroll')).toBe('42501')
    expect(await tryAs(open, { database: 'music', as }, 'SELECT * FROM staff.salary')).toBe('42501')
    expect(await tryAs(open, { database: 'sales', as }, 'SELECT * FROM shop."order"')).toBe('ok')
    expect(
      await tryAs(
        open,
        { database: 'music', as },
        `BEGIN READ WRITE; INSERT INTO public.album VALUES (2, 'two')`,
      ),
    ).toBe('42501')
    const [role] = await server.sql(
      'SELECT rolcanlogin, rolvaliduntil FROM pg_roles WHERE rolname = $1',
      'postgres',
      [login],
    )
    expect(role).toEqual({ rolcanlogin: true, rolvaliduntil: new Date('2099-12-31T00:00:00.000Z') })

    const log = await server.log()
    expect(log).toContain('COPY pg_temp.pg_usher_verifier FROM STDIN')
    expect(log).not.toContain(reveal(password))
    expect(log).not.toContain('SCRAM-SHA-256$')
  })

  it('takes any name', async () => {
    const [login = '', group = ''] = ['lo"gi\'n; -- \\ 🎟️', 'gr"o\'up $$ \\']
    expect(hostileRoleNames.length).toBeGreaterThan(10)
    const database = 'da"ta\'base \\ $$'
    const schema = 'sch"e\'ma \\ $body$'
    await makeDatabase(server, database, { [schema]: [...hostileNames, 'other'] })
    const plan = planFor(server, {
      login,
      group,
      databases: [{ name: database, schemas: [{ name: schema, relations: hostileNames }] }],
    })
    expect(await rehearse({ plan, open: openAs(server) })).toMatchObject({
      outcome: 'held',
      databases: [{ readable: hostileNames.length, refused: 1, findings: [] }],
    })
    const { outcome } = await applyPlan(server, plan)
    expect(outcome).toMatchObject({
      outcome: 'done',
      proof: { databases: [{ readable: hostileNames.length, refused: 1, by: 'login' }] },
    })
  })

  it('proves a login that may not use plpgsql', async () => {
    await server.sql('REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC', 'sales')
    const plan = planFor(server, {
      login: 'no_blocks',
      group: null,
      databases: [{ name: 'sales', schemas: [{ name: 'shop', relations: ['customer'] }] }],
    })
    const { outcome } = await applyPlan(server, plan)
    expect(outcome).toMatchObject({
      outcome: 'done',
      proof: { databases: [{ by: 'login', readable: 1, refused: 1, writesRefused: 2 }] },
    })
  })

  it('with nothing to change keeps the password and proves with it', async () => {
    const full = planFor(server, { login: 'again', group: null, databases })
    const store = createShowOnceStore()
    const first = await applyPlan(server, full, { store })
    const password = await store.read(first.request.entry)
    const before = await accessIn(server, ['music', 'sales'])
    const empty = {
      ...full,
      roles: [],
      opening: [],
      databases: full.databases.map(database => ({ ...database, changes: [] })),
    }
    expect(await rehearse({ plan: empty, open: openAs(server) })).toMatchObject({ outcome: 'held' })
    const { outcome } = await applyPlan(server, empty, { store })
    expect(outcome).toMatchObject({
      outcome: 'done',
      proof: { databases: [{ by: 'login' }, { by: 'login' }] },
    })
    expect(await store.read(first.request.entry)).toBe(password)
    expect(await accessIn(server, ['music', 'sales'])).toEqual(before)

    const elsewhere = await applyPlan(server, empty, { store: createShowOnceStore() })
    expect(elsewhere.outcome).toMatchObject({
      outcome: 'done-unproved',
      unproved: [{ problem: { code: 'password-unknown' } }, {}],
      proof: { databases: [{ by: 'assumed', readable: 2 }, { by: 'assumed' }] },
    })
  })

  it('gives way to another run on the same tables, and comes through', async () => {
    const runs = ['first', 'second'].map(login =>
      applyPlan(server, planFor(server, { login, group: `${login}_group`, databases }), { deadline: 20_000 }),
    )
    for (const { outcome } of await Promise.all(runs)) expect(outcome).toMatchObject({ outcome: 'done' })
  })
})
