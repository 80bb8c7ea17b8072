import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApplyRequest } from '../../src/engine/apply.ts'
import type { Phase } from '../../src/engine/events.ts'
import { rehearse } from '../../src/engine/rehearse.ts'
import { secret } from '../../src/model/secret.ts'
import { scramVerifier } from '../../src/postgres/scram.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor, tryAs } from './fixture.ts'

describe.each(majorsInDepth)('a failure on PostgreSQL %i leaves everything as it was', major => {
  let server: TestServer
  const places = ['music', 'sales']

  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'music', { public: ['album', 'artist'] })
    await makeDatabase(server, 'sales', { shop: ['customer', 'invoice'] })
  })
  afterAll(() => server?.stop())

  const wanted = (
    shop: readonly string[] = ['customer'],
    login = 'tool_user',
    group: string | null = 'tool_role',
  ) => ({
    login,
    group,
    databases: [
      { name: 'music', schemas: [{ name: 'public', relations: ['album', 'artist'] }] },
      { name: 'sales', schemas: [{ name: 'shop', relations: shop }] },
    ],
  })

  /** Applies, and holds that the server and the store are as before. */
  async function applyAndCompare(plan: ReturnType<typeof planFor>, changed: Partial<ApplyRequest> = {}) {
    const store = changed.store ?? createShowOnceStore()
    const before = await accessIn(server, places)
    const result = await applyPlan(server, plan, { store, ...changed })
    expect(await accessIn(server, places)).toEqual(before)
    expect(await store.read(result.request.entry)).toBeNull()
    return result
  }

  it('a table that is gone since it was chosen', async () => {
    const plan = planFor(server, wanted(['customer', 'gone']))
    expect(await rehearse({ plan, open: openAs(server) })).toMatchObject({
      outcome: 'failed',
      database: 'sales',
      problem: { code: 'relation-gone', sqlstate: '42P01' },
      change: { kind: 'grant-relations', schema: 'shop' },
    })
    const { outcome, events } = await applyAndCompare(plan)
    expect(outcome).toMatchObject({
      outcome: 'failed-unchanged',
      problem: { code: 'relation-gone', message: expect.stringContaining('shop.gone') },
      change: { kind: 'grant-relations', relations: ['customer', 'gone'] },
    })
    expect(events.filter(event => event.kind === 'phase' && event.phase === 'undo')).toHaveLength(2)
  })

  it('an administrator whose grant would do nothing', async () => {
    await server.sql(`CREATE ROLE helper LOGIN CREATEROLE PASSWORD 'helper-password'`)
    await server.sql('GRANT CONNECT ON DATABASE music TO helper WITH GRANT OPTION', 'music')
    await server.sql('GRANT USAGE ON SCHEMA public TO helper WITH GRANT OPTION', 'music')
    await server.sql('GRANT SELECT ON public.album TO helper', 'music')
    const open = openAs(server, { user: 'helper', password: 'helper-password' })
    const plan = planFor(server, {
      login: 'tool_user',
      group: null,
      admin: 'helper',
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    const fault = {
      problem: { code: 'grant-without-effect', sqlstate: '01007' },
      change: { kind: 'grant-relations', relations: ['album'] },
    }
    expect(await rehearse({ plan, open })).toMatchObject({ outcome: 'failed', ...fault })
    const { outcome } = await applyAndCompare(plan, { open })
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', ...fault })
  })

  it('an administrator without any right on a table', async () => {
    const open = openAs(server, { user: 'helper', password: 'helper-password' })
    const plan = planFor(server, {
      login: 'tool_user',
      group: null,
      admin: 'helper',
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['artist'] }] }],
    })
    const { outcome } = await applyAndCompare(plan, { open })
    expect(outcome).toMatchObject({
      outcome: 'failed-unchanged',
      problem: { sqlstate: '42501' },
      change: { kind: 'grant-relations' },
    })
  })

  it('a lock that another session holds, after three attempts', async () => {
    await withOpenAlter(server, async () => {
      const plan = planFor(server, wanted())
      const { outcome, events } = await applyAndCompare(plan, { deadline: 1000 })
      expect(outcome).toMatchObject({
        outcome: 'failed-unchanged',
        problem: { sqlstate: '55P03' },
        change: { kind: 'grant-relations', schema: 'shop' },
      })
      expect(events.filter(event => event.kind === 'retry').map(event => event.attempt)).toEqual([1, 2])
    })
  })

  it('a transaction that takes longer than its deadline', async () => {
    await server.sql(
      `CREATE FUNCTION public.wait() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_catalog.pg_sleep(30); END';
       CREATE EVENT TRIGGER waits ON ddl_command_start WHEN TAG IN ('GRANT') EXECUTE FUNCTION public.wait()`,
      'sales',
    )
    try {
      const plan = planFor(server, wanted())
      const [, sales] = plan.databases
      const rehearsal = await rehearse({
        plan: { ...plan, databases: sales === undefined ? [] : [sales] },
        open: openAs(server),
        deadline: 500,
      })
      expect(rehearsal).toMatchObject({ outcome: 'failed', problem: { code: 'deadline' }, database: 'sales' })
      const { outcome } = await applyAndCompare(plan, { deadline: 1000 })
      expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'deadline' } })
    } finally {
      await server.sql('DROP EVENT TRIGGER waits; DROP FUNCTION public.wait()', 'sales')
    }
  })

  it('a secret store that cannot be written, before anything is made', async () => {
    const store = createPassfileStore({
      path: join(server.dataDirectory, 'PG_VERSION', 'pass'),
      platform: 'linux',
    })
    const before = await accessIn(server, places)
    const { outcome, events } = await applyPlan(server, planFor(server, wanted()), { store })
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', change: null })
    expect(events.at(-1)).toMatchObject({ phase: 'secret' })
    expect(await accessIn(server, places)).toEqual(before)
  })

  it.each(['knock', 'secret', 'roles', 'database', 'login', 'proof', 'end'] satisfies Phase[])(
    'a cancel in the part %s',
    async phase => {
      const controller = new AbortController()
      const { outcome } = await applyAndCompare(planFor(server, wanted()), {
        signal: controller.signal,
        onEvent: event => {
          if (event.kind === 'phase' && event.phase === phase) controller.abort()
        },
      })
      expect(outcome).toEqual({ outcome: 'cancelled' })
    },
  )

  it('a cancel while a statement waits for a lock, at once', async () => {
    await withOpenAlter(server, async () => {
      const controller = new AbortController()
      const waiting = whenWaiting(server).then(() => controller.abort())
      const { outcome } = await applyAndCompare(planFor(server, wanted()), {
        signal: controller.signal,
        deadline: 60_000,
      })
      await waiting
      expect(outcome).toEqual({ outcome: 'cancelled' })
    })
  })

  it.each([
    { how: 'is cut', sql: 'SELECT pg_terminate_backend($1)' },
    { how: 'goes with the server, which recovers', sql: null },
  ])('a connection that $how in the middle', async ({ sql }) => {
    const plan = planFor(server, wanted())
    const before = await accessIn(server, places)
    const store = createShowOnceStore()
    await withOpenAlter(server, async () => {
      const waiting = whenWaiting(server).then(async pid => {
        if (sql === null) process.kill(pid, 'SIGKILL')
        else await server.sql(sql, 'postgres', [pid])
      })
      const { outcome, request } = await applyPlan(server, plan, {
        store,
        deadline: 30_000,
        patience: 20_000,
      })
      await waiting
      expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'connection-lost' } })
      expect(await store.read(request.entry)).toBeNull()
    })
    expect(await accessIn(server, places)).toEqual(before)
  })

  it.each([
    {
      what: 'a connection that goes',
      outcome: { outcome: 'failed-unchanged', problem: { code: 'commit-unknown' } },
    },
    { what: 'a cancel', outcome: { outcome: 'cancelled' } },
  ])('$what while the server commits', async ({ what, outcome: expected }) => {
    const open = openAs(server)
    const controller = new AbortController()
    let ended: Promise<void> | null = null
    const { outcome } = await applyAndCompare(planFor(server, wanted()), {
      deadline: 30_000,
      signal: controller.signal,
      open: async request => {
        if (request.database === 'sales' && ended === null) {
          await holdCommits(server)
          ended = whenWaiting(server, 'SyncRep').then(async pid => {
            if (what === 'a cancel') controller.abort()
            else await server.sql('SELECT pg_terminate_backend($1)', 'postgres', [pid])
            await server.sql('ALTER SYSTEM RESET synchronous_standby_names')
            await server.sql('SELECT pg_reload_conf()')
          })
        }
        return open(request)
      },
    })
    await ended
    expect(outcome).toMatchObject(expected)
  })

  it("an existing login's password, which works as before", async () => {
    const old = secret('the-old-password')
    await server.sql(`CREATE ROLE running LOGIN VALID UNTIL '2098-01-01Z' PASSWORD '${scramVerifier(old)}'`)
    const controller = new AbortController()
    const plan = planFor(server, { ...wanted(['customer'], 'running'), existed: true })
    const as = { user: 'running', password: old }
    expect(await tryAs(openAs(server), { database: 'music', as }, 'SELECT 1')).toBe('ok')
    const seen: string[] = []
    const { outcome } = await applyAndCompare(plan, {
      signal: controller.signal,
      onEvent: event => {
        if (event.kind !== 'phase' || event.phase !== 'end') return
        seen.push(event.phase)
        controller.abort()
      },
    })
    expect(seen).toEqual(['end'])
    expect(outcome).toEqual({ outcome: 'cancelled' })
    expect(await tryAs(openAs(server), { database: 'music', as }, 'SELECT 1')).toBe('ok')
    await server.sql('DROP ROLE running')
  })
})

describe('a server that goes away for good', () => {
  it('what was committed is named, with the SQL that takes it back', async () => {
    const server = await startServer()
    await makeDatabase(server, 'music', { public: ['album'] })
    await makeDatabase(server, 'sales', { shop: ['customer'] })
    const plan = planFor(server, {
      login: 'tool_user',
      group: 'tool_role',
      databases: [
        { name: 'music', schemas: [{ name: 'public', relations: ['album'] }] },
        { name: 'sales', schemas: [{ name: 'shop', relations: ['customer'] }] },
      ],
    })
    const store = createShowOnceStore()
    const alter = await server.client({ database: 'sales' })
    await alter.query('BEGIN; ALTER TABLE shop.customer ADD COLUMN later int')
    const killed = whenWaiting(server).then(() => server.stop())
    const { outcome, request } = await applyPlan(server, plan, { store, deadline: 30_000, patience: 500 })
    await killed
    expect(outcome).toMatchObject({
      outcome: 'failed-changed',
      problem: { code: 'connection-lost' },
      left: [
        expect.stringContaining('GRANT CONNECT on database music'),
        expect.stringContaining('GRANT USAGE on schema public'),
        expect.stringContaining('GRANT SELECT, REFERENCES on public.album'),
        expect.stringContaining('the role tool_role'),
        expect.stringContaining('the role tool_user'),
        expect.stringContaining('GRANT tool_role TO tool_user'),
        expect.stringContaining('default_transaction_read_only'),
      ],
      undo: [
        '\\connect music',
        'BEGIN;',
        expect.stringContaining('REVOKE SELECT, REFERENCES'),
        'REVOKE USAGE ON SCHEMA public FROM tool_role;',
        'REVOKE CONNECT ON DATABASE music FROM tool_role;',
        'COMMIT;',
        '\\connect postgres',
        'BEGIN;',
        'ALTER ROLE tool_user RESET default_transaction_read_only;',
        'REVOKE tool_role FROM tool_user;',
        'DROP ROLE tool_user;',
        'DROP ROLE tool_role;',
        'COMMIT;',
      ],
    })
    expect(await store.read(request.entry)).toBeNull()
  })
})

/** Runs `use` while another session has shop.customer under ALTER TABLE. */
async function withOpenAlter(server: TestServer, use: () => Promise<void>): Promise<void> {
  const alter: pg.Client = await server.client({ database: 'sales' })
  try {
    await alter.query('BEGIN; ALTER TABLE shop.customer ADD COLUMN later int')
    await use()
  } finally {
    await alter.query('ROLLBACK').catch(() => {})
    await alter.end().catch(() => {})
  }
}

/** The process of ours that waits for somebody's lock, once it does. */
async function whenWaiting(server: TestServer, wait = 'Lock'): Promise<number> {
  const client = await server.client()
  try {
    for (;;) {
      const { rows } = await client.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
         WHERE application_name = 'pg-usher' AND (wait_event_type = $1 OR wait_event = $1)`,
        [wait],
      )
      const [row] = rows
      if (row !== undefined) return row.pid
    }
  } finally {
    await client.end()
  }
}

/** Makes every commit wait for a standby that does not exist, and waits until it is so. */
async function holdCommits(server: TestServer): Promise<void> {
  await server.sql(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
  await server.sql('SELECT pg_reload_conf()')
  const [writer, watcher] = await Promise.all([server.client(), server.client()])
  try {
    const { rows } = await writer.query<{ pid: number }>(
      `SELECT pg_backend_pid() AS pid, set_config('synchronous_commit', 'on', false)`,
    )
    const waits = async () => {
      const { rows: found } = await watcher.query(
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'`,
        [rows[0]?.pid],
      )
      return found.length > 0
    }
    for (let held = false; !held; ) {
      let done = false
      const write = writer.query("SELECT pg_logical_emit_message(true, 'test', 'held?')").finally(() => {
        done = true
      })
      while (!done && !held) held = await waits()
      // Cancelled, the wait ends with a warning; the transaction is committed all the same.
      if (held) await watcher.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid])
      await write
    }
  } finally {
    await Promise.all([writer.end(), watcher.end()])
  }
}
