import { AwsFailure, asRequest } from '../../aws/failure.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import type { AwsPlan } from '../../plan/aws/aws-plan.ts'
import { cloudRequestOf } from '../../plan/aws/cloud-request.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { permissionsOf } from '../../plan/aws/permissions.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import type { AwsWork } from './aws-work.ts'
import { lookUntil } from './look.ts'
import { isDoubledByAgain, lineOf, withVersion } from './made.ts'
import { entryOf } from './make-access-key.ts'
import { readAwsLive } from './read-live.ts'
import { type AwsRun, runAwsChange } from './run-aws-change.ts'

/**
 * Makes the changes of one part of a plan's AWS part, in order. What holds already, because a run that was broken off
 * has made it, is taken for done.
 * @param made what was made, or may have been; it is added to as it happens
 * @throws AwsFailure whose problem, where something was denied, has the request to the cloud team; ProblemError
 */
export async function applyAws(
  work: AwsWork,
  run: AwsRun,
  plan: AwsPlan,
  part: 'flag' | 'changes',
  made: MadeChange[],
): Promise<void> {
  const first = part === 'flag' ? 0 : plan.flag.length
  for (const [at, change] of plan[part].entries()) {
    const index = first + at
    const earlier = made.find(each => each.index === index) ?? null
    if (earlier !== null) {
      const found = await madeEarlier(work, run, earlier)
      if (found !== null) {
        note(made, index, found)
        if (!earlier.certain) run.journal.write({ ...lineOf(found), state: 'done' })
        continue
      }
    }
    run.onEvent?.({ kind: 'aws-change', title: awsTitleOf(change) })
    try {
      await runAwsChange(work, run, { index, change }, { earlier, onMade: each => note(made, index, each) })
    } catch (thrown) {
      const wanted = permissionsOf(change)[0] ?? null
      if (!(thrown instanceof AwsFailure) || thrown.denial === null) throw thrown
      throw asRequest(thrown, cloudRequestOf(plan, thrown.denial, wanted).text)
    }
  }
}

/** What an earlier run has made of it, where it holds; null where it is to be made. */
async function madeEarlier(work: AwsWork, run: AwsRun, earlier: MadeChange): Promise<MadeChange | null> {
  const { change, certain } = earlier
  const isSeen = (live: Parameters<typeof holdsInAws>[1]) => holdsInAws(change, live)
  // A key is looked for where its secret was kept; without it nobody can use it, and another is made.
  const mayCome =
    change.kind === 'create-access-key' ? await isKept(work, earlier) : certain || isDoubledByAgain(change)
  if (mayCome && change.kind !== 'enable-iam-authentication') {
    const live = await lookUntil(work, run.signal, isSeen)
    return live === null ? null : withVersion({ ...earlier, certain: true }, live)
  }
  const live = await readAwsLive(work.subject, work.connection, run.signal)
  return isSeen(live) ? withVersion({ ...earlier, certain: true }, live) : null
}

async function isKept({ subject }: AwsWork, { change, keyId }: MadeChange): Promise<boolean> {
  if (change.kind !== 'create-access-key' || keyId === null) return false
  return subject.store.has(entryOf(change, keyId))
}

function note(made: MadeChange[], index: number, change: MadeChange | null): void {
  const at = made.findIndex(each => each.index === index)
  if (change === null) made.splice(at, at === -1 ? 0 : 1)
  else if (at === -1) made.push(change)
  else made[at] = change
}
