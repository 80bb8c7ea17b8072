import type { Sliced } from '../model/sliced.ts'

/** So long work goes on before keys, timers and sockets get their turn, in milliseconds: half a frame. */
const sliceTime = 8

/**
 * When others had their turn last. Of all work together: a thousand short pieces, one after the other, would each
 * end in time, and none let anything else through.
 */
let paused = Number.NEGATIVE_INFINITY

/** Runs work that yields often, and lets everything else have its turn in between. @throws what it throws */
export async function inSlices<Result>(work: Sliced<Result>): Promise<Result> {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    await othersTurn()
  }
}

/** Lets everything else have its turn, where it is time for that. */
export async function othersTurn(): Promise<void> {
  if (performance.now() < paused + sliceTime) return
  await new Promise(resolve => setImmediate(resolve))
  paused = performance.now()
}
