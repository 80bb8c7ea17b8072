import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Change } from '../../../src/model/change.ts'
import { quoteIdentifier, quoteLiteral, roleNameProblem } from '../../../src/model/identifier.ts'
import { makePlan } from '../../../src/plan/make-plan.ts'
import type { Plan } from '../../../src/plan/plan.ts'
import { renderSql } from '../../../src/plan/render/sql.ts'
import { checkOf } from '../../../src/plan/statements.ts'
import { hostileNames } from '../../support/hostile-names.ts'
import { planInput } from '../../support/plan-input.ts'
import { typedPassword as password, runPsql as psql } from '../../support/psql.ts'
import { describeWith } from '../../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'

function ordinaryPlan(): Plan {
  const made = makePlan(planInput())
  if (!made.ok) throw new Error('no plan')
  return made.plan
}

async function holding(server: TestServer, changes: readonly Change[], database: string): Promise<unknown[]> {
  const checked = changes.filter(change => change.kind !== 'open-login')
  if (checked.length === 0) return []
  const [row] = await server.sql(`SELECT ARRAY[${checked.map(checkOf).join(', ')}]::bool[] AS held`, database)
  return row?.['held'] as unknown[]
}

/** Every role, membership, setting, and access list of the databases, to be equal before and after. */
async function snapshot(server: TestServer, databases: readonly string[]): Promise<unknown> {
  const shared = await server.sql(
    `select (select array_agg(r::text order by rolname) from pg_authid r) as roles,
       (select array_agg(m::text order by m::text) from pg_auth_members m) as members,
       (select array_agg(s::text order by s::text) from pg_db_role_setting s) as settings,
       (select array_agg(d.datacl::text order by datname) from pg_database d) as databases,
       (select array_agg(s::text order by s::text) from pg_shdescription s) as comments`,
  )
  const each = []
  for (const database of databases) {
    each.push(
      await server.sql(
        `select (select array_agg(c.relacl::text order by c.oid) from pg_class c) as relations,
           (select array_agg(n.nspacl::text order by n.oid) from pg_namespace n) as schemas,
           (select array_agg(d::text order by d.oid) from pg_default_acl d) as defaults`,
        database,
      ),
    )
  }
  return [shared, each]
}

describeWith(['psql'])('the saved script', () => {
  describe.each(majorsInDepth)('run by psql on PostgreSQL %i', major => {
    let server: TestServer
    beforeAll(async () => {
      server = await startServer({
        major,
        settings: { log_statement: 'all', password_encryption: 'md5' },
      })
      await server.sql('create role shopkeeper')
      await server.sql('create database shop owner shopkeeper')
      await server.sql(
        'set role shopkeeper; create schema s; create table s.album (id int); create table s.other (id int)',
        'shop',
      )
      await server.sql('create table public.album (id int); create table public.artist (id int)', 'shop')
    })
    afterAll(() => server.stop())

    it('does what the plan says, and the login works with the typed password', async () => {
      const plan = ordinaryPlan()
      const { code, output } = await psql(server, renderSql(plan))
      expect(output).not.toMatch(/ERROR|WARNING/)
      expect(code).toBe(0)
      for (const held of await holding(server, plan.roles, 'postgres')) expect(held).toBe(true)
      for (const held of await holding(server, plan.databases[0]?.changes ?? [], 'shop'))
        expect(held).toBe(true)
      const login = await server.client({ user: plan.login, password, database: 'shop' })
      await login.query('select * from public.album')
      await expect(login.query('select * from s.album')).rejects.toMatchObject({ code: '42501' })
      await login.end()
      const [row] = await server.sql(
        `select rolpassword ~ '^SCRAM-SHA-256' as scram, rolvaliduntil = '2099-12-31T23:59:59Z' as until
         from pg_authid where rolname = 'atlan_user'`,
      )
      expect(row).toEqual({ scram: true, until: true })
      expect(await server.log()).not.toContain(password)
    })

    it('stops at a second run, and leaves everything as it was', async () => {
      const before = await snapshot(server, ['shop'])
      const { code, output } = await psql(server, renderSql(ordinaryPlan()))
      expect(code).toBe(3)
      expect(output).toContain('already exists')
      expect(await snapshot(server, ['shop'])).toEqual(before)
    })

    // Each statement is tried once before: on a busy machine psql needs its time for all of them.
    it('runs with hostile names everywhere', { timeout: 480_000 }, async () => {
      const why = 'a test -- \n with a line break'
      const databases = [
        'shop',
        '"; DROP ROLE postgres; --',
        "back\\slash'",
        'line\nbreak\ttab',
        'a=b host=x',
        'postgres://x',
      ]
      for (const name of databases) {
        if (name !== 'shop') await server.sql(`create database ${quoteIdentifier(name)} template template0`)
        await server.sql(
          hostileNames
            .map(schema => `create schema if not exists ${quoteIdentifier(schema)};`)
            .concat(
              hostileNames.map(
                table => `create table ${quoteIdentifier("quo'te")}.${quoteIdentifier(table)} ();`,
              ),
            )
            .join('\n'),
          name,
        )
      }
      // Each login once, shared among the versions; all the databases for the first of them.
      const logins = [...hostileNames, 'pg-usher $check$']
        .filter(name => roleNameProblem(name) === null)
        .filter((_, index) => index % majorsInDepth.length === majorsInDepth.indexOf(major))
      for (const [index, login] of logins.entries()) {
        const group = `${login.slice(0, 12)} group ${index}`
        const plan: Plan = {
          tool: { id: 'atlan', name: 'Atlan' },
          server: { host: 'db', port: 5432, database: "po'st\\gres", user: 'po\nst', versionNumber: 180_004 },
          authentication: 'password',
          login: `${login.slice(0, 30)} ${index}`,
          group,
          grantee: group,
          access: 'read',
          roles: [
            { kind: 'create-role', role: group, connectionLimit: null, why },
            { kind: 'create-role', role: `${login.slice(0, 30)} ${index}`, connectionLimit: 2, why },
            { kind: 'comment-role', role: group, comment: `'${login}' \\ :x :'y'`, before: null, why },
            { kind: 'grant-membership', group, member: `${login.slice(0, 30)} ${index}`, why },
          ],
          databases: (index === 0 ? databases : ['shop']).map(database => ({
            database,
            schemas: hostileNames,
            chosen: [],
            changes: [
              { kind: 'grant-connect', database, grantee: group, why },
              ...hostileNames.map((schema): Change => ({ kind: 'grant-usage', schema, grantee: group, why })),
              {
                kind: 'grant-relations',
                schema: "quo'te",
                relations: hostileNames,
                privileges: ['SELECT', 'REFERENCES'],
                grantee: group,
                why,
              },
            ],
          })),
          opening: [
            { kind: 'open-login', role: login, minutes: 10, existed: false, why },
            { kind: 'set-valid-until', role: `${login.slice(0, 30)} ${index}`, validUntil: null, why },
          ],
          notes: [{ level: 'warning', database: 'line\nbreak', text: 'A note\nDROP ROLE postgres;' }],
        }
        const { code, output } = await psql(server, renderSql(plan))
        expect(output).not.toMatch(/ERROR|WARNING|error:/)
        expect(code, output).toBe(0)
        for (const { database, changes } of plan.databases) {
          for (const held of await holding(server, changes, database)) expect(held).toBe(true)
        }
        const client = await server.client({ user: plan.login, password, database: 'shop' })
        await client.query(`select * from "quo'te".${quoteIdentifier('line\nbreak')}`)
        await client.end()
      }
      const rows = await server.sql(`select 1 from pg_roles where rolname = ${quoteLiteral('postgres')}`)
      expect(rows).toHaveLength(1)
    })

    it('stops where a grant would not take, and that database keeps nothing of it', async () => {
      await server.sql(
        "set password_encryption = 'scram-sha-256'; create role bystander login createrole password 'bystander'",
      )
      await server.sql(
        'create table public.kept (id int); grant select on public.kept to bystander; grant usage on schema s to bystander with grant option',
        'shop',
      )
      const before = await snapshot(server, ['shop'])
      const why = 'A test.'
      const grants: Change[] = [
        { kind: 'grant-usage', schema: 's', grantee: 'shopkeeper', why },
        {
          kind: 'grant-relations',
          schema: 'public',
          relations: ['kept'],
          privileges: ['SELECT'],
          grantee: 'shopkeeper',
          why,
        },
      ]
      const plan: Plan = {
        ...ordinaryPlan(),
        roles: [],
        opening: [],
        notes: [],
        databases: [{ database: 'shop', schemas: ['public'], chosen: [], changes: grants }],
      }
      const { code, output } = await psql(server, renderSql(plan), {
        user: 'bystander',
        password: 'bystander',
      })
      expect(output).toContain('WARNING:  no privileges were granted')
      expect(output).toContain('does not hold: GRANT SELECT on public.kept')
      expect(code).toBe(3)
      expect(await snapshot(server, ['shop'])).toEqual(before)
    })

    it('commits as many relations at once as it is told, and none where one of them would fail', async () => {
      await server.sql(
        `${[1, 2, 3, 4, 5].map(number => `create table public.part_${number} ()`).join('; ')};
        create role in_parts`,
        'shop',
      )
      const grant: Change = {
        kind: 'grant-relations',
        schema: 'public',
        relations: ['part_1', 'part_2', 'part_3', 'part_4', 'part_5'],
        privileges: ['SELECT'],
        grantee: 'in_parts',
        why: 'A test.',
      }
      const plan: Plan = { ...ordinaryPlan(), roles: [], opening: [], notes: [] }
      const withGrant = (change: Change): Plan => ({
        ...plan,
        databases: [{ database: 'shop', schemas: ['public'], chosen: [], changes: [change] }],
      })
      const script = renderSql(withGrant(grant), 2)
      expect(script.match(/^COMMIT;$/gm)).toHaveLength(3)
      await server.sql('alter table public.part_5 rename to part_5_later', 'shop')
      const { code, output } = await psql(server, script)
      expect(code).toBe(3)
      expect(output).toContain('part_5')
      const held = await server.sql(
        `select c.relname from pg_class c, aclexplode(c.relacl) a where a.grantee = 'in_parts'::regrole order by 1`,
        'shop',
      )
      expect(held).toEqual([])
      await server.sql('alter table public.part_5_later rename to part_5', 'shop')
      expect(await psql(server, renderSql(withGrant(grant), 2))).toMatchObject({ code: 0 })
    })

    it('stops where a grant of a whole plan would not take, and leaves no role, membership and grant', async () => {
      await server.sql(
        `set password_encryption = 'scram-sha-256'; create role roles_only login createrole password 'roles_only'`,
      )
      await server.sql('create table public.not_theirs (id int)', 'shop')
      const before = await snapshot(server, ['shop', 'postgres'])
      const ordinary = ordinaryPlan()
      const grants: Change[] = [
        {
          kind: 'grant-relations',
          schema: 'public',
          relations: ['not_theirs'],
          privileges: ['SELECT'],
          grantee: 'whole_role',
          why: 'A test.',
        },
      ]
      const why = 'A test.'
      const plan: Plan = {
        ...ordinary,
        login: 'whole',
        group: 'whole_role',
        grantee: 'whole_role',
        roles: [
          { kind: 'create-role', role: 'whole_role', connectionLimit: null, why },
          { kind: 'create-role', role: 'whole', connectionLimit: 2, why },
          { kind: 'grant-membership', group: 'whole_role', member: 'whole', why },
        ],
        databases: [{ database: 'shop', schemas: ['public'], chosen: [], changes: grants }],
        opening: [
          { kind: 'open-login', role: 'whole', minutes: 10, existed: false, why },
          { kind: 'set-valid-until', role: 'whole', validUntil: null, why },
        ],
      }
      const { code, output } = await psql(server, renderSql(plan), {
        user: 'roles_only',
        password: 'roles_only',
      })
      expect(output).toMatch(/permission denied for table not_theirs|does not hold: GRANT SELECT/)
      expect(code).toBe(3)
      expect(await snapshot(server, ['shop', 'postgres'])).toEqual(before)
      // The same plan takes for who may grant.
      expect(await psql(server, renderSql(plan))).toMatchObject({ code: 0 })
    })

    it('ends a transaction of many short waits that takes longer than its deadline, on any version', async () => {
      // Each statement stays below lock_timeout and statement_timeout; all of them together do not.
      await server.sql(
        `create function public.slow() returns event_trigger language plpgsql as 'begin perform pg_catalog.pg_sleep(0.9); end';
         create event trigger slow on ddl_command_start when tag in ('GRANT') execute function public.slow();
         create role waited_for`,
        'shop',
      )
      const before = await snapshot(server, ['shop'])
      const usage = (schema: string): Change => ({
        kind: 'grant-usage',
        schema,
        grantee: 'waited_for',
        why: 'A test.',
      })
      const { code, output } = await psql(
        server,
        renderSql({
          ...ordinaryPlan(),
          roles: [],
          opening: [],
          notes: [],
          databases: [
            {
              database: 'shop',
              schemas: [],
              chosen: [],
              changes: [usage('s'), usage('public'), usage('s'), usage('public'), usage('s')],
            },
          ],
        }),
      )
      await server.sql('drop event trigger slow; drop function public.slow()', 'shop')
      expect(code).not.toBe(0)
      expect(output).toMatch(
        /canceling statement due to statement timeout|not done within 2000 ms|transaction timeout/,
      )
      expect(await snapshot(server, ['shop'])).toEqual(before)
    })

    it('takes nothing away where single columns would lose it too, and says who can', async () => {
      await server.sql(
        `create role column_reader; create table public.columns (id int, name text);
         grant select on public.columns to column_reader; grant select (name) on public.columns to column_reader`,
        'shop',
      )
      const taking: Change = {
        kind: 'revoke-relations',
        schema: 'public',
        relations: ['columns'],
        privileges: ['SELECT'],
        grantee: 'column_reader',
        grantor: server.adminUser,
        why: 'A test.',
      }
      const databases = [{ database: 'shop', schemas: [], chosen: [], changes: [taking] }]
      const script = renderSql({ ...ordinaryPlan(), roles: [], opening: [], notes: [], databases })
      const before = await snapshot(server, ['shop'])
      const { code, output } = await psql(server, script)
      expect(code).toBe(3)
      expect(output).toContain('apply it with pg-usher')
      expect(await snapshot(server, ['shop'])).toEqual(before)
      await server.sql('revoke select (name) on public.columns from column_reader', 'shop')
      await server.sql('grant select on public.columns to column_reader', 'shop')
      expect(await psql(server, script)).toMatchObject({ code: 0 })
    })

    it('opens no login where the typed passwords differ', async () => {
      const plan: Plan = {
        ...ordinaryPlan(),
        login: 'mistyped',
        roles: [{ kind: 'create-role', role: 'mistyped', connectionLimit: null, why: 'A test.' }],
        databases: [],
      }
      const { code } = await psql(server, renderSql(plan), { stdin: 'one\nother\n' })
      expect(code).toBe(3)
      const rows = await server.sql(
        "select rolcanlogin, rolpassword from pg_authid where rolname = 'mistyped'",
      )
      expect(rows).toEqual([{ rolcanlogin: false, rolpassword: null }])
    })
  })
})

describe('the text of the saved script', () => {
  it('says what to know, how to run it, and every why', () => {
    const plan: Plan = {
      ...ordinaryPlan(),
      notes: [{ level: 'warning', database: 'shop', text: 'Row-level security is on.' }],
    }
    const script = renderSql(plan)
    expect(script).toContain(
      "psql -X -f THIS_FILE 'host=db.internal port=5432 dbname=postgres user=postgres'",
    )
    expect(script).toContain('-- - Warning: shop: Row-level security is on.')
    for (const change of [...plan.roles, ...plan.databases.flatMap(each => each.changes)]) {
      expect(script).toContain(`-- ${change.why}`)
    }
  })

  it('has the role before the databases, and LOGIN after them', () => {
    const script = renderSql(ordinaryPlan())
    const places = [
      'CREATE ROLE atlan_user NOLOGIN',
      '\\connect',
      'GRANT CONNECT',
      '\\password',
      'LOGIN VALID UNTIL',
    ]
    const committed = script.slice(script.lastIndexOf('ROLLBACK;'))
    const found = places.map(place => committed.indexOf(place))
    expect(found).not.toContain(-1)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    expect(script.match(/^COMMIT;$/gm)).toHaveLength(3)
    // The trial: the roles with LOGIN, and the database.
    expect(script.match(/^ROLLBACK;$/gm)).toHaveLength(2)
    expect(script.match(/^BEGIN;$/gm)).toHaveLength(5)
    expect(script.lastIndexOf('ROLLBACK;')).toBeLessThan(script.indexOf('COMMIT;'))
  })

  it('leaves out a database where nothing changes', () => {
    const plan = ordinaryPlan()
    expect(
      renderSql({ ...plan, databases: plan.databases.map(each => ({ ...each, changes: [] })) }),
    ).not.toContain('\\connect')
  })
})
