/**
 * Measures what pg-usher promises of its speed, prints a table and writes bench/results.json; ends with 1
 * where a limit is missed. Each figure is a ratio to something measured beside it, not to another machine.
 *
 *   npm run bench
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { measureFilter } from './filter.ts'
import type { Measure } from './measure.ts'
import { measureStart } from './start.ts'

const measures: Measure[] = [...measureStart(), ...measureFilter()]

const width = Math.max(...measures.map(measure => measure.name.length))
for (const measure of measures) {
  const value = `${measure.value.toFixed(measure.unit === 'x' ? 2 : 1)} ${measure.unit}`.padStart(12)
  const limit =
    measure.atMost === undefined ? '' : `  ${missed(measure) ? 'MISSED' : 'ok'}, at most ${measure.atMost}`
  console.log(`${measure.name.padEnd(width)} ${value}${limit}`)
}
writeFileSync(
  join(import.meta.dirname, 'results.json'),
  `${JSON.stringify({ node: process.version, cpus: cpus().length, measures }, null, 2)}\n`,
)
process.exitCode = measures.some(missed) ? 1 : 0

function missed(measure: Measure): boolean {
  return measure.atMost !== undefined && !(measure.value <= measure.atMost)
}
