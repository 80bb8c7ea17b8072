import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EngineEvent } from '../../src/engine/events.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'

const wanted = {
  group: null,
  databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
}

describe.each(majorsInDepth)('a run that has to give way to another session, on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'music', { public: ['album'] })
    // A sequence counts on through a rollback. GRANT has begun when it is called.
    await server.sql(
      `CREATE TABLE public.in_the_way (state text, problem text, times int);
       CREATE SEQUENCE public.met;
       CREATE FUNCTION public.meet() RETURNS event_trigger LANGUAGE plpgsql AS $$
       DECLARE way public.in_the_way; BEGIN
         SELECT * INTO STRICT way FROM public.in_the_way;
         IF pg_catalog.nextval('public.met') <= way.times THEN
           RAISE EXCEPTION USING ERRCODE = way.state, MESSAGE = way.problem;
         END IF;
       END $$;
       CREATE EVENT TRIGGER meet ON ddl_command_start WHEN tag IN ('GRANT') EXECUTE FUNCTION public.meet()`,
      'music',
    )
  })
  afterAll(() => server?.stop())

  let before: readonly string[]
  beforeEach(async () => {
    before = await accessIn(server, ['music'])
  })
  afterEach(async () => {
    await server.sql('TRUNCATE public.in_the_way', 'music')
    expect(await accessIn(server, ['music'])).toEqual(before)
  })

  async function runThrough(state: string, problem: string, times: number) {
    await server.sql(
      `INSERT INTO public.in_the_way VALUES ('${state}', '${problem}', ${times}); ALTER SEQUENCE public.met RESTART`,
      'music',
    )
    const retries: { readonly at: number; readonly event: EngineEvent }[] = []
    const { outcome } = await applyPlan(server, planFor(server, { ...wanted, login: 'tool_user' }), {
      onEvent: event => {
        if (event.kind === 'retry') retries.push({ at: performance.now(), event })
      },
    })
    return { outcome, retries, ended: performance.now() }
  }
  const clear = async () => {
    await server.sql('UPDATE public.in_the_way SET times = 0; DROP OWNED BY tool_user', 'music')
    await server.sql('DROP ROLE tool_user')
  }

  it.each([
    { state: '40P01', problem: 'deadlock detected' },
    { state: '40001', problem: 'could not serialize access' },
    { state: '23505', problem: 'duplicate key value violates unique constraint' },
    { state: 'XX000', problem: 'tuple concurrently updated' },
  ])('tries the transaction again after $state, later each time, and is done', async ({ state, problem }) => {
    const { outcome, retries, ended } = await runThrough(state, problem, 2)
    expect(outcome).toMatchObject({ outcome: 'done' })
    expect(retries.map(({ event }) => event)).toMatchObject([
      { kind: 'retry', attempt: 1, of: 3, problem: { sqlstate: state, message: problem } },
      { kind: 'retry', attempt: 2, of: 3, problem: { sqlstate: state } },
    ])
    const [first, second] = retries
    if (first === undefined || second === undefined) throw new Error('not tried again')
    expect(second.at - first.at).toBeGreaterThanOrEqual(100)
    expect(ended - second.at).toBeGreaterThanOrEqual(200)
    await clear()
  })

  it('gives up after the third time, and takes back what it had done', async () => {
    const { outcome, retries } = await runThrough('40P01', 'deadlock detected', 3)
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { sqlstate: '40P01' } })
    expect(retries).toHaveLength(2)
    expect(await server.sql("SELECT FROM pg_roles WHERE rolname = 'tool_user'")).toEqual([])
  })

  it('does not try again what another session is not to blame for', async () => {
    const { outcome, retries } = await runThrough('XX000', 'something else went wrong', 1)
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { sqlstate: 'XX000' } })
    expect(retries).toEqual([])
  })
})

/** Up to 17 a GRANT waits for another one's row, and then finds it changed. */
describe('a GRANT that another session commits at the same time, on PostgreSQL 16', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major: 16 })
    await makeDatabase(server, 'music', { public: ['album'] })
  })
  afterAll(() => server?.stop())

  it('is met as "tuple concurrently updated", and the run is done all the same', async () => {
    const other = await server.client({ database: 'music' })
    try {
      await other.query('BEGIN; GRANT SELECT ON public.album TO pg_monitor')
      const applied = applyPlan(server, planFor(server, { ...wanted, login: 'tool_user' }), {
        open: openAs(server),
      })
      await vi.waitFor(async () => expect(await server.sql(waitingSql, 'music')).toEqual([{ waiting: 1 }]), {
        timeout: 60_000,
        interval: 20,
      })
      await other.query('COMMIT')
      const { outcome, events } = await applied
      expect(outcome).toMatchObject({ outcome: 'done' })
      expect(events).toContainEqual(
        expect.objectContaining({
          kind: 'retry',
          problem: expect.objectContaining({ sqlstate: 'XX000', message: 'tuple concurrently updated' }),
        }),
      )
    } finally {
      await other.end()
    }
  })
})

const waitingSql = `
SELECT count(*)::int AS waiting FROM pg_stat_activity
WHERE application_name = 'pg-usher' AND wait_event_type = 'Lock' AND query LIKE '%GRANT%'`
