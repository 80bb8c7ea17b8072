import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Change } from '../../src/model/change.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { renderSql } from '../../src/plan/render/sql.ts'
import { runPsql } from '../support/psql.ts'
import { describeWith } from '../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, makeDatabase, planFor } from './fixture.ts'
import { applied, undoOf } from './undo-fixture.ts'

const dba = { user: 'dba', password: 'the-password-of-dba' }
const second = { user: 'second', password: 'the-password-of-second' }
const databases = ['music', 'sa"les']

describeWith(['psql'])('the saved script', () => {
  describe.each(majorsInDepth)('run by somebody else than its planner, PostgreSQL %i', major => {
    let server: TestServer

    beforeAll(async () => {
      server = await startServer({ major })
      await makeDatabase(server, 'music', { app: ['album', 'Art"ist', 'payroll'] })
      await makeDatabase(server, 'sa"les', { shop: ['customer', 'wages'] })
      await server.sql(
        `CREATE ROLE dba LOGIN CREATEROLE PASSWORD '${dba.password}';
         CREATE ROLE second LOGIN SUPERUSER PASSWORD '${second.password}';
         ALTER DATABASE music OWNER TO dba; ALTER DATABASE "sa""les" OWNER TO dba`,
      )
      await server.sql(
        `ALTER SCHEMA app OWNER TO dba; ALTER TABLE app.album OWNER TO dba; ALTER TABLE app."Art""ist" OWNER TO dba`,
        'music',
      )
      await server.sql('ALTER SCHEMA shop OWNER TO dba; ALTER TABLE shop.customer OWNER TO dba', 'sa"les')
    })
    afterAll(() => server?.stop())

    /** Every kind of change that a first run has, as the superuser sees it. */
    function plan(admin?: string): Plan {
      const made = planFor(server, {
        login: 'tool_user',
        group: 'tool_role',
        admin,
        databases: [
          { name: 'music', schemas: [{ name: 'app', relations: ['album', 'Art"ist'] }] },
          { name: 'sa"les', schemas: [{ name: 'shop', relations: ['customer'] }] },
        ],
      })
      const comment: Change = {
        kind: 'comment-role',
        role: 'tool_role',
        comment: 'pg-usher: a test',
        before: null,
        why: 'a test',
      }
      const later: Change = {
        kind: 'grant-default-privileges',
        owner: 'dba',
        schema: 'app',
        privileges: ['SELECT', 'REFERENCES'],
        grantee: 'tool_role',
        why: 'a test',
      }
      return {
        ...made,
        roles: [...made.roles, comment],
        databases: made.databases.map(each =>
          each.database === 'music' ? { ...each, changes: [...each.changes, later] } : each,
        ),
      }
    }

    /** Each has a password of its own; and before 16 who gave a membership is noted and means nothing. */
    const comparable = async () =>
      (await accessIn(server, databases))
        .filter(line => !line.includes(': password '))
        .map(line => (major < 16 ? line.replace(/(: member \S+ of \S+) by \S+/, '$1') : line))

    it.each([
      { who: 'another superuser', applies: undefined, runs: second },
      { who: 'an administrator with CREATEROLE who owns it', applies: dba, runs: dba },
    ])('gives the same access as an apply, by $who', async ({ applies, runs }) => {
      const before = await comparable()
      const run = await applied(server, plan(applies?.user), applies)
      const byApply = await comparable()
      expect((await undoOf(run)).outcome).toEqual({ outcome: 'done', notes: [] })
      expect(await comparable()).toEqual(before)

      const { code, output } = await runPsql(server, renderSql(plan()), runs)
      expect(output).not.toMatch(/ERROR|WARNING/)
      expect(code).toBe(0)
      expect(await comparable()).toEqual(byApply)
      await server.sql('DROP OWNED BY tool_role', 'sa"les')
      await server.sql('DROP OWNED BY tool_role', 'music')
      await server.sql('DROP ROLE tool_user, tool_role')
    })
  })
})
