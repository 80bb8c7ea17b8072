import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Result, type Results, rowOf } from '../../bench/results.ts'
import { table, withSection } from './markdown.ts'

const folder = join(import.meta.dirname, '..', '..', 'bench')

/** What the last whole run of the benchmark found. */
export async function benchResults(): Promise<Results> {
  return JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results
}

/** bench/README.md, with its table of all figures written anew. */
export function benchDocument(before: string, results: Results): string {
  return withSection(before, 'figures', ['', ...lines(results, results.figures), ''])
}

/** Those that the README has; and any that is missed, so that none is hidden. */
export function speedLines(results: Results): readonly string[] {
  const shown = results.figures.filter(
    ({ id, verdict }) => headlines.has(id) || verdict === 'missed' || verdict === 'not measured',
  )
  return lines(results, shown)
}

const headlines: ReadonlySet<string> = new Set([
  'start.first-frame',
  'start.first-frame-pgcli',
  'catalogue.tree',
  'catalogue.in-memory',
  'trips.tree',
  'trips.committed',
  'trips.proof',
  'drawing.move',
  'drawing.scroll',
  'drawing.idle',
  'drawing.paint',
  'filter.key',
  'granting.18.all.psql',
  'granting.far',
  'undo.all',
  'memory.wizard',
])

function lines({ node, cpus, tables, rounds }: Results, figures: readonly Result[]): readonly string[] {
  const size = `${tables.toLocaleString('en')} tables, ${rounds} rounds, Node.js ${node.slice(1)}, ${cpus} processors`
  return [...table(['Figure', 'Value', 'Goal', '', 'Against; made of'], figures.map(rowOf)), '', `${size}.`]
}
