import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rehearse } from '../../src/engine/rehearse.ts'
import type { Change } from '../../src/model/change.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { OpenSession } from '../../src/postgres/session.ts'
import { asOnRds, rdsIamHba, rdsIamSql } from '../support/rds-iam.ts'
import { everyMajor, startServer, type TestServer } from '../support/server.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'

const admin = { user: 'rds_like', password: 'the-password-of-the-master-user' }

/** The lockout differs by version: tried on each in every run. */
describe.each(everyMajor)('an administrator that rds_iam would shut out, PostgreSQL %i', major => {
  let server: TestServer
  const open = (): OpenSession => asOnRds(openAs(server, admin))

  beforeAll(async () => {
    server = await startServer({ major, hba: rdsIamHba })
    await makeDatabase(server, 'shop', { app: ['album'] })
    await server.sql(`CREATE ROLE rds_like LOGIN CREATEROLE PASSWORD '${admin.password}'; CREATE ROLE rds_iam;
      ALTER DATABASE shop OWNER TO rds_like`)
    for (const database of ['postgres', 'shop']) await server.sql(rdsIamSql, database)
    await server.sql('ALTER SCHEMA app OWNER TO rds_like; ALTER TABLE app.album OWNER TO rds_like', 'shop')
  })
  afterAll(() => server?.stop())

  /** As the vendor's page has it: the administrator makes the login and grants it rds_iam. */
  const plan = (): Plan => {
    const made = planFor(server, {
      login: 'tool_user',
      group: 'tool_role',
      admin: admin.user,
      databases: [{ name: 'shop', schemas: [{ name: 'app', relations: ['album'] }] }],
    })
    const iam: Change = { kind: 'grant-membership', group: 'rds_iam', member: 'tool_user', why: 'a test' }
    return { ...made, roles: [...made.roles, iam] }
  }

  const comesIn = () =>
    server.client(admin).then(
      async client => {
        await client.end()
        return true
      },
      () => false,
    )

  it(
    major < 16 ? 'is let alone, since nothing of it changes' : 'is shut out by what no guard looks at',
    async () => {
      const client = await server.client(admin)
      await client.query(`CREATE ROLE by_the_page; SELECT public.rds_iam_by_master('GRANT', 'by_the_page')`)
      expect(await comesIn()).toBe(major < 16)
      await client.query(`SELECT public.rds_iam_by_master('REVOKE', 'by_the_page'); DROP ROLE by_the_page`)
      await client.end()
    },
  )

  if (major >= 16) {
    it('is told before the COMMIT, in the rehearsal and in the apply, and still comes in', async () => {
      const before = await accessIn(server, ['shop'])
      const problem = {
        code: 'admin-would-join',
        message: expect.stringContaining('you would no longer come in by your password'),
      }
      expect(await rehearse({ plan: plan(), open: open() })).toMatchObject({ outcome: 'failed', problem })
      const { outcome } = await applyPlan(server, plan(), { open: open() })
      expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem })
      expect(await comesIn()).toBe(true)
      expect(await accessIn(server, ['shop'])).toEqual(before)
    })

    it('that the server gives what it makes is no fault, and that it is a member of it without having it', async () => {
      const ordinary = planFor(server, {
        login: 'ordinary',
        group: null,
        admin: admin.user,
        databases: [{ name: 'shop', schemas: [{ name: 'app', relations: ['album'] }] }],
      })
      await server.sql(`ALTER ROLE rds_like SET createrole_self_grant TO 'set, inherit'`)
      const { outcome } = await applyPlan(server, ordinary, { open: open() })
      expect(outcome).toMatchObject({ outcome: 'done' })
      await server.sql('ALTER ROLE rds_like RESET createrole_self_grant')
      const again = { ...ordinary, login: 'ordinary_2', grantee: 'ordinary_2' }
      const renamed = JSON.parse(JSON.stringify(again).replaceAll('"ordinary"', '"ordinary_2"'))
      expect((await applyPlan(server, renamed, { open: open() })).outcome).toMatchObject({ outcome: 'done' })
      const rows = await server.sql(
        `SELECT r.rolname, m.admin_option, m.inherit_option, m.set_option, m.grantor = 10 AS "byServer"
         FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
         WHERE m.member = 'rds_like'::regrole AND r.rolname = 'ordinary_2'`,
      )
      expect(rows).toEqual([
        {
          rolname: 'ordinary_2',
          admin_option: true,
          inherit_option: false,
          set_option: false,
          byServer: true,
        },
      ])
    })
  }

  it('keeps nothing of a role that somebody gives it meanwhile: said, and nothing is committed', async () => {
    const wanted = planFor(server, {
      login: 'kept',
      group: null,
      admin: admin.user,
      databases: [{ name: 'shop', schemas: [{ name: 'app', relations: ['album'] }] }],
    })
    await server.sql('CREATE ROLE stranger')
    const before = await accessIn(server, ['shop'])
    const giving: OpenSession = async request => {
      const session = await openAs(server, admin)(request)
      return {
        ...session,
        script: async statements => {
          const made = statements.findIndex(each => String(each).includes('CREATE ROLE'))
          if (made === -1) return session.script(statements)
          const first = await session.script(statements.slice(0, made + 1))
          await server.sql('GRANT stranger TO rds_like')
          return [...first, ...(await session.script(statements.slice(made + 1)))]
        },
      }
    }
    const { outcome } = await applyPlan(server, wanted, { open: giving })
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'admin-would-join' } })
    await server.sql('REVOKE stranger FROM rds_like')
    expect(await accessIn(server, ['shop'])).toEqual(before)
  })
})
