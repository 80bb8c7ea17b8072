import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CatalogueSchema, Relation } from '../../src/model/catalogue.ts'
import type { ActAs } from '../../src/model/change.ts'
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../src/model/identifier.ts'
import { relationsIn } from '../../src/model/relation-columns.ts'
import { secret } from '../../src/model/secret.ts'
import { actingAs } from '../../src/plan/act-as.ts'
import { listDatabases, readDatabase, readTree } from '../../src/postgres/catalogue.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readDetails } from '../../src/postgres/relation-details.ts'
import { readRelations as readColumns } from '../../src/postgres/relations.ts'
import type { Session } from '../../src/postgres/session.ts'
import { hostileNames } from '../support/hostile-names.ts'
import { majors, startServer, type TestServer } from '../support/server.ts'

const opened: ServerSession[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(session => session.close()))
})

const password = 'x'

async function open(server: TestServer, user = server.adminUser, database = 'shop'): Promise<ServerSession> {
  const result = await connect({
    host: server.host,
    port: server.port,
    database,
    user,
    tls: 'prefer',
    password: secret(user === server.adminUser ? server.adminPassword : password),
  })
  if (!result.ok) throw new Error(result.problem.message)
  opened.push(result.value)
  return result.value
}

/** The relations of some schemas as values, comments and marks included. */
async function readRelations(
  session: ServerSession,
  schemas: readonly string[],
): Promise<Map<string, Relation[]>> {
  const read = await readDetails(session, await readColumns(session, schemas))
  return new Map(Array.from(read, ([schema, columns]) => [schema, [...relationsIn(columns)]]))
}

/** Roles, each with another standing: `admin` is who grants and is no superuser. */
const rolesSql = `
CREATE ROLE "Owner";
CREATE ROLE stranger;
CREATE ROLE creator_by_grant;
CREATE ROLE admin LOGIN CREATEROLE PASSWORD '${password}';
CREATE ROLE idle_admin LOGIN CREATEROLE PASSWORD '${password}' NOINHERIT;
GRANT "Owner" TO admin;
GRANT "Owner" TO idle_admin;
CREATE ROLE key_holder LOGIN PASSWORD '${password}';`

/** From 16 on a membership may let one give it, and nothing else. */
const keyHolderSql = (major: number) =>
  major < 16
    ? 'ALTER ROLE key_holder NOINHERIT; GRANT "Owner" TO key_holder WITH ADMIN OPTION'
    : 'GRANT "Owner" TO key_holder WITH ADMIN TRUE, INHERIT FALSE, SET FALSE'

const schemasSql = `
CREATE SCHEMA sales AUTHORIZATION "Owner";
COMMENT ON SCHEMA sales IS 'what is sold';
GRANT USAGE ON SCHEMA sales TO stranger;
GRANT CREATE ON SCHEMA sales TO creator_by_grant;
CREATE SCHEMA empty AUTHORIZATION stranger;
CREATE SCHEMA passed_on AUTHORIZATION stranger;
GRANT USAGE ON SCHEMA passed_on TO admin WITH GRANT OPTION;
GRANT CREATE ON SCHEMA passed_on TO PUBLIC;
SET ROLE "Owner";
CREATE TABLE sales.person (id int PRIMARY KEY, email text, "BirthDate" date, dropped int, note text);
ALTER TABLE sales.person DROP COLUMN dropped;
COMMENT ON TABLE sales.person IS 'who buys';
COMMENT ON COLUMN sales.person.note IS 'passport number';
ALTER TABLE sales.person ENABLE ROW LEVEL SECURITY;
INSERT INTO sales.person (id) SELECT generate_series(1, 1000);
CREATE TABLE sales.parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE sales.parted_2026 PARTITION OF sales.parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW sales.seen AS SELECT id FROM sales.person;
CREATE MATERIALIZED VIEW sales.kept AS SELECT id FROM sales.person;
CREATE MATERIALIZED VIEW sales.hollow AS SELECT id FROM sales.person WITH NO DATA;
CREATE SEQUENCE sales.numbers;
CREATE TYPE sales.pair AS (a int, b int);
CREATE INDEX ON sales.person (email);
RESET ROLE;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE sales.far (id int) SERVER elsewhere;
CREATE TABLE sales.of_stranger (id int);
ALTER TABLE sales.of_stranger OWNER TO stranger;
CREATE TABLE passed_on.lent (id int);
ALTER TABLE passed_on.lent OWNER TO stranger;
GRANT SELECT ON passed_on.lent TO admin WITH GRANT OPTION;
CREATE TABLE passed_on.kept (id int);
GRANT SELECT ON passed_on.kept TO admin;
ALTER DEFAULT PRIVILEGES FOR ROLE "Owner" IN SCHEMA sales GRANT SELECT ON TABLES TO stranger;
ALTER DEFAULT PRIVILEGES FOR ROLE stranger GRANT SELECT, REFERENCES ON TABLES TO admin;
ALTER DEFAULT PRIVILEGES FOR ROLE stranger GRANT EXECUTE ON FUNCTIONS TO admin;`

describe.each(majors)('the catalogue of PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    await server.sql(rolesSql)
    await server.sql(keyHolderSql(major))
    await server.sql('CREATE DATABASE shop')
    await server.sql('CREATE DATABASE "Fremd ""1""" OWNER "Owner"')
    await server.sql('CREATE DATABASE no_entry ALLOW_CONNECTIONS false')
    await server.sql('CREATE DATABASE for_few')
    await server.sql('REVOKE CONNECT ON DATABASE for_few FROM PUBLIC')
    await server.sql('GRANT CONNECT ON DATABASE shop TO admin WITH GRANT OPTION')
    await server.sql(schemasSql, 'shop')
  })
  afterAll(() => server.stop())

  const schema = (schemas: readonly CatalogueSchema[], name: string) =>
    schemas.find(each => each.name === name)
  const relation = (relations: readonly Relation[] | undefined, name: string) =>
    relations?.find(each => each.name === name)

  it('lists the databases that can be connected to', async () => {
    const databases = await listDatabases(await open(server, 'admin'))
    expect(databases.map(({ acl, ...rest }) => rest)).toEqual([
      { name: 'Fremd "1"', owner: 'Owner', grantable: true, connectable: true },
      { name: 'for_few', owner: 'postgres', grantable: false, connectable: false },
      { name: 'postgres', owner: 'postgres', grantable: false, connectable: true },
      { name: 'shop', owner: 'postgres', grantable: true, connectable: true },
    ])
    expect(databases.map(database => database.acl)).toEqual([
      null,
      expect.not.stringContaining('=Tc'),
      null,
      expect.stringContaining('admin=c*/postgres'),
    ])
  })

  it('has the list of databases and what is in its own in one round trip, and relations in one more', async () => {
    const session = await open(server, 'admin')
    let roundTrips = 0
    const counting: Session = {
      ...session,
      query: (sql, values) => {
        roundTrips += 1
        return session.query(sql, values)
      },
      queryEach: statements => {
        roundTrips += 1
        return session.queryEach(statements)
      },
    }
    const { databases, here } = await readTree(counting)
    expect(roundTrips).toBe(1)
    expect(databases).toEqual(await listDatabases(session))
    expect(here).toEqual(await readDatabase(session))
    const columns = await readColumns(counting, ['sales', 'passed_on'])
    expect(roundTrips).toBe(2)
    await readDetails(counting, columns)
    expect(roundTrips).toBe(4)
  })

  it('has the schemas without the system’s, counted', async () => {
    const database = await readDatabase(await open(server, 'admin'))
    expect(database).toMatchObject({ name: 'shop', owner: 'postgres', grantable: true, unreadable: null })
    expect(database.schemas.map(each => [each.name, each.owner, each.relationCount, each.comment])).toEqual([
      ['empty', 'stranger', 0, null],
      ['passed_on', 'stranger', 2, null],
      ['public', major === 14 ? 'postgres' : 'pg_database_owner', 0, 'standard public schema'],
      ['sales', 'Owner', 8, 'what is sold'],
    ])
    expect(schema(database.schemas, 'sales')).toMatchObject({
      acl: expect.stringContaining('stranger=U/'),
      relations: null,
    })
    expect(schema(database.schemas, 'empty')).toMatchObject({ acl: null, bytes: 0 })
  })

  it('has the default privileges for relations', async () => {
    const { defaultPrivileges } = await readDatabase(await open(server, 'admin'))
    expect(defaultPrivileges).toEqual([
      { owner: 'Owner', schema: 'sales', acl: '{stranger=r/Owner}' },
      { owner: 'stranger', schema: null, acl: expect.stringContaining('admin=rx/stranger') },
    ])
    expect((await readDatabase(await open(server, undefined, 'for_few'))).defaultPrivileges).toEqual([])
  })

  it('names who makes tables: owners, and roles that may', async () => {
    const { schemas } = await readDatabase(await open(server))
    const creators = (name: string) => schema(schemas, name)?.creators.map(({ role, owns }) => [role, owns])
    expect(creators('sales')).toEqual([
      ['Owner', 6],
      ['postgres', 1],
      ['stranger', 1],
      ['creator_by_grant', 0],
    ])
    expect(creators('empty')).toEqual([['stranger', 0]])
    // The owner of schema public is pg_database_owner from 15 on, which owns nothing and stands for this role.
    expect(creators('public')).toEqual([['postgres', 0]])
    const other = await readDatabase(await open(server, undefined, 'Fremd "1"'))
    const expected = major === 14 ? 'postgres' : 'Owner'
    expect(schema(other.schemas, 'public')?.creators.map(creator => creator.role)).toEqual([expected])
  })

  it.each(['postgres', 'admin', 'idle_admin', 'key_holder'])(
    'foretells for %s what the server then does, as itself or as a role that it may become',
    async user => {
      const session = await open(server, user)
      const { schemas, assumable } = await readDatabase(session)
      const key = { role: 'Owner', by: major >= 16 ? 'grant-self' : 'set-role' }
      expect(assumable).toEqual(
        {
          postgres: [],
          admin: [{ role: 'Owner', by: 'set-role' }],
          idle_admin: [{ role: 'Owner', by: 'set-role' }],
          key_holder: [key],
        }[user],
      )
      const relations = await readRelations(
        session,
        schemas.map(each => each.name),
      )
      const works = async (statement: string) => {
        for (const actAs of [undefined, ...(assumable ?? [])])
          if (await worksAs(actAs, statement)) return true
        return false
      }
      /** Whether the statement runs and does something, undone at once. */
      const worksAs = async (actAs: ActAs | undefined, statement: string) => {
        await session.query('BEGIN')
        try {
          session.takeNotices()
          await session.query(actingAs(actAs, [statement]).join('; '))
          return !session.takeNotices().some(notice => notice.sqlstate === '01007')
        } catch {
          return false
        } finally {
          await session.query('ROLLBACK')
        }
      }
      let foretold = 0
      for (const { name, grantable, creators } of schemas) {
        expect([name, grantable]).toEqual([
          name,
          await works(`GRANT USAGE ON SCHEMA ${quoteIdentifier(name)} TO creator_by_grant`),
        ])
        foretold += 1
        for (const { role, alterable } of creators) {
          const statement = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(role)} GRANT SELECT ON TABLES TO creator_by_grant`
          expect([name, role, alterable]).toEqual([name, role, await works(statement)])
          foretold += 1
        }
        for (const each of relations.get(name) ?? []) {
          const statement = `GRANT SELECT ON ${qualifiedName(name, each.name)} TO creator_by_grant`
          // Without USAGE on the schema the statement fails, whatever the privilege on the table.
          if (user !== 'postgres')
            await server.sql(`GRANT USAGE ON SCHEMA ${quoteIdentifier(name)} TO ${user}`, 'shop')
          expect([each.name, each.grantable]).toEqual([each.name, await works(statement)])
          foretold += 1
        }
      }
      expect(foretold).toBeGreaterThan(15)
    },
  )

  it('has every kind of relation that can be granted', async () => {
    const relations = (await readRelations(await open(server, 'admin'), ['sales'])).get('sales')
    expect(relations?.map(({ name, kind, owner, partition }) => [name, kind, owner, partition])).toEqual([
      ['far', 'foreign-table', 'postgres', false],
      ['hollow', 'materialized-view', 'Owner', false],
      ['kept', 'materialized-view', 'Owner', false],
      ['of_stranger', 'table', 'stranger', false],
      ['parted', 'partitioned-table', 'Owner', false],
      ['parted_2026', 'table', 'Owner', true],
      ['person', 'table', 'Owner', false],
      ['seen', 'view', 'Owner', false],
    ])
    expect(relation(relations, 'person')).toMatchObject({ comment: 'who buys', rowSecurity: true, acl: null })
    expect(relation(relations, 'kept')).toMatchObject({ populated: true, rowSecurity: false, comment: null })
    expect(relation(relations, 'hollow')).toMatchObject({ populated: false })
  })

  it('knows rows and sizes from the last ANALYZE, and says when there was none', async () => {
    const read = async (name: string) =>
      relation((await readRelations(await open(server, 'admin'), ['sales'])).get('sales'), name)
    expect(await read('of_stranger')).toMatchObject({ rows: null, bytes: 0 })
    expect(await read('seen')).toMatchObject({ rows: null, bytes: 0 })
    expect(await read('far')).toMatchObject({ rows: null, bytes: 0 })
    await server.sql('ANALYZE sales.person', 'shop')
    const person = await read('person')
    expect(person?.rows).toBe(1000)
    const [size] = await server.sql("SELECT pg_relation_size('sales.person')::int AS bytes", 'shop')
    expect(person?.bytes).toBe(size?.['bytes'])
    const { schemas } = await readDatabase(await open(server, 'admin'))
    expect(schema(schemas, 'sales')?.bytes).toBeGreaterThanOrEqual(person?.bytes ?? Number.POSITIVE_INFINITY)
  })

  it('gives name, type and comment of columns to the rules for personal data', async () => {
    const person = relation((await readRelations(await open(server), ['sales'])).get('sales'), 'person')
    const marked = person?.personalData.map(mark => mark.column)
    expect(marked).toContain('email')
    expect(marked).toContain('BirthDate')
    expect(marked).toContain('note')
    expect(marked).not.toContain('id')
  })

  it('has an empty list for a schema that is gone, and none that was not asked for', async () => {
    const relations = await readRelations(await open(server), ['gone', 'empty', 'pg_catalog'])
    expect([...relations]).toEqual([
      ['gone', []],
      ['empty', []],
      ['pg_catalog', []],
    ])
  })

  it('does not wait behind a table that is locked', async () => {
    const locking = await open(server)
    await locking.query('BEGIN; LOCK TABLE sales.person IN ACCESS EXCLUSIVE MODE')
    const session = await open(server, 'admin')
    await session.query("SET statement_timeout = '10s'")
    await readDatabase(session)
    expect((await readRelations(session, ['sales'])).get('sales')).toHaveLength(8)
    await locking.query('ROLLBACK')
  })
})

describe.each(majors)('hostile names on PostgreSQL %i', major => {
  let server: TestServer
  const names = hostileNames.filter(name => !name.startsWith('pg_'))
  const database = '"; DROP ROLE postgres; --'
  beforeAll(async () => {
    server = await startServer({ major })
    await server.sql(`CREATE DATABASE ${quoteIdentifier(database)}`)
    const statements = names.flatMap(name => [
      `CREATE SCHEMA ${quoteIdentifier(name)}`,
      `CREATE TABLE ${qualifiedName(name, name)} (${quoteIdentifier(name)} int)`,
      `COMMENT ON TABLE ${qualifiedName(name, name)} IS ${quoteLiteral(name)}`,
    ])
    await server.sql(statements.join(';'), database)
  })
  afterAll(() => server.stop())

  it('come back as they are', async () => {
    const session = await open(server, undefined, database)
    expect((await listDatabases(session)).map(each => each.name)).toEqual([database, 'postgres'])
    const { name, schemas } = await readDatabase(session)
    expect(name).toBe(database)
    expect(schemas.map(each => each.name).sort()).toEqual([...names, 'public'].sort())
    const relations = await readRelations(session, names)
    for (const name of names) {
      expect(relations.get(name)).toMatchObject([{ name, comment: name, kind: 'table' }])
    }
  })
})
