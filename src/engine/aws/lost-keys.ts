import type { AwsLive } from '../../model/aws/live.ts'
import type { LeftJournal } from '../journal.ts'
import { madeInJournal } from './made-in-journal.ts'

/**
 * The access keys that runs which were broken off have made, or may have made, and whose secret is not where it was to
 * be kept: nobody has it. Keys that were there before such a run are never among them.
 */
export function lostKeys(journals: readonly LeftJournal[], live: AwsLive): readonly string[] {
  const { user } = live
  if (user === null) return []
  const made = journals
    .flatMap(madeInJournal)
    .flatMap(({ change }) => (change.kind === 'create-access-key' ? [change] : []))
    .filter(change => change.arn === user.arn)
  return user.keys
    .map(({ id }) => id)
    .filter(id => !live.storedKeys.includes(id) && made.some(({ keysBefore }) => !keysBefore.includes(id)))
}
