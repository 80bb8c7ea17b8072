import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tryEach } from '../../src/engine/attempts.ts'
import { changeAtFault } from '../../src/engine/change-error.ts'
import { assertHold } from '../../src/engine/checks.ts'
import { givesWay } from '../../src/engine/retry.ts'
import { inTransaction } from '../../src/engine/transaction.ts'
import { withSession } from '../../src/engine/with-session.ts'
import type { Change } from '../../src/model/change.ts'
import { everyMajorInDepth, startServer, type TestServer } from '../support/server.ts'
import { makeDatabase, openAs } from './fixture.ts'

describe.each(everyMajorInDepth)('a transaction on PostgreSQL %i', major => {
  let server: TestServer
  const music = { database: 'music' }

  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'music', { public: ['album', 'artist'] })
  })
  afterAll(() => server?.stop())

  it('lets others through although this process hangs with its locks', async () => {
    const other = await server.client(music)
    const ran = withSession(openAs(server), music, session =>
      inTransaction(session, { deadline: 300, end: 'commit' }, async bounded => {
        await bounded.query('LOCK TABLE public.album IN ACCESS EXCLUSIVE MODE')
        // Hangs until the other session has been let through: the server has to see to that by itself.
        await other.query('SELECT FROM public.album')
      }),
    )
    await expect(ran).rejects.toMatchObject({ problem: { code: 'deadline' } })
    await other.end()
  })

  it('commits nothing once it is cancelled, and leaves the session usable', async () => {
    const controller = new AbortController()
    await withSession(openAs(server), music, async session => {
      const ran = inTransaction(
        session,
        { deadline: 30_000, end: 'commit', signal: controller.signal },
        async bounded => {
          await bounded.query('CREATE TABLE public.never (id int)')
          controller.abort()
        },
      )
      await expect(ran).rejects.toMatchObject({ problem: { code: 'cancelled' } })
      expect(await session.query(`SELECT to_regclass('public.never') AS never`)).toEqual([{ never: null }])
    })
  })

  it('stands above what the role, the database or the session has set otherwise', async () => {
    await server.sql(
      `ALTER DATABASE music SET default_transaction_read_only = on;
       ALTER DATABASE music SET lock_timeout = 0;
       ALTER DATABASE music SET client_min_messages = error`,
    )
    const { value } = await withSession(openAs(server), music, session =>
      inTransaction(session, { deadline: 2000, end: 'rollback' }, bounded =>
        bounded.query(
          `SELECT current_setting('transaction_read_only') AS "readOnly", current_setting('lock_timeout') AS lock,
             current_setting('client_min_messages') AS messages, current_setting('search_path') AS path`,
        ),
      ),
    )
    await server.sql('ALTER DATABASE music RESET ALL')
    expect(value).toEqual([{ readOnly: 'off', lock: '1800ms', messages: 'notice', path: '""' }])
  })

  it('tries statements and keeps neither effect nor lock nor role', async () => {
    await server.sql('CREATE ROLE stranger')
    const many = Array.from({ length: 300 }, () => 'INSERT INTO public.artist VALUES (2)')
    const { value } = await withSession(openAs(server), music, session =>
      inTransaction(session, { deadline: 20_000, end: 'rollback' }, async bounded => {
        const options = { as: null, lockTimeout: 1000 }
        const mine = await tryEach(
          bounded,
          ['SELECT 1', 'SELECT * FROM public.album', 'SELECT 1/0', 'nonsense', ...many],
          options,
        )
        const strangers = await tryEach(bounded, ['SELECT * FROM public.album'], {
          ...options,
          as: 'stranger',
        })
        const [after] = await bounded.query<{ rows: number; locks: number; user: string }>(
          `SELECT (SELECT count(*)::int FROM public.artist) AS rows, current_user::text AS user,
             (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'RowExclusiveLock') AS locks`,
        )
        return { mine: mine.map(attempt => attempt.sqlstate), strangers, after }
      }),
    )
    expect(value.mine.slice(0, 4)).toEqual([null, null, '22012', '42601'])
    expect(new Set(value.mine.slice(4))).toEqual(new Set([null]))
    expect(value.strangers).toMatchObject([{ sqlstate: '42501' }])
    expect(value.after).toEqual({ rows: 1, locks: 0, user: 'postgres' })
  })

  it('names the change that does not hold', async () => {
    const changes: Change[] = [
      { kind: 'grant-connect', database: 'music', grantee: 'postgres', why: 'the owner has it' },
      { kind: 'grant-usage', schema: 'public', grantee: 'nobody', why: 'nobody has it' },
    ]
    await server.sql('GRANT CONNECT ON DATABASE music TO postgres')
    const thrown = await withSession(openAs(server), music, session => assertHold(session, changes)).catch(
      (error: unknown) => error,
    )
    expect(changeAtFault(thrown)).toBe(changes[1])
    expect(thrown).toMatchObject({ problem: { code: 'change-did-not-take' } })
  })
})

describe('a problem that another session caused', () => {
  it.each([
    ['40P01', 'deadlock detected', true],
    ['40001', 'could not serialize access', true],
    ['55P03', 'canceling statement due to lock timeout', true],
    ['23505', 'duplicate key value violates unique constraint', true],
    ['XX000', 'tuple concurrently updated', true],
    ['XX000', 'tuple concurrently deleted', true],
    ['XX000', 'cache lookup failed', false],
    ['42501', 'permission denied', false],
    [undefined, 'tuple concurrently updated', false],
  ])('%s %s: tried again? %s', (sqlstate, message, again) => {
    expect(givesWay({ code: 'statement-failed', message, ...(sqlstate && { sqlstate }) })).toBe(again)
  })
})
