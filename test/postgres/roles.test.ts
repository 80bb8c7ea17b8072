import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSession } from '../../src/engine/with-session.ts'
import { quoteIdentifier } from '../../src/model/identifier.ts'
import { secret } from '../../src/model/secret.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readRole, readRoles } from '../../src/postgres/roles.ts'
import { openAs } from '../engine/fixture.ts'
import { hostileRoleNames } from '../support/hostile-names.ts'
import { majors, startServer, type TestServer } from '../support/server.ts'

describe.each(majors)('a role on PostgreSQL %i', major => {
  let server: TestServer
  let session: ServerSession
  beforeAll(async () => {
    server = await startServer({ major })
    await server.sql("CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'x'")
    const result = await connect({
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: 'maker',
      tls: 'prefer',
      password: secret('x'),
    })
    if (!result.ok) throw new Error(result.problem.message)
    session = result.value
  })
  afterAll(async () => {
    await session.close()
    await server.stop()
  })

  it('is null where the name is free', async () => {
    expect(await readRole(session, 'nobody')).toBeNull()
    expect(await readRole(session, 'MAKER')).toBeNull()
    expect(await readRole(session, "' OR true --")).toBeNull()
  })

  it('is one of several that are read at once', async () => {
    const names = ['maker', 'nobody', server.adminUser, ...hostileRoleNames, 'a $1 of $2', "' OR true --"]
    const alone = []
    for (const name of names) alone.push(await readRole(session, name))
    expect(alone.filter(role => role !== null).length).toBeGreaterThan(1)
    expect(await readRoles(session, names)).toEqual(alone)
    expect(await readRoles(session, [])).toEqual([])
  })

  it('is shown with all that it has', async () => {
    await server.sql(`
      CREATE ROLE tool LOGIN PASSWORD 'x' CONNECTION LIMIT 5 VALID UNTIL '2030-01-02 03:04:05+02';
      COMMENT ON ROLE tool IS 'for the tool';
      ALTER ROLE tool SET statement_timeout = '30s';
      ALTER ROLE tool SET default_transaction_read_only = on;
      ALTER ROLE tool IN DATABASE postgres SET work_mem = '1MB';
      CREATE ROLE readers; CREATE ROLE everyone; CREATE ROLE apprentice;
      GRANT everyone TO readers; GRANT readers TO tool; GRANT tool TO apprentice;
      CREATE SCHEMA AUTHORIZATION tool; CREATE TABLE tool.t (); ALTER TABLE tool.t OWNER TO tool;
      ALTER DEFAULT PRIVILEGES FOR ROLE tool GRANT SELECT ON TABLES TO readers`)
    const client = await server.client({ user: 'tool', password: 'x' })
    expect(await readRole(session, 'tool')).toEqual({
      name: 'tool',
      canLogin: true,
      elevated: [],
      connectionLimit: 5,
      validUntil: '2030-01-02T01:04:05.000Z',
      memberOf: ['everyone', 'readers'],
      inherits: true,
      inheritsFrom: ['everyone', 'readers'],
      tiedTo: ['everyone', 'readers'],
      idleIn: [],
      members: ['apprentice'],
      settings: ['statement_timeout=30s', 'default_transaction_read_only=on'],
      owns: 2,
      sessions: 1,
      comment: 'for the tool',
      // Until 15 CREATEROLE is enough for both (manual, 21.2).
      alterable: major < 16,
      givable: major < 16,
    })
    await client.end()
  })

  it('is shown with what elevates it', async () => {
    await server.sql('CREATE ROLE strong SUPERUSER CREATEROLE CREATEDB REPLICATION BYPASSRLS')
    expect(await readRole(session, 'strong')).toMatchObject({
      canLogin: false,
      elevated: ['SUPERUSER', 'CREATEROLE', 'CREATEDB', 'REPLICATION', 'BYPASSRLS'],
      connectionLimit: -1,
    })
    expect(await readRole(session, 'maker')).toMatchObject({ elevated: ['CREATEROLE'] })
  })

  it.each([
    ['infinity', null],
    ['-infinity', '-infinity'],
    ['2071-07-07 07:07:07.000777-03:30', '2071-07-07T10:37:07.000777Z'],
    ['0044-03-15 12:00:00+00 BC', '0044-03-15T12:00:00.000Z BC'],
    ['20000-01-01 00:00:00+00', '20000-01-01T00:00:00.000Z'],
  ])('has an end that the server takes back as it was: VALID UNTIL %s', async (end, validUntil) => {
    await server.sql(`DROP ROLE IF EXISTS endless; CREATE ROLE endless VALID UNTIL '${end}'`)
    const set = () => server.sql(`SELECT rolvaliduntil::text AS set FROM pg_roles WHERE rolname = 'endless'`)
    const before = await set()
    expect(await readRole(session, 'endless')).toMatchObject({ validUntil })
    await server.sql(`ALTER ROLE endless VALID UNTIL '${validUntil ?? 'infinity'}'`)
    expect(await set()).toEqual(before)
  })

  // A membership has options of its own since 16.
  if (major >= 16) {
    it('is tied to roles of which it has nothing, and idle in those that this administrator gave so', async () => {
      await server.sql('CREATE ROLE far; CREATE ROLE near; CREATE ROLE idle')
      await server.sql(
        'GRANT far TO near WITH INHERIT FALSE, SET FALSE; GRANT near TO idle WITH INHERIT FALSE, SET FALSE',
      )
      const asSuperuser = await withSession(openAs(server), { database: 'postgres' }, own =>
        readRole(own, 'idle'),
      )
      expect(asSuperuser).toMatchObject({ memberOf: [], tiedTo: ['far', 'near'], idleIn: ['near'] })
      expect(await readRole(session, 'idle')).toMatchObject({
        memberOf: [],
        tiedTo: ['far', 'near'],
        idleIn: [],
      })
      await expect(server.sql('GRANT idle TO far')).rejects.toMatchObject({ code: '0LP01' })
    })
  }

  it('is no member of what only administers it', async () => {
    await session.query('CREATE ROLE made_here')
    // From 16 on its creator holds it WITH ADMIN, and neither inherits it nor may become it.
    expect(await readRole(session, 'made_here')).toMatchObject({ members: [], memberOf: [] })
    await server.sql(major === 14 ? 'GRANT made_here TO maker' : 'GRANT made_here TO maker WITH INHERIT TRUE')
    expect(await readRole(session, 'made_here')).toMatchObject({ members: ['maker'] })
  })

  it('is alterable and givable to whom the server lets change it and give it', async () => {
    await server.sql(
      'CREATE ROLE others; CREATE ROLE helper; CREATE ROLE asleep NOINHERIT; GRANT others TO asleep',
    )
    const mine = () => readRole(session, 'others')
    expect(await mine()).toMatchObject({ alterable: major < 16, givable: major < 16 })
    expect(await readRole(session, 'asleep')).toMatchObject({
      inherits: false,
      memberOf: ['others'],
      inheritsFrom: [],
    })
    // ADMIN OPTION that has to be become for is enough to alter, not to give (since 16).
    await server.sql('GRANT others TO helper WITH ADMIN OPTION; GRANT helper TO maker')
    expect(await mine()).toMatchObject({ alterable: true, givable: true })
    if (major >= 16) {
      await server.sql('GRANT helper TO maker WITH INHERIT FALSE')
      expect(await mine()).toMatchObject({ alterable: true, givable: false })
      await expect(session.query('GRANT others TO asleep')).rejects.toThrow()
    }
    await server.sql('ALTER ROLE others SUPERUSER')
    expect(await mine()).toMatchObject({ alterable: false, givable: false })
  })

  it('is found by any name that PostgreSQL takes', async () => {
    await server.sql(hostileRoleNames.map(name => `CREATE ROLE ${quoteIdentifier(name)}`).join(';'))
    for (const name of hostileRoleNames) expect(await readRole(session, name)).toMatchObject({ name })
  })
})
