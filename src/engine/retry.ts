import { setTimeout as sleep } from 'node:timers/promises'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import type { OnEngineEvent } from './events.ts'

/** How often a transaction is tried in all. */
const attempts = 3

/**
 * Runs `once` again, from the start, where it had to give way to another session; the third time its problem
 * stands. Waits 100 to 600 ms between.
 * @throws what `once` threw; ProblemError `cancelled` when the signal comes between two attempts
 */
export async function withRetry<T>(
  once: () => Promise<T>,
  {
    signal,
    onEvent,
  }: { readonly signal?: AbortSignal | undefined; readonly onEvent?: OnEngineEvent | undefined },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once()
    } catch (thrown) {
      const problem = problemOf(thrown)
      if (attempt >= attempts || !givesWay(problem)) throw thrown
      onEvent?.({ kind: 'retry', attempt, of: attempts, problem })
    }
    try {
      await sleep(attempt * (100 + Math.random() * 200), undefined, signal ? { signal } : {})
    } catch (thrown) {
      throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' }, { cause: thrown })
    }
  }
}

/**
 * Whether another session was in the way and a new attempt may pass it: deadlock, serialization, lock not
 * available, and the two that concurrent catalogue writers meet, `tuple concurrently updated` (XX000) and a
 * unique violation in a catalogue (23505); a relation that was renamed, or another that got its name, between reading
 * the name and taking back a grant on it.
 */
export function givesWay(problem: Problem): boolean {
  if (problem.code === 'relation-moved' || problem.code === 'undo-did-not-take') return true
  switch (problem.sqlstate) {
    case '40P01':
    case '40001':
    case '55P03':
    case '23505':
      return true
    case 'XX000':
      return /tuple concurrently (updated|deleted)/.test(problem.message)
    default:
      return false
  }
}
