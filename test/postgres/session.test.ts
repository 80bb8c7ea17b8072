import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { type ConnectTarget, connect } from '../../src/postgres/connect.ts'
import { adminPassword, majors, startServer, type TestServer } from '../support/server.ts'

const opened: ServerSession[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(session => session.close()))
})

async function open(server: TestServer, more: Partial<ConnectTarget> = {}): Promise<ServerSession> {
  const result = await connect({
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.adminUser,
    tls: 'prefer',
    password: secret(adminPassword),
    ...more,
  })
  if (!result.ok) throw new Error(result.problem.message)
  opened.push(result.value)
  return result.value
}

/** Resolves when the session is in pg_sleep. */
async function untilSleeping(server: TestServer, session: ServerSession): Promise<void> {
  const sql = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'"
  while ((await server.sql(sql, 'postgres', [session.connection.processId])).length === 0);
}

describe.each(majors)('a session on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major, tls: true })
  })
  afterAll(() => server.stop())

  it('gives the rows of one statement, and of several those of the last', async () => {
    const session = await open(server)
    expect(await session.query('SELECT $1::int AS a, $2::text AS b', [1, "x'\\"])).toEqual([
      { a: 1, b: "x'\\" },
    ])
    expect(await session.query('SELECT 1 AS a; SELECT 2 AS b')).toEqual([{ b: 2 }])
    expect(await session.query('BEGIN; ROLLBACK')).toEqual([])
  })

  it('runs what is asked for at once in the order of the calls, past failures', async () => {
    const session = await open(server)
    const results = await Promise.allSettled([
      session.query('CREATE TEMPORARY TABLE t (a int)'),
      session.query('INSERT INTO pg_temp.t VALUES (1)'),
      session.query('SELECT nonsense'),
      session.copyIn('COPY pg_temp.t FROM STDIN', '2\n3\n'),
      session.query('SELECT sum(a)::int AS sum FROM pg_temp.t'),
    ])
    expect(results.map(result => result.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(results[4]).toMatchObject({ value: [{ sum: 6 }] })
  })

  it('gives what went wrong in words, with the SQLSTATE', async () => {
    const session = await open(server)
    const problem = async (sql: string) =>
      session.query(sql).then(
        () => null,
        (thrown: { problem: unknown }) => thrown.problem,
      )
    await session.query('CREATE TEMPORARY TABLE k (a int PRIMARY KEY)')
    expect(await problem('INSERT INTO pg_temp.k VALUES (1), (1)')).toEqual({
      code: 'statement-failed',
      message: expect.stringContaining('(Key (a)=(1) already exists.)'),
      sqlstate: '23505',
    })
    expect(await problem('SELECT lower(1)')).toMatchObject({
      sqlstate: '42883',
      next: expect.stringContaining('cast'),
    })
    await session.query('CREATE ROLE nobody; SET ROLE nobody')
    expect(await problem('SELECT * FROM pg_catalog.pg_authid')).toMatchObject({
      code: 'permission-denied',
      sqlstate: '42501',
    })
    await expect(session.copyIn('COPY pg_temp.k FROM STDIN', '1\n')).rejects.toMatchObject({
      problem: { sqlstate: '42501' },
    })
    await session.query('RESET ROLE; DROP ROLE nobody')
  })

  it('keeps warnings until they are taken, in order', async () => {
    const session = await open(server)
    await session.query(
      'CREATE ROLE half; CREATE TABLE public.partly (); GRANT INSERT ON public.partly TO half',
    )
    await session.query('SET ROLE half; GRANT SELECT ON public.partly TO half').catch(() => {})
    await session.query("DO $$ BEGIN RAISE NOTICE 'last'; END $$")
    expect(session.takeNotices()).toMatchObject([
      { severity: 'WARNING', sqlstate: '01007' },
      { severity: 'NOTICE', sqlstate: '00000', message: 'last' },
    ])
    expect(session.takeNotices()).toEqual([])
    await session.query('RESET ROLE; DROP TABLE public.partly; DROP ROLE half')
  })

  it.each(['disable', 'require', 'socket'] as const)('cancels what runs (%s)', async way => {
    const session = await open(server, way === 'socket' ? { host: server.socketDirectory } : { tls: way })
    const sleeping = session.query('SELECT pg_catalog.pg_sleep(600)')
    const outcome = expect(sleeping).rejects.toMatchObject({
      problem: { code: 'statement-cancelled', sqlstate: '57014' },
    })
    await untilSleeping(server, session)
    await session.cancel()
    await outcome
    expect(await session.query('SELECT 1 AS alive')).toEqual([{ alive: 1 }])
  })

  it.each(['while a statement runs', 'while nothing runs'])(
    'tells that the connection is lost %s',
    async when => {
      const session = await open(server)
      const running =
        when === 'while a statement runs' ? session.query('SELECT pg_catalog.pg_sleep(600)') : null
      const outcome =
        running &&
        expect(running).rejects.toMatchObject({ problem: { code: 'connection-lost', sqlstate: '57P01' } })
      if (running) await untilSleeping(server, session)
      await server.sql('SELECT pg_terminate_backend($1, 10000)', 'postgres', [session.connection.processId])
      await outcome
      for (const again of [session.query('SELECT 1'), session.copyIn('COPY t FROM STDIN', '')]) {
        await expect(again).rejects.toMatchObject({ problem: { code: 'connection-lost' } })
      }
      await session.close()
    },
  )

  it('is over after close(), which may be called twice and while a statement runs', async () => {
    const session = await open(server)
    const running = session.query('SELECT pg_catalog.pg_sleep(600)')
    const outcome = expect(running).rejects.toMatchObject({ problem: { code: 'connection-lost' } })
    await untilSleeping(server, session)
    await Promise.all([session.close(), session.close()])
    await outcome
    await expect(session.query('SELECT 1')).rejects.toMatchObject({
      problem: { message: 'The connection is closed.' },
    })
    await server.sql('SELECT pg_terminate_backend($1)', 'postgres', [session.connection.processId])
  })
})

it('outlives a server that is killed', async () => {
  const server = await startServer()
  const session = await open(server)
  const running = session.query('SELECT pg_catalog.pg_sleep(600)')
  const outcome = expect(running).rejects.toMatchObject({ problem: { code: 'connection-lost' } })
  await untilSleeping(server, session)
  await server.stop()
  await outcome
  await expect(session.cancel()).rejects.toMatchObject({ problem: { code: 'cancel-failed' } })
})
