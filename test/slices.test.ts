import { describe, expect, it } from 'vitest'
import { rehearsalParts } from '../src/engine/rehearsal-parts.ts'
import { planHash } from '../src/engine/steps.ts'
import { redactedJsonSliced } from '../src/model/redact.ts'
import { buildRelationColumns } from '../src/model/relation-columns.ts'
import type { Sliced } from '../src/model/sliced.ts'
import { makePlan, planning } from '../src/plan/make-plan.ts'
import type { DatabasePlan, Plan } from '../src/plan/plan.ts'
import { drawPlan } from '../src/wizard/lines/review.ts'
import { database, planInput, relation, schema } from './support/plan-input.ts'
import { isCi } from './support/requires.ts'
import { workOfSlices } from './support/work-of-slices.ts'

/** In one schema, which is the hardest: nothing is in pieces by itself. */
const [few, many] = isCi() ? [10_000, 60_000] : [4_000, 16_000]

/** What would keep a key waiting, for so many tables. */
type Work = (tables: number) => Sliced<unknown>

const works: Readonly<Record<string, Work>> = {
  'putting what was read into columns': tables =>
    buildRelationColumns({
      names: namesOf(tables).toReversed(),
      oids: new Uint32Array(tables),
      bits: new Uint8Array(tables),
      access: new Uint32Array(tables),
      accesses: [{ owner: 'shopkeeper', acl: null, grantable: true }],
      tuples: new Float32Array(tables),
      pages: new Uint32Array(tables),
      blockSize: 8192,
    }),
  'planning for tables by name': tables => planning(inputFor(tables, { relations: namesOf(tables) })),
  'planning for tables by rule': tables =>
    planning(inputFor(tables, { rule: { include: ['*'], except: ['*_audit'] } })),
  'drawing a plan': tables => drawPlan(planFor(tables), 80),
  'the hash of a plan': tables => planHash(planFor(tables)),
  'writing a plan as JSON': tables => redactedJsonSliced(planFor(tables), 2),
  'the parts of a rehearsal': tables => rehearsalParts(databaseOf(tables), 2000),
}

describe('a slice of long work', () => {
  it.each(Object.entries(works))('is no longer for more tables: %s', (_, work) => {
    const [ofFew, ofMany] = [few, many].map(tables => Math.max(...workOfSlices(work(tables)).slices))
    expect(ofFew).toBeGreaterThan(0)
    expect(ofMany).toBeLessThan(1.25 * (ofFew ?? 0))
  })
})

function namesOf(tables: number): string[] {
  return Array.from({ length: tables }, (_, number) => `table_${String(number).padStart(6, '0')}`)
}

function inputFor(tables: number, chosen: object) {
  const relations = namesOf(tables).map((name, oid) => relation(name, { oid }))
  const answer = { name: 'public', relations: [], laterTablesOf: [], ...chosen }
  return planInput({
    answers: { databases: [{ name: 'shop', schemas: [answer] }] },
    catalogue: { databases: [database('shop', [schema('public', relations)])] },
  })
}

const plans = new Map<number, Plan>()

/** One for all that is done with it. */
function planFor(tables: number): Plan {
  const plan = plans.get(tables) ?? makePlanFor(tables)
  plans.set(tables, plan)
  return plan
}

function makePlanFor(tables: number): Plan {
  const made = makePlan(inputFor(tables, { relations: namesOf(tables) }))
  if (!made.ok) throw new Error(made.problems[0]?.message)
  return made.plan
}

function databaseOf(tables: number): DatabasePlan {
  const [only] = planFor(tables).databases
  if (only === undefined) throw new Error('the plan is for one database')
  return only
}
