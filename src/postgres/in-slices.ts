import type { Sliced } from '../model/sliced.ts'

/** So long work goes on before keys, timers and sockets get their turn, in milliseconds: half a frame. */
const sliceTime = 8

/** Runs work that yields often, and lets everything else have its turn in between. @throws what it throws */
export async function inSlices<Result>(work: Sliced<Result>): Promise<Result> {
  let end = performance.now() + sliceTime
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    if (performance.now() < end) continue
    await new Promise(resolve => setImmediate(resolve))
    end = performance.now() + sliceTime
  }
}
