import type { AwsLive } from '../../model/aws/live.ts'
import type { MadeChange } from '../../model/aws/made-change.ts'
import { holdsInAws } from '../../plan/aws/holds.ts'
import { awsTitleOf } from '../../plan/aws/titles.ts'
import type { LeftJournal } from '../journal.ts'
import { madeInJournal } from './made-in-journal.ts'

/** How the part in AWS of a run that was broken off stands by its journal alone, in words. */
export function awsByJournal(journal: LeftJournal): readonly string[] {
  return madeInJournal(journal).map(
    ({ change, certain }) => `in AWS, ${certain ? 'made' : 'perhaps made'}: ${awsTitleOf(change)}`,
  )
}

/** The same as AWS has it now, for every change of the plan: those that were not begun too. */
export function standingInAws(journal: LeftJournal, live: AwsLive): readonly string[] {
  const { aws } = journal.begin.plan
  if (aws === undefined) return []
  const made = madeInJournal(journal)
  return [...aws.flag, ...aws.changes].map((change, index) => {
    const { keyId } = made.find(each => each.index === index) ?? { keyId: null }
    return `in AWS, ${stateOf({ change, keyId }, live)}: ${awsTitleOf(change)}`
  })
}

function stateOf({ change, keyId }: Pick<MadeChange, 'change' | 'keyId'>, live: AwsLive): string {
  if (holdsInAws(change, live)) return 'there'
  const { database, user } = live
  switch (change.kind) {
    case 'enable-iam-authentication':
      return database?.status === 'available'
        ? 'not there'
        : `under way (${database?.status ?? 'not looked at'})`
    case 'create-access-key': {
      const lost = user?.keys.filter(({ id }) => id === keyId || !change.keysBefore.includes(id)) ?? []
      return lost.length === 0
        ? 'not there'
        : `there without its secret, so that nobody can use it (${lost.map(({ id }) => id).join(', ')})`
    }
    default:
      return 'not there'
  }
}
