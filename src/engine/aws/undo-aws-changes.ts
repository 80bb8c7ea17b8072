import { awsFailureOf } from '../../aws/failure.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import { problemOf } from '../../model/problem.ts'
import { flagCall, undoCallsOf } from '../../plan/aws/calls.ts'
import { undoRequest } from '../../plan/aws/cloud-request.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { awsNames } from '../../plan/aws/make-aws-plan.ts'
import { ownerOf } from '../../plan/aws/names.ts'
import { undoPermissions } from '../../plan/aws/permissions.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import { cliCommand } from '../../plan/render/aws-cli-command.ts'
import type { Journal } from '../journal.ts'
import { type AwsWork, pauseFor, pauses } from './aws-work.ts'
import { entryOf } from './make-access-key.ts'
import { readAwsLive } from './read-live.ts'

/** What of AWS is left of a run. */
export interface LeftInAws {
  /** In words, each with what to run. */
  readonly left: readonly string[]
  /** Whether all was taken back that can be: another start could mend nothing. */
  readonly undone: boolean
  /** What to ask of the cloud team, where something was denied; lines. */
  readonly request: string | null
}

export const nothingLeft: LeftInAws = { left: [], undone: true, request: null }

/** For a run whose part in AWS nobody may look at from here. */
export function notLookedAt(made: readonly MadeChange[]): LeftInAws {
  return {
    left: made.toReversed().map(each => leftWords(each, 'AWS was not asked whether it is there.')),
    undone: made.length === 0,
    request: null,
  }
}

/**
 * Takes back what was made in AWS, last first: key, attachment, user or role, versions, policy. Of what may have been
 * made it is looked first whether it is there, and whether it is ours. It is not to be cancelled.
 * Never throws.
 */
export async function undoAwsChanges(
  work: AwsWork,
  made: readonly MadeChange[],
  journal: Pick<Journal, 'note'>,
): Promise<LeftInAws> {
  let undone = true
  let request: string | null = null
  const left: string[] = []
  for (const each of made.toReversed()) {
    const { change, index } = each
    if (change.kind === 'enable-iam-authentication') {
      const words = await flagWords(work, each)
      if (words !== null) left.push(words)
      continue
    }
    journal.note({ entry: 'aws', change: index, state: 'undoing' })
    try {
      await undoOne(work, each)
      journal.note({ entry: 'aws', change: index, state: 'undone' })
    } catch (thrown) {
      journal.note({ entry: 'aws', change: index, state: 'undo-failed' })
      undone = false
      left.push(leftWords(each, problemOf(thrown).message))
      request ??= requestOf(work, made, thrown)
    }
  }
  return { left, undone, request }
}

/** Where it was denied: what all of the taking back needs. */
function requestOf({ subject }: AwsWork, made: readonly MadeChange[], thrown: unknown): string | null {
  const { denial, kind, problem } = awsFailureOf(thrown)
  if (kind !== 'denied') return null
  if (denial === null) return problem.next ?? null
  const permissions = undoPermissions(made)
  const action = denial.action
  const wanted = permissions.find(each => each.action === action) ?? null
  return [
    'To the cloud team:',
    ...undoRequest(subject.answers.roles.login, permissions, denial, wanted),
  ].join('\n')
}

async function undoOne(work: AwsWork, made: MadeChange): Promise<void> {
  const { change } = made
  for (let attempt = 0; ; attempt += 1) {
    try {
      const live = await readAwsLive(work.subject, work.connection)
      if (change.kind === 'create-access-key') await undoKeys(work, made, live)
      else if (isThere(work, made, live)) {
        const otherVersions = (live.policy?.versions ?? []).filter(id => id !== live.policy?.defaultVersion)
        const versionId = made.versionId ?? undefined
        for (const call of undoCallsOf(change, { versionId, otherVersions }))
          await work.connection.call(call).catch(passNotFound)
      }
      return
    } catch (thrown) {
      const pause = pauses[attempt]
      if (pause === undefined || !againKinds.has(awsFailureOf(thrown).kind)) throw thrown
      await pauseFor(work, pause)
    }
  }
}

const againKinds: ReadonlySet<string> = new Set(['throttled', 'busy', 'lost', 'unreachable', 'in-use'])

/** Whether there is something of it to take back that is ours. */
export function isThere(
  { subject }: AwsWork,
  { change, certain, keyId }: MadeChange,
  live: AwsLive,
): boolean {
  const { owner } = awsNames({ ...subject, live }, live.target)
  switch (change.kind) {
    case 'create-policy':
      return live.policy !== null && ownerOf(live.policy.tags, owner) === 'this'
    case 'create-role':
      return live.role !== null && ownerOf(live.role.tags, owner) === 'this'
    case 'create-user':
      return live.user !== null && ownerOf(live.user.tags, owner) === 'this'
    case 'create-access-key':
      return (
        certain ||
        live.user?.keys.some(
          ({ id }) => id === keyId || (keyId === null && !change.keysBefore.includes(id)),
        ) === true
      )
    default:
      return certain || holdsInAws(change, live)
  }
}

/** The key that was made, and those whose secret never came; and the secret in its place. */
async function undoKeys(work: AwsWork, { change, keyId }: MadeChange, live: AwsLive): Promise<void> {
  if (change.kind !== 'create-access-key') return
  for (const { id } of live.user?.keys ?? []) {
    if (change.keysBefore.includes(id) || (id !== keyId && live.storedKeys.includes(id))) continue
    await work.connection
      .call({
        service: 'iam',
        action: 'DeleteAccessKey',
        input: { UserName: change.user, AccessKeyId: id },
      })
      .catch(passNotFound)
    await work.subject.store.remove(entryOf(change, id))
  }
  if (keyId !== null) await work.subject.store.remove(entryOf(change, keyId))
}

function passNotFound(thrown: unknown): void {
  if (awsFailureOf(thrown).kind !== 'not-found') throw thrown
}

/** The flag stays on; null where it was never turned on. */
async function flagWords(work: AwsWork, { change, certain }: MadeChange): Promise<string | null> {
  if (change.kind !== 'enable-iam-authentication') return null
  if (!certain) {
    const live = await readAwsLive(work.subject, work.connection).catch(() => null)
    const untouched =
      live?.database?.iamAuthentication === false &&
      !live.database.pending.some(({ name }) => name === 'IAMDatabaseAuthenticationEnabled') &&
      live.database.status === 'available'
    if (untouched) return null
  }
  return `IAM authentication of the ${change.database} ${change.identifier} is on, or about to be: alone it lets nobody in. To turn it off: ${cliCommand(flagCall(change, false))}`
}

function leftWords({ change, keyId, versionId }: MadeChange, because: string): string {
  const commands = undoCallsOf(change, { keyId: keyId ?? undefined, versionId: versionId ?? undefined })
    .map(cliCommand)
    .join('; ')
  return `Not undone: ${awsTitleOf(change)} (${because})${commands === '' ? '' : ` To be run: ${commands}`}`
}
