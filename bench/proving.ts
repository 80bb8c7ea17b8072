import { rehearse } from '../src/engine/rehearse.ts'
import type { Plan } from '../src/plan/plan.ts'
import { openSessionFor } from '../src/postgres/connect.ts'
import { planFor, prepare } from './granting.ts'
import type { Group } from './measure.ts'
import { administratorOf, applyPlan } from './support/engine.ts'
import type { Warehouse } from './support/warehouse.ts'

/** A rehearsal and the proof of all tables, once, against the same of a tenth of them. */
export const proving: Group = {
  name: 'proof',
  measure: async ({ warehouse: made, tables }) => {
    const warehouse = await made(18)
    const [tenth, all] = [await timesOf(warehouse, tables / 10), await timesOf(warehouse, tables)]
    await prepare(warehouse)
    const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`
    return [
      {
        id: 'growth.rehearsal',
        value: all.rehearsal / tenth.rehearsal,
        note: `${seconds(all.rehearsal)}, each granted, tried as the login and taken back`,
      },
      {
        id: 'growth.proof',
        value: all.proof / tenth.proof,
        note: `${seconds(all.proof)}, each read as the login, its own connection included`,
      },
    ]
  },
}

async function timesOf(warehouse: Warehouse, count: number) {
  await prepare(warehouse)
  const plan = await planFor(warehouse, warehouse.relations.slice(0, count))
  return { rehearsal: await rehearsalTime(warehouse, plan), proof: await proofTime(warehouse, plan) }
}

async function rehearsalTime(warehouse: Warehouse, plan: Plan): Promise<number> {
  const began = performance.now()
  const rehearsal = await rehearse({ plan, open: openSessionFor(administratorOf(warehouse)) })
  if (rehearsal.outcome !== 'held')
    throw new Error(`the rehearsal ended with ${JSON.stringify(rehearsal).slice(0, 500)}`)
  return performance.now() - began
}

/** From where the login is open to where all is proved by it. */
async function proofTime(warehouse: Warehouse, plan: Plan): Promise<number> {
  let began = Number.NaN
  let ended = Number.NaN
  const outcome = await applyPlan(administratorOf(warehouse), plan, {
    onEvent: event => {
      if (event.kind !== 'phase') return
      if (event.phase === 'proof') began = performance.now()
      if (event.phase === 'end') ended = performance.now()
    },
  })
  if (outcome.outcome !== 'done')
    throw new Error(`the apply ended with ${JSON.stringify(outcome).slice(0, 500)}`)
  return ended - began
}
