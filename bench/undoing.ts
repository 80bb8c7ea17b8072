import { readGranted } from '../src/engine/direct-grants.ts'
import { planUndo } from '../src/engine/plan-undo.ts'
import { stepsOf } from '../src/engine/steps.ts'
import { undo } from '../src/engine/undo.ts'
import type { UndoableReceipt } from '../src/model/receipt-run.ts'
import type { Plan } from '../src/plan/plan.ts'
import { openSessionFor } from '../src/postgres/connect.ts'
import { createShowOnceStore } from '../src/secrets/show-once.ts'
import { planFor } from './granting.ts'
import { type Group, inTurns, notMeasured, timed } from './measure.ts'
import { administratorOf } from './support/engine.ts'
import { hasPsql, psql } from './support/psql.ts'
import type { Warehouse, WarehouseRelation } from './support/warehouse.ts'

/** Taking everything back, role and all, against DROP OWNED BY and DROP ROLE in psql. */
export const undoing: Group = {
  name: 'undo',
  measure: async ({ warehouse: made, tables, rounds }) => {
    if (!hasPsql()) return notMeasured(['undo.all', 'growth.undo'], 'no psql')
    const warehouse = await made(18)
    const relations = warehouse.relations.slice(0, tables)
    const plan = await planFor(warehouse, relations)
    const few = relations.slice(0, tables / 10)
    const planOfFew = await planFor(warehouse, few)
    const medians = await inTurns(rounds, {
      ours: async () => {
        await grant(warehouse, plan, relations)
        return undoTime(warehouse, await receiptOf(warehouse, plan))
      },
      tenth: async () => {
        await grant(warehouse, planOfFew, few)
        return undoTime(warehouse, await receiptOf(warehouse, planOfFew))
      },
      psql: async () => {
        await grant(warehouse, plan, relations)
        const drop = [plan.grantee, plan.login].flatMap(role => [
          '-c',
          `DROP OWNED BY ${role}`,
          '-c',
          `DROP ROLE ${role}`,
        ])
        return timed(() => psql(warehouse, drop))
      },
    })
    const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`
    return [
      {
        id: 'undo.all',
        value: medians.ours / medians.psql,
        note: `${seconds(medians.ours)} from yes to the last look, psql ${seconds(medians.psql)}`,
      },
      { id: 'growth.undo', value: medians.ours / medians.tenth },
    ]
  },
}

/** What an apply of this plan leaves, made in the quickest way. */
async function grant(
  { server, database }: Warehouse,
  { login, grantee }: Plan,
  relations: readonly WarehouseRelation[],
): Promise<void> {
  await server.sql('VACUUM pg_catalog.pg_class; ', database)
  await server.sql('VACUUM pg_catalog.pg_shdepend', database)
  await server.sql(`CREATE ROLE ${grantee}; CREATE ROLE ${login}; GRANT ${grantee} TO ${login}`)
  for (let from = 0; from < relations.length; from += 1500) {
    const objects = relations.slice(from, from + 1500).map(({ object }) => object)
    await server.sql(`GRANT SELECT, REFERENCES ON TABLE ${objects.join(', ')} TO ${grantee}`, database)
  }
}

async function receiptOf(warehouse: Warehouse, plan: Plan): Promise<UndoableReceipt> {
  const target = administratorOf(warehouse)
  const { host, port, database, user, tls } = target
  return {
    finishedAt: new Date().toISOString(),
    tool: plan.tool,
    endpoint: { host, port },
    login: plan.login,
    run: {
      server: { host, port, database, user, tls },
      secret: { store: 'show-once' },
      databases: [warehouse.database],
      grantee: plan.grantee,
      units: stepsOf(plan, 1600).map(step => ({ database: step.database, changes: step.changes })),
      granted: await readGranted(openSessionFor(target), plan, null),
    },
  }
}

/** From the yes, after the plan of the undo was shown, to its end. */
async function undoTime(warehouse: Warehouse, receipt: UndoableReceipt): Promise<number> {
  const request = {
    receipt,
    open: openSessionFor(administratorOf(warehouse)),
    store: createShowOnceStore(),
    deadline: 60_000,
  }
  const plan = await planUndo(request)
  const began = performance.now()
  const outcome = await undo({ ...request, plan, endSessions: false })
  if (outcome.outcome !== 'done')
    throw new Error(`the undo ended with ${JSON.stringify(outcome).slice(0, 500)}`)
  return performance.now() - began
}
