import { AwsFailure, asRequest } from '../../aws/failure.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import type { AwsPlan } from '../../plan/aws/aws-plan.ts'
import { cloudRequestOf } from '../../plan/aws/cloud-request.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { permissionsOf } from '../../plan/aws/permissions.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import type { AwsWork } from './aws-work.ts'
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
    const known = made.find(each => each.index === index)
    if (known !== undefined) {
      const live = await readAwsLive(work.subject, work.connection, run.signal)
      if (holdsInAws(change, live)) continue
    }
    run.onEvent?.({ kind: 'aws-change', title: awsTitleOf(change) })
    try {
      await runAwsChange(work, run, { index, change }, each => note(made, each))
    } catch (thrown) {
      const wanted = permissionsOf(change)[0] ?? null
      if (!(thrown instanceof AwsFailure) || thrown.denial === null) throw thrown
      throw asRequest(thrown, cloudRequestOf(plan, thrown.denial, wanted).text)
    }
  }
}

function note(made: MadeChange[], change: MadeChange): void {
  const at = made.findIndex(({ index }) => index === change.index)
  if (at === -1) made.push(change)
  else made[at] = change
}
