import { Session } from 'node:inspector'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { Sliced } from '../../src/model/sliced.ts'

// Code that is compiled to run fast does not count everything.
for (const flag of ['--no-opt', '--no-maglev', '--no-sparkplug']) setFlagsFromString(flag)

const source = join(import.meta.dirname, '..', '..', 'src')

/**
 * Runs sliced work and counts what each slice does: how often a block of our source (a function, the body of a loop,
 * a branch) was entered, as V8 counts it exactly for coverage. The same on every machine, however busy.
 */
export function workOfSlices<Result>(work: Sliced<Result>): {
  readonly result: Result
  readonly slices: readonly number[]
} {
  return counting(counted => {
    const slices: number[] = []
    for (;;) {
      const step = work.next()
      slices.push(counted())
      if (step.done === true) return { result: step.value, slices }
    }
  })
}

/** Counts in the same way what a call does. */
export function workOf<Result>(call: () => Result): { readonly result: Result; readonly work: number } {
  return counting(counted => ({ result: call(), work: counted() }))
}

function counting<Result>(work: (counted: () => number) => Result): Result {
  const session = new Session()
  session.connect()
  try {
    session.post('Profiler.enable')
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    // What was entered before counts for nobody.
    entered(session)
    return work(() => entered(session))
  } finally {
    session.disconnect()
  }
}

/** What was entered since the last time that this was asked. */
function entered(session: Session): number {
  let blocks = 0
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error !== null) throw error
    for (const { url, functions } of coverage.result)
      if (url.includes(source))
        for (const { ranges } of functions) for (const { count } of ranges) blocks += count
  })
  return blocks
}
