import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Drift } from '../../src/engine/drift.ts'
import type { Verification } from '../../src/engine/verify.ts'
import { type Answers, granteeOf } from '../../src/model/answers.ts'
import { qualifiedName } from '../../src/model/identifier.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import { reveal, type Secret, secret } from '../../src/model/secret.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'
import { accessIn } from './fixture.ts'
import { answersFor, letIn, shopSql, verifyWith } from './verify.fixture.ts'

const login = 'atlan_user'
const group = 'atlan_user_role'

/** Something done by hand, and what verify calls it. */
interface ByHand {
  readonly what: string
  readonly sql: string
  readonly code: Drift['code']
  /** Where no statement mends it: what does. */
  readonly mendedBy?: string
  /** What is no matter of the login's, and is put back afterwards. */
  readonly after?: string
}

const drifts: readonly ByHand[] = [
  { what: 'a table revoked', sql: `REVOKE SELECT ON sales.album FROM ${group}`, code: 'grant-missing' },
  { what: 'USAGE revoked', sql: `REVOKE USAGE ON SCHEMA store FROM ${group}`, code: 'grant-missing' },
  { what: 'CONNECT revoked', sql: `REVOKE CONNECT ON DATABASE shop FROM ${group}`, code: 'grant-missing' },
  {
    what: 'CONNECT revoked from PUBLIC too',
    sql: `REVOKE CONNECT ON DATABASE shop FROM ${group}, PUBLIC`,
    code: 'grant-missing',
    after: 'GRANT CONNECT ON DATABASE shop TO PUBLIC',
  },
  {
    what: 'a table made anew',
    sql: 'SET ROLE maker; DROP TABLE store.stock; CREATE TABLE store.stock (id int)',
    code: 'grant-missing',
  },
  { what: 'a grant to the group', sql: `GRANT SELECT ON sales.secret TO ${group}`, code: 'grant-added' },
  { what: 'a grant to the login', sql: `GRANT SELECT ON sales.secret TO ${login}`, code: 'grant-added' },
  { what: 'a column', sql: `GRANT SELECT (note) ON sales.secret TO ${login}`, code: 'grant-added' },
  { what: 'a write', sql: `GRANT INSERT, UPDATE ON sales.album TO ${group}`, code: 'grant-added' },
  { what: 'a sequence', sql: `GRANT USAGE ON SEQUENCE sales.numbers TO ${group}`, code: 'grant-added' },
  {
    what: 'a function',
    sql: `GRANT EXECUTE ON FUNCTION sales.count_secrets() TO ${group}`,
    code: 'grant-added',
  },
  { what: 'CREATE', sql: `GRANT CREATE ON SCHEMA store TO ${group}`, code: 'grant-added' },
  { what: 'TEMPORARY', sql: `GRANT TEMPORARY ON DATABASE shop TO ${group}`, code: 'grant-added' },
  {
    what: 'another database',
    sql: `GRANT CONNECT ON DATABASE postgres TO ${login}`,
    code: 'grant-added',
  },
  {
    what: 'a grant by one who may hand it on',
    sql: `GRANT SELECT ON sales.customer TO readers WITH GRANT OPTION; SET ROLE readers;
      GRANT SELECT ON sales.customer TO ${group}`,
    code: 'grant-added',
  },
  {
    what: 'a large object',
    sql: `SELECT lo_create(4242); GRANT SELECT ON LARGE OBJECT 4242 TO ${group}`,
    code: 'grant-added',
  },
  { what: 'a foreign server', sql: `GRANT USAGE ON FOREIGN SERVER far TO ${group}`, code: 'grant-added' },
  {
    what: 'the option to grant on',
    sql: `GRANT SELECT ON sales.album TO ${group} WITH GRANT OPTION`,
    code: 'grant-option-added',
  },
  {
    what: 'default privileges gone',
    sql: `ALTER DEFAULT PRIVILEGES FOR ROLE maker IN SCHEMA sales REVOKE SELECT ON TABLES FROM ${group}`,
    code: 'default-privileges-gone',
  },
  {
    what: 'default privileges added',
    sql: `ALTER DEFAULT PRIVILEGES FOR ROLE other IN SCHEMA store GRANT SELECT ON TABLES TO ${group}`,
    code: 'default-privileges-added',
  },
  { what: 'a renamed table', sql: 'ALTER TABLE sales.artist RENAME TO performer', code: 'relation-gone' },
  { what: 'a moved table', sql: 'ALTER TABLE sales.artist SET SCHEMA store', code: 'relation-gone' },
  {
    what: 'a dropped table',
    sql: 'DROP TABLE store.stock',
    code: 'relation-gone',
    mendedBy: `SET ROLE maker; CREATE TABLE store.stock (id int); GRANT SELECT, REFERENCES ON store.stock TO ${group}`,
  },
  { what: 'a table of its own', sql: `ALTER TABLE store.supplier OWNER TO ${login}`, code: 'owns' },
  { what: 'membership lost', sql: `REVOKE ${group} FROM ${login}`, code: 'membership-gone' },
  { what: 'membership elsewhere', sql: `GRANT readers TO ${login}`, code: 'membership-added' },
  { what: 'the group in a group', sql: `GRANT readers TO ${group}`, code: 'membership-added' },
  { what: 'ADMIN OPTION', sql: `GRANT ${group} TO ${login} WITH ADMIN OPTION`, code: 'membership-admin' },
  { what: 'NOLOGIN', sql: `ALTER ROLE ${login} NOLOGIN`, code: 'login-disabled' },
  { what: 'an attribute', sql: `ALTER ROLE ${login} CREATEDB CREATEROLE`, code: 'attribute-added' },
  { what: 'a group that logs in', sql: `ALTER ROLE ${group} LOGIN`, code: 'attribute-added' },
  { what: 'the limit', sql: `ALTER ROLE ${login} CONNECTION LIMIT 50`, code: 'limit-changed' },
  { what: 'the end', sql: `ALTER ROLE ${login} VALID UNTIL '2098-01-01'`, code: 'valid-until-changed' },
  { what: 'an end that is over', sql: `ALTER ROLE ${login} VALID UNTIL '2001-01-01'`, code: 'expired' },
  { what: 'a setting', sql: `ALTER ROLE ${login} SET statement_timeout TO 0`, code: 'setting-changed' },
  {
    what: 'a setting for one database',
    sql: `ALTER ROLE ${login} IN DATABASE shop SET default_transaction_read_only TO off`,
    code: 'setting-added',
  },
]

describe.each(majorsInDepth)('verify on PostgreSQL %i', major => {
  let server: TestServer
  let answers: Answers
  let password: Secret
  let shop: Client
  let postgres: Client
  let asLogin: Client

  beforeAll(async () => {
    server = await startServer({ major })
    answers = answersFor(server)
    await server.sql('CREATE DATABASE shop')
    await server.sql(shopSql, 'shop')
    await server.sql(
      'CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER far FOREIGN DATA WRAPPER nothing',
      'shop',
    )
    password = await letIn(server, answers)
    shop = await server.client({ database: 'shop' })
    postgres = await server.client()
    asLogin = await server.client({ database: 'shop', user: login, password: reveal(password) })
  })
  afterAll(async () => {
    for (const client of [shop, postgres, asLogin]) await client?.end()
    await server?.stop()
  })

  /** Runs it as the administrator; one connection for all of it. */
  const run = async (sql: string, database: string | null = 'shop') => {
    await (database === 'shop' ? shop : postgres).query(`${sql}; RESET ROLE`)
  }

  const check = (as?: 'administrator' | 'login') => verifyWith(server, answers, password, as)
  const codes = ({ drift }: Verification) =>
    drift.filter(({ level }) => level === 'drift').map(({ code }) => code)

  /** What the login itself reads, relation by relation, asked by trying. */
  const readByTrying = async () => {
    const names = await shop.query<{ schema: string; name: string }>(
      `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN ('sales', 'store', 'public') AND c.relkind IN ('r', 'v', 'p', 'm', 'f')`,
    )
    const read: string[] = []
    for (const { schema, name } of names.rows) {
      const table = qualifiedName(schema, name)
      await asLogin.query(`SELECT * FROM ${table}`).then(
        () => read.push(table),
        () => {},
      )
    }
    return read.sort()
  }
  const chosen = ['sales.album', 'sales.artist', 'sales.titles', 'store.stock']

  it.each(['administrator', 'login'] as const)('right after apply it is as chosen, to the %s', async as => {
    const result = await check(as)
    expect(result).toMatchObject({ outcome: 'as-chosen', unproved: [], drift: [], readAs: as })
    expect(result.databases).toMatchObject([
      { database: 'shop', by: 'login', readable: 4, refused: 3, findings: [] },
    ])
    expect(result.databases[0]?.writesRefused).toBeGreaterThan(0)
    expect(result.databases[0]?.createsRefused).toBeGreaterThan(0)
    expect(await readByTrying()).toEqual(chosen)
  })

  it.each(drifts)('$what is found, and its statement mends it', async ({ sql, code, mendedBy, after }) => {
    await run(sql)
    const found = await check()
    expect(found.outcome).toBe('drift')
    expect(codes(found)).toEqual([code])
    const [entry] = found.drift.filter(({ level }) => level === 'drift')
    if (mendedBy === undefined) {
      expect(entry?.mend).not.toEqual([])
      await run((entry?.mend ?? []).join(';\n'), entry?.database ?? null)
    } else {
      expect(entry?.mend).toEqual([])
      await run(mendedBy)
    }
    const mended = await check()
    expect(mended).toMatchObject({ outcome: 'as-chosen', unproved: [] })
    expect(await readByTrying()).toEqual(chosen)
    if (after !== undefined) await run(after)
  })

  it('a password that is not the stored one, and a login or a group that is gone', async () => {
    const wrong = await verifyWith(server, answers, secret('not it'))
    expect(codes(wrong)).toEqual(['login-refused'])
    expect(wrong.databases).toMatchObject([{ by: 'assumed', readable: 4 }])

    await server.sql(`ALTER ROLE ${login} RENAME TO elsewhere`)
    const loginGone = await check()
    expect(codes(loginGone)).toEqual(['login-gone'])
    expect(loginGone.databases).toEqual([])
    // Renaming keeps a SCRAM password.
    await server.sql(`ALTER ROLE elsewhere RENAME TO ${login}; ALTER ROLE ${group} RENAME TO elsewhere`)
    const groupGone = await check()
    expect(codes(groupGone)).toEqual(
      expect.arrayContaining(['group-gone', 'membership-added', 'grant-missing']),
    )
    await server.sql(`ALTER ROLE elsewhere RENAME TO ${group}`)
    expect(await check()).toMatchObject({ outcome: 'as-chosen' })
  })

  it('without the password, behind a closed door and a trusting one: 5, unless something differs', async () => {
    const unknown = await verifyWith(server, answers, null)
    expect(unknown).toMatchObject({
      outcome: 'as-chosen-unproved',
      unproved: [{ database: 'shop', problem: { code: 'password-unknown' } }],
      databases: [{ by: 'assumed', readable: 4, refused: 3 }],
    })
    await server.setHba([`host all ${server.adminUser} 127.0.0.1/32 scram-sha-256`])
    const closed = await check()
    expect(closed).toMatchObject({ outcome: 'as-chosen-unproved', databases: [{ by: 'assumed' }] })
    expect(closed.unproved[0]?.hbaLine).toMatch(/host shop atlan_user 127\.0\.0\.1\/32 scram-sha-256/)
    await server.sql(`GRANT SELECT ON sales.secret TO ${login}`, 'shop')
    expect(await check()).toMatchObject({ outcome: 'drift' })
    await server.sql(`REVOKE SELECT ON sales.secret FROM ${login}`, 'shop')
    await server.setHba([`host all ${server.adminUser} 127.0.0.1/32 scram-sha-256`, 'host all all all trust'])
    expect(await check()).toMatchObject({
      outcome: 'as-chosen-unproved',
      unproved: [{ problem: { code: 'trusted' } }],
      databases: [{ by: 'login' }],
    })
    await server.setHba(['host all all all scram-sha-256'])
  })

  it('a role that only reads the catalogue finds the same, and says that it could not try', async () => {
    await server.sql(
      `CREATE ROLE auditor LOGIN PASSWORD 'looks'; REVOKE SELECT ON sales.album FROM ${group}`,
      'shop',
    )
    const as = { ...answers, server: { ...answers.server, user: 'auditor' } }
    const found = await verifyWith(server, as, null, 'administrator', secret('looks'))
    expect(codes(found)).toEqual(['grant-missing'])
    expect(found.unproved.map(({ problem }) => problem.code)).toEqual([
      'password-unknown',
      'cannot-assume-login',
    ])
    expect(found.databases).toEqual([])
    expect(codes(await check('login'))).toEqual(['grant-missing'])
    await server.sql(`GRANT SELECT ON sales.album TO ${group}; DROP ROLE auditor`, 'shop')
  })

  it('tables made since are told, seen or not, and are no drift', async () => {
    await server.sql(
      `SET ROLE maker; CREATE TABLE sales.later (id int); CREATE TABLE store.later (id int);
       RESET ROLE; CREATE TABLE sales.of_postgres (id int)`,
      'shop',
    )
    const found = await check()
    expect(found.outcome).toBe('as-chosen')
    expect(
      found.drift.map(({ code, level, text }) => [code, level, /later$|of_postgres/.exec(text)?.[0]]),
    ).toEqual([
      ['tables-since', 'info', undefined],
      ['tables-since', 'info', 'of_postgres'],
      ['tables-since', 'info', undefined],
    ])
    expect(found.drift.map(({ text }) => text).join(' ')).toMatch(/sales made since, seen.*: later\./)
    expect(await readByTrying()).toEqual([...chosen, 'sales.later'].sort())
    await server.sql('DROP TABLE sales.later, store.later, sales.of_postgres', 'shop')
  })

  it('a later table whose grant was taken away is drift, and its GRANT mends it', async () => {
    const [newest] = await server.sql('SELECT max(oid)::bigint AS oid FROM pg_class', 'shop')
    await server.sql(
      `SET ROLE maker; CREATE TABLE sales.later (id int); RESET ROLE;
       REVOKE SELECT, REFERENCES ON sales.later FROM ${group}`,
      'shop',
    )
    const noted: Ledger = {
      grantee: group,
      grants: [],
      parameters: [],
      newest: new Map([['shop', Number(newest?.['oid'])]]),
    }
    const checked = () => verifyWith(server, answers, password, 'administrator', undefined, noted)
    const found = await checked()
    expect(found).toMatchObject({
      outcome: 'drift',
      drift: [{ code: 'grant-missing', level: 'drift', text: expect.stringMatching(/: later\.$/) }],
    })
    // Without the note it may have been left out by the run.
    expect(await check()).toMatchObject({ outcome: 'as-chosen', drift: [{ code: 'tables-since' }] })
    await server.sql(found.drift[0]?.mend.join(';') ?? '', 'shop')
    expect(await readByTrying()).toEqual([...chosen, 'sales.later'].sort())
    expect(await checked()).toMatchObject({ outcome: 'as-chosen' })
    await server.sql('DROP TABLE sales.later', 'shop')
  })

  it('login and group gone: the statements run in their order', async () => {
    await server.sql(`ALTER ROLE ${login} RENAME TO elsewhere; ALTER ROLE ${group} RENAME TO elsewhere_too`)
    const found = await check()
    expect(codes(found)).toEqual(expect.arrayContaining(['login-gone', 'group-gone', 'grant-missing']))
    const made = found.drift.filter(({ database }) => database === null).flatMap(({ mend }) => mend)
    await server.sql(made.join(';'))
    const inShop = found.drift.filter(({ database }) => database === 'shop').flatMap(({ mend }) => mend)
    await server.sql(inShop.join(';'), 'shop')
    expect(codes(await check())).toEqual(['login-gone'])
    await server.sql(`DROP OWNED BY ${group}`, 'shop')
    await server.sql(
      `DROP ROLE ${group}; ALTER ROLE elsewhere RENAME TO ${login}; ALTER ROLE elsewhere_too RENAME TO ${group}`,
    )
    expect(await check()).toMatchObject({ outcome: 'as-chosen' })
  })

  it('what our roles hold on the system and on the whole server is drift, with its REVOKE', async () => {
    await server.sql(`GRANT SELECT ON pg_catalog.pg_authid TO ${group}`, 'shop')
    if (major >= 15) await server.sql(`GRANT SET ON PARAMETER log_statement TO ${login}`)
    const found = await check()
    expect(codes(found)).toEqual(major >= 15 ? ['grant-added', 'grant-added'] : ['grant-added'])
    for (const { mend } of found.drift) await server.sql(mend.join(';'), 'shop')
    expect(await check()).toMatchObject({ outcome: 'as-chosen', drift: [] })
  })

  it('a change of owner keeps the grants; whose later tables are meant is said, and mended', async () => {
    await server.sql('ALTER TABLE sales.artist OWNER TO other', 'shop')
    const found = await check()
    expect(found).toMatchObject({
      outcome: 'as-chosen',
      drift: [{ code: 'owner-changed', level: 'warning', mend: ['ALTER TABLE sales.artist OWNER TO maker'] }],
    })
    await server.sql(found.drift[0]?.mend.join(';') ?? '', 'shop')
    expect(await check()).toMatchObject({ outcome: 'as-chosen', drift: [] })
  })

  it('an owner changed since the run is drift, where the ledger has who it was', async () => {
    const rows = await server.sql(`SELECT 'sales.artist'::regclass::oid AS oid`, 'shop')
    const oid = Number(rows[0]?.['oid'])
    const grants: Ledger['grants'] = [
      {
        database: 'shop',
        on: 'relation',
        schema: 'sales',
        privileges: ['SELECT'],
        grantor: 'maker',
        byOwner: true,
        objects: [{ name: 'artist', oid }],
      },
    ]
    const earlier: Ledger = { grantee: granteeOf(answers.roles), grants, parameters: [] }
    const again = () => verifyWith(server, answers, password, 'administrator', undefined, earlier)
    expect(await again()).toMatchObject({ outcome: 'as-chosen', drift: [] })
    await server.sql('ALTER TABLE sales.artist OWNER TO other', 'shop')
    const found = await again()
    expect(found).toMatchObject({
      outcome: 'drift',
      drift: [{ code: 'owner-changed', level: 'drift', mend: ['ALTER TABLE sales.artist OWNER TO maker'] }],
    })
    await server.sql(found.drift[0]?.mend.join(';') ?? '', 'shop')
    expect(await again()).toMatchObject({ outcome: 'as-chosen', drift: [] })
  })

  it('row level security is told from tables without rows, through views too', async () => {
    await server.sql(
      `ALTER TABLE sales.artist ENABLE ROW LEVEL SECURITY;
       ALTER TABLE sales.album ENABLE ROW LEVEL SECURITY; ALTER TABLE sales.album FORCE ROW LEVEL SECURITY;
       CREATE POLICY later_ones ON sales.album FOR SELECT USING (id > 1)`,
      'shop',
    )
    const [found] = (await check()).databases
    expect(found?.findings.map(({ code, relation }) => [code, relation?.name])).toEqual([
      ['row-security', 'album'],
      ['row-security-hides-all', 'artist'],
      ['row-security', 'titles'],
    ])
    await server.sql(
      `DROP POLICY later_ones ON sales.album; ALTER TABLE sales.album NO FORCE ROW LEVEL SECURITY;
       ALTER TABLE sales.album DISABLE ROW LEVEL SECURITY; ALTER TABLE sales.artist DISABLE ROW LEVEL SECURITY`,
      'shop',
    )
    expect(await check()).toMatchObject({ outcome: 'as-chosen', databases: [{ findings: [] }] })
  })

  it('what comes through PUBLIC is reported with its way, and is no drift', async () => {
    await server.sql(
      `GRANT SELECT ON sales.secret TO PUBLIC; GRANT USAGE, UPDATE ON SEQUENCE sales.numbers TO PUBLIC;
       GRANT EXECUTE ON FUNCTION sales.count_secrets() TO PUBLIC; GRANT USAGE ON FOREIGN SERVER far TO PUBLIC;
       SELECT lo_create(n) FROM generate_series(71, 73) AS n; GRANT SELECT ON LARGE OBJECT 71, 72 TO PUBLIC`,
      'shop',
    )
    const found = await check()
    expect(found).toMatchObject({ outcome: 'as-chosen', drift: [] })
    expect(found.beyond.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'Has SELECT on sales.secret through PUBLIC.',
        'Has USAGE, UPDATE on the sequence sales.numbers through PUBLIC.',
        'Has EXECUTE on the SECURITY DEFINER function sales.count_secrets (runs as maker) through PUBLIC.',
        'Has USAGE on the foreign server far through PUBLIC.',
        'Has SELECT on 2 large objects through PUBLIC.',
      ]),
    )
    expect(await readByTrying()).toEqual([...chosen, 'sales.secret'].sort())
    await server.sql(
      `REVOKE SELECT ON sales.secret FROM PUBLIC; REVOKE ALL ON SEQUENCE sales.numbers FROM PUBLIC;
       REVOKE ALL ON FUNCTION sales.count_secrets() FROM PUBLIC; REVOKE ALL ON FOREIGN SERVER far FROM PUBLIC;
       SELECT lo_unlink(n) FROM generate_series(71, 73) AS n`,
      'shop',
    )
  })

  it('what our roles hold in a database that was not chosen is named', async () => {
    await server.sql(`GRANT SELECT ON pg_catalog.pg_authid TO ${group}`, 'template1')
    const found = await check()
    expect(codes(found)).toEqual(['grant-elsewhere'])
    expect(found.drift[0]).toMatchObject({ database: 'template1' })
    await server.sql(`REVOKE SELECT ON pg_catalog.pg_authid FROM ${group}`, 'template1')
  })

  it('a membership that gives nothing by itself', async () => {
    await server.sql(
      major >= 16 ? `GRANT ${group} TO ${login} WITH INHERIT FALSE` : `ALTER ROLE ${login} NOINHERIT`,
    )
    const found = await check()
    expect(codes(found)).toEqual(['membership-asleep'])
    expect(found.databases[0]?.readable ?? 0).toBe(0)
    await server.sql(found.drift[0]?.mend.join(';') ?? '')
    expect(await check()).toMatchObject({ outcome: 'as-chosen' })
  })

  it('an end that is chosen and near is a warning; one that is past, drift', async () => {
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    const withEnd = async (end: string) => {
      await server.sql(`ALTER ROLE ${login} VALID UNTIL '${end}'`)
      return verifyWith(server, { ...answers, limits: { ...answers.limits, validUntil: end } }, password)
    }
    expect(await withEnd(inDays(20))).toMatchObject({ outcome: 'as-chosen', drift: [] })
    expect(await withEnd(inDays(5))).toMatchObject({
      outcome: 'as-chosen',
      drift: [{ code: 'expires-soon', level: 'warning' }],
    })
    const over = await withEnd(inDays(-1))
    expect(codes(over)).toEqual(['expired'])
    await server.sql(over.drift[0]?.mend.join(';') ?? '')
    const [role] = await server.sql(
      `SELECT rolvaliduntil > now() + interval '89 days' AS later FROM pg_roles WHERE rolname = '${login}'`,
    )
    expect(role).toEqual({ later: true })
    await server.sql(`ALTER ROLE ${login} VALID UNTIL '${answers.limits.validUntil}'`)
  })

  it('leaves everything as it was', async () => {
    const access = () => accessIn(server, ['shop', 'postgres'])
    const before = await access()
    await check()
    await check('login')
    await verifyWith(server, answers, null)
    expect(await access()).toEqual(before)
  })
})
