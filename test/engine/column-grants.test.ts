import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn, makeDatabase, openAs, planFor } from './fixture.ts'
import { applied, undoOf } from './undo-fixture.ts'

const dba = { user: 'dba', password: 'the-password-of-dba' }

describe.each(majorsInDepth)('what others granted on single columns, PostgreSQL %i', major => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ major })
    await makeDatabase(server, 'music', { app: ['album', 'artist'] })
    await server.sql(
      `CREATE ROLE dba LOGIN CREATEROLE PASSWORD '${dba.password}'; CREATE ROLE tool; CREATE ROLE friend; CREATE ROLE other;
       GRANT ${major >= 16 ? 'tool TO dba WITH ADMIN OPTION' : 'tool TO dba'}; ALTER DATABASE music OWNER TO dba`,
    )
    await server.sql(
      `ALTER SCHEMA app OWNER TO dba; GRANT USAGE ON SCHEMA app TO friend, other;
       ALTER TABLE app.album OWNER TO dba; ALTER TABLE app.artist OWNER TO dba`,
      'music',
    )
  })
  afterAll(() => server?.stop())
  afterEach(() => server.sql('REVOKE ALL (id, name) ON app.album FROM other, friend, tool CASCADE', 'music'))

  const plan = (admin?: string) => ({
    ...planFor(server, {
      login: 'tool',
      group: null,
      existed: true,
      admin,
      databases: [{ name: 'music', schemas: [{ name: 'app', relations: ['album', 'artist'] }] }],
    }),
    roles: [],
    opening: [],
  })

  /** Afterwards the tool's role has no USAGE any more: that it gets and loses again with the run. */
  const grant = (sql: string) =>
    server.sql(`GRANT USAGE ON SCHEMA app TO tool; ${sql}; REVOKE USAGE ON SCHEMA app FROM tool`, 'music')

  it.each([
    {
      what: 'granted on by the grantee, and from there to everybody',
      sql: `GRANT SELECT (name), SELECT (id) ON app.album TO tool WITH GRANT OPTION;
        SET ROLE tool; GRANT SELECT (name) ON app.album TO friend WITH GRANT OPTION; RESET ROLE;
        SET ROLE friend; GRANT SELECT (name) ON app.album TO other, PUBLIC; RESET ROLE`,
    },
    {
      what: 'granted on by the grantee, who has it from two',
      sql: `GRANT SELECT (name) ON app.album TO tool, friend WITH GRANT OPTION;
        SET ROLE friend; GRANT SELECT (name) ON app.album TO tool WITH GRANT OPTION; RESET ROLE;
        SET ROLE tool; GRANT SELECT (name) ON app.album TO other; RESET ROLE`,
    },
    {
      what: 'by a grantor who is not the owner',
      sql: `GRANT SELECT (name), UPDATE (name), REFERENCES (id) ON app.album TO other WITH GRANT OPTION;
        SET ROLE other; GRANT SELECT (name), UPDATE (name), REFERENCES (id) ON app.album TO tool; RESET ROLE`,
    },
  ])('stays as it is: $what', async ({ sql }) => {
    await grant(sql)
    const before = await accessIn(server, ['music'])
    const run = await applied(server, plan())
    expect(await accessIn(server, ['music'])).not.toEqual(before)
    expect((await undoOf(run)).outcome).toEqual({ outcome: 'done', notes: [] })
    expect(await accessIn(server, ['music'])).toEqual(before)
  })

  if (major < 16) return

  it('keeps its grant where the administrator may not put back what rests on it, and says who may', async () => {
    await grant(
      `GRANT SELECT (name) ON app.album TO tool WITH GRANT OPTION; SET ROLE tool;
       GRANT SELECT (name) ON app.album TO friend WITH GRANT OPTION; RESET ROLE;
       SET ROLE friend; GRANT SELECT (name) ON app.album TO other; RESET ROLE`,
    )
    const run = await applied(server, plan(dba.user), dba)
    const granted = await accessIn(server, ['music'])
    await expect(undoOf(run)).rejects.toMatchObject({
      problem: { code: 'cannot-act-as', message: expect.stringContaining('friend') },
    })
    expect(await accessIn(server, ['music'])).toEqual(granted)
    expect((await undoOf({ ...run, open: openAs(server) })).outcome).toEqual({ outcome: 'done', notes: [] })
  })
})
