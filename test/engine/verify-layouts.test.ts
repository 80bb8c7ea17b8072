import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import { quoteIdentifier } from '../../src/model/identifier.ts'
import { hostileNames } from '../support/hostile-names.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { answersFor, letIn, shopSql, verifyWith } from './verify.fixture.ts'

describe('verify, for every tier and layout', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
    await server.sql('CREATE DATABASE shop')
    await server.sql(shopSql, 'shop')
  })
  afterAll(() => server?.stop())

  const cases: readonly { what: string; change: Partial<Answers>; readable: number }[] = [
    { what: 'metadata', change: { access: 'metadata' }, readable: 0 },
    { what: 'usage', change: { access: 'usage' }, readable: 0 },
    {
      what: 'one login, without limits',
      change: {
        roles: { layout: 'login', login: 'alone' },
        limits: { connectionLimit: null, validUntil: null, statementTimeout: null, readOnly: false },
      },
      readable: 4,
    },
    {
      what: 'Atlassian Analytics',
      change: { tool: 'atlassian-analytics', roles: { layout: 'login', login: 'analytics' } },
      readable: 4,
    },
  ]

  it.each(cases)(
    '$what is as chosen after apply, and a grant by hand is found',
    async ({ change, readable }) => {
      const answers = { ...answersFor(server), ...change }
      const { login } = answers.roles
      const grantee = answers.roles.layout === 'group-and-login' ? answers.roles.group : login
      const password = await letIn(server, answers)
      for (const as of ['administrator', 'login'] as const) {
        expect(await verifyWith(server, answers, password, as)).toMatchObject({
          outcome: 'as-chosen',
          drift: [],
          unproved: [],
          databases: [{ by: 'login', readable }],
        })
      }
      await server.sql(`GRANT SELECT ON sales.customer TO ${grantee}`, 'shop')
      const found = await verifyWith(server, answers, password)
      expect(found.drift.map(({ code, mend }) => [code, mend])).toEqual([
        ['grant-added', [`REVOKE SELECT ON TABLE sales.customer FROM ${grantee}`]],
      ])
      await server.sql(`DROP OWNED BY ${grantee}, ${login}`, 'shop')
      await server.sql(`DROP OWNED BY ${grantee}, ${login}; DROP ROLE ${login}`)
      if (grantee !== login) await server.sql(`DROP ROLE ${grantee}`)
    },
  )

  it('names of every kind, in statements that the server takes', async () => {
    const tables = hostileNames.map(name => `sales.${quoteIdentifier(name)}`)
    await server.sql(tables.map(table => `CREATE TABLE ${table} (id int)`).join(';'), 'shop')
    const [database] = answersFor(server).databases
    const answers: Answers = {
      ...answersFor(server),
      databases: [
        {
          name: database?.name ?? '',
          schemas: [{ name: 'sales', relations: hostileNames, laterTablesOf: [] }],
        },
      ],
    }
    const password = await letIn(server, answers)
    const grantees = ['atlan_user_role', 'atlan_user']
    await server.sql(
      `REVOKE SELECT ON ${tables.join(', ')} FROM ${grantees[0]}; GRANT INSERT ON ${tables.join(', ')} TO ${grantees[1]}`,
      'shop',
    )
    const found = await verifyWith(server, answers, password)
    expect(found.drift.map(({ code }) => code)).toEqual(['grant-missing', 'grant-added'])
    await server.sql(found.drift.flatMap(({ mend }) => mend).join(';\n'), 'shop')
    expect(await verifyWith(server, answers, password)).toMatchObject({ outcome: 'as-chosen', drift: [] })
  })
})
