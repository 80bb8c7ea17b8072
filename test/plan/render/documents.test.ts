import { describe, expect, it } from 'vitest'
import { hbaLines } from '../../../src/model/hba/lines.ts'
import { listenAdvice } from '../../../src/model/listen/advice.ts'
import { fillForm } from '../../../src/plan/form.ts'
import { makePlan } from '../../../src/plan/make-plan.ts'
import type { PlanDocument } from '../../../src/plan/render/document.ts'
import { renderJson } from '../../../src/plan/render/json.ts'
import { renderMarkdown } from '../../../src/plan/render/markdown.ts'
import { checkOf, statementsOf, titleOf, undoOf } from '../../../src/plan/statements.ts'
import { supportTicket } from '../../../src/plan/ticket.ts'
import { database, planInput, relation, schema, serverFacts } from '../../support/plan-input.ts'

function documentOf(input = planInput()): PlanDocument {
  const made = makePlan(input)
  if (!made.ok) throw new Error(made.problems[0]?.message)
  return {
    plan: made.plan,
    hba: hbaLines({ databases: ['shop'], login: 'atlan_user', cidrs: ['52.215.192.224/28'], tls: true }),
    listen: listenAdvice({ ...serverFacts.network, listenAddresses: 'localhost' }, input.answers.endpoint),
    ticket: supportTicket(input.connector, input.answers),
    forms: fillForm(input.connector, input.answers, made.plan),
  }
}

describe('the plan as JSON', () => {
  it('has every change with its statements, check and undo, and what else belongs to it', () => {
    const document = documentOf()
    const json = JSON.parse(renderJson(document))
    const all = [
      ...document.plan.roles,
      ...document.plan.databases.flatMap(each => each.changes),
      ...document.plan.opening,
    ]
    const told = [
      ...json.roles,
      ...json.databases.flatMap((each: { changes: unknown[] }) => each.changes),
      ...json.opening,
    ]
    expect(told).toEqual(
      all.map(change =>
        JSON.parse(
          JSON.stringify({
            title: titleOf(change),
            ...change,
            statements: statementsOf(change),
            check: checkOf(change),
            undo: undoOf(change),
          }),
        ),
      ),
    )
    expect(json).toMatchObject({
      version: 1,
      tool: { id: 'atlan' },
      network: { hba: document.hba, listen: { change: 'needed' }, ticket: { subject: expect.any(String) } },
      forms: [{ database: 'shop' }],
    })
  })

  it('is complete without what belongs to it elsewhere', () => {
    const { plan } = documentOf()
    expect(JSON.parse(renderJson({ plan }))).toMatchObject({
      network: { hba: [], listen: null, ticket: null },
      forms: [],
    })
  })
})

describe('the plan as Markdown', () => {
  it('has every statement and why, the network part and the form', () => {
    const document = documentOf()
    const markdown = renderMarkdown(document)
    for (const change of document.plan.roles) {
      expect(markdown).toContain(statementsOf(change)[0])
    }
    expect(markdown).toContain('hostssl')
    expect(markdown).toContain("listen_addresses = '*'")
    expect(markdown).toContain('Subject: Egress IP addresses')
    expect(markdown).toContain('| Password | (kept in the chosen place) |')
    expect(markdown).toContain('New > New Workflow > Postgres Assets')
  })

  it('lets no name be Markdown, nor end its block', () => {
    const hostile = '```\n# Heading | <b>*x*'
    const input = planInput({
      catalogue: {
        databases: [database(hostile, [schema(hostile, [relation(hostile, { rowSecurity: true })])])],
      },
      answers: {
        databases: [{ name: hostile, schemas: [{ name: hostile, relations: [hostile], laterTablesOf: [] }] }],
      },
    })
    const markdown = renderMarkdown(documentOf(input))
    // Outside of code blocks nothing of the name is left as it is.
    const outside: string[] = []
    let fence: string | null = null
    for (const line of markdown.split('\n')) {
      const [, run] = /^ *(`{3,})/.exec(line) ?? []
      if (fence === null && run !== undefined) fence = run
      else if (fence !== null && line.trim() === fence) fence = null
      else if (fence === null) outside.push(line)
    }
    expect(fence).toBeNull()
    expect(outside.join('\n')).not.toContain('<b>')
    expect(outside.filter(line => line.startsWith('# '))).toEqual(['# Letting Atlan in'])
  })
})
