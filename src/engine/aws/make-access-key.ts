import type { AccessKey } from '../../aws/connection.ts'
import { awsFailureOf, isRefusal } from '../../aws/failure.ts'
import { parseArn } from '../../model/aws/arn.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import { ProblemError, problemOf } from '../../model/problem.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import { type AwsWork, pauseFor, pauses } from './aws-work.ts'
import { keyEntry } from './key-entry.ts'
import { lookUntil } from './look.ts'
import { lineOf } from './made.ts'
import type { AwsRun, Making } from './run-aws-change.ts'

type CreateKey = Extract<AwsChange, { kind: 'create-access-key' }>
type BegunKey = MadeChange & { readonly change: CreateKey }

/**
 * Makes an access key and keeps its secret, which IAM gives once, before anything else happens. A key whose secret
 * never came, because the answer was lost or an earlier run ended, is looked for until it is listed, and deleted:
 * nobody could use it, and a user has two at most.
 * @throws AwsFailure, ProblemError; then there is no key that was not there before, or it is said which, or the run has
 * to look for it when it takes back
 */
export async function makeAccessKey(
  work: AwsWork,
  run: AwsRun,
  begun: BegunKey,
  { earlier, onMade, sent }: Making & { readonly sent: { mayBeThere: boolean } },
): Promise<MadeChange> {
  const { change } = begun
  if (earlier === null) await deleteLost(work, run, change, null)
  else await deleteOfEarlier(work, run, begun)
  const { key, answersLost } = await create(work, run, change, sent)
  const made = { ...begun, keyId: key.id, certain: true }
  onMade(made)
  run.journal.write({ ...lineOf(made), state: 'answered' })
  const { store } = work.subject
  try {
    await store.save(entryOf(change, key.id), key.secret)
  } catch (thrown) {
    await deleteKnown(work, change, key.id, [...pauses]).catch(failure => {
      throw new ProblemError(keyLeft(change, key.id, problemOf(failure).message), { cause: failure })
    })
    sent.mayBeThere = false
    throw thrown
  }
  if (answersLost) await deleteLost(work, run, change, key.id)
  // Whoever plans next would make another one, as long as it is not listed.
  await lookUntil(work, run.signal, live => holdsInAws(change, live))
  return made
}

async function create(
  work: AwsWork,
  run: AwsRun,
  change: CreateKey,
  sent: { mayBeThere: boolean },
): Promise<{ readonly key: AccessKey; readonly answersLost: boolean }> {
  let answersLost = false
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { accessKey } = await work.connection.call(
        { service: 'iam', action: 'CreateAccessKey', input: { UserName: change.user } },
        run.signal,
      )
      sent.mayBeThere = true
      if (accessKey !== null) return { key: accessKey, answersLost }
    } catch (thrown) {
      const failure = awsFailureOf(thrown)
      const pause = pauses[attempt]
      sent.mayBeThere ||= !isRefusal(failure)
      answersLost ||= failure.kind === 'lost'
      // A key of an attempt whose answer was lost may stand in the way, and not be listed yet.
      const isInTheWay = failure.kind === 'limit' && answersLost
      const passes =
        ['throttled', 'busy', 'lost', 'unreachable', 'not-found'].includes(failure.kind) || isInTheWay
      if (pause === undefined || !passes) throw failure
      run.onEvent?.({ kind: 'aws-waiting', title: awsTitleOf(change), because: failure.message })
      await pauseFor(work, pause, run.signal)
      if (failure.kind === 'lost' || isInTheWay) await deleteOnceListed(work, run, change)
    }
  }
}

/** The key that an earlier run has made, or may have made, and whose secret is not kept. */
async function deleteOfEarlier(work: AwsWork, run: AwsRun, { change, keyId }: BegunKey): Promise<void> {
  if (keyId === null) await deleteOnceListed(work, run, change)
  else if (!(await work.subject.store.has(entryOf(change, keyId))))
    await deleteKnown(work, change, keyId, [...pauses])
}

/** Deletes a lost key as soon as it is listed; in half a minute it is, if it was made. */
async function deleteOnceListed(work: AwsWork, run: AwsRun, change: CreateKey): Promise<void> {
  for (const pause of [...pauses, null]) {
    if (await deleteLost(work, run, change, null)) return
    if (pause !== null) await pauseFor(work, pause, run.signal)
  }
}

/** Deletes the keys that were not there before and whose secret is not kept. @returns whether there were any */
async function deleteLost(
  work: AwsWork,
  run: AwsRun,
  change: CreateKey,
  ours: string | null,
): Promise<boolean> {
  const { connection, subject } = work
  const user = await connection.read.user(change.user, run.signal)
  let found = false
  for (const { id } of user?.keys ?? []) {
    if (id === ours || change.keysBefore.includes(id)) continue
    if (await subject.store.has(entryOf(change, id))) continue
    await connection.call(deletion(change, id), run.signal)
    found = true
  }
  return found
}

/**
 * Deletes a key that is known to have been made; one that IAM does not find yet is tried again.
 * @param patience pauses between the attempts; those that were used are taken out
 */
export async function deleteKnown(
  work: AwsWork,
  change: CreateKey,
  keyId: string,
  patience: number[],
): Promise<void> {
  for (;;) {
    try {
      await work.connection.call(deletion(change, keyId))
      return
    } catch (thrown) {
      if (awsFailureOf(thrown).kind !== 'not-found') throw thrown
    }
    const pause = patience.shift()
    if (pause === undefined) return
    await pauseFor(work, pause)
  }
}

function deletion(change: CreateKey, keyId: string) {
  return {
    service: 'iam',
    action: 'DeleteAccessKey',
    input: { UserName: change.user, AccessKeyId: keyId },
  } as const
}

/** Where the secret of this user's key is kept. */
export function entryOf({ arn, user }: Pick<CreateKey, 'arn' | 'user'>, keyId: string) {
  return keyEntry({ partition: parseArn(arn)?.partition ?? 'aws' }, user, keyId)
}

function keyLeft({ user }: CreateKey, keyId: string, because: string) {
  return {
    code: 'aws-key-left',
    message: `The secret of the new access key ${keyId} could not be kept, and the key not be deleted: ${because}`,
    next: `Delete it: aws iam delete-access-key --user-name ${user} --access-key-id ${keyId}`,
  }
}
