import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Warehouse } from './warehouse.ts'

/** What psql lists to be compared with: what the program reads of each relation. */
export const listing = `
SELECT n.nspname, c.relname, c.oid, c.relkind, pg_get_userbyid(c.relowner), c.relacl, c.reltuples, c.relpages,
  c.relispartition, c.relrowsecurity, c.relispopulated
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

/** Whether this machine has psql, the thing to be compared with. */
export function hasPsql(): boolean {
  return spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0
}

/** Runs psql in the warehouse, without a start-up file, and throws its output away. @throws where it fails */
export async function psql(
  { server, database }: Pick<Warehouse, 'server' | 'database'>,
  args: readonly string[],
  {
    port = server.port,
    sslmode = 'disable',
    onSaid,
  }: { port?: number | undefined; sslmode?: string; onSaid?: () => void } = {},
): Promise<void> {
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: server.adminUser,
      PGPASSWORD: server.adminPassword,
      PGDATABASE: database,
      PGSSLMODE: sslmode,
    },
  })
  let said = ''
  child.stderr.on('data', data => {
    said += String(data)
    onSaid?.()
  })
  const status = await new Promise(resolve => child.on('close', resolve))
  if (status !== 0) throw new Error(`psql ended with ${status}: ${said.slice(0, 500)}`)
}

/** How long psql takes for a script, in milliseconds, from where it is connected. @throws where it fails */
export function scriptTime(
  warehouse: Pick<Warehouse, 'server' | 'database'>,
  script: string,
  { port, flags = [] }: { port?: number | undefined; flags?: readonly string[] } = {},
): Promise<number> {
  // What is warned of is written at once, and on standard error.
  return withFile(`\\warn connected\n${script}`, async path => {
    let began = Number.NaN
    await psql(warehouse, [...flags, '-f', path], {
      port,
      onSaid: () => {
        if (Number.isNaN(began)) began = performance.now()
      },
    })
    return performance.now() - began
  })
}

/** Lets `use` have a file with this text. */
export async function withFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-usher-bench-'))
  try {
    const path = join(folder, 'script.sql')
    writeFileSync(path, text)
    return await use(path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
