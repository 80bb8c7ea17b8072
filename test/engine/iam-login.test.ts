import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectorById } from '../../src/connectors/connectors.ts'
import { keepingTheWayIn } from '../../src/engine/admin-way-in.ts'
import { noToken } from '../../src/engine/prove-plan.ts'
import { readForPlan } from '../../src/engine/read-for-plan.ts'
import { rehearse } from '../../src/engine/rehearse.ts'
import { verify } from '../../src/engine/verify.ts'
import type { Answers } from '../../src/model/answers.ts'
import { problemOf } from '../../src/model/problem.ts'
import { secret } from '../../src/model/secret.ts'
import { type MadePlan, makePlan } from '../../src/plan/make-plan.ts'
import { isEmptyPlan, type Plan } from '../../src/plan/plan.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { asOnRds, rdsIamSql as byMasterSql, rdsIamHba as hba } from '../support/rds-iam.ts'
import { everyMajorInDepth, startServer, type TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'
import { accessIn, applyPlan, makeDatabase, openAs } from './fixture.ts'
import { applied, undoOf } from './undo-fixture.ts'

type Admin = { readonly user: string; readonly password: string }

const admin: Admin = { user: 'rds_like', password: 'the-password-of-the-master-user' }

describe.each(everyMajorInDepth)('a login by AWS IAM on PostgreSQL %i', major => {
  let server: TestServer
  const open = () => asOnRds(openAs(server, admin))

  beforeAll(async () => {
    server = await startServer({ major, hba, tls: true })
    await makeDatabase(server, 'shop', { app: ['album', 'artist', 'payroll'] })
    await server.sql(`
      CREATE ROLE rds_like LOGIN CREATEROLE CREATEDB PASSWORD '${admin.password}';
      CREATE ROLE rds_iam;
      ALTER DATABASE shop OWNER TO rds_like`)
    for (const database of ['postgres', 'shop']) await server.sql(byMasterSql, database)
    await server.sql(
      `ALTER SCHEMA app OWNER TO rds_like; ALTER TABLE app.album OWNER TO rds_like;
       ALTER TABLE app.artist OWNER TO rds_like; ALTER TABLE app.payroll OWNER TO rds_like`,
      'shop',
    )
  })
  afterAll(() => server?.stop())

  const answersFor = (login: string, changes: Partial<Answers> = {}): Answers => ({
    ...shopAnswers,
    server: {
      ...shopAnswers.server,
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: admin.user,
      tls: 'disable',
    },
    authentication: { method: 'aws-iam', aws: awsAnswers },
    roles: { layout: 'group-and-login', group: `${login}_role`, login },
    limits: { connectionLimit: 5, validUntil: null, statementTimeout: 60, readOnly: true },
    databases: [
      { name: 'shop', schemas: [{ name: 'app', relations: ['album', 'artist'], laterTablesOf: [] }] },
    ],
    ...changes,
  })

  async function planOn(answers: Answers, as: Admin = admin): Promise<MadePlan> {
    const connected = await connect({ ...answers.server, user: as.user, password: secret(as.password) })
    if (!connected.ok) throw new Error(connected.problem.message)
    const session = connected.value
    try {
      const read = openAs(server, as)
      const connector = connectorById('atlan')
      if (connector === null) throw new Error('there is no Atlan')
      const { databases, roles } = await readForPlan(answers, session, read)
      const facts = await readServerFacts(session, server.host, read)
      return makePlan({ answers, connector, catalogue: { databases }, roles, server: facts })
    } finally {
      await session.close()
    }
  }

  const planned = (made: MadePlan): Plan => {
    if (!made.ok) throw new Error(JSON.stringify(made.problems))
    return made.plan
  }

  const comesIn = (as: Admin) =>
    server.client(as).then(
      async client => {
        await client.end()
        return true
      },
      () => false,
    )

  const rolesNow = () =>
    server.sql(`SELECT rolname, rolcanlogin, rolpassword FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1`)

  it(`the vendor's two statements ${major >= 16 ? 'lock the administrator out' : 'lock nobody out'}`, async () => {
    const client = await server.client(admin)
    try {
      await client.query('CREATE ROLE by_the_page LOGIN')
      await client.query("SELECT public.rds_iam_by_master('GRANT', 'by_the_page')")
      expect(await comesIn(admin)).toBe(major < 16)
    } finally {
      await client.query("SELECT public.rds_iam_by_master('REVOKE', 'by_the_page'); DROP ROLE by_the_page")
      await client.end()
    }
    expect(await comesIn(admin)).toBe(true)
  })

  it('is rehearsed without a trace, made, and keeps nobody else out; a second time there is nothing to do', async () => {
    const answers = answersFor('atlan_user')
    const plan = planned(await planOn(answers))
    const before = [await accessIn(server, ['shop']), await rolesNow()]
    expect(await rehearse({ plan, open: open() })).toMatchObject({
      outcome: 'held',
      databases: [{ database: 'shop', readable: 2, ...(major < 16 && { refused: 1, findings: [] }) }],
    })
    expect([await accessIn(server, ['shop']), await rolesNow()]).toEqual(before)

    const { outcome } = await applyPlan(server, plan, { open: open() })
    expect(outcome).toMatchObject({
      outcome: 'done-unproved',
      unproved: [{ database: 'shop', problem: { code: 'token-not-signed-here' } }],
      proof: { databases: [{ database: 'shop', readable: 2 }] },
    })
    expect(await comesIn(admin)).toBe(true)
    const [role] = await server.sql(
      `SELECT rolcanlogin, rolpassword, rolconnlimit, rolvaliduntil,
         pg_has_role('atlan_user', 'rds_iam', 'USAGE') AS iam, pg_has_role('atlan_user', 'atlan_user_role', 'USAGE') AS group,
         has_table_privilege('atlan_user', 'pg_catalog.pg_authid', 'SELECT') AS secrets
       FROM pg_authid WHERE rolname = 'atlan_user'`,
    )
    expect(role).toEqual({
      rolcanlogin: true,
      rolpassword: null,
      rolconnlimit: 5,
      rolvaliduntil: null,
      iam: true,
      group: true,
      secrets: false,
    })
    expect(await server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'usher_role_maker'")).toEqual([])
    expect(isEmptyPlan(planned(await planOn(answers)))).toBe(true)
  })

  it('what an undo may not drop it names, shuts out, and lets an apply take up again', async () => {
    const answers = answersFor('passing')
    const plan = planned(await planOn(answers))
    const made = await applied(server, plan, admin, createShowOnceStore(), { answers, open: open() })
    const { outcome } = await undoOf(made)
    if (major >= 16) {
      expect(outcome).toMatchObject({
        outcome: 'role-stays',
        stays: [{ role: 'passing', because: [expect.stringContaining('only a superuser')] }],
      })
      const [left] = await server.sql(
        `SELECT (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS memberships, rolpassword
         FROM pg_authid r WHERE rolname = 'passing'`,
      )
      expect(left).toEqual({ memberships: 0, rolpassword: null })
      expect(await server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'passing_role'")).toEqual([])
      const again = planned(await planOn(answers))
      expect((await applyPlan(server, again, { open: open() })).outcome).toMatchObject({
        outcome: 'done-unproved',
      })
    } else {
      expect(outcome).toMatchObject({ outcome: 'done' })
      expect(await server.sql("SELECT 1 FROM pg_roles WHERE rolname LIKE 'passing%'")).toEqual([])
    }
  })

  it('a failure after the login was let in shuts it out, and names what is left', async () => {
    const plan = planned(await planOn(answersFor('broken_off')))
    const controller = new AbortController()
    const { outcome } = await applyPlan(server, plan, {
      open: open(),
      signal: controller.signal,
      onEvent: event => {
        if (event.kind === 'phase' && event.phase === 'assumed-proof') controller.abort()
      },
    })
    if (major >= 16) {
      expect(outcome).toMatchObject({
        outcome: 'failed-changed',
        problem: { code: 'cancelled' },
        left: [expect.stringContaining('The role broken_off, which only a superuser can drop')],
        undo: [expect.stringContaining('superuser'), 'DROP ROLE broken_off;'],
      })
      await server.sql('DROP ROLE broken_off')
    } else {
      expect(outcome).toEqual({ outcome: 'cancelled' })
    }
    expect(await server.sql("SELECT 1 FROM pg_roles WHERE rolname LIKE 'broken_off%'")).toEqual([])
    expect(await comesIn(admin)).toBe(true)
  })

  it('frees the way in again where the administrator is shut out after all', async () => {
    await server.sql('CREATE ROLE shuts_out LOGIN; GRANT shuts_out TO rds_like')
    const plan = { ...planned(await planOn(answersFor('other'))), login: 'shuts_out' }
    const letIn = () => server.sql('GRANT rds_iam TO shuts_out')
    const ending = await keepingTheWayIn({ open: open(), plan }, letIn).catch(problemOf)
    expect(ending).toMatchObject({ code: 'admin-locked-out' })
    expect(await comesIn(admin)).toBe(true)
    await server.sql('DROP ROLE shuts_out')
  })

  it('is looked at by verify: the way in that is gone, or that was not chosen', async () => {
    const answers = answersFor('looked_at')
    const verified = async () => {
      const connected = await connect({
        ...answers.server,
        user: server.adminUser,
        password: secret(server.adminPassword),
      })
      if (!connected.ok) throw new Error(connected.problem.message)
      const session = connected.value
      const connector = connectorById('atlan')
      if (connector === null) throw new Error('there is no Atlan')
      try {
        const open = openAs(server)
        const { outcome, drift } = await verify({
          answers,
          connector,
          server: await readServerFacts(session, server.host, open),
          reader: { as: 'administrator', session, open },
          logIn: async () => ({ in: false, blame: 'way', problem: noToken, hbaLine: null }),
        })
        return { outcome, drift: drift.map(({ code, mend }) => ({ code, mend })) }
      } finally {
        await session.close()
      }
    }
    expect((await applyPlan(server, planned(await planOn(answers)), { open: open() })).outcome).toMatchObject(
      {
        outcome: 'done-unproved',
      },
    )
    expect(await verified()).toEqual({ outcome: 'as-chosen-unproved', drift: [] })
    await server.sql('REVOKE rds_iam FROM looked_at')
    expect(await verified()).toMatchObject({
      outcome: 'drift',
      drift: [
        { code: 'membership-gone', mend: [expect.stringMatching(/GRANT "?rds_iam"? TO "?looked_at"?/)] },
      ],
    })
    await server.sql('GRANT rds_iam TO looked_at; CREATE ROLE besides; GRANT besides TO looked_at')
    expect(await verified()).toMatchObject({ drift: [{ code: 'membership-added' }] })
  })

  it('is refused where it would not do what it says', async () => {
    const codes = async (answers: Answers, as?: Admin) => {
      const made = await planOn(answers, as)
      return made.ok ? [] : made.problems.map(({ code }) => code)
    }
    const base = answersFor('refused')
    expect(await codes({ ...base, limits: { ...base.limits, validUntil: '2099-12-31T23:59:59Z' } })).toEqual([
      'valid-until-without-password',
    ])
    expect(await codes({ ...base, roles: { layout: 'login', login: 'refused' } })).toEqual(
      major >= 16 ? ['iam-needs-group'] : [],
    )
    const client = await server.client(admin)
    await client.query('CREATE ROLE refused LOGIN')
    await client.end()
    expect(await codes(base)).toEqual([major >= 16 ? 'iam-would-lock-out' : 'login-exists'])
    expect(await codes({ ...base, replacePassword: true })).toEqual(major >= 16 ? ['iam-would-lock-out'] : [])
    await server.sql('DROP ROLE refused; ALTER ROLE rds_iam RENAME TO hidden')
    expect(await codes(base)).toEqual(['no-rds-iam'])
    await server.sql('ALTER ROLE hidden RENAME TO rds_iam')
  })

  it('a superuser makes it as any other login, unable to log in until the end', async () => {
    const superuser = { user: server.adminUser, password: server.adminPassword }
    const plan = planned(await planOn(answersFor('by_superuser'), superuser))
    expect(plan.opening.map(({ kind }) => kind)).toEqual(['grant-membership', 'open-iam-login'])
    const made = await applied(server, plan, superuser, createShowOnceStore(), {
      answers: answersFor('by_superuser'),
    })
    expect(await server.sql("SELECT pg_has_role('by_superuser', 'rds_iam', 'USAGE') AS iam")).toEqual([
      { iam: true },
    ])
    expect((await undoOf(made)).outcome).toMatchObject({ outcome: 'done' })
    expect(await server.sql("SELECT 1 FROM pg_roles WHERE rolname LIKE 'by_superuser%'")).toEqual([])
  })
})
