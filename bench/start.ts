import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Group, type Measure, median } from './measure.ts'

const program = join(import.meta.dirname, '..', 'dist', 'pg-usher.cjs')
const rounds = 21

/** At most this many times the start of Node itself, for what prints and ends. */
const limit = 2.5

/** How long --help and --version take, side by side with an empty Node. */
export const start: Group = { name: 'start', measure: () => Promise.resolve(measureStart()) }

function measureStart(): Measure[] {
  const cases: readonly (readonly string[])[] = [
    ['-e', '0'],
    [program, '--help'],
    [program, '--version'],
  ]
  const times: number[][] = cases.map(() => [])
  // A round runs each once, so that what else the machine does falls on all alike.
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, args] of cases.entries()) times[index]?.push(milliseconds(args))
  }
  const [empty = Number.NaN, help = Number.NaN, version = Number.NaN] = times.map(median)
  return [
    { name: 'start: node -e 0', value: empty, unit: 'ms' },
    { name: 'start: --help', value: help, unit: 'ms' },
    { name: 'start: --help / node -e 0', value: help / empty, unit: 'x', atMost: limit },
    { name: 'start: --version', value: version, unit: 'ms' },
    { name: 'start: --version / node -e 0', value: version / empty, unit: 'x', atMost: limit },
  ]
}

function milliseconds(args: readonly string[]): number {
  // Loading extra certificates more than doubles an old Node's start and says nothing of ours.
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...env } = process.env
  const begin = process.hrtime.bigint()
  const { status } = spawnSync(process.execPath, args, { env, stdio: 'ignore' })
  const end = process.hrtime.bigint()
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`)
  return Number(end - begin) / 1e6
}
