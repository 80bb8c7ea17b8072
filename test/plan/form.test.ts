import { describe, expect, it } from 'vitest'
import { connectorById } from '../../src/connectors/connectors.ts'
import type { Answers } from '../../src/model/answers.ts'
import { fillForm } from '../../src/plan/form.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { supportTicket } from '../../src/plan/ticket.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { database, planInput, relation, schema } from '../support/plan-input.ts'
import { shopAnswers } from '../support/shop-answers.ts'

const twoDatabases: Answers['databases'] = [
  {
    name: 'shop',
    schemas: [
      { name: 'sales', relations: ['a'], laterTablesOf: [] },
      { name: 'public', relations: ['b'], laterTablesOf: [] },
    ],
  },
  { name: 'My Archive', schemas: [{ name: 'public', relations: ['c'], laterTablesOf: [] }] },
]

function forms(answers: Partial<Answers>) {
  const input = planInput({
    answers: { databases: twoDatabases, ...answers },
    catalogue: {
      databases: [
        database('shop', [schema('public', [relation('b')]), schema('sales', [relation('a')])]),
        database('My Archive', [schema('public', [relation('c')])]),
      ],
    },
  })
  const made = makePlan(input)
  if (!made.ok) throw new Error(made.problems[0]?.message)
  return fillForm(input.connector, input.answers, made.plan)
}

describe("the vendor's form", () => {
  it('is filled in for each database, the password hidden', () => {
    const [first, second] = forms({})
    expect(first).toMatchObject({ database: 'shop', way: connectorById('atlan')?.way })
    expect(first?.fields).toEqual([
      { label: 'Host', hidden: false, value: 'db.example.com' },
      { label: 'Port', hidden: false, value: '5432' },
      { label: 'Authentication', hidden: false, value: 'Basic' },
      { label: 'Username', hidden: false, value: 'atlan_user' },
      { label: 'Password', hidden: true, value: null },
      { label: 'Database', hidden: false, value: 'shop' },
    ])
    expect(second?.fields.at(-1)).toEqual({ label: 'Database', hidden: false, value: 'My Archive' })
  })

  it('names the schemas where the vendor asks for them', () => {
    const [first] = forms({ tool: 'atlassian-analytics', roles: { layout: 'login', login: 'reader' } })
    expect(first?.fields.at(-1)).toEqual({ label: 'Schema', hidden: false, value: 'public, sales' })
  })

  it('is none for a way in that the vendor has no form for', () => {
    const input = planInput()
    const made = makePlan(input)
    if (!made.ok) throw new Error('no plan')
    const answers: Answers = { ...shopAnswers, authentication: { method: 'aws-iam', aws: awsAnswers } }
    expect(fillForm(input.connector, answers, made.plan)).toEqual([])
  })
})

describe('the support ticket', () => {
  const atlan = planInput().connector

  it('names the server, the databases and the login', () => {
    const ticket = supportTicket(atlan, { ...shopAnswers, databases: twoDatabases })
    expect(ticket?.body).toContain(
      'Our server: db.example.com:5432. Databases: shop, My Archive. Login: atlan_user.',
    )
    expect(ticket?.to.url).toMatch(/^https:/)
    expect(`${ticket?.subject}${ticket?.body}`).not.toMatch(/[{}]/)
  })

  it('writes an IPv6 address with its brackets, and leaves odd names what they are', () => {
    const ticket = supportTicket(atlan, {
      ...shopAnswers,
      endpoint: { host: '2001:db8::1', port: 5433 },
      databases: [{ name: '{login}\n$&', schemas: [] }],
    })
    expect(ticket?.body).toContain('[2001:db8::1]:5433. Databases: {login}\\n$&. Login: atlan_user')
  })

  it('is not needed where the addresses are published', () => {
    const published = planInput({ answers: { tool: 'atlassian-analytics' } }).connector
    expect(supportTicket(published, shopAnswers)).toBeNull()
  })
})
