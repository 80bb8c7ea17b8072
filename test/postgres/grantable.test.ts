import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { qualifiedName, quoteIdentifier } from '../../src/model/identifier.ts'
import { relationsIn } from '../../src/model/relation-columns.ts'
import { secret } from '../../src/model/secret.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readRelations } from '../../src/postgres/relations.ts'
import { majors, startServer, type TestServer } from '../support/server.ts'

const opened: ServerSession[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(session => session.close()))
})

/** Roles between an administrator and what it may grant on, in every way that a membership can be. */
const groups = ['inherited', 'set_only', 'admin_only', 'noinherit', 'far', 'nobody'] as const

/** The options of a membership, from 16 on; before, the role's own INHERIT decides. */
function membershipsSql(major: number): string {
  if (major < 16)
    return `
      GRANT inherited TO granter, loner; GRANT set_only TO granter; GRANT admin_only TO granter WITH ADMIN OPTION;
      GRANT far TO inherited; GRANT noinherit TO loner`
  return `
    GRANT inherited TO granter, loner WITH INHERIT TRUE, SET FALSE;
    GRANT set_only TO granter WITH INHERIT FALSE, SET TRUE;
    GRANT admin_only TO granter WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
    GRANT noinherit TO granter WITH INHERIT FALSE, SET FALSE;
    GRANT noinherit TO loner WITH INHERIT TRUE, SET FALSE;
    GRANT far TO inherited WITH INHERIT TRUE, SET TRUE`
}

const objectsSql = [
  'CREATE SCHEMA open',
  'CREATE SCHEMA shut',
  'GRANT ALL ON SCHEMA open TO PUBLIC',
  `GRANT USAGE, CREATE ON SCHEMA shut TO ${groups.join(', ')}`,
  ...['open', 'shut'].flatMap(schema => [
    ...groups.flatMap(role => [
      `CREATE TABLE ${schema}.owned_by_${role} (id int)`,
      `ALTER TABLE ${schema}.owned_by_${role} OWNER TO ${role}`,
      `CREATE TABLE ${schema}.lent_to_${role} (id int)`,
      `GRANT SELECT ON ${schema}.lent_to_${role} TO ${role} WITH GRANT OPTION`,
      `CREATE TABLE ${schema}.read_by_${role} (id int)`,
      `GRANT SELECT ON ${schema}.read_by_${role} TO ${role}`,
      `CREATE TABLE ${schema}.other_option_${role} (id int)`,
      `GRANT REFERENCES ON ${schema}.other_option_${role} TO ${role} WITH GRANT OPTION`,
    ]),
    `CREATE TABLE ${schema}.for_all (id int)`,
    `GRANT ALL ON ${schema}.for_all TO PUBLIC`,
    // The option comes by the hand of another grantor, and once more by a third.
    `CREATE TABLE ${schema}.by_several (id int)`,
    `GRANT SELECT ON ${schema}.by_several TO nobody WITH GRANT OPTION`,
    `SET ROLE nobody`,
    `GRANT SELECT ON ${schema}.by_several TO inherited WITH GRANT OPTION`,
    `RESET ROLE`,
    `GRANT SELECT ON ${schema}.by_several TO inherited`,
    // The owner took its own privileges away, which leaves it the grant options.
    `CREATE TABLE ${schema}.bared (id int)`,
    `ALTER TABLE ${schema}.bared OWNER TO inherited`,
    `REVOKE ALL ON ${schema}.bared FROM inherited`,
    `CREATE TABLE ${schema}."Hostile ""}, =r*/x" (id int)`,
    `GRANT SELECT ON ${schema}."Hostile ""}, =r*/x" TO "wei""rd,{role}" WITH GRANT OPTION`,
    `CREATE VIEW ${schema}.seen AS SELECT 1 AS one`,
    `ALTER VIEW ${schema}.seen OWNER TO inherited`,
  ]),
]

describe.each(majors)('who may grant on a relation, on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    for (const role of groups) await server.sql(`CREATE ROLE ${role}`)
    await server.sql(`CREATE ROLE "wei""rd,{role}"`)
    for (const [role, options] of [
      ['granter', ''],
      ['loner', major < 16 ? 'NOINHERIT' : ''],
      ['reader', ''],
    ])
      await server.sql(`CREATE ROLE ${role} LOGIN ${options} PASSWORD 'x'`)
    await server.sql(membershipsSql(major))
    await server.sql('GRANT "wei""rd,{role}" TO granter; GRANT pg_read_all_data TO reader')
    await server.sql(objectsSql.join(';'))
  })
  afterAll(() => server.stop())

  async function open(user: string): Promise<ServerSession> {
    const result = await connect({
      host: server.host,
      port: server.port,
      database: 'postgres',
      user,
      tls: 'disable',
      password: secret(user === server.adminUser ? server.adminPassword : 'x'),
    })
    if (!result.ok) throw new Error(result.problem.message)
    opened.push(result.value)
    return result.value
  }

  /** What a role says of itself: the relations that it may grant SELECT on, having USAGE on the schema. */
  const byServerSql = `
    SELECT c.oid::pg_catalog.int8::pg_catalog.float8 AS oid
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = ANY (ARRAY['open'::pg_catalog.regnamespace, 'shut'::pg_catalog.regnamespace])
      AND pg_catalog.has_table_privilege($1::pg_catalog.name, c.oid, 'SELECT WITH GRANT OPTION')
      AND pg_catalog.has_schema_privilege($1::pg_catalog.name, c.relnamespace, 'USAGE')`

  it.each(['postgres', 'granter', 'loner', 'reader'])(
    'is answered for %s here as by the server, as itself and as a role that it may become',
    async user => {
      const session = await open(user)
      const read = await readRelations(session, ['open', 'shut'])
      const here = [...read.values()].flatMap(columns => [...relationsIn(columns)])
      const may = new Set<number>()
      for (const role of [user, ...(await becoming(session))])
        for (const { oid } of await session.query<{ oid: number }>(byServerSql, [role])) may.add(oid)
      expect(here.length).toBe(58)
      expect(here.filter(each => each.grantable).map(each => each.name)).toEqual(
        here.filter(each => may.has(each.oid)).map(each => each.name),
      )
      if (user === 'granter') expect(may.size).toBeGreaterThan(10)
      if (user === 'reader') expect(may.size).toBe(0)
    },
  )

  /** The roles that it may become, tried: by SET ROLE, or from 16 on by making itself a member first. */
  async function becoming(session: ServerSession): Promise<string[]> {
    const roles: string[] = []
    if (session.user === server.adminUser) return roles
    for (const role of [...groups, 'wei"rd,{role}']) {
      const set = `SET LOCAL ROLE ${quoteIdentifier(role)}`
      const ways = [set, ...(major >= 16 ? [`GRANT ${quoteIdentifier(role)} TO granter; ${set}`] : [])]
      for (const way of ways) {
        await session.query('BEGIN')
        try {
          await session.query(way)
          roles.push(role)
          break
        } catch {
          // It may not.
        } finally {
          await session.query('ROLLBACK')
        }
      }
    }
    return roles
  }

  it('and a GRANT then does something, or does not', async () => {
    const session = await open('granter')
    const roles = [null, ...(await becoming(session))]
    const read = await readRelations(session, ['open', 'shut'])
    for (const [schema, columns] of read) {
      for (const { name, grantable } of relationsIn(columns)) {
        let works = false
        for (const role of roles) works ||= await grantWorks(session, role, qualifiedName(schema, name))
        expect([schema, name, grantable]).toEqual([schema, name, works])
      }
    }
  })

  async function grantWorks(session: ServerSession, role: string | null, table: string): Promise<boolean> {
    await session.query('BEGIN')
    try {
      if (role !== null) {
        await session.query('SAVEPOINT plain')
        const set = `SET LOCAL ROLE ${quoteIdentifier(role)}`
        await session
          .query(set)
          .catch(() => session.query(`ROLLBACK TO plain; GRANT ${quoteIdentifier(role)} TO granter; ${set}`))
      }
      session.takeNotices()
      await session.query(`GRANT SELECT ON ${table} TO reader`)
      return !session.takeNotices().some(({ sqlstate }) => sqlstate === '01007')
    } catch {
      return false
    } finally {
      await session.query('ROLLBACK')
    }
  }
})
