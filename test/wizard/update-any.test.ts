import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectors } from '../../src/connectors/connectors.ts'
import { bitsIn } from '../../src/terminal/bitmap.ts'
import type { Key } from '../../src/terminal/key.ts'
import type { PickerState } from '../../src/terminal/picker.ts'
import { displayWidth } from '../../src/terminal/truncate.ts'
import type { Effect } from '../../src/wizard/effect.ts'
import { endingOf } from '../../src/wizard/ending.ts'
import type { WizardEvent } from '../../src/wizard/event.ts'
import { bindingsFor } from '../../src/wizard/keymap.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { stepText } from '../../src/wizard/step-text.ts'
import { existingRole, serverFacts } from '../support/plan-input.ts'
import {
  answerOf,
  keyOf,
  someProblem,
  startWalk,
  type WalkServer,
  walkDatabases,
} from '../support/wizard-walk.ts'

/** Where a run begins: nobody gets far by chance. */
const beginnings = ['tool', 'schemas', 'tables', 'secret', 'review', 'review'] as const

/** What a person, the terminal and the server may do next; answers come late, twice, out of order or as failures. */
type Happening =
  | { readonly what: 'key'; readonly key: Key }
  | { readonly what: 'menu'; readonly tool: string }
  | { readonly what: 'size'; readonly columns: number; readonly rows: number }
  /** Answers the so-manieth of the effects that were ever asked for, again if it was answered before. */
  | { readonly what: 'answer'; readonly back: number; readonly fails: boolean }

const keyNames = [
  ...[
    'enter',
    'escape',
    'tab',
    'shift-tab',
    'up',
    'down',
    'left',
    'right',
    'home',
    'end',
    'page-up',
    'page-down',
  ],
  ...[
    'space',
    'backspace',
    'delete',
    'f1',
    'ctrl-c',
    'ctrl-g',
    'ctrl-r',
    'ctrl-s',
    'ctrl-y',
    'ctrl-u',
    'unknown',
  ],
  ...['a', 'n', 'i', 'l', 't', 'r', 'y', 'c', 'p', 'q', 'k', 'j', 'g', 'G', '/', '?', '1', 'é', '🎟️'],
]

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...keyNames).map(name => ({ what: 'key' as const, key: keyOf(name) })),
  },
  // What leads onward comes oftener, or nothing gets past the second step.
  {
    weight: 5,
    arbitrary: fc
      .constantFrom('enter', 'space', 'r', 'y')
      .map(name => ({ what: 'key' as const, key: keyOf(name) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('postgresql://u:hunter2@h/db', 'x=y', 'plain', '10.0.0.0/8', '\u001b[2J')
      .map(text => ({ what: 'key' as const, key: { name: 'paste', text } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...connectors.map(each => each.id), 'no-such-tool')
      .map(tool => ({ what: 'menu' as const, tool })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('size' as const),
      columns: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 1, max: 80 }),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      what: fc.constant('answer' as const),
      back: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
      fails: fc.integer({ min: 0, max: 9 }).map(n => n === 0),
    }),
  },
)

const server: WalkServer = {
  facts: serverFacts,
  databases: walkDatabases,
  roles: { atlassian_read_only_user: existingRole('atlassian_read_only_user', { canLogin: true }) },
}

function failureOf(effect: Effect): WizardEvent | null {
  switch (effect.kind) {
    case 'connect':
      return { kind: 'connect-failed', attempt: effect.attempt, problem: someProblem, wantsPassword: true }
    case 'read-databases':
      return { kind: 'databases-failed', problem: someProblem }
    case 'read-roles':
      return { kind: 'roles-failed', problem: someProblem }
    case 'read-relations':
      return { kind: 'relations-failed', problem: someProblem }
    case 'probe-store':
      return { kind: 'store-probed', attempt: effect.attempt, problem: someProblem }
    case 'make-plan':
      return { kind: 'plan-refused', attempt: effect.attempt, problems: [someProblem], facts: null }
    case 'rehearse':
      return {
        kind: 'rehearsed',
        attempt: effect.attempt,
        rehearsal: { outcome: 'failed', problem: someProblem, change: null, database: 'shop' },
      }
    case 'apply':
      return {
        kind: 'applied',
        outcome: { outcome: 'failed-unchanged', problem: someProblem, change: null },
        done: null,
      }
    default:
      return null
  }
}

function cursorIsOnARow({ rows, window, height }: PickerState): boolean {
  if (rows.count === 0) return window.cursor === 0
  return (
    window.cursor >= 0 &&
    window.cursor < rows.count &&
    window.cursor >= window.top &&
    window.cursor < window.top + height
  )
}

function holds(state: WizardState): void {
  for (const { picker } of [state.schemas, state.tables])
    if (picker !== null) {
      expect(cursorIsOnARow(picker)).toBe(true)
      for (const item of bitsIn(picker.chosen)) expect(picker.items.refusal(item)).toBeNull()
    }
  const text = stepText(state)
  if (text !== null) {
    expect(state.textTop).toBeLessThanOrEqual(Math.max(0, text.lines.length - 1))
    expect(state.textTop).toBeGreaterThanOrEqual(0)
    if (state.size.columns >= 60)
      for (const line of text.lines) expect(displayWidth(line.text)).toBeLessThanOrEqual(state.size.columns)
  }
  expect(new Set(bindingsFor(state).flatMap(each => each.keys)).size).toBe(
    bindingsFor(state).flatMap(each => each.keys).length,
  )
  expect(endingOf(state).summary.length).toBeGreaterThan(0)
}

describe('whatever is pressed and whatever is answered', () => {
  let applies = 0
  it('never applies without a rehearsal of this very plan that held, and a y', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...beginnings),
        fc.array(happenings, { minLength: 20, maxLength: 80, size: 'max' }),
        (beginning, sequence) => {
          const walk = startWalk({ server })
          walk.to(beginning)
          const asked = walk.effects.filter(effect => answerOf(effect, server) !== null)
          const heard = new Map<number, unknown>()
          for (const happening of sequence) {
            const before = walk.state()
            let event: WizardEvent | null = null
            if (happening.what === 'key') event = { kind: 'key', key: happening.key }
            else if (happening.what === 'menu') event = { kind: 'tool-chosen', tool: happening.tool }
            else if (happening.what === 'size')
              event = { kind: 'resized', columns: happening.columns, rows: happening.rows }
            else {
              const effect = asked.at(-1 - happening.back)
              if (effect !== undefined) event = happening.fails ? failureOf(effect) : answerOf(effect, server)
              if (effect?.kind === 'rehearse' && !happening.fails) heard.set(effect.attempt, effect.plan)
            }
            if (event === null) continue
            const effects = walk.tell(event)
            for (const effect of effects) {
              if (effect.kind === 'apply') {
                applies++
                expect(event).toEqual({ kind: 'key', key: { name: 'y', text: 'y' } })
                expect(before.overlay).toBeNull()
                expect(before.review.rehearsal?.outcome).toBe('held')
                expect(heard.get(before.review.attempt)).toBe(effect.plan)
                expect(effects.filter(each => each.kind === 'apply')).toHaveLength(1)
                expect(effect.plan.server).toMatchObject({
                  host: before.draft.server?.host,
                  port: before.draft.server?.port,
                  user: before.draft.server?.user,
                })
              }
              if (answerOf(effect, server) !== null) asked.push(effect)
            }
            holds(walk.state())
            // The password of a URL is in the masked field, and in no other, and no message quotes it.
            const { connection, endpoint, notice, draft } = walk.state()
            const fields = connection.form.fields.filter(field => field.id !== 'password')
            expect(
              JSON.stringify([fields, connection.problems, endpoint, notice, draft.server, draft.endpoint]),
            ).not.toContain('hunter2')
          }
        },
      ),
      { numRuns: 120, seed: 20261122 },
    )
    // Or it has proved nothing.
    expect(applies).toBeGreaterThan(0)
  })
})
