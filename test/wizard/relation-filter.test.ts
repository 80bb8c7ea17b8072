import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Relation } from '../../src/model/catalogue.ts'
import { relationColumns, relationsIn } from '../../src/model/relation-columns.ts'
import { atOnce } from '../../src/model/sliced.ts'
import { bitsIn } from '../../src/terminal/bitmap.ts'
import { type FilterGroup, relationFilter } from '../../src/wizard/relation-filter.ts'
import { relation } from '../support/plan-input.ts'

interface Schema {
  readonly database: string
  readonly schema: string
  readonly relations: readonly Relation[]
}

function groupsOf(schemas: readonly Schema[]): FilterGroup[] {
  let start = 0
  return schemas.map(({ relations, ...name }) => {
    const columns = relationColumns(relations)
    start += columns.length
    return { ...name, columns, start: start - columns.length }
  })
}

/** `schema.name` of what is found, in order. */
function found(schemas: readonly Schema[], query: string, grantee: string | null = null): string[] {
  const groups = groupsOf(schemas)
  return namesOf(groups, [...bitsIn(atOnce(relationFilter(groups, grantee)(query)).matched)])
}

function namesOf(groups: readonly FilterGroup[], items: readonly number[]): string[] {
  const names = groups.flatMap(({ schema, columns }) =>
    Array.from(relationsIn(columns), ({ name }) => `${schema}.${name}`),
  )
  return items.map(item => names[item] ?? '')
}

const MB = 2 ** 20
const shop: readonly Schema[] = [
  {
    database: 'shop',
    schema: 'sales',
    relations: [
      relation('orders', { bytes: 20 * MB, rows: 5000, acl: '{reader=r/shopkeeper}' }),
      relation('orders_audit', { owner: 'Legacy ERP', rows: null }),
      relation('Orders2025', { partition: true, bytes: 8 * 1024 ** 2 }),
    ],
  },
  {
    database: 'shop',
    schema: 'crm',
    relations: [
      relation('sales_lead', { kind: 'view', rows: null, bytes: 0 }),
      relation('person', { kind: 'partitioned-table', rows: 2_000_000 }),
      relation('totals', { kind: 'materialized-view' }),
    ],
  },
]

describe('the filter over relations', () => {
  it.each([
    [
      '',
      [
        'sales.Orders2025',
        'sales.orders',
        'sales.orders_audit',
        'crm.person',
        'crm.sales_lead',
        'crm.totals',
      ],
    ],
    ['orders', ['sales.Orders2025', 'sales.orders', 'sales.orders_audit']],
    ['Orders', ['sales.Orders2025']],
    ['sales', ['sales.Orders2025', 'sales.orders', 'sales.orders_audit', 'crm.sales_lead']],
    ['sales.ord !audit', ['sales.Orders2025', 'sales.orders']],
    ['crm. sales', ['crm.sales_lead']],
    ['shop.crm.per', ['crm.person']],
    ['*_audit', ['sales.orders_audit']],
    ['orders !*_audit', ['sales.Orders2025', 'sales.orders']],
    ['ORDERS*', []],
    ['owner:"Legacy ERP"', ['sales.orders_audit']],
    ['owner:legacy', ['sales.orders_audit']],
    ['!owner:legacy crm.', ['crm.person', 'crm.sales_lead', 'crm.totals']],
    ['kind:view', ['crm.sales_lead']],
    ['kind:part', ['sales.Orders2025', 'crm.person']],
    ['kind:partition', ['sales.Orders2025']],
    ['size>8MB', ['sales.orders']],
    ['size<1k', ['crm.sales_lead']],
    [
      'size>',
      [
        'sales.Orders2025',
        'sales.orders',
        'sales.orders_audit',
        'crm.person',
        'crm.sales_lead',
        'crm.totals',
      ],
    ],
    ['rows>1M', ['crm.person']],
    ['rows>4.9k rows<5001', ['sales.orders']],
    ['re:^[a-z]+s$', ['sales.orders', 'crm.totals']],
    ['re:^O', ['sales.Orders2025']],
    ['new: sales.', ['sales.Orders2025', 'sales.orders_audit']],
    ['!new:', ['sales.orders']],
  ])('finds %j', (query, expected) => {
    expect(found(shop, query, 'reader')).toEqual(expected)
  })

  it('counts all as new where nobody was granted anything yet', () => {
    expect(found(shop, 'new:')).toHaveLength(6)
  })

  it.each([
    ['re:(', 're: a ) is missing'],
    ['kind:x', 'kind: one of table, view, materialized, foreign, partition, partitioned'],
    ['size>big', 'size> a number, with kB, MB, GB or TB'],
  ])('says what is wrong with %j and matches nothing', (query, problem) => {
    const filtered = atOnce(relationFilter(groupsOf(shop), null)(query))
    expect(filtered.problem).toBe(problem)
    expect([...bitsIn(filtered.matched)]).toEqual([])
  })

  const name = fc.string({
    unit: fc.constantFrom('a', 'b', 'A', 'İ', '_', '.', '注'),
    minLength: 1,
    maxLength: 5,
  })
  const schemas = fc.array(
    fc.record({
      database: name,
      schema: name,
      relations: fc
        .uniqueArray(name, { maxLength: 40 })
        .map(names => names.map((each, at) => relation(each, { oid: at + 1 }))),
    }),
    { maxLength: 4 },
  )
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', 'A', '_', '.', '*', '!'),
    minLength: 1,
    maxLength: 4,
  })

  it('finds what looking at each name finds', () => {
    fc.assert(
      fc.property(schemas, fc.array(word, { maxLength: 3 }), (schemas, words) => {
        const groups = groupsOf(schemas)
        const expected = schemas.flatMap(({ database, schema }, group) =>
          Array.from(relationsIn(groups[group]?.columns ?? null), each => ({
            database,
            schema,
            name: each.name,
          })).map(each => ({
            shown: `${schema}.${each.name}`,
            fits: words.every(one => fitsWord(each, one)),
          })),
        )
        expect(found(schemas, words.join(' '))).toEqual(
          expected.filter(({ fits }) => fits).map(({ shown }) => shown),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('finds the same whether it looks at all or at what was found before', () => {
    const typed = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '_', '.', '*', '!', ' '), maxLength: 7 })
    fc.assert(
      fc.property(schemas, typed, typed, (schemas, first, more) => {
        const filter = relationFilter(groupsOf(schemas), null)
        for (const query of [first + more, more + first, more]) {
          const after = atOnce(filter(query, { query: first, filtered: atOnce(filter(first)) }))
          expect([...bitsIn(after.matched)]).toEqual([...bitsIn(atOnce(filter(query)).matched)])
        }
      }),
      { numRuns: 1000 },
    )
  })
})

interface Named {
  readonly database: string
  readonly schema: string
  readonly name: string
}

/** What a word means, without any art. */
function fitsWord(named: Named, word: string): boolean {
  if (word === '!') return true
  return word.startsWith('!') ? !fitsPlain(named, word.slice(1)) : fitsPlain(named, word)
}

function fitsPlain({ database, schema, name }: Named, word: string): boolean {
  const fold = word === word.toLowerCase() ? (text: string) => text.toLowerCase() : (text: string) => text
  const [its, own] = [fold(schema), fold(name)]
  const whole = `${fold(database)}.${its}`
  if (word.includes('*'))
    return new RegExp(`^${word.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 's').test(own)
  if (own.includes(word) || its.includes(word)) return true
  if (!word.includes('.')) return false
  if (whole.includes(word)) return true
  return [...word].some((character, at) => {
    const left = word.slice(0, at)
    return (
      character === '.' &&
      (left.includes('.') ? whole : its).includes(left) &&
      own.includes(word.slice(at + 1))
    )
  })
}
