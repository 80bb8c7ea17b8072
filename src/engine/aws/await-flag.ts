import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import { ProblemError } from '../../model/problem.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import { type AwsWork, pauseFor } from './aws-work.ts'
import { lookOnce } from './look.ts'
import type { AwsRun } from './run-aws-change.ts'

/** How long between two looks, and how many of them: a quarter of an hour. A modification takes some minutes. */
const pause = 5000
const looks = 180

/**
 * Waits until RDS says that the flag is on, that nothing is pending any more, and that the database is available.
 * @throws ProblemError `aws-still-modifying` after a quarter of an hour
 */
export async function awaitFlag(
  work: AwsWork,
  { signal, onEvent }: AwsRun,
  change: Extract<AwsChange, { kind: 'enable-iam-authentication' }>,
): Promise<AwsLive> {
  for (let look = 0; look < looks; look += 1) {
    const live = await lookOnce(work, signal)
    if (live !== null && holdsInAws(change, live) && live.database?.status === 'available') return live
    onEvent?.({
      kind: 'aws-waiting',
      title: awsTitleOf(change),
      because: `${change.identifier} is ${live?.database?.status ?? 'not to be looked at'}, since ${(look * pause) / 1000} seconds`,
    })
    await pauseFor(work, pause, signal)
  }
  throw new ProblemError({
    code: 'aws-still-modifying',
    message: `${change.identifier} is still being modified after a quarter of an hour.`,
    next: 'Wait until RDS says that it is available, then run this again: it goes on from there.',
  })
}
