import { describe, expect, it } from 'vitest'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import { counted } from '../../src/model/counted.ts'
import { answersOf, type StepId } from '../../src/steps/step.ts'
import { displayWidth, visible } from '../../src/terminal/truncate.ts'
import { questionRows, textSize } from '../../src/wizard/layout.ts'
import { bytesText, rowsText } from '../../src/wizard/lines/amount.ts'
import { formRows, visibleFormRows } from '../../src/wizard/lines/form-rows.ts'
import { linesOf } from '../../src/wizard/lines/line.ts'
import { savedNetworkText } from '../../src/wizard/lines/network.ts'
import { stepText } from '../../src/wizard/step-text.ts'
import { hostileNames, hostileRoleNames } from '../support/hostile-names.ts'
import { database, existingRole, relation, schema, serverFacts } from '../support/plan-input.ts'
import { appliedEvent, appliedTo, someProblem, startWalk, type Walk } from '../support/wizard-walk.ts'

/** What would act on the terminal, or on its neighbours, if it were drawn as it is. */
const control = '\u001b[2J\u0007\u202e\u200b'

/** A server on which everything has a name that was made to break the screen. */
const hostileDatabases = [
  database('shop', [
    schema(
      'public',
      hostileNames.map(name => relation(name, { comment: `${name} ${control}`, kind: 'view' })),
      { creators: hostileRoleNames.map(role => ({ role, alterable: true, owns: 1 })), comment: control },
    ),
  ]),
  ...hostileNames.slice(1, 20).map(name => database(name, [schema(name, [relation(name)])])),
]

function hostileWalk(columns: number): Walk {
  const walk = startWalk({
    columns,
    server: {
      databases: hostileDatabases,
      roles: {
        atlan_user: existingRole('atlan_user', {
          canLogin: true,
          memberOf: hostileRoleNames,
          members: [control],
          settings: [`search_path=${control}`],
        }),
      },
    },
  })
  walk.to('authentication')
  walk.press('enter')
  walk.answer()
  walk.type('atlan_user')
  walk.press('enter', 'a', 'enter')
  walk.answer()
  walk.press('a', 'enter')
  return walk
}

const outcomes = (walk: Walk): readonly ApplyOutcome[] => {
  const { plan } = walk.state().review
  if (plan === null) throw new Error('no plan')
  const problem = { ...someProblem, message: `It broke at ${hostileNames.join(' ')} ${control}` }
  const change = plan.roles[0] ?? null
  const beyond = hostileNames.map(name => ({
    database: name,
    object: 'relation' as const,
    name,
    privileges: ['SELECT'],
    through: ['PUBLIC'],
    text: `${name} is readable through PUBLIC ${control}`,
  }))
  const applied = appliedTo(plan)
  return [
    { outcome: 'done', ...applied, proof: { ...applied.proof, beyond }, notes: [control] },
    {
      outcome: 'done-unproved',
      ...applied,
      unproved: hostileNames.map(name => ({ database: name, problem, hbaLine: `host "${name}" all` })),
    },
    { outcome: 'failed-unchanged', problem, change },
    { outcome: 'failed-changed', problem, change, left: hostileNames, undo: hostileNames },
    { outcome: 'cancelled' },
  ]
}

function expectDrawable(walk: Walk, step: StepId, columns: number): void {
  expect(walk.state().step).toBe(step)
  const text = stepText(walk.state())
  if (text === null) throw new Error(`no text at ${step}`)
  expect(text.lines.length).toBeGreaterThan(0)
  const bad = text.lines.filter(line => displayWidth(line.text) > columns || visible(line.text) !== line.text)
  expect(bad.map(line => line.text)).toEqual([])
}

describe.each([60, 80, 200])('in %d columns, whatever things are called', columns => {
  it('no line is wider than the screen or draws on it', () => {
    const walk = hostileWalk(columns)
    expectDrawable(walk, 'network', columns)
    walk.to('secret')
    expectDrawable(walk, 'secret', columns)
    walk.to('review')
    expectDrawable(walk, 'review', columns)
    walk.press('ctrl-g', 'home', 'down', 'down', 'down', 'enter')
    expectDrawable(walk, 'authentication', columns)
    walk.press('escape')
    expectDrawable(walk, 'endpoint', columns)
    walk.press('escape')
    expectDrawable(walk, 'connection', columns)
    for (const index of [0, 1, 2, 3, 4]) {
      const end = hostileWalk(columns)
      end.to('apply')
      const { plan } = end.state().review
      const answers = answersOf(end.state().draft)
      const outcome = outcomes(end)[index]
      if (plan === null || answers === null || outcome === undefined) throw new Error('nothing to apply')
      end.tell(appliedEvent(plan, answers, outcome))
      expectDrawable(end, 'apply', columns)
      if (!outcome.outcome.startsWith('done')) continue
      end.press('enter')
      expectDrawable(end, 'done', columns)
    }
  })
})

describe('the review', () => {
  const lines = (walk: Walk) => (stepText(walk.state())?.lines ?? []).map(line => line.text)

  it('has every statement of the plan, each with its why', () => {
    const walk = startWalk({ columns: 200 })
    walk.to('review')
    const text = lines(walk).join('\n')
    for (const part of [
      'CREATE ROLE atlan_user_role NOLOGIN',
      'GRANT CONNECT ON DATABASE shop TO atlan_user_role;',
      'GRANT USAGE ON SCHEMA public TO atlan_user_role;',
      'GRANT SELECT, REFERENCES ON TABLE public.album TO atlan_user_role;',
      'Atlan asks for SELECT to preview and query data',
      'What it locks',
      'What you must still do',
    ])
      expect(text).toContain(part)
    expect(text).not.toContain('artist')
  })

  it('puts what the rehearsal found first', () => {
    const walk = startWalk()
    walk.to('review')
    walk.press('r')
    walk.answer()
    expect(lines(walk)[0]).toMatch(
      /^Rehearsal: run and rolled back, nothing is changed; longest transaction 12 ms/,
    )
  })

  it('begins with why it cannot be applied from here', () => {
    const walk = startWalk({ server: { facts: { ...serverFacts, inRecovery: true } } })
    walk.to('review')
    expect(lines(walk).slice(0, 2).join(' ')).toMatch(/cannot be applied from here.*standby/)
    expect(lines(walk).join('\n')).toContain('GRANT CONNECT ON DATABASE shop')
  })
})

describe('the network', () => {
  it('is saved as it is shown, with the ticket while the addresses are not known', () => {
    const walk = startWalk()
    walk.to('network')
    const saved = savedNetworkText(walk.state())
    expect(saved).toContain('Subject: ')
    expect(saved).toContain('atlan_user')
    walk.press('right', 'tab')
    walk.type('203.0.113.7 2001:db8::/48')
    const lines = savedNetworkText(walk.state())
    expect(lines).toMatch(/hostssl\s+shop\s+atlan_user\s+203\.0\.113\.7\/32\s+scram-sha-256/)
    expect(lines).toMatch(/hostssl\s+shop\s+atlan_user\s+2001:db8::\/48\s+scram-sha-256/)
  })
})

describe('a paragraph', () => {
  it('is wrapped with its indentation, its sign on the first line only', () => {
    expect(
      linesOf([{ text: 'one two three four', indent: 2, hanging: 2, tone: 'bad', sign: 'cross' }], 16),
    ).toEqual([
      { text: '    one two', tone: 'bad', sign: { glyph: 'cross', column: 2 } },
      { text: '      three four', tone: 'bad' },
    ])
  })
})

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [8192, '8 kB'],
    [10 * 1024 * 1024, '10 MB'],
    [5 * 1024 ** 4, '5 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text)
  })

  it('count in words', () => {
    expect([counted(1, 'table'), counted(2, 'table'), counted(12_345, 'row')]).toEqual([
      '1 table',
      '2 tables',
      '12,345 rows',
    ])
    expect(rowsText(null)).toContain('?')
    expect(rowsText(1_200_000)).toContain('1.2M')
  })
})

describe('a form and its text', () => {
  it('share the rows; what must be seen is seen, and the form scrolls', () => {
    expect(questionRows(19, { form: 8, text: 4, urgent: true })).toEqual({ hint: true, form: 8, text: 8 })
    expect(questionRows(11, { form: 8, text: 5, urgent: true })).toEqual({ hint: false, form: 4, text: 5 })
    expect(questionRows(11, { form: 8, text: 5, urgent: false })).toEqual({ hint: false, form: 8, text: 1 })
    expect(questionRows(11, { form: 2, text: 50, urgent: false })).toEqual({ hint: false, form: 2, text: 7 })
    for (let body = 1; body < 30; body++)
      for (const urgent of [true, false]) {
        const { form, text } = questionRows(body, { form: 8, text: 9, urgent })
        expect(form).toBeGreaterThan(0)
        expect(text).toBeGreaterThan(0)
        expect(form + text).toBe(Math.max(2, body - 2) - (form + text === body - 3 ? 1 : 0))
      }
  })

  it('a text that does not fit gives its last row to where one is', () => {
    expect(textSize(5, 5)).toEqual({ count: 5, height: 5 })
    expect(textSize(6, 5)).toEqual({ count: 6, height: 4 })
  })

  it('the field that has the keys is always seen, with what is wrong with it', () => {
    const walk = startWalk()
    walk.to('authentication')
    const { authentication } = walk.state()
    for (const { id } of authentication.form.fields) {
      const question = {
        form: { ...authentication.form, focus: id },
        problems: [{ field: id, problem: { code: 'bad', message: 'x'.repeat(80) } }],
      }
      for (const rows of [3, 4, 5, 20]) {
        const shown = visibleFormRows(question, { columns: 60, rows }).map(row => row.id)
        expect(shown).toContain(id)
        expect(shown).toContain(`${id} problem 0`)
        expect(shown).toContain(`${id} problem 1`)
        expect(shown.length).toBe(Math.min(rows, formRows(question, 60).length))
      }
    }
  })
})
