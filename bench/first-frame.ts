import { join } from 'node:path'
import { openTerminal } from '../test/support/terminal.ts'
import { type Measure, median } from './measure.ts'

const program = join(import.meta.dirname, '..', 'dist', 'pg-usher.cjs')
const rounds = 21

/** How long it takes until the wizard's first screen is on a terminal, side by side with an empty Node in one. */
export async function measureFirstFrame(): Promise<Measure[]> {
  const empty: number[] = []
  const frame: number[] = []
  // A round runs each once, so that what else the machine does falls on all alike.
  for (let round = 0; round < rounds; round += 1) {
    empty.push(await milliseconds(['-e', '0'], terminal => terminal.waitForExit()))
    frame.push(
      await milliseconds([program, 'postgresql://nobody@127.0.0.1:1/nothing'], terminal =>
        terminal.waitFor('Which tool shall see the database?'),
      ),
    )
  }
  return [
    { name: 'start: first frame', value: median(frame), unit: 'ms' },
    { name: 'start: first frame / node -e 0', value: median(frame) / median(empty), unit: 'x', atMost: 3 },
  ]
}

async function milliseconds(
  args: readonly string[],
  until: (terminal: ReturnType<typeof openTerminal>) => Promise<unknown>,
): Promise<number> {
  const begin = performance.now()
  const terminal = openTerminal({ command: process.execPath, args, cols: 120, rows: 40 })
  try {
    await until(terminal)
    return performance.now() - begin
  } finally {
    await terminal.close()
  }
}
