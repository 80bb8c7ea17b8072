import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { rehearse } from '../../src/engine/rehearse.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { isCi } from '../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { type Boundary, openStopping } from '../support/statement-boundaries.ts'
import { accessIn, applyPlan, openAs, planFor } from './fixture.ts'
import { applied, undoOf } from './undo-fixture.ts'

/** As many tables as make several transactions of an apply on 18, with the settings below. */
const others = Array.from({ length: 34 }, (_, number) => `t${number}`)

/** What somebody else does to a chosen table while we are at work, and what puts it back. */
const actions = {
  dropped: 'DROP TABLE app.album',
  renamed: 'ALTER TABLE app.album RENAME TO record',
  replaced: 'ALTER TABLE app.album RENAME TO record; ALTER TABLE app.stranger RENAME TO album',
  moved: 'ALTER TABLE app.album SET SCHEMA elsewhere',
  'given to another': 'ALTER TABLE app.album OWNER TO another',
} as const

/** Of our transactions, in milliseconds: long, since nothing here is about how quick the machine is. */
const deadline = 20_000

type Action = keyof typeof actions

/** A moment of a run: the first boundary of which it is true. */
type Moment = (boundary: Boundary) => boolean

const grants = (sql: string) => /GRANT SELECT[^;]*album/.test(sql)
const revokes = (sql: string) => /REVOKE SELECT[^;]*album/.test(sql)

const ofApply: Readonly<Record<string, () => Moment>> = {
  'before the first statement': () => () => true,
  'before the GRANT':
    () =>
    ({ when, sql }) =>
      when === 'before' && grants(sql),
  'after the GRANT, before the COMMIT':
    () =>
    ({ when, sql }) =>
      when === 'after' && grants(sql),
  'between two transactions': () => commitAfter(grants),
  'before the proof':
    () =>
    ({ asLogin }) =>
      asLogin,
}

const ofRehearsal: Readonly<Record<string, () => Moment>> = {
  'before the GRANT':
    () =>
    ({ when, sql }) =>
      when === 'before' && grants(sql),
  'after the GRANT':
    () =>
    ({ when, sql }) =>
      when === 'after' && grants(sql),
}

const ofUndo: Readonly<Record<string, () => Moment>> = {
  'before the first statement': () => () => true,
  'before the REVOKE':
    () =>
    ({ when, sql }) =>
      when === 'before' && revokes(sql),
  'after the REVOKE, before the COMMIT':
    () =>
    ({ when, sql }) =>
      when === 'after' && revokes(sql),
  'between two transactions': () => commitAfter(revokes),
}

/** After the COMMIT of the transaction in which such a statement was. */
function commitAfter(isIt: (sql: string) => boolean): Moment {
  let seen = false
  return ({ when, sql }) => {
    if (isIt(sql)) seen = true
    return seen && when === 'after' && sql === 'COMMIT'
  }
}

describe.each(majorsInDepth)('a table that another session changes meanwhile, PostgreSQL %i', major => {
  let server: TestServer
  let foreign: pg.Client

  beforeAll(async () => {
    // 10 * 12 locks, a quarter of them for a transaction of ours: 30 tables.
    server = await startServer({
      major,
      settings: { max_connections: '12', max_locks_per_transaction: '10' },
    })
    await server.sql('CREATE ROLE another')
    await server.sql('CREATE DATABASE music')
    await server.sql('CREATE SCHEMA app; CREATE SCHEMA elsewhere', 'music')
    await server.sql(others.map(table => `CREATE TABLE app.${table} ()`).join('; '), 'music')
    foreign = await server.client({ database: 'music' })
  })
  afterEach(async () => {
    const roles = await server.sql(`SELECT rolname FROM pg_roles WHERE rolname IN ('tool_user', 'tool_role')`)
    for (const { rolname } of roles) {
      await server.sql(`DROP OWNED BY ${rolname}`, 'music')
      await server.sql(`DROP ROLE ${rolname}`)
    }
  })
  afterAll(async () => {
    await foreign?.end()
    await server?.stop()
  })

  /** The tables as they are at first, whatever became of them. */
  async function asAtFirst(): Promise<void> {
    await foreign.query(`DROP TABLE IF EXISTS app.album, app.stranger, app.record, elsewhere.album;
      CREATE TABLE app.album (); CREATE TABLE app.stranger ()`)
  }

  const oidOf = async (name: string): Promise<number> => {
    const { rows } = await foreign.query<{ oid: number }>('SELECT $1::regclass::oid AS oid', [name])
    return rows[0]?.oid ?? 0
  }

  /** A plan that knows its tables, as one that was made from the server does. */
  async function planNow(): Promise<Plan> {
    const plan = planFor(server, {
      login: 'tool_user',
      group: 'tool_role',
      databases: [{ name: 'music', schemas: [{ name: 'app', relations: [...others, 'album'].toSorted() }] }],
    })
    const databases = []
    for (const database of plan.databases) {
      const chosen = []
      for (const each of database.chosen) chosen.push({ ...each, oid: await oidOf(`app.${each.name}`) })
      databases.push({ ...database, chosen })
    }
    return { ...plan, databases }
  }

  /** Does it at that moment, and lets the run go on once it is done or waits for us; to be awaited at the end. */
  function happening(action: Action, moment: Moment | undefined) {
    let done: Promise<unknown> | null = null
    const at = async (boundary: Boundary) => {
      if (done !== null || moment?.(boundary) !== true) return
      let ended = false
      done = again(() => foreign.query(actions[action])).finally(() => {
        ended = true
      })
      while (!ended && !(await waits())) {}
    }
    return { at, happened: async () => (done === null ? false : await done.then(() => true)) }
  }

  const waits = async () => {
    const rows = await server.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = 'music' AND application_name <> 'pg-usher'
         AND wait_event_type = 'Lock'`,
    )
    return rows.length > 0
  }

  /** Whoever writes to the same row of the catalogue is told so, and tries again. */
  async function again(run: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await run()
        return
      } catch (error) {
        if (!/tuple concurrently/.test(String(error))) throw error
      }
    }
  }

  /** What our roles hold, on which relations, by oid. */
  const holds = async (): Promise<readonly number[]> => {
    const rows = await server.sql(
      `SELECT c.oid FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
       WHERE r.rolname LIKE 'tool%' AND a.privilege_type = 'SELECT' ORDER BY c.oid`,
      'music',
    )
    return rows.map(row => Number(row['oid']))
  }

  const isThere = async (oid: number) =>
    (await server.sql('SELECT FROM pg_class WHERE oid = $1', 'music', [oid])).length > 0

  const nothingOfOurs = async () =>
    (await accessIn(server, ['music'])).filter(line => line.includes('tool_')).length === 0

  async function applyWhile(action: Action, moment: Moment | undefined): Promise<boolean> {
    await asAtFirst()
    const plan = await planNow()
    const [album, stranger] = [await oidOf('app.album'), await oidOf('app.stranger')]
    const { at, happened } = happening(action, moment)
    const { outcome } = await applyPlan(server, plan, { open: openStopping(openAs(server), at), deadline })
    const did = await happened()
    const held = await holds()
    expect(held).not.toContain(stranger)
    if (outcome.outcome === 'done') {
      const chosen = plan.databases.flatMap(each => each.chosen.flatMap(({ oid }) => oid ?? []))
      for (const oid of chosen) if (await isThere(oid)) expect(held).toContain(oid)
      expect(held.length).toBeGreaterThanOrEqual(others.length)
      await server.sql('DROP OWNED BY tool_role', 'music')
      await server.sql('DROP ROLE tool_user, tool_role')
    } else {
      expect(outcome).toMatchObject({
        outcome: 'failed-unchanged',
        problem: { message: expect.stringMatching(/./) },
      })
      expect(await isThere(album)).toBe(action !== 'dropped')
      expect(await nothingOfOurs()).toBe(true)
    }
    return did
  }

  const all = Object.keys(actions) as Action[]
  /** The worst of them alone in a person's run: each takes a second. */
  const cases = isCi() ? all : (['replaced'] satisfies Action[])
  const named = <T extends object>(moments: T) =>
    cases.flatMap(action =>
      Object.keys(moments).map(moment => ({ action, moment: moment as keyof T & string })),
    )

  it.each(named(ofApply))(
    '$action, $moment: an apply grants all and right, or nothing, and says so',
    async each => {
      expect(await applyWhile(each.action, ofApply[each.moment]?.())).toBe(true)
    },
  )

  it.each(named(ofRehearsal))('$action, $moment of a rehearsal, which leaves nothing', async each => {
    await asAtFirst()
    const plan = await planNow()
    const { at, happened } = happening(each.action, ofRehearsal[each.moment]?.())
    const rehearsal = await rehearse({ plan, open: openStopping(openAs(server), at), deadline })
    expect(await happened()).toBe(true)
    expect(await nothingOfOurs()).toBe(true)
    if (each.action === 'replaced' && each.moment === 'before the GRANT') {
      expect(rehearsal).toMatchObject({ outcome: 'failed', problem: { code: 'relation-replaced' } })
    }
  })

  it.each(named(ofUndo))(
    '$action, $moment: an undo takes all of it back and nothing of others',
    async each => {
      await asAtFirst()
      const run = await applied(server, await planNow())
      await server.sql('GRANT SELECT ON app.stranger TO tool_role', 'music')
      const stranger = await oidOf('app.stranger')
      const { at, happened } = happening(each.action, ofUndo[each.moment]?.())
      const { outcome } = await undoOf({ ...run, open: openStopping(openAs(server), at) }, { deadline })
      expect(await happened()).toBe(true)
      expect(outcome).toMatchObject({ outcome: 'role-stays', stays: [{ role: 'tool_role' }] })
      expect(await holds()).toEqual([stranger])
      await server.sql('DROP OWNED BY tool_role', 'music')
      expect((await undoOf(run)).outcome).toMatchObject({ outcome: 'done' })
      expect(await nothingOfOurs()).toBe(true)
    },
  )

  if (!isCi()) return

  it('at any boundary of an apply', async () => {
    for (const [place, action] of cases.entries()) {
      // Each action has other boundaries; all of them together have all.
      for (let number = 1 + place; ; number += cases.length) {
        if (!(await applyWhile(action, boundary => boundary.number === number))) break
      }
    }
  }, 900_000)
})
