import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSample } from '../../src/demo/sample.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'

const relationsSql = `
  select n.nspname as schema, c.relname as name, c.relkind::text as kind, r.rolname as owner,
    c.reltuples::int as rows, c.relispartition as partition, obj_description(c.oid, 'pg_class') as comment
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in ('public', 'reporting', 'stock')
  order by n.nspname, c.relname`

describe.each(majorsInDepth)('the sample on PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    await createSample(server.embedded)
  })
  afterAll(() => server.stop())

  it('has the eleven tables of the music store, with rows and comments', async () => {
    const tables = (await server.sql(relationsSql, 'music_store')).filter(row => row['schema'] === 'public')
    expect(tables.map(table => table['name'])).toEqual(
      'album artist customer employee genre invoice invoiceline mediatype playlist playlisttrack track'.split(
        ' ',
      ),
    )
    for (const table of tables) {
      expect(table).toMatchObject({ kind: 'r', owner: 'store_owner', comment: expect.stringMatching(/./) })
      expect(table['rows']).toBeGreaterThan(0)
    }
  })

  it('has keys: a primary key on every table, and eleven foreign keys', async () => {
    expect(
      await server.sql(
        `select contype::text as type, count(*)::int from pg_constraint
         where connamespace = 'public'::regnamespace and contype in ('p', 'f') group by 1 order by 1`,
        'music_store',
      ),
    ).toEqual([
      { type: 'f', count: 11 },
      { type: 'p', count: 11 },
    ])
  })

  it('has one of each hard thing in the second schema', async () => {
    const relations = (await server.sql(relationsSql, 'music_store')).filter(
      row => row['schema'] === 'reporting',
    )
    expect(relations.map(({ name, kind, partition }) => [name, kind, partition])).toEqual([
      ['Monthly Sales', 'r', false],
      ['artist_sales', 'm', false],
      ['customer_value', 'm', false],
      ['daily_revenue', 'v', false],
      ['newsletter_subscriber', 'r', false],
      ['play_event', 'p', false],
      ['play_event_2024', 'r', true],
      ['play_event_2025', 'r', true],
      ['play_event_2026', 'r', true],
      ['royalty_statement', 'r', false],
    ])
    expect(new Set(relations.map(relation => relation['owner']))).toEqual(new Set(['reporting_owner']))
    for (const partition of relations.filter(relation => relation['partition'])) {
      expect(partition['rows']).toBeGreaterThan(0)
    }
  })

  it('leaves one materialized view unpopulated', async () => {
    expect(await server.sql('select * from reporting.artist_sales limit 1', 'music_store')).toHaveLength(1)
    await expect(server.sql('select * from reporting.customer_value', 'music_store')).rejects.toMatchObject({
      code: '55000',
    })
  })

  it('hides the rows of one table from everybody but its owner', async () => {
    expect(
      await server.sql(
        `select relrowsecurity as secured,
           (select count(*)::int from pg_policy where polrelid = c.oid) as policies, reltuples > 0 as filled
         from pg_class c where oid = 'reporting.royalty_statement'::regclass`,
        'music_store',
      ),
    ).toEqual([{ secured: true, policies: 0, filled: true }])
  })

  it('has a second database', async () => {
    const relations = await server.sql(relationsSql, 'warehouse')
    expect(relations.map(({ schema, name, kind }) => [schema, name, kind])).toEqual([
      ['stock', 'product', 'r'],
      ['stock', 'shipment', 'r'],
      ['stock', 'stock_level', 'r'],
      ['stock', 'supplier', 'r'],
      ['stock', 'to_reorder', 'v'],
    ])
  })

  it('belongs to roles that cannot log in', async () => {
    expect(
      await server.sql(
        `select rolname::text as role, rolcanlogin as login, rolsuper as super from pg_roles
         where rolname like '%\\_owner' and rolname not like 'pg\\_%' order by 1`,
      ),
    ).toEqual([
      { role: 'reporting_owner', login: false, super: false },
      { role: 'store_owner', login: false, super: false },
    ])
    expect(
      await server.sql(
        `select datname::text as name, pg_get_userbyid(datdba)::text as owner from pg_database
         where not datistemplate and datname <> 'postgres' order by 1`,
      ),
    ).toEqual([
      { name: 'music_store', owner: 'store_owner' },
      { name: 'warehouse', owner: 'store_owner' },
    ])
  })

  it('adds up: every invoice is the sum of its lines', async () => {
    expect(
      await server.sql(
        `select count(*)::int as wrong from invoice
         where total is distinct from (select sum(unit_price * quantity) from invoiceline l where l.invoice_id = invoice.invoice_id)`,
        'music_store',
      ),
    ).toEqual([{ wrong: 0 }])
  })
})
