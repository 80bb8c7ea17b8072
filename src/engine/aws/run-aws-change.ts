import { type AwsFailure, awsFailureOf } from '../../aws/failure.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import { ProblemError } from '../../model/problem.ts'
import { callsOf } from '../../plan/aws/calls.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import type { OnEngineEvent } from '../events.ts'
import type { Journal } from '../journal.ts'
import { awaitFlag } from './await-flag.ts'
import { type AwsWork, pauseFor, pauses } from './aws-work.ts'
import { makeAccessKey } from './make-access-key.ts'
import { readAwsLive } from './read-live.ts'

/** What a change is made under: where it is noted, and who may end it. */
export interface AwsRun {
  readonly journal: Journal
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
}

/**
 * Makes one change: notes the intent, calls, looks until it is seen to hold, notes what was made. What AWS may have
 * carried out although it did not say so is looked at before it is tried again. A change that holds is not made again.
 * @param onMade told as soon as something may be there, and again when more is known of it
 * @throws AwsFailure, ProblemError
 */
export async function runAwsChange(
  work: AwsWork,
  run: AwsRun,
  { index, change }: Pick<MadeChange, 'index' | 'change'>,
  onMade: (made: MadeChange) => void,
): Promise<MadeChange> {
  const { journal, signal } = run
  if (signal?.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
  if (change.kind === 'enable-iam-authentication') await checkPending(work, run, change)
  const begun: MadeChange = { index, change, certain: false, versionId: null, keyId: null }
  journal.write({ entry: 'aws', change: index, state: 'intended' })
  onMade(begun)
  const made =
    change.kind === 'create-access-key'
      ? await makeAccessKey(work, run, { ...begun, change }, onMade)
      : await makeByCalls(work, run, begun)
  const done = { ...made, certain: true }
  onMade(done)
  journal.write({
    entry: 'aws',
    change: index,
    state: 'done',
    arn: change.arn,
    ...(made.versionId === null ? {} : { versionId: made.versionId }),
    ...(made.keyId === null ? {} : { keyId: made.keyId }),
  })
  return done
}

/** What has come to wait since the plan was shown would be applied unseen. */
async function checkPending(
  { subject, connection }: AwsWork,
  { signal }: AwsRun,
  { identifier, alsoApplies }: Extract<AwsChange, { kind: 'enable-iam-authentication' }>,
): Promise<void> {
  const { database } = await readAwsLive(subject, connection, signal)
  const shown = new Set(alsoApplies.map(({ name, value }) => `${name} ${value}`))
  const unseen = (database?.pending ?? []).filter(
    ({ name, value }) => name !== 'IAMDatabaseAuthenticationEnabled' && !shown.has(`${name} ${value}`),
  )
  // While it is being modified the run that was broken off has turned it on already.
  if (unseen.length === 0 || database?.status !== 'available') return
  throw new ProblemError({
    code: 'aws-more-pending',
    message: `More waits for the maintenance window of ${identifier} than when the plan was made, and would be applied with it: ${unseen.map(({ name, value }) => `${name} ${value}`).join(', ')}.`,
    next: 'Make the plan anew, so that it is shown.',
  })
}

async function makeByCalls(work: AwsWork, run: AwsRun, begun: MadeChange): Promise<MadeChange> {
  const { change } = begun
  for (let attempt = 0; ; attempt += 1) {
    try {
      const made = await call(work, run, begun)
      const live = await untilItHolds(work, run, change)
      return made.versionId === null ? { ...made, versionId: versionOf(change, live) } : made
    } catch (thrown) {
      const failure = awsFailureOf(thrown)
      const pause = pauses[attempt]
      if (pause === undefined || !mayPass(failure)) throw failure
      run.onEvent?.({ kind: 'aws-waiting', title: awsTitleOf(change), because: failure.message })
      await pauseFor(work, pause, run.signal)
      const live = await readAwsLive(work.subject, work.connection, run.signal)
      if (holdsInAws(change, live)) return { ...begun, versionId: versionOf(change, live) }
    }
  }
}

async function call(work: AwsWork, { signal }: AwsRun, begun: MadeChange): Promise<MadeChange> {
  let { versionId } = begun
  for (const each of callsOf(begun.change)) {
    try {
      const result = await work.connection.call(each, signal)
      versionId = result.versionId ?? versionId
    } catch (thrown) {
      const failure = awsFailureOf(thrown)
      // What was to go is gone, perhaps by an attempt whose answer was lost.
      if (failure.kind !== 'not-found' || !each.action.startsWith('Delete')) throw failure
    }
  }
  return { ...begun, versionId }
}

/** The version of an updated policy, where the answer that told it was lost. */
function versionOf(change: AwsChange, { policy }: Pick<AwsLive, 'policy'>): string | null {
  return change.kind === 'update-policy' ? (policy?.defaultVersion ?? null) : null
}

/** What is only so for a while: AWS is busy, or what was just made is not known everywhere yet. */
function mayPass(failure: AwsFailure): boolean {
  switch (failure.kind) {
    case 'throttled':
    case 'busy':
    case 'lost':
    case 'unreachable':
    case 'not-found':
    // An attempt whose answer was lost may have made it: then it is found to hold.
    case 'exists':
      return true
    case 'malformed':
      // A principal that was made a moment ago is not known everywhere either.
      return /Invalid principal/.test(failure.message)
    default:
      return false
  }
}

/** Looks until the change is seen: what comes next may need it. */
async function untilItHolds(work: AwsWork, run: AwsRun, change: AwsChange): Promise<AwsLive> {
  if (change.kind === 'enable-iam-authentication') return awaitFlag(work, run, change)
  for (const pause of [...pauses, null]) {
    const live = await readAwsLive(work.subject, work.connection, run.signal)
    if (holdsInAws(change, live)) return live
    if (pause !== null) await pauseFor(work, pause, run.signal)
  }
  throw new ProblemError({
    code: 'aws-not-seen',
    message: `AWS took it, but half a minute later it is not to be seen: ${awsTitleOf(change)}.`,
    next: 'Somebody else may be changing the same things. Look at it, then run this again.',
  })
}
