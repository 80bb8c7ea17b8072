import { awsFailureOf } from '../../aws/failure.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import { type AwsWork, pauseFor, pauses } from './aws-work.ts'
import { readAwsLive } from './read-live.ts'

/**
 * One look at what there is; null where it failed by what passes. A look that failed is no reason to give up what may
 * have been made, unless the credentials are over.
 * @throws AwsFailure, ProblemError
 */
export async function lookOnce(work: AwsWork, signal: AbortSignal | undefined): Promise<AwsLive | null> {
  try {
    return await readAwsLive(work.subject, work.connection, signal)
  } catch (thrown) {
    const failure = awsFailureOf(thrown)
    if (passing.has(failure.kind)) return null
    throw thrown
  }
}

const passing: ReadonlySet<string> = new Set(['throttled', 'lost', 'unreachable', 'busy'])

/**
 * Looks until it is seen, for half a minute at most: what was just made is not seen everywhere at once, so that one
 * look that does not find it says nothing.
 * @returns what there was when it was seen; null where it was not
 * @throws AwsFailure, ProblemError
 */
export async function lookUntil(
  work: AwsWork,
  signal: AbortSignal | undefined,
  isSeen: (live: AwsLive) => boolean,
): Promise<AwsLive | null> {
  for (const pause of [...pauses, null]) {
    const live = await lookOnce(work, signal)
    if (live !== null && isSeen(live)) return live
    if (pause !== null) await pauseFor(work, pause, signal)
  }
  return null
}
