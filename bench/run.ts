/**
 * Measures what pg-usher promises of its speed, prints a table and writes bench/results.json; ends with 1
 * where a goal is missed. Each figure is a count, or a ratio to something measured beside it (bench/README.md).
 *
 *   npm run bench [-- GROUP... [--tables N] [--rounds N]]
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { catalogue } from './catalogue.ts'
import { filter } from './filter.ts'
import { far, granting } from './granting.ts'
import { type Group, isReached, type Measure } from './measure.ts'
import { roundTrips } from './round-trips.ts'
import { start } from './start.ts'
import { startWarehouse, type Warehouse } from './support/warehouse.ts'
import { undoing } from './undoing.ts'

const groups: readonly Group[] = [start, filter, roundTrips, catalogue, granting, undoing, far]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tables: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
  },
})
const unknown = positionals.filter(name => !groups.some(group => group.name === name))
if (unknown.length > 0 || !(Number(values.tables) >= 1000) || !(Number(values.rounds) >= 1)) {
  console.error(
    `Groups: ${groups.map(({ name }) => name).join(', ')}; --tables at least 1000, --rounds at least 1`,
  )
  process.exit(2)
}

const warehouses = new Map<number, Promise<Warehouse>>()
const context = {
  tables: Number(values.tables),
  rounds: Number(values.rounds),
  warehouse: (major: 16 | 18) => {
    const made = warehouses.get(major) ?? startWarehouse(major, Number(values.tables))
    warehouses.set(major, made)
    return made
  },
}

const measures: Measure[] = []
try {
  for (const group of groups) {
    if (positionals.length > 0 && !positionals.includes(group.name)) continue
    process.stderr.write(`${group.name} …\n`)
    for (const measure of await group.measure(context)) {
      measures.push(measure)
      console.log(lineOf(measure))
    }
  }
} finally {
  for (const warehouse of warehouses.values()) await (await warehouse).stop()
}
const { tables, rounds } = context
writeFileSync(
  join(import.meta.dirname, 'results.json'),
  `${JSON.stringify({ node: process.version, cpus: cpus().length, tables, rounds, measures }, null, 2)}\n`,
)
process.exitCode = measures.some(measure => isReached(measure) === false) ? 1 : 0

function lineOf(measure: Measure): string {
  const { name, value, unit, atMost, atLeast, note } = measure
  const digits = unit === 'x' ? 2 : unit === 'trips' || unit === 'bytes' ? 0 : 1
  const shown = Number.isNaN(value)
    ? '-'
    : `${value.toFixed(Number.isInteger(value) ? 0 : Math.max(digits, 1))} ${unit}`
  const reached = isReached(measure)
  const goal = atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : ''
  const verdict = reached === null ? '' : reached ? 'ok' : 'MISSED'
  return `${name.padEnd(58)} ${shown.padStart(12)}  ${verdict.padEnd(6)}  ${goal.padEnd(14)} ${note ?? ''}`.trimEnd()
}
