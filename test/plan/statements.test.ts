import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Change } from '../../src/model/change.ts'
import { quoteIdentifier, roleNameProblem } from '../../src/model/identifier.ts'
import { checkOf, relationsPerGrant, statementsOf, titleOf, undoOf } from '../../src/plan/statements.ts'
import { hostileNames } from '../support/hostile-names.ts'
import { everyMajorInDepth, startServer, type TestServer } from '../support/server.ts'

const why = 'a test'
// Well-formed; nobody knows its password.
const verifier = `SCRAM-SHA-256$4096:${'A'.repeat(22)}==$${'A'.repeat(43)}=:${'A'.repeat(43)}=`

/** One change of every kind, in an order in which they can run. */
function everyChange(names: {
  login: string
  group: string
  database: string
  schema: string
  relations: readonly string[]
  owner: string
}): Change[] {
  const { login, group, database, schema, relations, owner } = names
  return [
    { kind: 'create-role', role: group, connectionLimit: null, why },
    { kind: 'create-role', role: login, connectionLimit: 5, why },
    { kind: 'comment-role', role: login, comment: "pg-usher: a \\ and a '", before: null, why },
    { kind: 'set-connection-limit', role: login, limit: 7, before: 5, why },
    {
      kind: 'set-role-parameter',
      role: login,
      parameter: 'statement_timeout',
      value: '60s',
      before: null,
      why,
    },
    {
      kind: 'set-role-parameter',
      role: login,
      parameter: 'default_transaction_read_only',
      value: 'on',
      before: null,
      why,
    },
    { kind: 'grant-membership', group, member: login, why },
    { kind: 'grant-connect', database, grantee: group, why },
    { kind: 'grant-usage', schema, grantee: group, why },
    { kind: 'grant-relations', schema, relations, privileges: ['SELECT', 'REFERENCES'], grantee: group, why },
    { kind: 'grant-default-privileges', owner, schema, privileges: ['SELECT'], grantee: group, why },
    { kind: 'open-login', role: login, minutes: 10, existed: false, why },
    { kind: 'set-valid-until', role: login, validUntil: '2099-12-31T00:00:00.000Z', why },
  ]
}

async function holds(client: pg.Client, change: Change): Promise<unknown> {
  const { rows } = await client.query<{ holds: boolean | null }>(`SELECT ${checkOf(change)} AS holds`)
  return rows[0]?.holds
}

/** Runs each change, and takes each back, with the check asked before and after. */
async function runAll(client: pg.Client, changes: readonly Change[]): Promise<void> {
  const now = new Date((await client.query<{ now: Date }>('select now()')).rows[0]?.now ?? 0)
  for (const change of changes) {
    expect(await holds(client, change), `before: ${titleOf(change)}`).toBe(false)
    for (const statement of statementsOf(change, { verifier, now })) await client.query(statement)
    expect(await holds(client, change), `after: ${titleOf(change)}`).toBe(true)
  }
  for (const change of changes.toReversed()) {
    for (const statement of undoOf(change)) await client.query(statement)
    // The end of validity of a new login goes with the role.
    if (change.kind === 'set-valid-until') continue
    expect(await holds(client, change), `undone: ${titleOf(change)}`).toBe(false)
  }
}

describe.each(everyMajorInDepth)('changes as SQL on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    await server.sql("create role keeper login createrole password 'keeper'")
    await server.sql('create database shop owner keeper')
  })
  afterAll(() => server.stop())

  const ordinary = {
    login: 'tool_user',
    group: 'tool_role',
    database: 'shop',
    schema: 'sales',
    relations: ['invoice', 'Line Item', 'totals', 'monthly', 'parts'],
    owner: 'keeper',
  }
  const salesSchema = `create schema sales;
    create table sales.invoice (id int primary key);
    create table sales."Line Item" (id int);
    create view sales.totals as select 1 as n;
    create materialized view sales.monthly as select 1 as n with no data;
    create table sales.parts (id int) partition by range (id)`

  it('run, hold, and can be taken back, as superuser', async () => {
    await server.sql(`set role keeper; ${salesSchema}`, 'shop')
    const client = await server.client({ database: 'shop' })
    const snapshot = () =>
      client.query(
        `select rolname, rolcanlogin from pg_roles where rolname not like 'pg_%' order by 1;
         select relname, coalesce(relacl, acldefault('r', relowner))::text from pg_class where relnamespace = 'sales'::regnamespace and relkind <> 'i' order by 1;
         select coalesce(nspacl, acldefault('n', nspowner))::text from pg_namespace where nspname = 'sales';
         select coalesce(datacl, acldefault('d', datdba))::text from pg_database where datname = 'shop';
         select count(*) from pg_default_acl; select count(*) from pg_db_role_setting;
         select count(*) from pg_auth_members where grantor::regrole::text = 'tool_user'`,
      )
    try {
      const rows = async () => (await snapshot()) as unknown as pg.QueryResult[]
      const before = (await rows()).map(result => result.rows)
      await runAll(client, everyChange(ordinary))
      expect((await rows()).map(result => result.rows)).toEqual(before)
    } finally {
      await client.query('drop schema sales cascade')
      await client.end()
    }
  })

  it('run as an administrator with CREATEROLE who is no superuser', async () => {
    const client = await server.client({ database: 'shop', user: 'keeper', password: 'keeper' })
    try {
      await client.query(salesSchema)
      await runAll(client, everyChange(ordinary))
    } finally {
      await client.query('drop schema sales cascade')
      await client.end()
    }
  })

  it('mean the same under a hostile search_path', async () => {
    const client = await server.client({ database: 'shop' })
    try {
      await client.query(`${salesSchema};
        create schema evil;
        create table evil.invoice (id int);
        create view evil.pg_roles as select * from pg_catalog.pg_roles where false;
        create function evil.aclexplode(aclitem[]) returns table (grantee oid, privilege_type text)
          language sql as 'select 0::oid, ''SELECT''';
        set search_path = evil, sales`)
      await runAll(client, everyChange({ ...ordinary, owner: 'postgres' }))
    } finally {
      await client.query('drop schema sales cascade; drop schema evil cascade')
      await client.end()
    }
  })

  it('run with hostile names of roles, database, schema and relations', async () => {
    const usable = hostileNames.filter(name => roleNameProblem(name) === null)
    expect(usable.length).toBeGreaterThan(30)
    const client = await server.client()
    try {
      await client.query('begin; create schema first')
      for (const relation of hostileNames) {
        await client.query(`create table first.${quoteIdentifier(relation)} (id int)`)
      }
      let before = 'first'
      for (const [index, name] of usable.entries()) {
        const schema = hostileNames[hostileNames.length - 1 - index] ?? ''
        const group = `${name.slice(0, 20)} group`
        await client.query(`alter schema ${quoteIdentifier(before)} rename to ${quoteIdentifier(schema)}`)
        before = schema
        await runAll(
          client,
          everyChange({
            login: name,
            group,
            database: 'shop',
            schema,
            relations: hostileNames,
            owner: 'postgres',
          }),
        )
      }
      await client.query('rollback')
    } finally {
      await client.end()
    }
  })

  it('grant CONNECT on databases with hostile names', async () => {
    const client = await server.client()
    try {
      await client.query('create role guest')
      // CREATE DATABASE takes long; the ones whose quoting differs are enough.
      for (const database of ['line\nbreak', '"; DROP ROLE postgres; --', "back\\slash'"]) {
        await client.query(`create database ${quoteIdentifier(database)} template template0`)
        await runAll(client, [{ kind: 'grant-connect', database, grantee: 'guest', why }])
        await client.query(`drop database ${quoteIdentifier(database)}`)
      }
    } finally {
      await client.end()
    }
  })

  it('do not take what PUBLIC has for a grant', async () => {
    const client = await server.client({ database: 'shop' })
    try {
      await client.query(
        `begin; create role visitor; create schema open_house; grant usage on schema open_house to public;
         create table open_house.door (id int); grant select on open_house.door to public`,
      )
      const changes: Change[] = [
        { kind: 'grant-connect', database: 'shop', grantee: 'visitor', why },
        { kind: 'grant-usage', schema: 'open_house', grantee: 'visitor', why },
        {
          kind: 'grant-relations',
          schema: 'open_house',
          relations: ['door'],
          privileges: ['SELECT'],
          grantee: 'visitor',
          why,
        },
      ]
      for (const change of changes) expect(await holds(client, change)).toBe(false)
      await client.query('rollback')
    } finally {
      await client.end()
    }
  })

  it('notice a grant that only warned: nothing was granted', async () => {
    await server.sql(
      `create role bystander login createrole password 'bystander'; create role seen;
       create table kept (id int); grant select on kept to bystander`,
      'shop',
    )
    const client = await server.client({ database: 'shop', user: 'bystander', password: 'bystander' })
    const notices: (string | undefined)[] = []
    client.on('notice', notice => notices.push(notice.code))
    try {
      const change: Change = {
        kind: 'grant-relations',
        schema: 'public',
        relations: ['kept'],
        privileges: ['SELECT'],
        grantee: 'seen',
        why,
      }
      for (const statement of statementsOf(change)) await client.query(statement)
      expect(notices).toContain('01007')
      expect(await holds(client, change)).toBe(false)
    } finally {
      await client.end()
    }
  })

  it('see that a member with NOINHERIT would not have the privileges', async () => {
    const client = await server.client()
    try {
      await client.query('begin; create role circle; create role asleep noinherit')
      const change: Change = { kind: 'grant-membership', group: 'circle', member: 'asleep', why }
      for (const statement of statementsOf(change)) await client.query(statement)
      expect(await holds(client, change)).toBe(false)
      await client.query('rollback')
    } finally {
      await client.end()
    }
  })

  it('end the opened login by itself, by the given clock', async () => {
    const client = await server.client()
    try {
      await client.query('begin; create role short_lived nologin')
      const change: Change = { kind: 'open-login', role: 'short_lived', minutes: 10, existed: false, why }
      const far = new Date('2099-01-01T00:00:00Z')
      for (const statement of statementsOf(change, { verifier, now: far })) await client.query(statement)
      expect(await holds(client, change), 'an end far away is no short end').toBe(false)
      await client.query('rollback')
    } finally {
      await client.end()
    }
  })
})

describe('changes in words', () => {
  it('keeps a placeholder where the verifier and the time will be', () => {
    const change: Change = { kind: 'open-login', role: 'tool_user', minutes: 10, existed: false, why }
    expect(statementsOf(change)).toEqual([
      "ALTER ROLE tool_user LOGIN PASSWORD '<SCRAM-SHA-256 verifier of the new password>' VALID UNTIL '<10 minutes after it runs>'",
    ])
    expect(statementsOf(change, { verifier: 'v', now: new Date('2026-11-22T12:00:00Z') })).toEqual([
      "ALTER ROLE tool_user LOGIN PASSWORD 'v' VALID UNTIL '2026-11-22T12:10:00.000Z'",
    ])
  })

  it('splits long lists, and loses none', () => {
    const relations = Array.from({ length: relationsPerGrant * 2 + 1 }, (_, index) => `t${index}`)
    const change: Change = {
      kind: 'grant-relations',
      schema: 's',
      relations,
      privileges: ['SELECT'],
      grantee: 'g',
      why,
    }
    for (const statements of [statementsOf(change), undoOf(change)]) {
      expect(statements).toHaveLength(3)
      expect(statements.flatMap(statement => statement.match(/s\.t\d+/g) ?? [])).toEqual(
        relations.map(name => `s.${name}`),
      )
    }
  })

  it('gives an existing login its end of validity back, and says nothing can bring the password back', () => {
    const open: Change = { kind: 'open-login', role: 'r', minutes: 10, existed: true, why }
    expect(undoOf(open)).toEqual([])
    expect(undoOf({ ...open, before: null })).toEqual(["ALTER ROLE r VALID UNTIL 'infinity'"])
    expect(
      undoOf({ kind: 'set-valid-until', role: 'r', validUntil: null, before: '2030-01-01', why }),
    ).toEqual(["ALTER ROLE r VALID UNTIL '2030-01-01'"])
  })

  it('has a title of one line for every kind, whatever the names', () => {
    const changes = everyChange({
      login: 'tool\n\u001b[2Juser',
      group: 'tool_role',
      database: 'shop',
      schema: 'public',
      relations: ['a', 'b'],
      owner: 'keeper',
    })
    const titles = changes.map(titleOf)
    expect(new Set(titles).size).toBe(titles.length)
    for (const title of titles) expect(title).not.toMatch(/\p{Cc}/u)
    expect(titles).toContain('GRANT SELECT, REFERENCES on 2 tables of public')
  })
})
