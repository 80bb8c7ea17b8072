import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RelationRule } from '../../src/model/answers.ts'
import { globTest, literalGlob } from '../../src/model/glob.ts'
import { ruleTest, ruleWords } from '../../src/model/relation-rule.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import type { PlanInput } from '../../src/plan/plan-input.ts'
import { database, planInput, relation, schema } from '../support/plan-input.ts'

const allButAudit: RelationRule = { include: ['*'], except: ['*_audit'] }

function input(
  rule: RelationRule,
  names: readonly string[] = [],
  laterTablesOf: readonly string[] = [],
): PlanInput {
  return planInput({
    answers: {
      databases: [{ name: 'shop', schemas: [{ name: 'public', relations: names, rule, laterTablesOf }] }],
    },
    catalogue: {
      databases: [
        database('shop', [
          schema('public', [
            relation('album', { oid: 1 }),
            relation('album_audit', { oid: 2 }),
            relation('ledger', { oid: 3, grantable: false, owner: 'bookkeeper' }),
            relation('track', { oid: 4 }),
          ]),
        ]),
      ],
    },
    server: {
      ...planInput().server,
      admin: { name: 'shopkeeper', superuser: false, createRole: true, actsAs: ['shopkeeper'] },
    },
  })
}

function planOf(made: ReturnType<typeof makePlan>) {
  if (!made.ok) throw new Error(JSON.stringify(made.problems))
  return made.plan
}

describe('a rule in the answers', () => {
  it('chooses what fits and may be granted on, besides what is named', () => {
    const plan = planOf(makePlan(input(allButAudit, ['album_audit'])))
    expect(plan.databases[0]?.chosen.map(each => each.name)).toEqual(['album', 'album_audit', 'track'])
    expect(plan.databases[0]?.changes).toContainEqual(
      expect.objectContaining({ kind: 'grant-relations', relations: ['album', 'album_audit', 'track'] }),
    )
  })

  it('is said as a rule, with what it leaves out and what it cannot hold', () => {
    const texts = planOf(makePlan(input(allButAudit, [], ['shopkeeper']))).notes.map(note => note.text)
    expect(texts).toContainEqual(
      'Chosen by rule: all but *_audit in public, 2 relations now. What fits later is chosen when it is planned again.',
    )
    expect(texts).toContainEqual(
      '1 relation that the rule (all but *_audit in public) fits is left out, because shopkeeper may not grant on it: ledger.',
    )
    expect(texts.find(text => text.includes('default privileges know no rule'))).toContain('shopkeeper')
  })

  it('makes a plan also where nothing fits as yet', () => {
    const plan = planOf(makePlan(input({ include: ['later_*'], except: [] })))
    expect(plan.databases[0]?.chosen).toEqual([])
    expect(plan.databases[0]?.changes.map(each => each.kind)).toContain('grant-usage')
  })

  it('takes on tables that were made since, without another answer', () => {
    const before = input(allButAudit)
    const [shop] = before.catalogue.databases
    const made = ['album', 'brand_new', 'brand_new_audit'].map((name, at) => relation(name, { oid: at + 1 }))
    const after = {
      ...before,
      catalogue: { databases: [{ ...shop, ...database('shop', [schema('public', made)]) }] },
    }
    expect(planOf(makePlan(after)).databases[0]?.chosen.map(each => each.name)).toEqual([
      'album',
      'brand_new',
    ])
  })

  it('is put in words', () => {
    expect(ruleWords({ include: ['*'], except: [] })).toBe('all')
    expect(ruleWords({ include: ['a_*', 'b'], except: ['*_tmp'] })).toBe('a_*, b but *_tmp')
    expect(ruleWords({ include: ['*'], except: ['a', 'b', 'c', 'd', 'e', 'f'] })).toBe(
      'all but a, b, c, d and 2 more',
    )
  })
})

describe('a pattern', () => {
  it.each([
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'abcd', false],
    ['a?c', 'ac', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['A*', 'abc', false],
  ])('%j on %j: %s', (pattern, name, expected) => {
    expect(globTest(pattern)(name)).toBe(expected)
  })

  it('fits what a regular expression fits, and by itself only the name it is made from', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\', '.', '\n'), maxLength: 8 })
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const source = pattern.replace(/\\.|./gsu, part => {
          if (part === '*') return '[^]*'
          if (part === '?') return '[^]'
          return (part.length > 1 ? part.slice(1) : part).replace(/[\\^$.|+()[\]{}*?]/gu, '\\$&')
        })
        expect(globTest(pattern)(name)).toBe(new RegExp(`^${source}$`).test(name))
        expect(globTest(literalGlob(pattern))(name)).toBe(pattern === name)
        expect(ruleTest({ include: ['*'], except: [literalGlob(name)] })(name)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})
