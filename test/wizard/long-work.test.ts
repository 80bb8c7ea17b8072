import { describe, expect, it } from 'vitest'
import type { CatalogueDatabase } from '../../src/model/catalogue.ts'
import { chosenCount, matchCount } from '../../src/terminal/picker.ts'
import type { Effect } from '../../src/wizard/effect.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { updateWizard } from '../../src/wizard/update.ts'
import { database, relation, schema, serverFacts } from '../support/plan-input.ts'
import { answerOf, keyOf, startWalk, type Walk } from '../support/wizard-walk.ts'
import { workOf, workOfSlices } from '../support/work-of-slices.ts'

/** More than are looked at at once, in one schema, which is the hardest. */
const [few, many] = [12_000, 48_000]

/** What is pressed, after these keys were pressed before it. */
const keys: Readonly<Record<string, { readonly before?: string; readonly pressed: string }>> = {
  'all of them': { pressed: 'a' },
  'a range over all': { before: 'home v end', pressed: 'space' },
  'a rule': { pressed: 'r' },
  'going on': { before: 'a', pressed: 'enter' },
  'going on with a rule': { before: 'r', pressed: 'enter' },
  'going back': { before: 'a', pressed: 'escape' },
  'a letter in the filter': { before: '/', pressed: 'a' },
  'an expression in the filter': { before: '/ r e : [ a - z ] + _ [ 0 - 9 ] + _ a u d i', pressed: 't' },
}

describe('a key among many tables', () => {
  it.each(Object.entries(keys))(
    'keeps others waiting no longer for more of them: %s',
    (_, { before, pressed }) => {
      const [ofFew, ofMany] = [few, many].map(tables => {
        const walk = atTables(tables)
        for (const name of before?.split(' ') ?? []) {
          walk.press(name)
          walk.answer()
        }
        return Math.max(...piecesOf(walk.state(), pressed))
      })
      expect(ofFew).toBeGreaterThan(0)
      // What is looked at 32 tables at a time may grow as long as that is little.
      expect(ofMany).toBeLessThan(Math.max(1.25 * (ofFew ?? 0), many / 2))
    },
  )

  it('is answered with what was read no longer for more of them', () => {
    const [ofFew, ofMany] = [few, many].map(tables => {
      const walk = startWalk({ server: { databases: serverWith(tables) } })
      walk.to('schemas')
      walk.press('space', 'enter')
      const [asked] = walk.take().filter(({ kind }) => kind === 'read-relations')
      if (asked === undefined) throw new Error('nothing was asked for')
      const event = answerOf(asked, { facts: serverFacts, roles: {}, databases: serverWith(tables) })
      if (event === null) throw new Error('nothing was read')
      return Math.max(...pieces(() => updateWizard(walk.state(), event)))
    })
    expect(ofFew).toBeGreaterThan(0)
    expect(ofMany).toBeLessThan(Math.max(1.25 * (ofFew ?? 0), many / 2))
  })
})

describe('while long work is under way', () => {
  const typedInto = () => {
    const walk = atTables(many)
    walk.press('/')
    for (const character of 're:_04') walk.press(character)
    return walk
  }

  it('what is typed into the filter is seen at once, and only the last of it is searched for', () => {
    const walk = typedInto()
    expect(pickerOf(walk.state()).query.value).toBe('re:_04')
    expect(matchCount(pickerOf(walk.state()))).toBe(many)
    const effects = walk.take()
    const works = effects.flatMap(effect => (effect.kind === 'work' ? [effect.attempt] : []))
    const dropped = effects.flatMap(effect => (effect.kind === 'drop-work' ? [effect.attempt] : []))
    expect(dropped).toEqual(works.slice(0, -1))
    expect(walk.state().working?.attempt).toBe(works.at(-1))
    // What a dropped one comes to is not heard.
    for (const effect of effects) tellAnswer(walk, effect)
    expect(walk.state().working).toBeNull()
    expect(matchCount(pickerOf(walk.state()))).toBe(namesOf(many).filter(name => name.includes('_04')).length)
  })

  it('what is pressed is done afterwards, in its order, on what it was pressed for', () => {
    const walk = typedInto()
    walk.press('enter', 'a')
    walk.tell({ kind: 'resized', columns: 100, rows: 30 })
    walk.press('/', 'escape', 'enter')
    expect(chosenCount(pickerOf(walk.state()))).toBe(0)
    walk.answer()
    expect(walk.state()).toMatchObject({ step: 'network', working: null, size: { columns: 100 } })
    const chosen = walk.state().draft.databases?.[0]?.schemas[0]?.relations
    expect(chosen).toEqual(namesOf(many).filter(name => name.includes('_04')))
  })

  it('Esc gives up a filter that is still searched for', () => {
    const walk = typedInto()
    walk.press('escape')
    expect(walk.state().working).toBeNull()
    expect(pickerOf(walk.state())).toMatchObject({ filtering: false, query: { value: '' } })
    walk.answer()
    expect(matchCount(pickerOf(walk.state()))).toBe(many)
  })

  it('a fault in it leaves everything as it was, and is said', () => {
    const walk = typedInto()
    const attempt = walk.state().working?.attempt ?? -1
    walk.tell({ kind: 'work-failed', attempt, problem: { code: 'fault', message: 'Something broke.' } })
    expect(walk.state()).toMatchObject({ working: null, notice: 'Something broke.', step: 'tables' })
  })
})

const catalogues = new Map<number, readonly CatalogueDatabase[]>()

/** One for all that is done with it. */
function serverWith(tables: number): readonly CatalogueDatabase[] {
  const known = catalogues.get(tables)
  if (known !== undefined) return known
  const relations = namesOf(tables).map((name, oid) => relation(name, { oid }))
  const made = [database('shop', [schema('public', relations)])]
  catalogues.set(tables, made)
  return made
}

function namesOf(tables: number): readonly string[] {
  return Array.from(
    { length: tables },
    (_, number) => `table_${String(number).padStart(6, '0')}${number % 7 === 0 ? '_audit' : ''}`,
  )
}

function atTables(tables: number): Walk {
  const walk = startWalk({ server: { databases: serverWith(tables) } })
  walk.to('tables')
  return walk
}

function pickerOf({ tables }: WizardState) {
  if (tables.picker === null) throw new Error('there is no list of tables')
  return tables.picker
}

function tellAnswer(walk: Walk, effect: Effect): void {
  const event = answerOf(effect, { facts: serverFacts, databases: serverWith(many), roles: {} })
  if (event !== null) walk.tell(event)
}

/** How much is done at a time for a key: at once, then in each slice of what is left, then with what it came to. */
function piecesOf(state: WizardState, name: string): readonly number[] {
  return pieces(() => updateWizard(state, { kind: 'key', key: keyOf(name) }))
}

function pieces(call: () => ReturnType<typeof updateWizard>): readonly number[] {
  const { result, work } = workOf(call)
  const effect = result.effects.find(each => each.kind === 'work')
  if (effect === undefined) return [work]
  const { result: settled, slices } = workOfSlices(effect.work)
  const event = { kind: 'worked', attempt: effect.attempt, settled } as const
  return [work, ...slices, ...pieces(() => updateWizard(result.state, event))]
}
