import { describe, expect, it } from 'vitest'
import type { CatalogueDatabase } from '../../src/model/catalogue.ts'
import { ruleTest } from '../../src/model/relation-rule.ts'
import { bitsIn } from '../../src/terminal/bitmap.ts'
import { chosenCount, currentRow, matchCount } from '../../src/terminal/picker.ts'
import { LONGEST_VALUE } from '../../src/terminal/text-field.ts'
import { bindingsFor } from '../../src/wizard/keymap.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { relationOf } from '../../src/wizard/table-choice.ts'
import { database, relation, schema } from '../support/plan-input.ts'
import { startWalk, type Walk, type WalkOptions } from '../support/wizard-walk.ts'

const catalogue = [
  database('shop', [
    schema('music', ['album', 'album_audit', 'artist', 'Genre_AUDIT', 'track'].map(named)),
    schema('public', ['album', 'customer', 'customer_audit', 'invoice'].map(named)),
    schema('empty', []),
  ]),
]

function named(name: string) {
  return relation(name)
}

/** The tables of the first schemas of the list. */
function atTables(
  schemas: number,
  databases: readonly CatalogueDatabase[] = catalogue,
  options: WalkOptions = {},
) {
  const walk = startWalk({ ...options, server: { databases } })
  walk.to('schemas')
  for (let row = 0; row < schemas; row += 1) walk.press('space', 'down')
  walk.press('enter')
  walk.answer()
  return walk
}

function pickerOf({ tables }: WizardState) {
  if (tables.picker === null) throw new Error('there is no list of tables')
  return tables.picker
}

const shownNames = (state: WizardState) =>
  [...bitsIn(pickerOf(state).filtered.matched)].map(item => relationOf(state.tables, item)?.name)

const chosenNames = (state: WizardState) =>
  [...bitsIn(pickerOf(state).chosen)].map(item => relationOf(state.tables, item)?.name)

function filter(walk: Walk, query: string) {
  walk.press('/')
  walk.type(query)
  walk.press('enter')
}

const schemasOf = (state: WizardState) => state.draft.databases?.[0]?.schemas ?? []

describe('a rule from the filter', () => {
  it.each([
    '',
    '!*_audit',
    '!*_audit mus',
    'pub',
    'shop.pub !cust',
    'lic.cust',
    'ALB',
    '!audit',
    '*_AUDIT',
    'al',
  ])('chooses what %j shows, in names and in schemas', query => {
    const walk = atTables(2)
    if (query !== '') filter(walk, query)
    const shown = shownNames(walk.state())
    walk.press('r')
    expect(walk.state().tables.problem).toBeNull()
    expect(chosenNames(walk.state())).toEqual(shown)
    walk.press('escape')
    // What the answers say means the same to whoever plans from them.
    const meant = schemasOf(walk.state()).flatMap(({ name, rule, relations }) => {
      const all = catalogue[0]?.schemas.find(each => each.name === name)
      const fits = rule === undefined ? () => false : ruleTest(rule)
      return all?.relations == null
        ? []
        : namesIn(all.relations.names.text).filter(each => fits(each) || relations.includes(each))
    })
    expect(meant).toEqual(shown)
  })

  it('leaves what was chosen by hand beside it, and says so', () => {
    const walk = atTables(2)
    filter(walk, 'album_audit')
    walk.press('a', '/', 'escape')
    filter(walk, '!*_audit')
    walk.press('r')
    expect(walk.state().notice).toBe(
      '1 table that the rule does not choose was chosen by hand and stays chosen.',
    )
    expect(chosenNames(walk.state())).toContain('album_audit')
    walk.press('enter')
    expect(schemasOf(walk.state())[0]).toMatchObject({
      relations: ['album_audit'],
      rule: { include: ['*'], except: ['*_audit'], ignoreCase: true },
    })
  })

  it('gives way to another one with what it chose', () => {
    const walk = atTables(2)
    filter(walk, 'a')
    walk.press('r', '/', 'escape')
    filter(walk, 'invoice')
    walk.press('r')
    expect(walk.state().notice).toBeNull()
    // Only the schema that is shown has another rule.
    expect(chosenNames(walk.state())).toEqual([
      'Genre_AUDIT',
      'album',
      'album_audit',
      'artist',
      'track',
      'invoice',
    ])
  })

  it('takes one out by hand, whatever its capitals, and no other', () => {
    const twins = [database('shop', [schema('public', ['Note', 'note', 'notes'].map(named))])]
    const walk = atTables(1, twins)
    filter(walk, 'note')
    walk.press('r', 'space', 'enter')
    const [answer] = schemasOf(walk.state())
    expect(answer).toMatchObject({ relations: ['note'], rule: { ignoreCase: true, except: ['Note'] } })
  })

  it('is none where only some words heed capitals', () => {
    const walk = atTables(1)
    filter(walk, 'AUD !alb')
    walk.press('r')
    expect(walk.state().tables).toMatchObject({ problem: { code: 'no-rule' }, rules: new Map() })
  })

  it('is taken into the answers, read again, and taken away', () => {
    const walk = atTables(2)
    filter(walk, '!*_audit')
    walk.press('r', 'ctrl-r')
    walk.answer()
    expect(chosenNames(walk.state())).toEqual(['album', 'artist', 'track', 'album', 'customer', 'invoice'])
    walk.press('escape', 'enter')
    walk.answer()
    expect(walk.state().tables.rules.size).toBe(2)
    // The filter is still there.
    walk.press('r', 'enter')
    expect(schemasOf(walk.state())[1]).toMatchObject({ relations: ['album', 'customer', 'invoice'] })
    expect(schemasOf(walk.state())[1]?.rule).toBeUndefined()
  })
})

describe('a range of tables', () => {
  it('is begun by v or by Shift and an arrow, and chosen or taken out as one', () => {
    const walk = atTables(2)
    walk.press('v', 'down', 'down', 'space')
    expect(chosenNames(walk.state())).toEqual(['Genre_AUDIT', 'album', 'album_audit'])
    walk.press('shift-up', 'space')
    expect(chosenNames(walk.state())).toEqual(['Genre_AUDIT'])
    // Esc ends it, and stays here.
    walk.press('shift-down', 'escape')
    expect(walk.state()).toMatchObject({ step: 'tables', tables: { picker: { anchor: null } } })
    walk.press('home', 'v', 'end', 'space', 'enter')
    expect(schemasOf(walk.state()).map(each => each.relations.length)).toEqual([5, 4])
  })
})

describe('later tables', () => {
  it('follow in all schemas of a range, and in all that a filter shows', () => {
    const walk = atTables(3)
    walk.press('home', 'v', 'end', 'l')
    expect([...walk.state().tables.later.keys()]).toEqual([0, 1, 2])
    expect(walk.state().notice).toBe('Later tables follow in 3 schemas.')
    walk.press('home', 'v', 'end', 'l')
    expect(walk.state().tables.later.size).toBe(0)
    filter(walk, 'customer')
    walk.press('l')
    expect([...walk.state().tables.later.keys()]).toEqual([1])
  })

  it('are for the schema alone that the cursor is in, without a range or a filter', () => {
    const walk = atTables(3)
    walk.press('l')
    expect([...walk.state().tables.later.keys()]).toEqual([0])
  })

  it('say where nobody lets one decide on them', () => {
    const unable = { creators: [{ role: 'bookkeeper', alterable: false, owns: 1 }] }
    const [shop] = catalogue
    const walk = atTables(2, [
      database('shop', [...(shop?.schemas.slice(0, 1) ?? []), schema('ledger', [relation('book')], unable)]),
    ])
    walk.press('home', 'v', 'end', 'l')
    expect(walk.state().notice).toBe(
      'Later tables follow in 1 schema. Not in ledger: no owner there lets you decide on them.',
    )
  })
})

describe('a schema without tables', () => {
  it('does not hold one up, and is said', () => {
    const walk = atTables(3)
    walk.press('a', 'enter')
    expect(walk.state().step).toBe('network')
    expect(walk.state().notice).toBe(
      'No table in shop.empty yet: the tool may enter, and sees nothing there.',
    )
    walk.to('review')
    expect(walk.state().review).toMatchObject({ status: 'planned', obstacles: [] })
  })

  it('alone is nothing to see: it says what can be done', () => {
    const walk = atTables(1, [database('shop', [schema('empty', [])])])
    walk.press('enter')
    expect(walk.state().tables.problem?.next).toContain('l has tables follow')
    walk.press('l', 'enter')
    expect(walk.state().step).toBe('network')
  })
})

it('says how much of a paste the filter had no room for', () => {
  const walk = atTables(1)
  walk.press('/')
  walk.paste('x'.repeat(LONGEST_VALUE))
  expect(walk.state().notice).toBeNull()
  walk.paste(`${'y'.repeat(1_000)}\n`)
  expect(walk.state().notice).toBe(
    'The filter takes 4,096 characters: the last 1,000 of what was put in are left out.',
  )
  expect(pickerOf(walk.state()).query.value).toHaveLength(LONGEST_VALUE)
})

it('offers another level of access only where the tool has one', () => {
  const offers = (walk: Walk) => bindingsFor(walk.state()).some(({ command }) => command === 'access')
  expect(offers(atTables(1))).toBe(true)
  const other = startWalk({ server: { databases: catalogue } })
  other.tell({ kind: 'tool-chosen', tool: 'atlassian-analytics' })
  other.answer()
  other.to('tables')
  expect(offers(other)).toBe(false)
  other.press('t')
  expect(other.state().draft.access).toBe('read')
})

it('gives a schema that is chosen again what was chosen in it', () => {
  const walk = atTables(2)
  walk.press('a', 'l', 'escape', 'home', 'down', 'space', 'enter')
  walk.answer()
  expect(walk.state().notice).toContain('5 chosen in music. It comes back when the schema is chosen again.')
  expect(schemasOf(walk.state()).map(each => each.name)).toEqual(['public'])
  walk.press('escape', 'home', 'down', 'space', 'enter')
  walk.answer()
  expect(schemasOf(walk.state())[0]).toMatchObject({ name: 'music', laterTablesOf: ['shopkeeper'] })
  expect(schemasOf(walk.state())[0]?.relations).toHaveLength(5)
})

it('holds choice, filter and rule through new sizes', () => {
  const many = Array.from({ length: 60 }, (_, at) => relation(`t${100 + at}${at % 3 === 0 ? '_audit' : ''}`))
  const walk = atTables(1, [database('shop', [schema('public', many)])])
  filter(walk, '!*_audit')
  walk.press('r', 'end', 'space')
  const before = walk.state()
  const row = currentRow(pickerOf(before))
  for (const [columns, rows] of [
    [60, 16],
    [40, 10],
    [120, 40],
    [80, 24],
  ] as const) {
    walk.tell({ kind: 'resized', columns, rows })
    const now = pickerOf(walk.state())
    expect(chosenNames(walk.state())).toEqual(chosenNames(before))
    expect([chosenCount(now), matchCount(now), now.query.value]).toEqual([39, 40, '!*_audit'])
    expect(currentRow(now)).toEqual(row)
    expect(now.window.cursor).toBeLessThan(now.window.top + now.height)
    expect(walk.state().tables.rules).toEqual(before.tables.rules)
  }
})

function namesIn(text: string): readonly string[] {
  return text.split('\0')
}
