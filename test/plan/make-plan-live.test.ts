import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectorById } from '../../src/connectors/connectors.ts'
import { readForPlan } from '../../src/engine/read-for-plan.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { Change } from '../../src/model/change.ts'
import { quoteIdentifier } from '../../src/model/identifier.ts'
import { secret } from '../../src/model/secret.ts'
import { type MadePlan, makePlan } from '../../src/plan/make-plan.ts'
import { isEmptyPlan, type Plan } from '../../src/plan/plan.ts'
import { checkOf, statementsOf } from '../../src/plan/statements.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import { openAs } from '../engine/fixture.ts'
import { hostileNames } from '../support/hostile-names.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'

describe.each(majorsInDepth)('a plan against the live catalogue of PostgreSQL %i', major => {
  let server: TestServer
  const keeper = { user: 'keeper', password: 'keeper-of-the-shop' }
  const relations = [
    'invoice',
    'Line Item',
    'totals',
    'monthly',
    'parts',
    'parts_1',
    ...hostileNames.slice(2),
  ]

  beforeAll(async () => {
    server = await startServer({ major })
    await server.sql(
      `create role keeper login createrole password '${keeper.password}'; create role stranger`,
    )
    await server.sql('create database shop owner keeper')
    await server.sql(
      `set role keeper;
       create schema sales;
       create table sales.invoice (id int primary key, email text);
       create table sales."Line Item" (id int);
       create view sales.totals as select 1 as n;
       create materialized view sales.monthly as select 1 as n with no data;
       create table sales.parts (id int) partition by range (id);
       create table sales.parts_1 partition of sales.parts for values from (0) to (10);
       alter table sales.invoice enable row level security;
       ${hostileNames
         .slice(2)
         .map(name => `create table sales.${quoteIdentifier(name)} (id int);`)
         .join('\n')}
       reset role;
       create table sales.foreign_to_keeper (id int)`,
      'shop',
    )
  })
  afterAll(() => server.stop())

  const answersFor = (login: string, changes: Partial<Answers> = {}): Answers => ({
    ...shopAnswers,
    roles: { layout: 'group-and-login', group: `${login}_role`, login },
    databases: [{ name: 'shop', schemas: [{ name: 'sales', relations, laterTablesOf: ['keeper'] }] }],
    ...changes,
  })

  async function planOn(answers: Answers, admin?: typeof keeper): Promise<MadePlan> {
    const open = openAs(server, admin)
    const connected = await connect({
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: admin?.user ?? server.adminUser,
      tls: 'disable',
      password: secret(admin?.password ?? server.adminPassword),
    })
    if (!connected.ok) throw new Error(connected.problem.message)
    const session = connected.value
    try {
      const connector = connectorById(answers.tool)
      if (connector === null) throw new Error('no tool')
      const { databases, roles } = await readForPlan(answers, session, open)
      const facts = await readServerFacts(session, server.host, open)
      return makePlan({ answers, connector, catalogue: { databases }, roles, server: facts })
    } finally {
      await session.close()
    }
  }

  function madeFrom(made: MadePlan): Plan {
    if (!made.ok) throw new Error(made.problems.map(problem => problem.message).join('\n'))
    return made.plan
  }

  /** Runs what needs no password, and looks whether it holds. */
  async function run(plan: Plan, admin?: typeof keeper): Promise<void> {
    const parts: [string, readonly Change[]][] = [
      ['postgres', plan.roles],
      ...plan.databases.map(each => [each.database, each.changes] as [string, readonly Change[]]),
    ]
    for (const [database, changes] of parts) {
      const client = await server.client({ database, ...admin })
      try {
        for (const change of changes) {
          for (const statement of statementsOf(change)) await client.query(statement)
          const { rows } = await client.query(`select ${checkOf(change)} as holds`)
          expect(rows).toEqual([{ holds: true }])
        }
      } finally {
        await client.end()
      }
    }
  }

  it.each([
    ['superuser', undefined],
    ['owner with CREATEROLE', keeper],
  ] as const)('plans all of it, and after that nothing: %s', async (_, admin) => {
    const login = admin === undefined ? 'by_superuser' : 'by_keeper'
    const answers = answersFor(login)
    const first = madeFrom(await planOn(answers, admin))
    expect(first.databases[0]?.changes.map(change => change.kind)).toEqual([
      'grant-connect',
      'grant-usage',
      'grant-relations',
      'grant-default-privileges',
    ])
    expect(first.databases[0]?.chosen).toHaveLength(relations.length)
    const text = first.notes.map(note => note.text).join('\n')
    for (const told of ['Row-level security', 'Never refreshed', 'Partitions', 'personal data']) {
      expect(text).toContain(told)
    }
    await run(first, admin)
    const again = madeFrom(await planOn({ ...answers, replacePassword: true }, admin))
    expect(again.roles).toEqual([])
    expect(again.databases[0]?.changes).toEqual([])
    expect(again.databases[0]?.chosen).toEqual(first.databases[0]?.chosen)
    // Made by us and not yet able to log in: what is left is to open it, and nobody has to agree to a new password.
    const unopened = madeFrom(await planOn(answers, admin))
    expect(unopened.opening.map(change => change.kind)).toEqual(['open-login', 'set-valid-until'])
    await server.sql(`alter role ${login} login valid until '${answers.limits.validUntil}'`)
    const same = madeFrom(await planOn(answers, admin))
    expect(isEmptyPlan(same)).toBe(true)
    expect(same.notes.map(note => note.text)).toContain(`${login} exists and keeps its password.`)
  })

  it('does not take the login of somebody else without being told to', async () => {
    await server.sql('create role somebodys login')
    const answers = answersFor('somebodys', { roles: { layout: 'login', login: 'somebodys' } })
    await expect(planOn(answers)).resolves.toMatchObject({ ok: false, problems: [{ code: 'login-exists' }] })
    const replaced = madeFrom(await planOn({ ...answers, replacePassword: true }))
    expect(replaced.opening).toMatchObject([{ kind: 'open-login', existed: true }, {}])
  })

  it('plans only what was taken away since', async () => {
    const answers = answersFor('mended', { roles: { layout: 'login', login: 'mended' } })
    await run(madeFrom(await planOn(answers)))
    await server.sql(
      'revoke references on sales.invoice from mended; revoke select, references on sales.totals from mended; grant select on sales.totals to public',
      'shop',
    )
    const plan = madeFrom(await planOn({ ...answers, replacePassword: true }))
    expect(plan.databases[0]?.changes.flatMap(change => statementsOf(change))).toEqual([
      'GRANT SELECT, REFERENCES ON TABLE sales.totals TO mended',
      'GRANT REFERENCES ON TABLE sales.invoice TO mended',
    ])
  })

  it('names the owner of what this administrator may not grant', async () => {
    const answers = answersFor('refused', {
      databases: [
        {
          name: 'shop',
          schemas: [
            { name: 'sales', relations: ['invoice', 'foreign_to_keeper'], laterTablesOf: ['postgres'] },
          ],
        },
      ],
    })
    const made = await planOn(answers, keeper)
    expect(made).toMatchObject({
      ok: false,
      problems: [
        { code: 'relation-not-grantable', path: 'databases[0].schemas[0].relations[1]' },
        { code: 'creator-not-alterable', path: 'databases[0].schemas[0].laterTablesOf[0]' },
      ],
    })
    expect(made.ok ? '' : made.problems[0]?.next).toContain('postgres')
  })

  it('refuses a table that was dropped, and a database that is gone', async () => {
    const made = await planOn(
      answersFor('late', {
        databases: [
          {
            name: 'shop',
            schemas: [{ name: 'sales', relations: ['invoice', 'dropped'], laterTablesOf: [] }],
          },
          { name: 'gone', schemas: [{ name: 'public', relations: ['x'], laterTablesOf: [] }] },
        ],
      }),
    )
    expect(made).toMatchObject({
      ok: false,
      problems: [{ code: 'relation-gone' }, { code: 'database-gone', path: 'databases[1].name' }],
    })
  })
})
