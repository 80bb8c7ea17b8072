import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Group, inTurns, type Measured, median, notMeasured, timed } from './measure.ts'
import { administratorOf, answersFor } from './support/engine.ts'
import { peakMemory } from './support/peak-memory.ts'
import { program } from './support/program.ts'
import { hasPsql, listing, psql, withFile } from './support/psql.ts'
import type { Warehouse } from './support/warehouse.ts'

/** Name and fields of a relation, in bytes, if nothing were lost. */
const floor = 42

/** Reading the catalogue, with the start of the process, against psql listing all of it; and what it takes of memory. */
export const catalogue: Group = {
  name: 'catalogue',
  measure: async ({ warehouse: made, rounds, shortRounds, tables }) => {
    const warehouse = await made(18)
    const folder = mkdtempSync(join(tmpdir(), 'pg-usher-bench-'))
    try {
      const reader = join(folder, 'load-catalogue.cjs')
      await build({
        entryPoints: [join(import.meta.dirname, 'support', 'load-catalogue.ts')],
        outfile: reader,
        bundle: true,
        minify: true,
        platform: 'node',
        format: 'cjs',
        external: ['pg-native'],
        logLevel: 'error',
      })
      return [
        ...(await times(warehouse, reader, Math.min(shortRounds, 7))),
        ...(await memoryAndGrowth(warehouse, await made(18, tables / 10), reader, rounds)),
        ...(await wholeProgram(warehouse, rounds, tables)),
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function times(warehouse: Warehouse, program: string, rounds: number): Promise<readonly Measured[]> {
  if (!hasPsql()) return notMeasured(['catalogue.tree', 'catalogue.in-memory'], 'no psql')
  const medians = await inTurns(rounds, {
    psql: () => timed(() => psql(warehouse, ['-At', '-c', listing])),
    tree: () => timed(() => run([program, 'tree'], warehouse)),
    all: () => timed(() => run([program, 'all'], warehouse)),
  })
  const note = (ours: number) => `${Math.round(ours)} ms, psql ${Math.round(medians.psql)} ms`
  return [
    { id: 'catalogue.tree', value: medians.tree / medians.psql, note: note(medians.tree) },
    { id: 'catalogue.in-memory', value: medians.all / medians.psql, note: note(medians.all) },
  ]
}

/** What reading takes of time, without the start of the process, and what stays in memory. */
interface Reading {
  readonly count: number
  readonly bytes: number
  readonly milliseconds: number
}

async function reading(warehouse: Warehouse, program: string): Promise<Reading> {
  return JSON.parse((await run(['--expose-gc', program, 'all'], warehouse)).output) as Reading
}

async function memoryAndGrowth(
  all: Warehouse,
  tenth: Warehouse,
  program: string,
  rounds: number,
): Promise<readonly Measured[]> {
  const readings: { readonly all: Reading; readonly tenth: Reading }[] = []
  for (let round = 0; round < rounds; round += 1)
    readings.push({ all: await reading(all, program), tenth: await reading(tenth, program) })
  const middle = (what: (both: (typeof readings)[number]) => number) => median(readings.map(what))
  const bytes = middle(each => each.all.bytes / each.all.count)
  return [
    { id: 'catalogue.record', value: bytes / floor, note: `${Math.round(bytes)} bytes` },
    {
      id: 'growth.read-time',
      value: middle(each => each.all.milliseconds / each.tenth.milliseconds),
      note: `${Math.round(middle(each => each.all.milliseconds))} ms, connected already`,
    },
    { id: 'growth.read-memory', value: middle(each => each.all.bytes / each.tenth.bytes) },
  ]
}

/** The real program plans for all relations, and for a tenth of them: time and memory, and how both grow. */
async function wholeProgram(
  warehouse: Warehouse,
  rounds: number,
  tables: number,
): Promise<readonly Measured[]> {
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
  const peaks: { readonly tenth: number[]; readonly all: number[] } = { tenth: [], all: [] }
  const medians = await inTurns(rounds, {
    tenth: async () => {
      const { peak, took } = await plan(tables / 10)
      peaks.tenth.push(peak)
      return took
    },
    all: async () => {
      const { peak, took } = await plan(tables)
      peaks.all.push(peak)
      return took
    },
  })
  const peak = median(peaks.all)
  return [
    { id: 'memory.plan', value: peak, note: 'VmHWM; read, chosen and planned, by the real program' },
    {
      id: 'growth.plan-time',
      value: medians.all / medians.tenth,
      note: `${Math.round(medians.all)} ms, start included`,
    },
    { id: 'growth.plan-memory', value: peak / median(peaks.tenth) },
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
    peak = Math.max(peak, peakMemory(child.pid))
  }, 10)
  const status = await new Promise(resolve => child.on('close', resolve))
  clearInterval(look)
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${said.slice(0, 500)}`)
  return { output, peak }
}
