import { spawnSync } from 'node:child_process'
import { measureFirstFrame } from './first-frame.ts'
import {
  type BenchContext,
  type Group,
  type Measured,
  median,
  medianRatio,
  valuesInTurns,
} from './measure.ts'
import { program } from './support/program.ts'

/** From the shell's Enter to something to read, side by side with an empty Node. */
export const start: Group = {
  name: 'start',
  measure: async context => [...(await measureFirstFrame(context)), ...(await measureText(context))],
}

/** --help and --version, which print and end. */
async function measureText({ shortRounds }: BenchContext): Promise<readonly Measured[]> {
  const times = await valuesInTurns(shortRounds, {
    empty: async () => milliseconds(['-e', '0']),
    help: async () => milliseconds([program, '--help']),
    version: async () => milliseconds([program, '--version']),
  })
  const note = (ours: readonly number[]) =>
    `${Math.round(median(ours))} ms, ${Math.round(median(times.empty))}`
  return [
    { id: 'start.help', value: medianRatio(times.help, times.empty), note: note(times.help) },
    { id: 'start.version', value: medianRatio(times.version, times.empty), note: note(times.version) },
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
