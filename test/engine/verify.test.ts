import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Drift } from '../../src/engine/drift.ts'
import type { Verification } from '../../src/engine/verify.ts'
import type { Answers } from '../../src/model/answers.ts'
import { qualifiedName } from '../../src/model/identifier.ts'
import { reveal, type Secret } from '../../src/model/secret.ts'
import { majors, startServer, type TestServer } from '../support/server.ts'
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
}

const drifts: readonly ByHand[] = [
  { what: 'a table revoked', sql: `REVOKE SELECT ON sales.album FROM ${group}`, code: 'grant-missing' },
  { what: 'USAGE revoked', sql: `REVOKE USAGE ON SCHEMA store FROM ${group}`, code: 'grant-missing' },
  { what: 'CONNECT revoked', sql: `REVOKE CONNECT ON DATABASE shop FROM ${group}`, code: 'grant-missing' },
  {
    what: 'CONNECT revoked from PUBLIC too',
    sql: `REVOKE CONNECT ON DATABASE shop FROM ${group}, PUBLIC`,
    code: 'grant-missing',
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

describe.each(majors)('verify on PostgreSQL %i', major => {
  let server: TestServer
  let answers: Answers
  let password: Secret

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
  })
  afterAll(() => server?.stop())

  const check = (as?: 'administrator' | 'login') => verifyWith(server, answers, password, as)
  const codes = ({ drift }: Verification) =>
    drift.filter(({ level }) => level === 'drift').map(({ code }) => code)

  /** What the login itself reads, relation by relation, asked by trying. */
  const readByTrying = async () => {
    const names = await server.sql(
      `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN ('sales', 'store', 'public') AND c.relkind IN ('r', 'v', 'p', 'm', 'f')`,
      'shop',
    )
    const client = await server.client({ database: 'shop', user: login, password: reveal(password) })
    const read: string[] = []
    for (const { schema, name } of names) {
      const table = qualifiedName(String(schema), String(name))
      await client.query(`SELECT * FROM ${table}`).then(
        () => read.push(table),
        () => {},
      )
    }
    await client.end()
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

  it.each(drifts)('$what is found, and its statement mends it', async ({ sql, code, mendedBy }) => {
    await server.sql(sql, 'shop')
    const found = await check()
    expect(found.outcome).toBe('drift')
    expect(codes(found)).toEqual([code])
    const [entry] = found.drift.filter(({ level }) => level === 'drift')
    if (mendedBy === undefined) {
      expect(entry?.mend).not.toEqual([])
      await server.sql((entry?.mend ?? []).join(';\n'), entry?.database ?? 'postgres')
    } else {
      expect(entry?.mend).toEqual([])
      await server.sql(mendedBy, 'shop')
    }
    const mended = await check()
    expect(mended).toMatchObject({ outcome: 'as-chosen', unproved: [] })
    expect(await readByTrying()).toEqual(chosen)
  })
})
