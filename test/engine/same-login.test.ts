import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planRotation } from '../../src/engine/plan-rotation.ts'
import { rotate } from '../../src/engine/rotate.ts'
import { nextOf } from '../../src/secrets/generations.ts'
import { generatePassword } from '../../src/secrets/password.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import type { SecretEntry, SecretStore } from '../../src/secrets/store.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { applyPlan, makeDatabase, openAs, planFor, tryAs } from './fixture.ts'
import { applied, undoOf } from './undo-fixture.ts'

const wanted = {
  group: null,
  databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
}

describe.each(majorsInDepth)('two runs at once for one login and one store, on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'music', { public: ['album'] })
  })
  afterAll(() => server?.stop())

  /** A store that lets both runs look into it before either goes on. */
  function storeForTwo(): SecretStore {
    const store = createShowOnceStore()
    const both = Promise.withResolvers<void>()
    let looked = 0
    return {
      ...store,
      read: async entry => {
        const found = await store.read(entry)
        looked += 1
        if (looked === 2) both.resolve()
        // Where they go one after the other, the first does not wait for ever.
        if (looked < 2) await Promise.race([both.promise, new Promise(resolve => setTimeout(resolve, 500))])
        return found
      },
    }
  }

  const logsIn = async (store: SecretStore, entry: SecretEntry) => {
    const password = await store.read(entry)
    if (password === null) return 'nothing is stored'
    return tryAs(
      openAs(server),
      { database: 'music', as: { user: entry.user, password } },
      'TABLE public.album',
    )
  }
  const mayLogIn = async (login: string) =>
    (await server.sql(`SELECT FROM pg_roles WHERE rolcanlogin AND rolname = '${login}'`)).length === 1

  it('one wins, and the stored password is the one in force', async () => {
    const store = storeForTwo()
    const plan = planFor(server, { ...wanted, login: 'made' })
    const runs = await Promise.all([applyPlan(server, plan, { store }), applyPlan(server, plan, { store })])
    const outcomes = runs.map(({ outcome }) => outcome.outcome).toSorted()
    expect(outcomes).toEqual(['done', 'failed-unchanged'])
    expect(await logsIn(store, runs[0].request.entry)).toBe('ok')
    expect(await store.has(nextOf(runs[0].request.entry))).toBe(false)
  })

  it('both end well where the login was there, and the stored password is the one in force', async () => {
    await server.sql("CREATE ROLE older LOGIN PASSWORD 'older-password'")
    const store = storeForTwo()
    const plan = planFor(server, { ...wanted, login: 'older', existed: true })
    const runs = await Promise.all([applyPlan(server, plan, { store }), applyPlan(server, plan, { store })])
    expect(runs.map(({ outcome }) => outcome.outcome)).toEqual(['done', 'done'])
    expect(await logsIn(store, runs[0].request.entry)).toBe('ok')
    expect(await store.has(nextOf(runs[0].request.entry))).toBe(false)
  })

  it('where no lock is between them, as from two home databases, no login is open without its password', async () => {
    const store = storeForTwo()
    const plan = planFor(server, { ...wanted, login: 'apart' })
    const elsewhere = { ...plan, server: { ...plan.server, database: 'music' } }
    const runs = await Promise.all([
      applyPlan(server, plan, { store }),
      applyPlan(server, elsewhere, { store }),
    ])
    const done = runs.filter(({ outcome }) => outcome.outcome === 'done')
    expect(runs.filter(({ outcome }) => outcome.outcome === 'failed-unchanged')).toHaveLength(2 - done.length)
    expect(await mayLogIn('apart')).toBe(done.length === 1)
    expect(await logsIn(store, runs[0].request.entry)).toBe(done.length === 1 ? 'ok' : 'nothing is stored')
  })

  it('apply, rotate and undo begin nothing while another one is at work', async () => {
    const plan = planFor(server, { ...wanted, login: 'busy' })
    const run = await applied(server, plan)
    const other = await server.client()
    await other.query("SELECT pg_advisory_lock(hashtextextended('pg-usher busy', 0))")
    try {
      const busy = { outcome: 'failed-unchanged', problem: { code: 'login-busy' } }
      const store = createShowOnceStore()
      const again = planFor(server, { ...wanted, login: 'busy', existed: true })
      expect((await applyPlan(server, again, { store })).outcome).toMatchObject(busy)
      expect(await store.has(run.entry)).toBe(false)
      const rotation = {
        ...run,
        login: 'busy',
        home: 'postgres',
        databases: ['music'],
        generate: generatePassword,
        knock: async () => ({ open: true }) as const,
        deadline: ampleDeadline,
      }
      const shown = await planRotation(rotation)
      expect(await rotate({ ...rotation, plan: shown })).toMatchObject(busy)
      expect((await undoOf(run)).outcome).toMatchObject(busy)
      expect(await logsIn(run.store, run.entry)).toBe('ok')
    } finally {
      await other.end()
    }
    expect((await undoOf(run)).outcome).toMatchObject({ outcome: 'done' })
  })
})
