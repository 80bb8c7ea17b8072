import { awsFailureOf } from '../../aws/failure.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsLive } from '../../model/aws/live.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import { type Problem, problemOf } from '../../model/problem.ts'
import { notOursProblem } from '../../plan/aws/aws-problems.ts'
import { flagCall, undoCallsOf } from '../../plan/aws/calls.ts'
import { undoRequest } from '../../plan/aws/cloud-request.ts'
import { holdsInAws, thingOf } from '../../plan/aws/holds.ts'
import { awsNames } from '../../plan/aws/make-aws-plan.ts'
import { undoPermissions } from '../../plan/aws/permissions.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import { cliCommand } from '../../plan/render/aws-cli-command.ts'
import type { OnEngineEvent } from '../events.ts'
import type { Journal } from '../journal.ts'
import { type AwsWork, pauseFor, pauses } from './aws-work.ts'
import { withVersion } from './made.ts'
import { deleteKnown, entryOf } from './make-access-key.ts'
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

/** How an undo goes about it. */
export interface UndoOptions {
  readonly onEvent?: OnEngineEvent | undefined
  /** Whether all of it has been seen there: what is not seen now is gone then, and not waited for. */
  readonly seen?: boolean
}

/**
 * Takes back what was made in AWS, last first: key, attachment, user or role, versions, policy. It is looked first
 * whether it is there, and whether it is ours. What is not seen may only not be seen yet: it is looked for again, for
 * half a minute in all, before it is taken for gone. It is not to be cancelled.
 * Never throws.
 */
export async function undoAwsChanges(
  work: AwsWork,
  made: readonly MadeChange[],
  journal: Pick<Journal, 'note'>,
  { onEvent, seen = false }: UndoOptions = {},
): Promise<LeftInAws> {
  const patience: number[] = seen ? [] : [...pauses]
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
      const notOurs = await undoOne(work, each, { patience, onEvent })
      if (notOurs !== null && each.certain) left.push(`Left alone: ${awsTitleOf(change)}. ${notOurs.message}`)
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

/** How an undo waits for what it does not see. */
interface Waiting {
  /** The pauses that are left of the half minute; all changes share it. */
  readonly patience: number[]
  readonly onEvent: OnEngineEvent | undefined
}

/** @returns why it was left alone, where somebody else's stands in its place by now */
async function undoOne(work: AwsWork, made: MadeChange, waiting: Waiting): Promise<Problem | null> {
  const { change, certain } = made
  // A key that was lost and is gone does not come back.
  if (change.kind === 'delete-access-key') return null
  for (let attempt = 0; ; attempt += 1) {
    try {
      const live = await lookFor(work, made, waiting)
      const sight = sightOf(work, made, live)
      if (sight === 'not-ours') return notOursIn(work, change, live)
      if (change.kind === 'create-access-key') {
        await undoKeys(work, { ...made, change }, live, waiting)
      } else if (sight === 'there' || (sight === 'unseen' && certain && thingOf(change, live) !== null)) {
        const otherVersions = (live.policy?.versions ?? []).filter(id => id !== live.policy?.defaultVersion)
        const { versionId } = sight === 'there' ? withVersion(made, live) : made
        for (const call of undoCallsOf(change, { versionId: versionId ?? undefined, otherVersions }))
          await work.connection.call(call).catch(passNotFound)
      }
      return null
    } catch (thrown) {
      const pause = pauses[attempt]
      if (pause === undefined || !againKinds.has(awsFailureOf(thrown).kind)) throw thrown
      await pauseFor(work, pause)
    }
  }
}

const againKinds: ReadonlySet<string> = new Set(['throttled', 'busy', 'lost', 'unreachable', 'in-use'])

/** Looks until something of it is seen, while there is patience left. */
async function lookFor(work: AwsWork, made: MadeChange, { patience, onEvent }: Waiting): Promise<AwsLive> {
  for (;;) {
    const live = await readAwsLive(work.subject, work.connection)
    if (sightOf(work, made, live) !== 'unseen') return live
    const pause = patience.shift()
    if (pause === undefined) return live
    const because = 'looking whether it is there; AWS does not show at once what was just made'
    onEvent?.({ kind: 'aws-waiting', title: awsTitleOf(made.change), because })
    await pauseFor(work, pause)
  }
}

/** Whether there is something of it to take back: `not-ours` where somebody else's stands in its place. */
export function sightOf(
  work: AwsWork,
  { change, keyId }: Pick<MadeChange, 'change' | 'keyId'>,
  live: AwsLive,
): 'there' | 'unseen' | 'not-ours' {
  if (notOursIn(work, change, live) !== null) return 'not-ours'
  switch (change.kind) {
    case 'create-policy':
    case 'create-role':
    case 'create-user':
      return thingOf(change, live) === null ? 'unseen' : 'there'
    case 'create-access-key':
      return live.user?.keys.some(
        ({ id }) => id === keyId || (keyId === null && !change.keysBefore.includes(id)),
      ) === true
        ? 'there'
        : 'unseen'
    default:
      return holdsInAws(change, live) ? 'there' : 'unseen'
  }
}

/** Why what the change is about is to be left alone: it has not our tag. */
export function notOursIn({ subject }: AwsWork, change: AwsChange, live: AwsLive): Problem | null {
  return notOursProblem(change, live, awsNames({ ...subject, live }, live.target).owner)
}

/** The key that was made, and those whose secret never came; and the secret in its place. */
async function undoKeys(
  work: AwsWork,
  made: MadeChange & { readonly change: Extract<AwsChange, { kind: 'create-access-key' }> },
  live: AwsLive,
  { patience }: Waiting,
): Promise<void> {
  const { change, keyId } = made
  const { store } = work.subject
  const listed = live.user?.keys ?? []
  for (const { id } of listed) {
    if (change.keysBefore.includes(id) || (id !== keyId && live.storedKeys.includes(id))) continue
    await deleteKnown(work, change, id, [])
    await store.remove(entryOf(change, id))
  }
  if (keyId === null) return
  // IAM gave its id: it is deleted also where it is not listed yet.
  if (live.user !== null && !listed.some(({ id }) => id === keyId))
    await deleteKnown(work, change, keyId, patience)
  await store.remove(entryOf(change, keyId))
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
