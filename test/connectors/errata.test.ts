import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'

// What is said to be wrong on the vendors' pages is tried here on real servers, so that it stays true.
describe.each(majorsInDepth)("the pages' mistakes, tried on PostgreSQL %i", major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    await server.sql(
      `create schema sales; create table sales.invoice (id int primary key);
       create table sales.line (id int primary key, invoice int references sales.invoice);
       create view sales.totals as select 1 as n; create materialized view sales.monthly as select 1 as n;
       create role usage_only; create role referencing; create role selecting;
       grant usage on schema sales to usage_only, referencing, selecting;
       grant references on all tables in schema sales to referencing;
       grant select on all tables in schema sales to selecting`,
    )
  })
  afterAll(() => server.stop())

  const seen = async (role: string) => {
    const count = async (view: string) => {
      const [row] = await server.sql(
        `set role ${role};
         select count(*)::int as n from information_schema.${view} where table_schema = 'sales'`,
      )
      return row?.['n']
    }
    return {
      tables: await count('tables'),
      columns: await count('columns'),
      constraints: await count('table_constraints'),
    }
  }

  it('USAGE alone shows nothing through information_schema, REFERENCES all but rows', async () => {
    expect(await seen('usage_only')).toEqual({ tables: 0, columns: 0, constraints: 0 })
    const referencing = await seen('referencing')
    expect(referencing).toMatchObject({ tables: 3, columns: 4 })
    expect(referencing.constraints).toBeGreaterThanOrEqual(3)
    await expect(server.sql('set role referencing; select * from sales.invoice')).rejects.toMatchObject({
      code: '42501',
    })
  })

  it('SELECT alone shows the tables without their keys', async () => {
    expect(await seen('selecting')).toEqual({ tables: 3, columns: 4, constraints: 0 })
  })

  it("the generator's pg_tables has no schema_name, and neither views nor materialized views", async () => {
    await expect(
      server.sql(
        `SELECT 'GRANT SELECT ON '||schema_name||'."'||table_name||'" TO x;' FROM pg_tables WHERE schema_name IN ('public')`,
      ),
    ).rejects.toMatchObject({ code: '42703' })
    const rows = await server.sql("select tablename from pg_tables where schemaname = 'sales' order by 1")
    expect(rows.map(row => row['tablename'])).toEqual(['invoice', 'line'])
  })

  it('there is no listening_addresses, and listen_addresses separated by spaces is a syntax error', async () => {
    await expect(server.sql('show listening_addresses')).rejects.toMatchObject({ code: '42704' })
    await expect(server.sql("alter system set listening_addresses = '*'")).rejects.toMatchObject({
      code: '42704',
    })
    await expect(
      startServer({ major, settings: { listen_addresses: '13.52.5.96/28 13.236.8.224/28' } }),
    ).rejects.toThrow(/invalid list syntax/)
  })

  it('a password in CREATE USER stands in the log, where statements are logged', async () => {
    const client = await server.client()
    await client.query("set log_statement = 'ddl'")
    await client.query("create user leaky password 'in-the-log'")
    await client.end()
    expect(await server.log()).toContain('in-the-log')
  })
})
