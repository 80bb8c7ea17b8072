import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rehearse } from '../../src/engine/rehearse.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { type Boundary, openStopping } from '../support/statement-boundaries.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'

/** Of the engine, in milliseconds: short, so that what is measured here stands out against it. */
const deadline = 1500

/**
 * Where this process itself hangs, the server ends its transaction: so much later, in milliseconds
 * (engine/transaction.ts), and with what a busy machine takes to wake the ones that wait.
 */
const untilServerEnds = 1000
const toWake = 3000

const grants = (sql: string) => /GRANT SELECT[^;]*album/.test(sql)

/**
 * What other sessions wait because of us, by the server's clock: an ALTER TABLE on a table that we have granted on,
 * and a SELECT that queues behind that ALTER.
 */
describe.each(majorsInDepth)('others who wait for us, PostgreSQL %i', major => {
  let server: TestServer
  let alters: pg.Client
  let reads: pg.Client
  let watcher: pg.Client
  let columns = 0

  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'music', { public: ['album', 'busy'] })
    const open = () => server.client({ database: 'music' })
    ;[alters, reads, watcher] = await Promise.all([open(), open(), open()])
  })
  afterAll(async () => {
    await Promise.all([alters, reads, watcher].map(client => client?.end()))
    await server?.stop()
  })

  const plan = () =>
    planFor(server, {
      login: 'tool_user',
      group: null,
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album', 'busy'] }] }],
    })

  /** Runs the statement and gives how long the server was at it, waiting included, in milliseconds. */
  async function timed(client: pg.Client, sql: string): Promise<number> {
    const results = await client.query(
      `SELECT pg_catalog.clock_timestamp() AS at; ${sql}; SELECT pg_catalog.clock_timestamp() AS at`,
    )
    const stamps = [results].flat().flatMap(({ rows }) => rows.flatMap(row => (row.at ? [row.at] : [])))
    return Number(stamps.at(-1)) - Number(stamps[0])
  }

  const pidOf = async (client: pg.Client) =>
    (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0

  /** Whether, as the server has it, the one waits for a lock that somebody else holds; and who that is. */
  const blockersOf = async (pid: number): Promise<readonly number[]> => {
    const { rows } = await watcher.query<{ pids: number[] }>('SELECT pg_blocking_pids($1) AS pids', [pid])
    return rows[0]?.pids ?? []
  }

  const untilWaiting = async (pid: number) => {
    while ((await blockersOf(pid)).length === 0) {}
  }

  /** Somebody alters the table that we have granted on, somebody else reads it; both are under way when this gives. */
  async function queueUp(): Promise<{ readonly waited: Promise<readonly number[]> }> {
    const [altering, reading] = [await pidOf(alters), await pidOf(reads)]
    columns += 1
    const altered = timed(alters, `ALTER TABLE public.album ADD COLUMN later_${columns} int`)
    await untilWaiting(altering)
    const read = timed(reads, 'SELECT FROM public.album')
    // Before 18 a GRANT holds no lock on the table itself, and the ALTER has it already: the reader waits for that.
    await untilWaiting(reading)
    return { waited: Promise.all([altered, read]) }
  }

  it.each(['rehearsal', 'apply'] as const)(
    'wait no longer than our deadline while our %s waits for a table that is altered all the time',
    async what => {
      const busy = await server.client({ database: 'music' })
      try {
        await busy.query('BEGIN; ALTER TABLE public.busy ADD COLUMN later int')
        const before = await accessIn(server, ['music'])
        const queued: ReturnType<typeof queueUp>[] = []
        // The GRANT names both tables: album is locked, busy is waited for.
        const open = openStopping(openAs(server), async ({ when, sql }: Boundary) => {
          if (queued.length > 0 || when !== 'before' || !grants(sql)) return
          queued.push(whenOursWaits().then(queueUp))
        })
        const outcome =
          what === 'apply'
            ? (await applyPlan(server, plan(), { open, deadline })).outcome
            : await rehearse({ plan: plan(), open, deadline })
        expect(outcome).toMatchObject({
          outcome: what === 'apply' ? 'failed-unchanged' : 'failed',
          problem: { sqlstate: '55P03' },
        })
        expect(queued).toHaveLength(1)
        for (const each of queued) {
          const { waited } = await each
          for (const ms of await waited) expect(ms).toBeLessThan(deadline + toWake)
        }
        expect(await accessIn(server, ['music'])).toEqual(before)
      } finally {
        await busy.query('ROLLBACK')
        await busy.end()
      }
    },
  )

  /** A session of ours waits for a lock. */
  async function whenOursWaits(): Promise<void> {
    for (;;) {
      const { rows } = await watcher.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'pg-usher' AND wait_event_type = 'Lock'`,
      )
      if (rows.length > 0) return
    }
  }

  it('get through although this process hangs between the GRANT and its COMMIT', async () => {
    const before = await accessIn(server, ['music'])
    const waits: number[] = []
    const open = openStopping(openAs(server), async ({ when, sql }: Boundary) => {
      if (waits.length > 0 || when !== 'after' || !grants(sql)) return
      // Stands still until the others are through: only the server can let them.
      const { waited } = await queueUp()
      waits.push(...(await waited))
    })
    const { outcome } = await applyPlan(server, plan(), { open, deadline })
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged' })
    expect(waits).toHaveLength(2)
    for (const ms of waits) expect(ms).toBeLessThan(deadline + untilServerEnds + toWake)
    expect(await accessIn(server, ['music'])).toEqual(before)
  })
})
