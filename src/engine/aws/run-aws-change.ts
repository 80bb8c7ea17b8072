import { type AwsFailure, awsFailureOf, isRefusal } from '../../aws/failure.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import { ProblemError } from '../../model/problem.ts'
import { notOursProblem } from '../../plan/aws/aws-problems.ts'
import { callsOf } from '../../plan/aws/calls.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { awsNames } from '../../plan/aws/make-aws-plan.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import type { OnEngineEvent } from '../events.ts'
import type { Journal } from '../journal.ts'
import { awaitFlag } from './await-flag.ts'
import { type AwsWork, pauseFor, pauses } from './aws-work.ts'
import { lookOnce, lookUntil } from './look.ts'
import { isDoubledByAgain, lineOf, withVersion } from './made.ts'
import { makeAccessKey } from './make-access-key.ts'
import { readAwsLive } from './read-live.ts'

/** What a change is made under: where it is noted, and who may end it. */
export interface AwsRun {
  readonly journal: Journal
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
}

/** What the making of one change is told to. */
export interface Making {
  /** What an earlier run has made of it, or may have made; null where this is the first. */
  readonly earlier: MadeChange | null
  /**
   * Told as soon as something may be there, and again when more is known of it; null where it turned out that AWS has
   * made nothing.
   */
  readonly onMade: (made: MadeChange | null) => void
}

/**
 * Makes one change: looks whose it would change, notes the intent, calls, notes the answer, looks until it is seen to
 * hold. What AWS may have carried out although it did not say so is looked at before it is tried again. A change that
 * holds is not made again.
 * @throws AwsFailure, ProblemError
 */
export async function runAwsChange(
  work: AwsWork,
  run: AwsRun,
  { index, change }: Pick<MadeChange, 'index' | 'change'>,
  { earlier, onMade }: Making,
): Promise<MadeChange> {
  const { journal, signal } = run
  if (signal?.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
  const live = await readAwsLive(work.subject, work.connection, signal)
  checkPending(change, live)
  checkOurs(work, change, live)
  const begun: MadeChange = earlier ?? { index, change, certain: false, versionId: null, keyId: null }
  const sent = { mayBeThere: earlier !== null }
  journal.write({ entry: 'aws', change: index, state: 'intended' })
  onMade(begun)
  try {
    const made =
      change.kind === 'create-access-key'
        ? await makeAccessKey(work, run, { ...begun, change }, { earlier, onMade, sent })
        : await makeByCalls(work, run, begun, { onMade, sent })
    onMade(made)
    journal.write({ ...lineOf(made), state: 'done' })
    return made
  } catch (thrown) {
    if (!sent.mayBeThere) {
      journal.note({ entry: 'aws', change: index, state: 'refused' })
      onMade(null)
    }
    throw thrown
  }
}

/** What has come to wait since the plan was shown would be applied unseen. */
function checkPending(change: AwsChange, { database }: AwsLive): void {
  if (change.kind !== 'enable-iam-authentication') return
  const { identifier, alsoApplies } = change
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

/** Since the plan was made somebody else may have made something of the same name. */
function checkOurs({ subject }: AwsWork, change: AwsChange, live: AwsLive): void {
  const problem = notOursProblem(change, live, awsNames({ ...subject, live }, live.target).owner)
  if (problem !== null) throw new ProblemError(problem)
}

/** Whether a call was sent that AWS may have carried out. */
interface Sent {
  mayBeThere: boolean
}

async function makeByCalls(
  work: AwsWork,
  run: AwsRun,
  begun: MadeChange,
  { onMade, sent }: Pick<Making, 'onMade'> & { readonly sent: Sent },
): Promise<MadeChange> {
  const answered = await untilAnswered(work, run, begun, sent)
  // Noted before it is looked for: whatever ends the looking, it is there.
  onMade(answered)
  run.journal.write({ ...lineOf(answered), state: 'answered' })
  const live = await untilItHolds(work, run, answered.change)
  return withVersion(answered, live)
}

async function untilAnswered(work: AwsWork, run: AwsRun, begun: MadeChange, sent: Sent): Promise<MadeChange> {
  const { change } = begun
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { ...(await call(work, run, begun, sent)), certain: true }
    } catch (thrown) {
      const failure = awsFailureOf(thrown)
      const pause = pauses[attempt]
      if (pause === undefined || !mayPass(failure)) throw failure
      run.onEvent?.({ kind: 'aws-waiting', title: awsTitleOf(change), because: failure.message })
      await pauseFor(work, pause, run.signal)
      const live = await lookAfter(work, run, change, failure)
      if (live === null) continue
      checkOurs(work, change, live)
      if (holdsInAws(change, live) || isUnderWay(change, live))
        return withVersion({ ...begun, certain: true }, live)
    }
  }
}

/** A call that may have been carried out is not made a second time where there would then be two of it. */
async function lookAfter(
  work: AwsWork,
  { signal }: AwsRun,
  change: AwsChange,
  failure: AwsFailure,
): Promise<AwsLive | null> {
  if (failure.kind !== 'lost' || !isDoubledByAgain(change)) return lookOnce(work, signal)
  return lookUntil(work, signal, live => holdsInAws(change, live))
}

/** A modification of minutes that has begun: its flag holds only at their end. */
function isUnderWay(change: AwsChange, { database }: AwsLive): boolean {
  return (
    change.kind === 'enable-iam-authentication' &&
    database?.pending.some(({ name }) => name === 'IAMDatabaseAuthenticationEnabled') === true
  )
}

async function call(work: AwsWork, { signal }: AwsRun, begun: MadeChange, sent: Sent): Promise<MadeChange> {
  let { versionId } = begun
  for (const each of callsOf(begun.change)) {
    try {
      const result = await work.connection.call(each, signal)
      versionId = result.versionId ?? versionId
      sent.mayBeThere = true
    } catch (thrown) {
      const failure = awsFailureOf(thrown)
      sent.mayBeThere ||= !isRefusal(failure)
      // What was to go is gone, perhaps by an attempt whose answer was lost.
      if (failure.kind !== 'not-found' || !each.action.startsWith('Delete')) throw failure
    }
  }
  return { ...begun, versionId }
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
  const live = await lookUntil(work, run.signal, seen => holdsInAws(change, seen))
  if (live !== null) return live
  throw new ProblemError({
    code: 'aws-not-seen',
    message: `AWS took it, but half a minute later it is not to be seen: ${awsTitleOf(change)}.`,
    next: 'Somebody else may be changing the same things. Look at it, then run this again.',
  })
}
