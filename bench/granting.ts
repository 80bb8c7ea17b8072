import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plan } from '../src/plan/plan.ts'
import type { Counts, FigureId } from './figures.ts'
import { type BenchContext, type Group, inTurns, type Measured, notMeasured } from './measure.ts'
import { startDelayProxy } from './support/delay-proxy.ts'
import { administratorOf, answersFor, applyPlan, planOf } from './support/engine.ts'
import { hasPsql, scriptTime } from './support/psql.ts'
import type { Warehouse, WarehouseRelation } from './support/warehouse.ts'

/** Granting, connected, until the last table's COMMIT, against psql and the fastest form known. */
export const granting: Group = {
  name: 'granting',
  measure: async context => {
    if (!hasPsql()) return notMeasured(grantingFigures, 'no psql')
    const measures: Measured[] = []
    const times: Partial<Record<keyof Counts, number>> = {}
    for (const major of [16, 18] as const) {
      const warehouse = await context.warehouse(major)
      for (const [part, share] of parts) {
        const medians = await measureSize(context, warehouse, Math.round(context.tables * share))
        times[part] = medians.ours
        const note = `${seconds(medians.ours)}, psql ${seconds(medians.psql)}, fastest ${seconds(medians.fastest)}`
        measures.push(
          { id: `granting.${major}.${part}.psql`, value: medians.ours / medians.psql, note },
          { id: `granting.${major}.${part}.fastest`, value: medians.ours / medians.fastest },
        )
      }
    }
    const { all = Number.NaN, tenth = Number.NaN } = times
    return [...measures, { id: 'growth.granting', value: all / tenth, note: 'PostgreSQL 18' }]
  },
}

const parts = [
  ['hundredth', 0.01],
  ['tenth', 0.1],
  ['all', 1],
] as const

const grantingFigures: readonly FigureId[] = [
  ...([16, 18] as const).flatMap(major =>
    parts.flatMap(([part]) =>
      (['psql', 'fastest'] as const).map(other => `granting.${major}.${part}.${other}` as const),
    ),
  ),
  'growth.granting',
]

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`

/**
 * Granting 1,000 tables to a server that is 100 ms away, both connected already. psql takes more than a minute and
 * a half, and so is run once.
 */
export const far: Group = {
  name: 'far',
  measure: async ({ warehouse: made, tables, shortRounds }) => {
    if (!hasPsql()) return notMeasured(['granting.far', 'cancel.far'], 'no psql')
    const warehouse = await made(18)
    const relations = warehouse.relations.slice(0, tables / 100)
    const proxy = await startDelayProxy(warehouse.server.port, 100)
    const { port } = proxy
    try {
      const plan = await planFor(warehouse, relations)
      const { ours, cancel } = await inTurns(Math.min(shortRounds, 5), {
        ours: async () => {
          await prepare(warehouse)
          return grantingTime(warehouse, plan, port)
        },
        cancel: async () => {
          await prepare(warehouse)
          return cancelTime(warehouse, plan, port)
        },
      })
      await prepare(warehouse)
      const theirs = await scriptTime(warehouse, oneByOne(relations), { port, flags: ['-1'] })
      await prepare(warehouse)
      return [
        {
          id: 'cancel.far',
          value: cancel,
          note: 'the request to cancel, its answer, ROLLBACK; then the roles are taken back',
        },
        {
          id: 'granting.far',
          value: theirs / ours,
          note: `${Math.round(ours)} ms of ours: two round trips, since COMMIT waits until the answers were looked at; if those were all, it would be ${Math.round((relations.length + 2) / 2)}. psql ${seconds(theirs)}; both connected already`,
        },
      ]
    } finally {
      await proxy.close()
    }
  },
}

/** The median times of granting so many tables, in milliseconds. */
async function measureSize(
  { rounds }: BenchContext,
  warehouse: Warehouse,
  size: number,
): Promise<Readonly<Record<'psql' | 'fastest' | 'ours', number>>> {
  const relations = warehouse.relations.slice(0, size)
  const plan = await planFor(warehouse, relations)
  const prepared = async (work: () => Promise<number>) => {
    await prepare(warehouse)
    return work()
  }
  // One COMMIT a table is as long for each: a hundred thousand would take many minutes.
  const byPsql = relations.slice(0, mostByPsql)
  const medians = await inTurns(rounds, {
    psql: async () =>
      (await prepared(() => scriptTime(warehouse, oneByOne(byPsql)))) * (size / byPsql.length),
    fastest: () => prepared(() => grantFastest(warehouse, relations)),
    ours: () => prepared(async () => await grantingTime(warehouse, plan)),
  })
  await prepare(warehouse)
  return medians
}

/** So many tables psql grants at most; for more its time is multiplied. */
const mostByPsql = 10_000

const login = 'bench_login'
const privileges = 'SELECT, REFERENCES'

/** The plan of a run in which the login is made and given all of these. */
export async function planFor(warehouse: Warehouse, relations: readonly WarehouseRelation[]): Promise<Plan> {
  const target = administratorOf(warehouse)
  return planOf(target, answersFor(target, login, relations))
}

/**
 * How long the engine takes for the grants of the database, in milliseconds: it grants, looks whether each holds,
 * marks the step, keeps its journal, commits; connected it is by then, while it knocked. It is given up before the proof.
 */
async function grantingTime(warehouse: Warehouse, plan: Plan, port?: number): Promise<number> {
  const target = administratorOf(warehouse, port)
  const folder = mkdtempSync(join(tmpdir(), 'pg-usher-bench-'))
  let began = Number.NaN
  let committed = Number.NaN
  const controller = new AbortController()
  const outcome = await applyPlan(target, plan, {
    signal: controller.signal,
    journal: { folder, answers: answersFor(target, login, []) },
    onEvent: event => {
      if (event.kind !== 'phase') return
      if (event.phase === 'database') began = performance.now()
      if (event.phase === 'login') {
        committed = performance.now()
        controller.abort()
      }
    },
  })
  rmSync(folder, { recursive: true, force: true })
  if (outcome.outcome !== 'cancelled') throw new Error(`granting ended with ${JSON.stringify(outcome)}`)
  return committed - began
}

/** From a cancel, given while the grants are on their way, to where their transaction is rolled back; in milliseconds. */
async function cancelTime(warehouse: Warehouse, plan: Plan, port: number): Promise<number> {
  const controller = new AbortController()
  let cancelled = Number.NaN
  let rolledBack = Number.NaN
  const outcome = await applyPlan(administratorOf(warehouse, port), plan, {
    signal: controller.signal,
    onEvent: event => {
      if (event.kind !== 'phase') return
      if (event.phase === 'database')
        setTimeout(() => {
          cancelled = performance.now()
          controller.abort()
        }, 60)
      // What was committed before, the roles, is taken back next.
      if (event.phase === 'undo' && Number.isNaN(rolledBack)) rolledBack = performance.now()
    },
  })
  if (outcome.outcome !== 'cancelled') throw new Error(`a cancel ended with ${JSON.stringify(outcome)}`)
  return rolledBack - cancelled
}

/** No role of a run before is left, and no dead row of one. */
export async function prepare(warehouse: Warehouse): Promise<void> {
  const { server, database } = warehouse
  for (const role of [login, `${login}_role`]) {
    const there = await server.sql('SELECT FROM pg_roles WHERE rolname = $1', 'postgres', [role])
    if (there.length === 0) continue
    await server.sql(`DROP OWNED BY ${role}`, database)
    await server.sql(`DROP ROLE ${role}`)
  }
  await server.sql('VACUUM pg_catalog.pg_class', database)
  await server.sql('VACUUM pg_catalog.pg_shdepend', database)
  await server.sql(`CREATE ROLE ${login}_role; DROP ROLE ${login}_role`)
}

function oneByOne(relations: readonly WarehouseRelation[]): string {
  const grants = relations.map(({ object }) => `GRANT ${privileges} ON TABLE ${object} TO ${login}_role;`)
  return [`CREATE ROLE ${login}_role;`, ...grants].join('\n')
}

/**
 * The fastest form known: 500 relations in a GRANT, one transaction; from 18 on, where each relation named is
 * locked to the end, a transaction for every 1,500. Nothing is looked at. In milliseconds, connected already.
 */
async function grantFastest(warehouse: Warehouse, relations: readonly WarehouseRelation[]): Promise<number> {
  const { server, database } = warehouse
  const client = await server.client({ database })
  const began = performance.now()
  try {
    await client.query(`CREATE ROLE ${login}_role`)
    const perTransaction = server.major >= 18 ? 1500 : relations.length
    for (let from = 0; from < relations.length; from += perTransaction) {
      const statements = ['BEGIN']
      const end = Math.min(from + perTransaction, relations.length)
      for (let at = from; at < end; at += 500) {
        const objects = relations.slice(at, Math.min(at + 500, end)).map(({ object }) => object)
        statements.push(`GRANT ${privileges} ON TABLE ${objects.join(', ')} TO ${login}_role`)
      }
      await client.query([...statements, 'COMMIT'].join(';'))
    }
    return performance.now() - began
  } finally {
    await client.end()
  }
}
