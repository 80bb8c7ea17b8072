import pg from 'pg'
import { reveal } from '../model/secret.ts'
import type { EmbeddedServer } from './embedded-server.ts'
import { musicStoreSql } from './music-store-sql.ts'
import { reportingSql } from './reporting-sql.ts'
import { warehouseSql } from './warehouse-sql.ts'

/** The sample's databases; the first is the one that the wizard opens on. */
export const sampleDatabases = ['music_store', 'warehouse'] as const

/** Who owns the sample's objects; neither may log in, and neither is the superuser. */
const serverSql = [
  'create role store_owner nologin',
  'create role reporting_owner nologin',
  'create database music_store owner store_owner',
  'create database warehouse owner store_owner',
  "comment on database music_store is 'The online music store'",
  "comment on database warehouse is 'Goods on shelves'",
]

const musicStoreDatabaseSql = `
begin;
set local role store_owner;
${musicStoreSql}
create schema reporting;
comment on schema reporting is 'For reports and dashboards';
grant select on all tables in schema public to reporting_owner;
reset role;
alter schema reporting owner to reporting_owner;
set local role reporting_owner;
${reportingSql}
commit;
analyze`

const warehouseDatabaseSql = `
begin;
set local role store_owner;
create schema stock;
comment on schema stock is 'Suppliers, products and what is on the shelves';
${warehouseSql}
commit;
analyze`

/**
 * Fills a new server with the sample: databases `music_store` (schemas public and reporting) and
 * `warehouse` (schema stock), owned by the roles `store_owner` and `reporting_owner`. About a second.
 */
export async function createSample(
  server: Pick<EmbeddedServer, 'host' | 'port' | 'user' | 'password'>,
): Promise<void> {
  // One by one: CREATE DATABASE is refused among other statements.
  await runIn(server, 'postgres', serverSql)
  await Promise.all([
    runIn(server, 'music_store', [musicStoreDatabaseSql]),
    runIn(server, 'warehouse', [warehouseDatabaseSql]),
  ])
}

async function runIn(
  server: Pick<EmbeddedServer, 'host' | 'port' | 'user' | 'password'>,
  database: string,
  statements: readonly string[],
): Promise<void> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password: reveal(server.password),
    database,
    // Instead of this process's PGSSLMODE and PGOPTIONS, which are meant for other servers.
    ssl: false,
    options: '-c client_min_messages=warning',
  })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
