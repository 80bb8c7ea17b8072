import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTerminal } from '../test/support/terminal.ts'
import { type Measure, median } from './measure.ts'

const program = join(import.meta.dirname, '..', 'dist', 'pg-usher.cjs')
const rounds = 21

/**
 * How long it takes until the wizard's first screen is on a terminal, side by side with an empty Node in one. The
 * goal is for every start but the first one, which finds no compiled code of the one before.
 */
export async function measureFirstFrame(): Promise<Measure[]> {
  const cache = mkdtempSync(join(tmpdir(), 'first-frame-'))
  const untilScreen = (env: Readonly<Record<string, string>>) =>
    milliseconds([program, 'postgresql://nobody@127.0.0.1:1/nothing'], env, terminal =>
      terminal.waitFor('Which tool shall see the database?'),
    )
  try {
    await leave(cache)
    const empty: number[] = []
    const first: number[] = []
    const later: number[] = []
    // A round runs each once, so that what else the machine does falls on all alike.
    for (let round = 0; round < rounds; round += 1) {
      empty.push(await milliseconds(['-e', '0'], {}, terminal => terminal.waitForExit()))
      // Each with a home of its own, and so without a cache.
      first.push(await untilScreen({}))
      later.push(await untilScreen({ XDG_CACHE_HOME: cache }))
    }
    return [
      { name: 'start: first frame', value: median(later), unit: 'ms' },
      { name: 'start: first frame / node -e 0', value: ratio(later, empty), unit: 'x', atMost: 3 },
      { name: 'start: the very first one / node -e 0', value: ratio(first, empty), unit: 'x' },
    ]
  } finally {
    rmSync(cache, { recursive: true, force: true })
  }
}

/** Of what ran side by side: the median of the ratios. */
function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((each, at) => each / (theirs[at] ?? Number.NaN)))
}

/** A start that is left in order: what was compiled is kept. */
async function leave(cache: string): Promise<void> {
  await milliseconds([program], { XDG_CACHE_HOME: cache }, async terminal => {
    await terminal.waitFor('Which tool shall see the database?')
    terminal.press('ctrl-c')
    await terminal.waitFor('Leave')
    terminal.press('ctrl-c')
    await terminal.waitForExit()
  })
}

async function milliseconds(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  until: (terminal: ReturnType<typeof openTerminal>) => Promise<unknown>,
): Promise<number> {
  const begin = performance.now()
  const terminal = openTerminal({ command: process.execPath, args, cols: 120, rows: 40, env })
  try {
    await until(terminal)
    return performance.now() - begin
  } finally {
    await terminal.close()
  }
}
