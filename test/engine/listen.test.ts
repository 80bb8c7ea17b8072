import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { withSession } from '../../src/engine/with-session.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { listenBySystem } from '../../src/postgres/listen-queries.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'
import { applied, undoOf } from './undo-fixture.ts'

describe.each(majorsInDepth)('listen_addresses in an apply on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'shop', { app: ['album'] })
  })
  afterEach(async () => {
    await server.sql('ALTER SYSTEM RESET listen_addresses')
    await server.sql('DROP OWNED BY tool', 'shop').catch(() => {})
    await server.sql('DROP ROLE IF EXISTS tool')
  })
  afterAll(() => server.stop())

  const bySystem = () => withSession(openAs(server), { database: 'postgres' }, listenBySystem)
  const rolesOf = async () =>
    (await server.sql(`SELECT rolname FROM pg_roles WHERE rolname = 'tool'`)).map(row => row['rolname'])

  function plan(former: string | null = null): Plan {
    const databases = [{ name: 'shop', schemas: [{ name: 'app', relations: ['album'] }] }]
    return {
      ...planFor(server, { login: 'tool', group: null, databases }),
      listen: {
        kind: 'listen-addresses',
        why: 'a test',
        value: '*',
        former,
        inForce: '127.0.0.1',
        dataDirectory: server.dataDirectory,
      },
    }
  }

  it('is set, the receipt knows how to take it back, and an undo does', async () => {
    const one = await applied(server, plan())
    expect(await bySystem()).toBe('*')
    expect(await server.sql('SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    expect(one.receipt.run.listen).toEqual({ value: '*', former: null })
    const { plan: undoPlan, outcome } = await undoOf(one)
    expect(undoPlan.listen).toEqual({ value: '*', former: null })
    expect(outcome).toMatchObject({ outcome: 'done' })
    expect(await bySystem()).toBeNull()
  })

  it('gets back what somebody had set before', async () => {
    await server.sql(`ALTER SYSTEM SET listen_addresses = '127.0.0.1,localhost'`)
    const one = await applied(server, plan('127.0.0.1,localhost'))
    expect(await bySystem()).toBe('*')
    await undoOf(one)
    expect(await bySystem()).toBe('127.0.0.1,localhost')
  })

  it('is left as it is by an undo where somebody has set it since', async () => {
    const one = await applied(server, plan())
    await server.sql(`ALTER SYSTEM SET listen_addresses = 'localhost'`)
    const { plan: undoPlan, outcome } = await undoOf(one)
    expect(undoPlan.listen).toBeNull()
    expect(outcome).toMatchObject({ outcome: 'done' })
    expect(await bySystem()).toBe('localhost')
  })

  it('is not set where somebody has set it since the plan was made, and all else is taken back', async () => {
    await server.sql(`ALTER SYSTEM SET listen_addresses = 'localhost'`)
    const { outcome } = await applyPlan(server, plan())
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'listen-changed' } })
    expect(await bySystem()).toBe('localhost')
    expect(await rolesOf()).toEqual([])
  })

  it('is taken back with all else where something fails after it', async () => {
    const { outcome } = await applyPlan(server, plan(), {
      onEvent: event => {
        if (event.kind !== 'phase' || event.phase !== 'end') return
        throw new Error('the screen has gone')
      },
    })
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged' })
    expect(await bySystem()).toBeNull()
    expect(await rolesOf()).toEqual([])
    expect(existsSync(`${server.dataDirectory}/postgresql.auto.conf`)).toBe(true)
  })
})
