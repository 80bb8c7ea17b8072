import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectorById } from '../../src/connectors/connectors.ts'
import { ledgerOf } from '../../src/engine/ledger.ts'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import { readForPlan } from '../../src/engine/read-for-plan.ts'
import { type Receipt, receiptOf } from '../../src/engine/receipt.ts'
import { rehearse } from '../../src/engine/rehearse.ts'
import { type Answers, granteeOf } from '../../src/model/answers.ts'
import { secret } from '../../src/model/secret.ts'
import { asAbleAdmin } from '../../src/plan/able-admin.ts'
import { type MadePlan, makePlan } from '../../src/plan/make-plan.ts'
import { ownersParts } from '../../src/plan/owners-part.ts'
import { isEmptyPlan, type Plan } from '../../src/plan/plan.ts'
import type { PlanInput } from '../../src/plan/plan-input.ts'
import { renderSql } from '../../src/plan/render/sql.ts'
import { statementsOf, titleOf } from '../../src/plan/statements.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { runPsql } from '../support/psql.ts'
import { describeWith } from '../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'
import { accessIn, applyPlan, openAs } from './fixture.ts'

type Admin = { readonly user: string; readonly password: string }

const password = 'the-password-of-an-administrator'
const admins = {
  /** As RDS gives one: no superuser, makes roles, owns `own`, has the owners of the others in several ways. */
  rds: { user: 'rds_like', password },
  /** Owns `own` and may make no roles. */
  plain: { user: 'plain_owner', password },
}

describe.each(majorsInDepth)('a plan as a difference on PostgreSQL %i', major => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ major })
    await server.sql(`
      CREATE ROLE rds_like LOGIN CREATEROLE CREATEDB PASSWORD '${password}';
      CREATE ROLE plain_owner LOGIN PASSWORD '${password}';
      CREATE ROLE inherited; CREATE ROLE settable; CREATE ROLE "Admin only"; CREATE ROLE elsewhere;
      ${
        major >= 16
          ? `GRANT inherited TO rds_like WITH INHERIT TRUE, SET FALSE;
             GRANT settable TO rds_like WITH INHERIT FALSE, SET TRUE;
             GRANT "Admin only" TO rds_like WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`
          : `ALTER ROLE rds_like NOINHERIT;
             GRANT inherited, settable, "Admin only" TO rds_like`
      }`)
    await server.sql('CREATE DATABASE shop OWNER rds_like')
    await server.sql('CREATE DATABASE annex OWNER rds_like')
    await server.sql(
      `CREATE SCHEMA own AUTHORIZATION rds_like; CREATE SCHEMA mine AUTHORIZATION plain_owner;
       CREATE SCHEMA lent AUTHORIZATION settable; CREATE SCHEMA locked AUTHORIZATION "Admin only";
       CREATE SCHEMA given AUTHORIZATION inherited; CREATE SCHEMA far AUTHORIZATION elsewhere;
       ${(
         [
           ['own', 'rds_like'],
           ['mine', 'plain_owner'],
           ['lent', 'settable'],
           ['locked', '"Admin only"'],
           ['given', 'inherited'],
           ['far', 'elsewhere'],
         ] as const
       )
         .map(
           ([schema, owner]) =>
             `CREATE TABLE ${schema}.a (id int); CREATE TABLE ${schema}.b (id int); CREATE TABLE ${schema}.c (id int);
              ALTER TABLE ${schema}.a OWNER TO ${owner}; ALTER TABLE ${schema}.b OWNER TO ${owner};
              ALTER TABLE ${schema}.c OWNER TO ${owner};`,
         )
         .join('\n')}`,
      'shop',
    )
    await server.sql(
      'CREATE SCHEMA side AUTHORIZATION rds_like; CREATE TABLE side.a (id int); ALTER TABLE side.a OWNER TO rds_like',
      'annex',
    )
  })
  afterAll(() => server?.stop())

  function answersFor(
    login: string,
    schemas: Readonly<Record<string, readonly string[]>>,
    changes: Partial<Answers> = {},
  ): Answers {
    return {
      ...shopAnswers,
      roles: { layout: 'group-and-login', group: `${login}_role`, login },
      limits: {
        connectionLimit: 5,
        validUntil: '2099-12-31T23:59:59.000Z',
        statementTimeout: 300,
        readOnly: true,
      },
      databases: [
        {
          name: 'shop',
          schemas: Object.entries(schemas).map(([name, relations]) => ({
            name,
            relations,
            laterTablesOf: [],
          })),
        },
      ],
      ...changes,
    }
  }

  async function inputFor(
    answers: Answers,
    admin?: Admin,
    receipts: readonly Receipt[] = [],
  ): Promise<PlanInput> {
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
    try {
      const connector = connectorById(answers.tool)
      if (connector === null) throw new Error('no tool')
      const earlier = ledgerOf(receipts, granteeOf(answers.roles))
      const { databases, roles } = await readForPlan(answers, connected.value, open, earlier)
      const facts = await readServerFacts(connected.value, server.host, open)
      return { answers, connector, catalogue: { databases }, roles, server: facts, earlier }
    } finally {
      await connected.value.close()
    }
  }

  function planFrom(made: MadePlan): Plan {
    if (!made.ok) throw new Error(made.problems.map(problem => problem.message).join('\n'))
    return made.plan
  }

  /** Plans, rehearses, applies; gives the receipt. */
  async function run(
    answers: Answers,
    admin?: Admin,
    receipts: readonly Receipt[] = [],
    store = createShowOnceStore(),
  ): Promise<{ plan: Plan; receipt: Receipt; outcome: ApplyOutcome }> {
    const input = await inputFor(answers, admin, receipts)
    const plan = planFrom(makePlan(input))
    const open = openAs(server, admin)
    expect(await rehearse({ plan, open })).toMatchObject({ outcome: 'held' })
    const { outcome, request } = await applyPlan(server, plan, { open, store })
    if (outcome.outcome !== 'done' && outcome.outcome !== 'done-unproved')
      throw new Error(JSON.stringify(outcome))
    const receipt = receiptOf({ plan, answers, server: input.server, outcome, store, entry: request.entry })
    return { plan, receipt, outcome }
  }

  const titles = (plan: Plan) =>
    [...plan.databases, ...(plan.leaving ?? [])].flatMap(({ changes }) => changes.map(titleOf))

  it('plans nothing for the same answers, and only the limit that differs, with the password kept', async () => {
    const answers = answersFor('again', { own: ['a', 'b'] })
    const store = createShowOnceStore()
    const first = await run(answers, admins.rds, [], store)
    expect(first.outcome.outcome).toBe('done')
    for (const admin of [admins.rds, undefined]) {
      expect(isEmptyPlan(planFrom(makePlan(await inputFor(answers, admin))))).toBe(true)
    }
    const wider = { ...answers, limits: { ...answers.limits, connectionLimit: 7, validUntil: null } }
    const entry = { user: 'again', host: server.host, port: server.port, databases: ['shop'] }
    const kept = await store.read(entry)
    const second = await run(wider, admins.rds, [first.receipt], store)
    expect(second.plan.roles.map(titleOf)).toEqual([
      'CONNECTION LIMIT 7 for again',
      'No end (VALID UNTIL infinity) for again',
    ])
    expect(second.plan.opening).toEqual([])
    // Proved by logging in with the password that was kept all along.
    expect(second.outcome).toMatchObject({ outcome: 'done', proof: { databases: [{ by: 'login' }] } })
    expect(await store.read(entry)).toBe(kept)
    const [role] = await server.sql(
      "SELECT rolconnlimit, rolvaliduntil::text FROM pg_roles WHERE rolname = 'again'",
    )
    expect(role).toEqual({ rolconnlimit: 7, rolvaliduntil: 'infinity' })
  })

  it('without the password tries the login by SET ROLE, and says so', async () => {
    const answers = answersFor('lost', { own: ['a'] })
    await run(answers, admins.rds)
    const more = await run(answersFor('lost', { own: ['a', 'b'] }), admins.rds)
    expect(titles(more.plan)).toEqual(['GRANT SELECT, REFERENCES on own.b'])
    expect(more.outcome).toMatchObject({
      outcome: 'done-unproved',
      unproved: [{ problem: { code: 'password-unknown' } }],
      proof: { databases: [{ by: 'assumed', readable: 2 }] },
    })
  })

  it.each([
    ['superuser', undefined],
    ['administrator without superuser', admins.rds],
  ])('takes away just what an earlier run granted: %s', async (_, admin) => {
    const login = admin === undefined ? 'narrow_super' : 'narrow_rds'
    const grantee = `${login}_role`
    const wide = answersFor(login, { own: ['a', 'b'], lent: ['a', 'c'] })
    const first = await run(
      {
        ...wide,
        databases: [
          ...wide.databases,
          { name: 'annex', schemas: [{ name: 'side', relations: ['a'], laterTablesOf: ['rds_like'] }] },
        ],
      },
      admin,
    )
    // By others: the same privilege from another grantor, and one that no run of ours gave.
    await server.sql(
      `GRANT SELECT ON own.b TO elsewhere WITH GRANT OPTION; GRANT USAGE ON SCHEMA own TO elsewhere;
       SET ROLE elsewhere; GRANT SELECT ON own.b TO ${grantee}; RESET ROLE;
       GRANT INSERT ON own.b TO ${grantee}; GRANT SELECT ON given.a TO ${grantee}`,
      'shop',
    )
    const narrow = answersFor(login, { own: ['a'] })
    const without = planFrom(makePlan(await inputFor(narrow, admin)))
    expect(titles(without)).toEqual([])
    expect(without.notes.map(note => note.text).join('\n')).toMatch(
      /holds more than is chosen.*own\.b \(INSERT, .*--receipt/,
    )
    const before = await accessIn(server, ['shop', 'annex'])
    const second = await run(narrow, admin, [first.receipt])
    const as = admin === undefined ? '' : ', as settable'
    expect(titles(second.plan)).toEqual([
      `REVOKE SELECT, REFERENCES on 2 tables of lent${as}`,
      'REVOKE SELECT, REFERENCES on own.b',
      `REVOKE USAGE on schema lent${as}`,
      'REVOKE SELECT, REFERENCES on side.a',
      'REVOKE SELECT, REFERENCES on later tables of rds_like in side',
      'REVOKE USAGE on schema side',
      'REVOKE CONNECT on database annex',
    ])
    const gone = (lines: readonly string[], other: readonly string[]) =>
      lines.filter(line => !other.includes(line))
    const after = await accessIn(server, ['shop', 'annex'])
    expect(gone(after, before)).toEqual([])
    const lost = gone(before, after)
    // With the last grant the list of default privileges that our first run began is gone too.
    expect(lost.filter(line => !line.includes(`to ${grantee}`))).toEqual([
      "annex: defaults of rds_like in 'side' for r are set",
    ])
    expect(after.filter(line => line.includes(`to ${grantee}`) && line.includes('own.b'))).toHaveLength(2)
    expect(after.some(line => line.includes('given.a') && line.includes(`to ${grantee}`))).toBe(true)
    const ledger = [first.receipt, second.receipt]
    const again = planFrom(makePlan(await inputFor(narrow, admin, ledger)))
    expect(isEmptyPlan(again)).toBe(true)
    await server.sql(
      `REVOKE INSERT ON own.b FROM ${grantee}; REVOKE SELECT ON given.a FROM ${grantee}; SET ROLE elsewhere; REVOKE SELECT ON own.b FROM ${grantee}; RESET ROLE; REVOKE ALL ON own.b FROM elsewhere; REVOKE USAGE ON SCHEMA own FROM elsewhere`,
      'shop',
    )
  })

  it('grants as the owner that it may become, and is a member of nothing more afterwards', async () => {
    const schemas = { own: ['a'], lent: ['a', 'b'], given: ['a'], ...(major >= 16 ? { locked: ['a'] } : {}) }
    const answers = answersFor('as_owners', schemas)
    const memberships = () =>
      server.sql(
        "SELECT m::text FROM pg_auth_members AS m WHERE member = 'rds_like'::regrole AND roleid::regrole::text NOT LIKE 'as\\_owners%' ORDER BY 1",
      )
    const before = await memberships()
    const access = await accessIn(server, ['shop'])
    const input = await inputFor(answers, admins.rds)
    const plan = planFrom(makePlan(input))
    const by = new Map(
      plan.databases.flatMap(({ changes }) =>
        changes.map(change => [titleOf(change), change.actAs?.by ?? 'self'] as const),
      ),
    )
    expect(by.get('GRANT SELECT, REFERENCES on 2 tables of lent, as settable')).toBe('set-role')
    if (major >= 16) {
      expect(by.get('GRANT SELECT, REFERENCES on given.a')).toBe('self')
      expect(by.get('GRANT SELECT, REFERENCES on locked.a, as "Admin only"')).toBe('grant-self')
      expect(plan.notes.map(note => note.text).join()).toContain('makes itself a member of "Admin only"')
    }
    const open = openAs(server, admins.rds)
    expect(await rehearse({ plan, open })).toMatchObject({ outcome: 'held', databases: [{ findings: [] }] })
    expect(await accessIn(server, ['shop'])).toEqual(access)
    const failing: Plan = {
      ...plan,
      databases: plan.databases.map(each => ({
        ...each,
        changes: [
          ...each.changes,
          { kind: 'grant-usage', schema: 'no_such_schema', grantee: plan.grantee, why: 'a test' },
        ],
      })),
    }
    const failed = await applyPlan(server, failing, { open })
    expect(failed.outcome).toMatchObject({ outcome: 'failed-unchanged' })
    expect(await accessIn(server, ['shop'])).toEqual(access)
    const { outcome } = await applyPlan(server, plan, { open })
    expect(outcome).toMatchObject({ outcome: 'done' })
    expect(await memberships()).toEqual(before)
    const grantors = await server.sql(
      `SELECT DISTINCT n.nspname, a.grantor::regrole::text AS grantor
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
       WHERE a.grantee = 'as_owners_role'::regrole ORDER BY 1`,
      'shop',
    )
    expect(grantors).toEqual([
      { nspname: 'given', grantor: 'inherited' },
      { nspname: 'lent', grantor: 'settable' },
      ...(major >= 16 ? [{ nspname: 'locked', grantor: '"Admin only"' }] : []),
      { nspname: 'own', grantor: 'rds_like' },
    ])
    expect(isEmptyPlan(planFrom(makePlan(await inputFor(answers, admins.rds))))).toBe(true)
  })

  describeWith(['psql'])('saved as a script', () => {
    it('does the same, and spares a membership of whoever runs it', async () => {
      const schemas = { own: ['a'], lent: ['b'], ...(major >= 16 ? { locked: ['b'] } : {}) }
      const plan = planFrom(makePlan(await inputFor(answersFor('by_script', schemas), admins.rds)))
      const before = await accessIn(server, ['shop'])
      if (major >= 16) {
        await server.sql('SET ROLE rds_like; GRANT "Admin only" TO rds_like WITH INHERIT FALSE, SET FALSE')
        const refused = await runPsql(server, renderSql({ ...plan, roles: [] }), admins.rds)
        expect(refused.code).not.toBe(0)
        await server.sql('REVOKE "Admin only" FROM rds_like GRANTED BY rds_like')
        expect(await accessIn(server, ['shop'])).toEqual(before)
      }
      const { code, output } = await runPsql(server, renderSql(plan), admins.rds)
      expect([code, output]).toEqual([0, expect.not.stringContaining('ERROR')])
      const after = await accessIn(server, ['shop'])
      const news = after.filter(line => !before.includes(line) && !line.includes('by_script'))
      expect(news).toEqual([])
      expect(
        isEmptyPlan(planFrom(makePlan(await inputFor(answersFor('by_script', schemas), admins.rds)))),
      ).toBe(true)
    })
  })

  it('puts back what was granted on a column before, when it takes the relation away', async () => {
    const login = 'columns'
    const wide = answersFor(login, { own: ['a'], lent: ['c'] })
    await server.sql(
      `CREATE ROLE ${login}_role; COMMENT ON ROLE ${login}_role IS 'pg-usher: a test'; GRANT ${login}_role TO rds_like WITH ADMIN OPTION`,
    )
    await server.sql(`SET ROLE settable; GRANT SELECT (id) ON lent.c TO ${login}_role`, 'shop')
    const columns = () =>
      server.sql(
        "SELECT attacl::text FROM pg_attribute WHERE attrelid = 'lent.c'::regclass AND attname = 'id'",
        'shop',
      )
    const before = await columns()
    const first = await run(wide, admins.rds)
    await run(answersFor(login, { own: ['a'] }), admins.rds, [first.receipt])
    expect(await columns()).toEqual(before)
  })

  it('names the owner whom it cannot become, and gives what that one has to run', async () => {
    const answers = answersFor('parted', { own: ['a'], far: ['a', 'b'] })
    const input = await inputFor(answers, admins.rds)
    const made = makePlan(input)
    expect(made).toMatchObject({
      ok: false,
      problems: [{ code: 'usage-not-grantable' }, { code: 'relation-not-grantable' }],
    })
    const able = planFrom(makePlan(asAbleAdmin(input)))
    const parts = ownersParts(input, able)
    expect(parts.map(({ owner, plan }) => [owner, titles(plan)])).toEqual([
      ['elsewhere', ['GRANT USAGE on schema far', 'GRANT SELECT, REFERENCES on 2 tables of far']],
    ])
    const sql = renderSql(parts[0]?.plan ?? able)
    expect(sql).not.toContain('\\password')
    expect(sql).not.toContain('CREATE ROLE')
    // Once that is run by its owner, what is left is for this administrator.
    await server.sql('CREATE ROLE parted_role; GRANT parted_role TO rds_like WITH ADMIN OPTION')
    const client = await server.client({ database: 'shop' })
    try {
      await client.query('SET ROLE elsewhere')
      for (const change of parts.flatMap(({ plan }) => plan.databases.flatMap(each => each.changes)))
        for (const statement of statementsOf(change)) await client.query(statement)
    } finally {
      await client.end()
    }
    expect(makePlan(await inputFor(answers, admins.rds))).toMatchObject({ ok: true })
  })

  it('without CREATEROLE uses roles that are there and only grants', async () => {
    const answers = answersFor('made_for_me', { mine: ['a', 'b'] })
    const refused = makePlan(await inputFor(answers, admins.plain))
    expect(refused).toMatchObject({
      ok: false,
      problems: [{ code: 'may-not-create-roles', next: expect.stringContaining('CREATE ROLE made_for_me ') }],
    })
    await server.sql(
      `CREATE ROLE made_for_me_role; CREATE ROLE made_for_me LOGIN PASSWORD '${password}';
       GRANT made_for_me_role TO made_for_me`,
    )
    const { plan, outcome } = await run(answers, admins.plain)
    expect(plan.roles).toEqual([])
    expect(plan.opening).toEqual([])
    expect(titles(plan)).toEqual([
      'GRANT USAGE on schema mine',
      'GRANT SELECT, REFERENCES on 2 tables of mine',
    ])
    expect(plan.notes.map(note => note.text).join('\n')).toContain('CONNECTION LIMIT 5')
    expect(outcome).toMatchObject({
      outcome: 'done-unproved',
      proof: { databases: [{ by: 'asked', readable: 2 }] },
    })
    expect(isEmptyPlan(planFrom(makePlan(await inputFor(answers, admins.plain))))).toBe(true)
  })
})
