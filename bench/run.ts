/**
 * Measures what pg-usher promises of its speed, prints a table and writes it as JSON; ends with 1 where a goal is
 * missed. Each figure is a count, or a ratio to something measured beside it (bench/README.md).
 *
 *   npm run bench [-- --only GROUP[,GROUP]... --quick --tables N --rounds N --out FILE]
 *
 * A whole run writes bench/results.json, which the documents quote; a part of it, or one of another size, bench/part.json.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { catalogue } from './catalogue.ts'
import { filter } from './filter.ts'
import { far, granting } from './granting.ts'
import type { BenchContext, Group, Measured } from './measure.ts'
import { proving } from './proving.ts'
import { type Results, resultsOf, rowOf } from './results.ts'
import { roundTrips } from './round-trips.ts'
import { shaped } from './shapes.ts'
import { start } from './start.ts'
import { startWarehouse, type Warehouse } from './support/warehouse.ts'
import { undoing } from './undoing.ts'
import { wizard } from './wizard.ts'

const groups: readonly Group[] = [
  start,
  wizard,
  shaped,
  filter,
  roundTrips,
  catalogue,
  granting,
  proving,
  undoing,
  far,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    tables: { type: 'string' },
    rounds: { type: 'string' },
    out: { type: 'string' },
  },
})
const { quick } = values
const only = values.only.flatMap(each => each.split(','))
const tables = Number(values.tables ?? (quick ? 1_000 : 100_000))
const rounds = Number(values.rounds ?? (quick ? 1 : 3))
if (
  only.some(name => !groups.some(group => group.name === name)) ||
  !(tables >= 1_000 && tables % 100 === 0) ||
  !(rounds >= 1)
) {
  const names = groups.map(({ name }) => name).join(', ')
  console.error(`--only: ${names}; --tables: 1000 or more, in hundreds; --rounds: 1 or more`)
  process.exit(2)
}

const warehouses = new Map<string, Promise<Warehouse>>()
const context: BenchContext = {
  tables,
  rounds,
  shortRounds: quick ? 1 : Math.max(rounds, 15),
  warehouse: (major, count = tables) => {
    const key = `${major}/${count}`
    const made = warehouses.get(key) ?? startWarehouse(major, count)
    warehouses.set(key, made)
    return made
  },
}

const isWhole = only.length === 0
const setting = { node: process.version, cpus: cpus().length, tables, rounds }
const partFile = join(import.meta.dirname, 'part.json')

// What ends it leaves no server behind: each has a watchdog that ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const measured: Measured[] = []
try {
  for (const group of groups) {
    if (!isWhole && !only.includes(group.name)) continue
    const began = performance.now()
    process.stderr.write(`${group.name} …\n`)
    measured.push(...(await group.measure(context)))
    // Of a run that breaks off, this much is there.
    write(partFile, resultsOf(setting, measured, false))
    process.stderr.write(`${group.name}: ${Math.round((performance.now() - began) / 1000)} s\n`)
  }
} finally {
  for (const warehouse of warehouses.values()) await (await warehouse).stop()
}

const isForDocuments = isWhole && tables === 100_000 && !quick
const results = resultsOf(setting, measured, isWhole)
write(values.out ?? (isForDocuments ? join(import.meta.dirname, 'results.json') : partFile), results)
for (const line of tableOf(results)) console.log(line)
if (isForDocuments) console.log('\nnpm run docs puts this into README.md and bench/README.md.')
process.exitCode = results.figures.some(({ verdict }) => verdict === 'missed') ? 1 : 0

function write(path: string, found: Results): void {
  writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`)
}

/** One line a figure, in columns. */
function tableOf({ figures }: Results): readonly string[] {
  const rows = figures.map(rowOf)
  const widths = [0, 1, 2, 3].map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
