import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type DelayProxy, startDelayProxy } from '../../bench/support/delay-proxy.ts'
import { rehearse } from '../../src/engine/rehearse.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, openAs, planFor } from './fixture.ts'

const tables = Array.from({ length: 1000 }, (_, index) => `t${String(index).padStart(4, '0')}`)

/** How often somebody who sits behind a slow line waits for the server. */
describe.each(majorsInDepth)('1,000 tables on PostgreSQL %i', major => {
  let server: TestServer
  let proxy: DelayProxy
  let far: TestServer
  beforeAll(async () => {
    server = await startServer({ major, settings: { fsync: 'off' } })
    await server.sql('CREATE DATABASE big')
    await server.sql(tables.map(name => `CREATE TABLE public.${name} (id int)`).join(';'), 'big')
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    proxy = await startDelayProxy(server.port, 0)
    far = { ...server, port: proxy.port }
  })
  afterEach(() => proxy?.close())

  const plan = (login: string, relations: readonly string[] = tables) =>
    planFor(server, {
      login,
      group: `${login}_role`,
      databases: [{ name: 'big', schemas: [{ name: 'public', relations }] }],
    })
  const tripsOf = (user: string) =>
    proxy.connections.filter(each => each.user === user).reduce((sum, { trips }) => sum + trips, 0)

  it('are granted in 7 round trips, proved in 3, and take one connection to each database', async () => {
    const upToTheProof: number[] = []
    const { outcome } = await applyPlan(far, plan('near'), {
      onEvent: event => {
        if (event.kind === 'phase' && event.phase === 'proof') upToTheProof.push(tripsOf(server.adminUser))
      },
    })
    expect(outcome).toMatchObject({ outcome: 'done', proof: { databases: [{ readable: 1000, refused: 0 }] } })
    expect(upToTheProof).toEqual([7])
    // Then the end of the login, and what was granted in each of the two databases.
    expect(tripsOf(server.adminUser)).toBe(11)
    expect(tripsOf('near')).toBe(3)
    // The knock is a login that is refused; the second connection is made while it is waited for.
    expect(proxy.connections.map(({ user }) => user)).toEqual(['postgres', 'postgres', 'near', 'near'])
    await server.sql('DROP OWNED BY near_role; DROP OWNED BY near', 'big')
    await server.sql('DROP ROLE near_role; DROP ROLE near')
  })

  it('are rehearsed in 7 round trips', async () => {
    const before = await accessIn(server, ['big'])
    const held = await rehearse({ plan: plan('tried'), open: openAs(far) })
    expect(held).toMatchObject({ outcome: 'held', databases: [{ readable: 1000 }] })
    expect(tripsOf(server.adminUser)).toBe(7)
    expect(await accessIn(server, ['big'])).toEqual(before)
  })

  it('are given up at once in the middle of a GRANT, and nothing of it stays', async () => {
    const access = await accessIn(server, ['big'])
    const inTheWay = await server.client({ database: 'big' })
    await inTheWay.query('BEGIN; GRANT SELECT ON public.t0800 TO pg_monitor')
    const controller = new AbortController()
    const applied = applyPlan(far, plan('given_up'), { signal: controller.signal, deadline: 60_000 })
    await vi.waitFor(
      async () => expect(await server.sql(waitingSql, 'big')).toEqual([{ waiting: 1 }]),
      60_000,
    )
    const before = tripsOf(server.adminUser)
    controller.abort()
    expect((await applied).outcome).toEqual({ outcome: 'cancelled' })
    expect(proxy.cancels).toBe(1)
    // ROLLBACK; then the roles, which were committed: what is there of them, taking back, COMMIT.
    expect(tripsOf(server.adminUser) - before).toBe(4)
    await inTheWay.query('ROLLBACK')
    await inTheWay.end()
    expect(await accessIn(server, ['big'])).toEqual(access)
  })
})

describe('an undo of what was committed', () => {
  it('tells how many tables of how many are taken back', async () => {
    const server = await startServer({ settings: { fsync: 'off', max_locks_per_transaction: '10' } })
    try {
      await server.sql('CREATE DATABASE big')
      await server.sql(
        tables
          .slice(0, 600)
          .map(name => `CREATE TABLE public.${name} (id int)`)
          .join(';'),
        'big',
      )
      const controller = new AbortController()
      const wanted = planFor(server, {
        login: 'counted',
        group: 'counted_role',
        databases: [{ name: 'big', schemas: [{ name: 'public', relations: tables.slice(0, 600) }] }],
      })
      const { outcome, events } = await applyPlan(server, wanted, {
        signal: controller.signal,
        onEvent: event => {
          if (event.kind === 'phase' && event.phase === 'login') controller.abort()
        },
      })
      expect(outcome).toEqual({ outcome: 'cancelled' })
      const counted = events.flatMap(event =>
        event.kind === 'progress' && event.phase === 'undo' ? [event] : [],
      )
      expect(counted.length).toBeGreaterThan(3)
      expect(counted.map(({ done }) => done)).toEqual(
        counted.map(({ done }) => done).toSorted((a, b) => a - b),
      )
      expect(new Set(counted.map(({ total }) => total))).toEqual(new Set([600]))
      expect([counted[0]?.done, counted.at(-1)?.done]).toEqual([0, 600])
    } finally {
      await server.stop()
    }
  })
})

const waitingSql = `
SELECT count(*)::int AS waiting FROM pg_stat_activity
WHERE application_name = 'pg-usher' AND wait_event_type = 'Lock' AND query LIKE '%GRANT%'`
