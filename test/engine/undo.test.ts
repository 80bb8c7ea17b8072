import { isDeepStrictEqual } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isUndone, planUndo } from '../../src/engine/plan-undo.ts'
import { withSession } from '../../src/engine/with-session.ts'
import type { Change } from '../../src/model/change.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { everyMajorInDepth, majors, startServer, type TestServer } from '../support/server.ts'
import { accessIn, makeDatabase, openAs, planFor, tryAs } from './fixture.ts'
import { applied, undoOf } from './undo-fixture.ts'

const databases = ['music', 'sa"les']
const dba = { user: 'dba', password: 'the-password-of-dba' }

/** Tables later too, in one schema. */
function withLaterTables(plan: Plan, owner: string): Plan {
  const change: Change = {
    kind: 'grant-default-privileges',
    owner,
    schema: 'app',
    privileges: ['SELECT', 'REFERENCES'],
    grantee: plan.grantee,
    why: 'a test',
  }
  return {
    ...plan,
    databases: plan.databases.map(each =>
      each.database === 'music' ? { ...each, changes: [...each.changes, change] } : each,
    ),
  }
}

describe.each(everyMajorInDepth)('undo on PostgreSQL %i', major => {
  /** What does not differ between versions is tried on one. */
  const isNewest = major === majors.at(-1)
  let server: TestServer
  let before: readonly string[]

  beforeAll(async () => {
    server = await startServer({ major })
    await prepare()
  })
  afterAll(() => server?.stop())

  async function prepare(): Promise<void> {
    await makeDatabase(server, 'music', { app: ['album', 'Art"ist', 'payroll'] })
    await makeDatabase(server, 'sa"les', { shop: ['customer', 'wages'] })
    await server.sql(
      `CREATE ROLE dba LOGIN CREATEROLE CREATEDB PASSWORD '${dba.password}'; CREATE ROLE other LOGIN;
       ALTER DATABASE music OWNER TO dba; ALTER DATABASE "sa""les" OWNER TO dba`,
    )
    await server.sql(
      `ALTER SCHEMA app OWNER TO dba; ALTER TABLE app.album OWNER TO dba; ALTER TABLE app."Art""ist" OWNER TO dba;
       GRANT SELECT ON app.album TO other WITH GRANT OPTION; GRANT USAGE ON SCHEMA app TO other`,
      'music',
    )
    await server.sql('ALTER SCHEMA shop OWNER TO dba; ALTER TABLE shop.customer OWNER TO dba', 'sa"les')
    before = await accessIn(server, databases)
  }

  /** Takes away all that the tests have made. */
  async function clear(): Promise<void> {
    const [made] = await server.sql(`SELECT
      (SELECT coalesce(json_agg(format('DROP DATABASE %I WITH (FORCE)', datname)), '[]') FROM pg_database
       WHERE NOT datistemplate AND datname <> 'postgres') AS databases,
      (SELECT coalesce(json_agg(format('DROP OWNED BY %1$I; DROP ROLE %1$I', rolname)), '[]') FROM pg_roles
       WHERE rolname !~ '^pg_' AND rolname <> 'postgres') AS roles`)
    for (const statement of [made?.['databases'], made?.['roles']].flat()) await server.sql(String(statement))
  }

  /** Every test leaves the server as it was; what one that fails leaves must not fail the next, or its second try. */
  afterEach(async () => {
    const then = before
    const now = await accessIn(server, databases)
    if (!isDeepStrictEqual(now, then)) {
      await clear()
      await prepare()
    }
    expect(now).toEqual(then)
  })

  const wanted = {
    login: 'tool_user',
    group: 'tool_role',
    databases: [
      { name: 'music', schemas: [{ name: 'app', relations: ['album', 'Art"ist'] }] },
      { name: 'sa"les', schemas: [{ name: 'shop', relations: ['customer'] }] },
    ],
  }

  it.each([
    { who: 'a superuser', admin: undefined, group: 'tool_role' },
    { who: 'a superuser', admin: undefined, group: null },
    { who: 'an administrator with CREATEROLE', admin: dba, group: 'tool_role' },
    { who: 'an administrator with CREATEROLE', admin: dba, group: null },
  ])(
    'leaves the access exactly as before, by $who, group $group; again there is nothing to do',
    async ({ admin, group }) => {
      const plan = withLaterTables(planFor(server, { ...wanted, group, admin: admin?.user }), 'dba')
      const run = await applied(server, plan, admin)
      // A table made since is granted too, by the default privileges.
      await server.sql('SET ROLE dba; CREATE TABLE app.later ()', 'music')
      const { plan: shown, outcome } = await undoOf(run)
      await server.sql('DROP TABLE app.later', 'music')
      expect(outcome).toEqual({ outcome: 'done', notes: [] })
      expect(shown).toMatchObject({ login: 'tool_user', sessions: 0, stays: [], removeSecret: true })
      expect(await accessIn(server, databases)).toEqual(before)
      expect(await run.store.read(run.entry)).toBeNull()

      const again = await planUndo({ ...run, deadline: ampleDeadline })
      expect(isUndone(again)).toBe(true)
      expect(again.notes).toContain('The role tool_user is gone.')
    },
  )

  it('leaves a grant of another grantor, says that it hangs on the role, and closes the login', async () => {
    const run = await applied(server, planFor(server, { ...wanted, group: null }))
    await server.sql('SET ROLE other; GRANT SELECT ON app.album TO tool_user', 'music')
    const { plan, outcome } = await undoOf(run)
    expect(plan.drop).toEqual([])
    expect(plan.databases.find(each => each.database === 'music')?.others).toMatchObject([
      { name: 'album', grantor: 'other', privilege: 'SELECT' },
    ])
    expect(outcome).toMatchObject({
      outcome: 'role-stays',
      stays: [{ role: 'tool_user', because: ['a privilege on table app.album in music'] }],
    })
    const [role] = await server.sql(
      "SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = 'tool_user'",
    )
    expect(role).toEqual({ rolcanlogin: false, rolpassword: null })
    const acl = await server.sql("SELECT relacl::text FROM pg_class WHERE relname = 'album'", 'music')
    expect(acl[0]?.['relacl']).toContain('tool_user=r/other')
    expect(acl[0]?.['relacl']).not.toContain('tool_user=r/dba')
    // The stored password stays with the login.
    expect(await run.store.read(run.entry)).not.toBeNull()
    expect(isUndone(await planUndo({ ...run, deadline: ampleDeadline }))).toBe(true)

    await server.sql('SET ROLE other; REVOKE SELECT ON app.album FROM tool_user', 'music')
    expect(await undoOf(run)).toMatchObject({ plan: { removeSecret: true }, outcome: { outcome: 'done' } })
  })

  it('takes back as the grantor what a superuser could not: a grant by a role with the grant option', async () => {
    await server.sql(`ALTER ROLE other PASSWORD 'of-other'; ALTER ROLE other CREATEROLE`)
    await server.sql('GRANT USAGE ON SCHEMA app TO other WITH GRANT OPTION', 'music')
    const start = await accessIn(server, databases)
    const plan = planFor(server, {
      login: 'tool_user',
      group: null,
      admin: 'other',
      databases: [{ name: 'music', schemas: [{ name: 'app', relations: ['album'] }] }],
    })
    // CONNECT is not other's to grant, nor REFERENCES.
    const music = plan.databases[0]
    const changes = (music?.changes ?? []).flatMap((change): Change[] =>
      change.kind === 'grant-connect'
        ? []
        : [change.kind === 'grant-relations' ? { ...change, privileges: ['SELECT'] } : change],
    )
    const run = await applied(
      server,
      { ...plan, databases: music === undefined ? [] : [{ ...music, changes }] },
      { user: 'other', password: 'of-other' },
    )
    const { plan: shown, outcome } = await undoOf({ ...run, open: openAs(server) })
    expect(shown.databases[0]?.steps).toMatchObject([{ actAs: 'other' }])
    expect(outcome).toEqual({ outcome: 'done', notes: [] })
    expect(await accessIn(server, databases)).toEqual(start)
    await server.sql('REVOKE GRANT OPTION FOR USAGE ON SCHEMA app FROM other', 'music')
    await server.sql('ALTER ROLE other PASSWORD NULL NOCREATEROLE')
  })

  it.each([{ admin: undefined }, { admin: dba }])(
    'ends open sessions where it is asked to, and they cannot come back: %o',
    async ({ admin }) => {
      const run = await applied(server, planFor(server, { ...wanted, admin: admin?.user }), admin)
      const password = await run.store.read(run.entry)
      if (password === null) throw new Error('no password')
      const as = { user: 'tool_user', password }
      await withSession(run.open, { database: 'music', as }, async session => {
        const { plan, outcome } = await undoOf(run, { endSessions: true })
        expect(plan.sessions).toBe(1)
        expect(outcome).toEqual({ outcome: 'done', notes: [] })
        await expect(session.query('SELECT 1')).rejects.toMatchObject({
          problem: { code: 'connection-lost' },
        })
      })
      expect(await tryAs(run.open, { database: 'music', as }, 'SELECT 1')).toMatch(
        /28P01|28000|wrong-password/,
      )
      expect(await accessIn(server, databases)).toEqual(before)
    },
  )

  it('gives a login that was there before its limits back, and leaves what it had', async () => {
    await server.sql(
      "CREATE ROLE tool_user NOLOGIN VALID UNTIL '2031-01-01 00:00+00'; GRANT SELECT ON app.payroll TO tool_user",
      'music',
    )
    const start = await accessIn(server, databases)
    const plan = planFor(server, { ...wanted, group: null, existed: true })
    const beforeRun = '2031-01-01T00:00:00.000Z'
    const run = await applied(server, {
      ...plan,
      roles: [
        ...plan.roles,
        { kind: 'set-connection-limit', role: 'tool_user', limit: 3, before: -1, why: 'a test' },
      ],
      opening: plan.opening.map(change =>
        change.kind === 'open-login' || change.kind === 'set-valid-until'
          ? { ...change, before: beforeRun }
          : change,
      ),
    })
    const { plan: shown, outcome } = await undoOf(run)
    expect(shown).toMatchObject({ drop: [], removeSecret: false })
    expect(shown.notes).toEqual([expect.stringContaining('keeps its present password')])
    expect(outcome).toEqual({ outcome: 'done', notes: [] })
    const password = /: password /
    expect((await accessIn(server, databases)).filter(line => !password.test(line))).toEqual(
      start.filter(line => !password.test(line)),
    )
    expect(isUndone(await planUndo({ ...run, deadline: ampleDeadline }))).toBe(true)
    await server.sql('REVOKE SELECT ON app.payroll FROM tool_user; DROP ROLE tool_user', 'music')
  })

  // What does not differ by version is tried on the newest alone.
  if (!isNewest) return

  it('says what the login has come to own, in every database, and keeps the role closed', async () => {
    const run = await applied(server, planFor(server, wanted))
    await server.sql('ALTER TABLE app.payroll OWNER TO tool_user', 'music')
    await server.sql('CREATE TABLE public.theirs (); ALTER TABLE public.theirs OWNER TO tool_user')
    const { outcome } = await undoOf(run)
    expect(outcome).toMatchObject({
      outcome: 'role-stays',
      stays: [
        {
          role: 'tool_user',
          because: ['it owns table app.payroll in music', '1 thing in database postgres'],
        },
      ],
    })
    expect(await server.sql("SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname ~ '^tool'")).toEqual([
      { rolname: 'tool_user', rolcanlogin: false },
    ])
    await server.sql('ALTER TABLE app.payroll OWNER TO postgres', 'music')
    await server.sql('DROP TABLE public.theirs')
    expect((await undoOf(run)).outcome).toEqual({ outcome: 'done', notes: [] })
  })

  it('keeps a group that another login has joined', async () => {
    const run = await applied(server, planFor(server, wanted))
    await server.sql('GRANT tool_role TO other')
    const { outcome } = await undoOf(run)
    expect(outcome).toMatchObject({
      outcome: 'role-stays',
      stays: [{ role: 'tool_role', because: ['its member other'] }],
    })
    expect(await server.sql("SELECT rolname FROM pg_roles WHERE rolname ~ '^tool'")).toEqual([
      { rolname: 'tool_role' },
    ])
    await server.sql('REVOKE tool_role FROM other')
    expect((await undoOf(run)).outcome).toEqual({ outcome: 'done', notes: [] })
  })

  it('unasked leaves sessions open, without what was granted, and says so', async () => {
    const run = await applied(server, planFor(server, wanted))
    const password = await run.store.read(run.entry)
    if (password === null) throw new Error('no password')
    await withSession(run.open, { database: 'music', as: { user: 'tool_user', password } }, async session => {
      await session.query('SELECT FROM app.album')
      const { outcome } = await undoOf(run)
      expect(outcome).toMatchObject({ outcome: 'done', notes: [expect.stringContaining('1 session open')] })
      await expect(session.query('SELECT FROM app.album')).rejects.toMatchObject({
        problem: { sqlstate: '42501' },
      })
    })
  })

  it('goes on where it was broken off', async () => {
    const run = await applied(server, planFor(server, wanted))
    const cut = new AbortController()
    const { outcome } = await undoOf(run, {
      signal: cut.signal,
      onPart: (part, database) => {
        if (part === 'database' && database === 'music') cut.abort()
      },
    })
    expect(outcome).toMatchObject({
      outcome: 'failed-changed',
      problem: { code: 'cancelled' },
      left: expect.arrayContaining(['In database music: GRANT USAGE on schema app', 'The role tool_role']),
    })
    const { plan, outcome: again } = await undoOf(run)
    expect(plan.close).toEqual([])
    expect(again).toEqual({ outcome: 'done', notes: [] })
    expect(await accessIn(server, databases)).toEqual(before)
  })

  it('cancelled before anything was changed, changes nothing', async () => {
    const run = await applied(server, planFor(server, wanted))
    const granted = await accessIn(server, databases)
    const cut = new AbortController()
    const { outcome } = await undoOf(run, { signal: cut.signal, onPart: () => cut.abort() })
    expect(outcome).toEqual({ outcome: 'cancelled' })
    expect(await accessIn(server, databases)).toEqual(granted)
    await undoOf(run)
  })

  it('finds a table that was renamed or has another owner, and not one that is gone', async () => {
    const run = await applied(server, planFor(server, wanted))
    await server.sql(
      'ALTER TABLE app.album RENAME TO record; ALTER TABLE app."Art""ist" OWNER TO postgres',
      'music',
    )
    await server.sql('CREATE TABLE shop.spare (LIKE shop.customer); DROP TABLE shop.customer', 'sa"les')
    const { outcome } = await undoOf(run)
    await server.sql(
      'ALTER TABLE app.record RENAME TO album; ALTER TABLE app."Art""ist" OWNER TO dba',
      'music',
    )
    await server.sql(
      `DROP TABLE shop.spare; CREATE TABLE shop.customer (id int PRIMARY KEY, name text);
       ALTER TABLE shop.customer OWNER TO dba`,
      'sa"les',
    )
    expect(outcome).toEqual({ outcome: 'done', notes: [] })
    expect(await accessIn(server, databases)).toEqual(before)
  })

  it('a database and a role that are gone are told, and the rest is taken back', async () => {
    await makeDatabase(server, 'fleeting', { public: ['t'] })
    const run = await applied(
      server,
      planFor(server, {
        ...wanted,
        databases: [
          ...wanted.databases,
          { name: 'fleeting', schemas: [{ name: 'public', relations: ['t'] }] },
        ],
      }),
    )
    await server.sql('DROP DATABASE fleeting')
    await server.sql('DROP ROLE tool_user')
    const { plan, outcome } = await undoOf(run)
    expect(plan.notes).toEqual([
      'The role tool_user is gone.',
      'The database fleeting is gone, and with it what was granted there.',
    ])
    expect(outcome).toEqual({ outcome: 'done', notes: [] })
    expect(await accessIn(server, databases)).toEqual(before)
  })

  it('grants again what a later run took away, and leaves the earlier run alone', async () => {
    const first = await applied(server, planFor(server, wanted))
    const granted = await accessIn(server, databases)
    const plan = planFor(server, { ...wanted, existed: true })
    const taking: Change = {
      kind: 'revoke-relations',
      schema: 'app',
      relations: ['album'],
      privileges: ['SELECT', 'REFERENCES'],
      grantee: 'tool_role',
      grantor: 'dba',
      why: 'a test',
    }
    const second = await applied(
      server,
      {
        ...plan,
        roles: [],
        opening: [],
        databases: plan.databases.map(each => ({
          ...each,
          chosen: each.chosen.filter(({ name }) => name !== 'album'),
          changes: each.database === 'music' ? [taking] : [],
        })),
      },
      undefined,
      first.store,
    )
    expect(await accessIn(server, databases)).not.toEqual(granted)
    expect((await undoOf(second)).outcome).toEqual({ outcome: 'done', notes: [] })
    expect(await accessIn(server, databases)).toEqual(granted)
    expect(isUndone(await planUndo({ ...second, deadline: ampleDeadline }))).toBe(true)
    expect((await undoOf(first)).outcome).toEqual({ outcome: 'done', notes: [] })
  })

  it('takes back more tables than one transaction has room for', async () => {
    const tables = Array.from({ length: 1700 }, (_, number) => `t${number}`)
    await makeDatabase(server, 'many', {})
    await server.sql(
      `CREATE SCHEMA s; ${tables.map(table => `CREATE TABLE s.${table} ()`).join('; ')}`,
      'many',
    )
    const run = await applied(
      server,
      planFor(server, {
        login: 'tool_user',
        group: null,
        databases: [{ name: 'many', schemas: [{ name: 's', relations: tables }] }],
      }),
    )
    const parts: unknown[] = []
    const { outcome } = await undoOf(run, { onPart: part => parts.push(part) })
    await server.sql('DROP DATABASE many')
    expect(outcome).toEqual({ outcome: 'done', notes: [] })
    expect(parts).toEqual(['close', 'database', 'roles', 'secret', 'check'])
  })

  it('does not touch another role of the same name', async () => {
    const run = await applied(server, planFor(server, { ...wanted, group: null }))
    await undoOf(run)
    await server.sql('CREATE ROLE tool_user LOGIN')
    await expect(planUndo({ ...run, deadline: ampleDeadline })).rejects.toMatchObject({
      problem: { code: 'role-replaced' },
    })
    await server.sql('DROP ROLE tool_user')
  })
})
