import { tmpdir } from 'node:os'
import { performance } from 'node:perf_hooks'
import { quoteIdentifier } from '../../src/model/identifier.ts'
import { type Major, startServer, type TestServer } from '../../test/support/server.ts'
import { createLargeCatalogue } from './large-catalogue.ts'

/** A server of its own with one database full of relations. */
export interface Warehouse {
  readonly server: TestServer
  readonly database: 'warehouse'
  /** The tables, quoted, in the order of schema and name; views and all else that can be granted too. */
  readonly relations: readonly WarehouseRelation[]
  stop(): Promise<void>
}

export interface WarehouseRelation {
  readonly schema: string
  readonly name: string
  /** As SQL names it. */
  readonly object: string
}

/**
 * Starts a server of that version and fills it; a minute for 100,000 relations. Says on stderr what it does.
 * @param schemas over which the relations are spread; as many as createLargeCatalogue has when left out
 */
export async function startWarehouse(major: Major, relations: number, schemas?: number): Promise<Warehouse> {
  const began = performance.now()
  const spread = schemas === undefined ? '' : ` in ${schemas.toLocaleString('en')} schemas`
  process.stderr.write(`PostgreSQL ${major} with ${relations.toLocaleString('en')} relations${spread} … `)
  const server = await startServer({
    major,
    tls: true,
    settings: { autovacuum: 'off' },
    // In memory, what waits for the disk would be as quick as what does not.
    folder: tmpdir(),
  })
  try {
    await server.sql('CREATE DATABASE warehouse')
    const clients = await Promise.all([1, 2].map(() => server.client({ database: 'warehouse' })))
    await createLargeCatalogue(
      clients.map(client => sql => client.query(sql)),
      schemas === undefined ? { relations } : { relations, schemas },
    )
    await Promise.all(clients.map(client => client.end()))
    // Both sides of every ratio then begin with the same catalogue, dead rows and statistics aside.
    await server.sql('VACUUM ANALYZE', 'warehouse')
    // Filled without waiting for the disk; from here on each COMMIT does, as on a server that somebody needs.
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes'])
      await server.sql(`ALTER SYSTEM SET ${setting} = on`)
    await server.sql('SELECT pg_reload_conf()')
    await server.sql('CHECKPOINT')
    const rows = await server.sql(relationsSql, 'warehouse')
    process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s\n`)
    return {
      server,
      database: 'warehouse',
      relations: rows.map(({ schema, name }) => ({
        schema: String(schema),
        name: String(name),
        object: `${quoteIdentifier(String(schema))}.${quoteIdentifier(String(name))}`,
      })),
      stop: () => server.stop(),
    }
  } catch (thrown) {
    await server.stop()
    throw thrown
  }
}

const relationsSql = `
SELECT n.nspname AS schema, c.relname AS name
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2`
