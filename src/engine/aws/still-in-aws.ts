import type { MadeChange } from '../../model/aws/made-change.ts'
import { flagCall } from '../../plan/aws/calls.ts'
import { cliCommand } from '../../plan/render/aws-cli-command.ts'
import type { AwsWork } from './aws-work.ts'
import { entryOf } from './make-access-key.ts'
import { readAwsLive } from './read-live.ts'
import { notOursIn, sightOf } from './undo-aws-changes.ts'

/** What of a run's changes in AWS is there still, and what to know of the rest. @throws AwsFailure, ProblemError */
export async function stillInAws(
  work: AwsWork,
  made: readonly MadeChange[],
): Promise<{ readonly there: readonly MadeChange[]; readonly notes: readonly string[] }> {
  const live = await readAwsLive(work.subject, work.connection)
  const there: MadeChange[] = []
  for (const each of made) {
    if (each.change.kind === 'enable-iam-authentication') continue
    if (sightOf(work, each, live) === 'there' || (await isKept(work, each))) there.push(each)
  }
  const leftAlone = new Set(made.flatMap(({ change }) => notOursIn(work, change, live)?.message ?? []))
  const flags = made.flatMap(({ change }) =>
    change.kind === 'enable-iam-authentication' && live.database?.iamAuthentication === true
      ? [
          `IAM authentication of ${change.identifier} stays on: alone it lets nobody in, and others may use it by now. To turn it off: ${cliCommand(flagCall(change, false))}`,
        ]
      : [],
  )
  return { there, notes: [...leftAlone, ...flags] }
}

/** Whether the secret of the key that was made is still kept, where the key itself is gone already. */
async function isKept({ subject }: AwsWork, { change, keyId }: MadeChange): Promise<boolean> {
  if (change.kind !== 'create-access-key' || keyId === null) return false
  return subject.store.has(entryOf(change, keyId))
}
