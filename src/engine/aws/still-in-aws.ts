import type { MadeChange } from '../../model/aws/made-change.ts'
import { flagCall } from '../../plan/aws/calls.ts'
import { cliCommand } from '../../plan/render/aws-cli-command.ts'
import type { AwsWork } from './aws-work.ts'
import { readAwsLive } from './read-live.ts'
import { isThere } from './undo-aws-changes.ts'

/** What of a run's changes in AWS is there still, and what to know of the rest. @throws AwsFailure, ProblemError */
export async function stillInAws(
  work: AwsWork,
  made: readonly MadeChange[],
): Promise<{ readonly there: readonly MadeChange[]; readonly notes: readonly string[] }> {
  const live = await readAwsLive(work.subject, work.connection)
  const there = made.filter(
    each =>
      each.change.kind !== 'enable-iam-authentication' && isThere(work, { ...each, certain: false }, live),
  )
  const notes = made.flatMap(({ change }) =>
    change.kind === 'enable-iam-authentication' && live.database?.iamAuthentication === true
      ? [
          `IAM authentication of ${change.identifier} stays on: alone it lets nobody in, and others may use it by now. To turn it off: ${cliCommand(flagCall(change, false))}`,
        ]
      : [],
  )
  return { there, notes }
}
