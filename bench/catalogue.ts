import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { untilTree } from './first-tree.ts'
import { type Group, inTurns, type Measure, median, notMeasured, timed } from './measure.ts'
import { administratorOf, answersFor } from './support/engine.ts'
import { hasPsql, psql, withFile } from './support/psql.ts'
import type { Warehouse } from './support/warehouse.ts'

/** What psql lists to be compared with: what the program reads of each relation. */
const listing = `
SELECT n.nspname, c.relname, c.oid, c.relkind, pg_get_userbyid(c.relowner), c.relacl, c.reltuples, c.relpages,
  c.relispartition, c.relrowsecurity, c.relispopulated
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

/** Name and fields of a relation, in bytes, if nothing were lost. */
const floor = 42

/** Reading the catalogue, with the start of the process, against psql listing all of it; and what it takes of memory. */
export const catalogue: Group = {
  name: 'catalogue',
  measure: async ({ warehouse: made, rounds, tables }) => {
    const warehouse = await made(18)
    const folder = mkdtempSync(join(tmpdir(), 'pg-usher-bench-'))
    try {
      const program = join(folder, 'load-catalogue.cjs')
      await build({
        entryPoints: [join(import.meta.dirname, 'support', 'load-catalogue.ts')],
        outfile: program,
        bundle: true,
        minify: true,
        platform: 'node',
        format: 'cjs',
        external: ['pg-native'],
        logLevel: 'error',
      })
      return [
        ...(await times(warehouse, program, rounds)),
        await memoryOfARecord(warehouse, program, rounds),
        ...(await wholeProgram(warehouse, rounds, tables)),
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function times(warehouse: Warehouse, program: string, rounds: number): Promise<readonly Measure[]> {
  if (!hasPsql()) return [notMeasured('first tree / psql listing all', 'x', 'no psql')]
  const administrator = { ...administratorOf(warehouse), database: warehouse.database }
  const answers = answersFor(administrator, 'bench_tree', warehouse.relations.slice(0, 3))
  const cache = mkdtempSync(join(tmpdir(), 'pg-usher-bench-'))
  const medians = await withFile(JSON.stringify(answers), path =>
    inTurns(Math.max(5, rounds), {
      psql: () => timed(() => psql(warehouse, ['-At', '-c', listing])),
      tree: () => timed(() => run([program, 'tree'], warehouse)),
      screen: () => timed(() => untilTree(path, warehouse.server.adminPassword, cache)),
      all: () => timed(() => run([program, 'all'], warehouse)),
    }),
  ).finally(() => rmSync(cache, { recursive: true, force: true }))
  const note = `psql ${Math.round(medians.psql)} ms, start of both included`
  return [
    {
      name: 'first tree, not drawn / psql listing all',
      value: medians.tree / medians.psql,
      unit: 'x',
      atMost: 1,
      note,
    },
    {
      name: 'first tree on the screen / psql listing all',
      value: medians.screen / medians.psql,
      unit: 'x',
      atMost: 1,
      note: 'the wizard itself, with five screens drawn and left by Enter on the way to it',
    },
    {
      name: 'whole catalogue in memory / psql listing all',
      value: medians.all / medians.psql,
      unit: 'x',
      atMost: 1.5,
    },
  ]
}

async function memoryOfARecord(warehouse: Warehouse, program: string, rounds: number): Promise<Measure> {
  const bytes: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const said = await run(['--expose-gc', program, 'all'], warehouse)
    const { count, bytes: held } = JSON.parse(said.output) as { count: number; bytes: number }
    bytes.push(held / count)
  }
  const value = median(bytes)
  return {
    name: 'memory of a relation / its name and fields (42 bytes)',
    value: value / floor,
    unit: 'x',
    atMost: 3,
    note: `${Math.round(value)} bytes`,
  }
}

/** The real program plans for all relations, and for a tenth of them: time and memory, and how both grow. */
async function wholeProgram(
  warehouse: Warehouse,
  rounds: number,
  tables: number,
): Promise<readonly Measure[]> {
  const program = join(import.meta.dirname, '..', 'dist', 'pg-usher.cjs')
  const target = administratorOf(warehouse)
  const plan = async (count: number) => {
    const answers = answersFor(target, 'bench_plan', warehouse.relations.slice(0, count))
    return withFile(JSON.stringify(answers), async path => {
      const began = performance.now()
      const { peak } = await run([program, 'plan', '--answers', path, '--format', 'json'], warehouse, {
        PGPASSWORD: warehouse.server.adminPassword,
      })
      return { peak, took: performance.now() - began }
    })
  }
  const peaks = { few: Number.NaN, all: Number.NaN }
  const medians = await inTurns(rounds, {
    few: async () => {
      const { peak, took } = await plan(tables / 10)
      peaks.few = peak
      return took
    },
    all: async () => {
      const { peak, took } = await plan(tables)
      peaks.all = peak
      return took
    },
  })
  const many = tables.toLocaleString('en')
  return [
    {
      name: `plan of ${many} tables: growth of time from a tenth`,
      value: medians.all / medians.few,
      unit: 'x',
      atMost: 12,
      note: `${Math.round(medians.all)} ms`,
    },
    {
      name: `plan of ${many} tables: growth of memory from a tenth`,
      value: peaks.all / peaks.few,
      unit: 'x',
      atMost: 12,
    },
    {
      name: `plan of ${many} tables: peak memory`,
      value: peaks.all,
      unit: 'MB',
      atMost: 200,
      note: 'read, chosen and planned, by the real program',
    },
  ]
}

/** Runs Node and waits; `peak` is its VmHWM in MB, as seen while it ran. @throws where it fails */
async function run(
  [first = '', ...rest]: readonly string[],
  { server }: Pick<Warehouse, 'server'>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly output: string; readonly peak: number }> {
  const isOurs = first.startsWith('--') || first.endsWith('load-catalogue.cjs')
  const args = isOurs ? [first, ...rest, String(server.port), server.adminUser] : [first, ...rest]
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: tmpdir(), ...env },
  })
  child.stdin.end(isOurs ? server.adminPassword : '')
  let output = ''
  let said = ''
  let peak = 0
  child.stdout.on('data', data => {
    output += String(data)
  })
  child.stderr.on('data', data => {
    said += String(data)
  })
  const look = setInterval(() => {
    peak = Math.max(peak, highWaterMark(child.pid))
  }, 10)
  const status = await new Promise(resolve => child.on('close', resolve))
  clearInterval(look)
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${said.slice(0, 500)}`)
  return { output, peak }
}

/** Megabytes; 0 where the process is gone or this is no Linux. */
function highWaterMark(pid: number | undefined): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) / 1000
  } catch {
    return 0
  }
}
