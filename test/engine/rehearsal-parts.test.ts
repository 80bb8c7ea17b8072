import { describe, expect, it } from 'vitest'
import { rehearsalParts } from '../../src/engine/rehearsal-parts.ts'
import type { Change } from '../../src/model/change.ts'
import { atOnce } from '../../src/model/sliced.ts'
import type { ChosenRelation, DatabasePlan } from '../../src/plan/plan.ts'

const usage: Change = { kind: 'grant-usage', schema: 'sales', grantee: 'tool', why: '' }
const grant = (relations: readonly string[]): Change => ({
  kind: 'grant-relations',
  schema: 'sales',
  relations,
  privileges: ['SELECT'],
  grantee: 'tool',
  why: '',
})
const names = Array.from({ length: 10 }, (_, number) => `t${number}`)
const chosen = names.map((name, oid): ChosenRelation => ({ schema: 'sales', name, kind: 'table', oid }))

function parts(changes: readonly Change[], relations: number) {
  const plan: DatabasePlan = { database: 'shop', changes, chosen, schemas: ['sales'] }
  return atOnce(rehearsalParts(plan, relations)).map(part => ({
    changes: part.changes.map(change => ('relations' in change ? change.relations.join(' ') : change.kind)),
    tried: part.chosen.map(({ name }) => name).join(' '),
  }))
}

describe('the parts of a rehearsal', () => {
  it('are one where a transaction has room for all', () => {
    expect(parts([usage, grant(names)], 10)).toEqual([
      { changes: ['grant-usage', names.join(' ')], tried: names.join(' ') },
    ])
  })

  it('try in each what it grants, with all that opens the way to it', () => {
    expect(parts([usage, grant(names)], 4)).toEqual([
      { changes: ['grant-usage', 't0 t1 t2 t3'], tried: 't0 t1 t2 t3' },
      { changes: ['grant-usage', 't4 t5 t6 t7'], tried: 't4 t5 t6 t7' },
      { changes: ['grant-usage', 't8 t9'], tried: 't8 t9' },
    ])
  })

  it('try what is granted already no more at a time, so that it fits the deadline too', () => {
    expect(parts([usage, grant(['t3', 't7'])], 4)).toEqual([
      { changes: ['grant-usage', 't3 t7'], tried: 't3 t7' },
      { changes: ['grant-usage'], tried: 't0 t1 t2 t4' },
      { changes: ['grant-usage'], tried: 't5 t6 t8 t9' },
    ])
    expect(parts([], 5)).toEqual([
      { changes: [], tried: 't0 t1 t2 t3 t4' },
      { changes: [], tried: 't5 t6 t7 t8 t9' },
    ])
  })

  it('try each chosen relation once, whatever the size', () => {
    for (let size = 1; size <= 11; size += 1) {
      const tried = parts([usage, grant(names.slice(3))], size).flatMap(part => part.tried.split(' '))
      expect(tried.filter(name => name !== '').toSorted()).toEqual(names)
    }
  })
})
