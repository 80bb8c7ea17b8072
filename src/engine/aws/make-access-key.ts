import type { AccessKey } from '../../aws/connection.ts'
import { awsFailureOf } from '../../aws/failure.ts'
import { parseArn } from '../../model/aws/arn.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import { ProblemError, problemOf } from '../../model/problem.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import { type AwsWork, pauseFor, pauses } from './aws-work.ts'
import { keyEntry } from './key-entry.ts'
import type { AwsRun } from './run-aws-change.ts'

type CreateKey = Extract<AwsChange, { kind: 'create-access-key' }>

/**
 * Makes an access key and keeps its secret, which IAM gives once, before anything else happens. A key whose secret
 * never came, because the answer was lost or an earlier run ended, is deleted: nobody could use it, and a user has two
 * at most.
 * @throws AwsFailure, ProblemError; then there is no key that was not there before, or it is said which
 */
export async function makeAccessKey(
  work: AwsWork,
  run: AwsRun,
  begun: MadeChange & { readonly change: CreateKey },
  onMade: (made: MadeChange) => void,
): Promise<MadeChange> {
  const { change } = begun
  await deleteLost(work, run, change, null)
  const { key, answersLost } = await create(work, run, change)
  const made = { ...begun, keyId: key.id }
  onMade(made)
  run.journal.write({ entry: 'aws', change: begun.index, state: 'intended', arn: change.arn, keyId: key.id })
  const { store } = work.subject
  try {
    await store.save(entryOf(change, key.id), key.secret)
  } catch (thrown) {
    await work.connection.call(deletion(change, key.id)).catch(failure => {
      throw new ProblemError(keyLeft(change, key.id, problemOf(failure).message), { cause: failure })
    })
    throw thrown
  }
  if (answersLost) await deleteLost(work, run, change, key.id)
  return made
}

async function create(
  work: AwsWork,
  run: AwsRun,
  change: CreateKey,
): Promise<{ readonly key: AccessKey; readonly answersLost: boolean }> {
  let answersLost = false
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { accessKey } = await work.connection.call(
        { service: 'iam', action: 'CreateAccessKey', input: { UserName: change.user } },
        run.signal,
      )
      if (accessKey !== null) return { key: accessKey, answersLost }
    } catch (thrown) {
      const failure = awsFailureOf(thrown)
      const pause = pauses[attempt]
      answersLost ||= failure.kind === 'lost'
      // A key of an attempt whose answer was lost may stand in the way, and not be listed yet.
      const passes =
        ['throttled', 'busy', 'lost', 'unreachable', 'not-found'].includes(failure.kind) ||
        (failure.kind === 'limit' && answersLost)
      if (pause === undefined || !passes) throw failure
      run.onEvent?.({ kind: 'aws-waiting', title: awsTitleOf(change), because: failure.message })
      await pauseFor(work, pause, run.signal)
      if (answersLost) await deleteLost(work, run, change, null)
    }
  }
}

/** Deletes the keys that were not there before and whose secret is not kept. */
async function deleteLost(work: AwsWork, run: AwsRun, change: CreateKey, ours: string | null): Promise<void> {
  const { connection, subject } = work
  const user = await connection.read.user(change.user, run.signal)
  for (const { id } of user?.keys ?? []) {
    if (id === ours || change.keysBefore.includes(id)) continue
    if (await subject.store.has(entryOf(change, id))) continue
    await connection.call(deletion(change, id), run.signal)
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
