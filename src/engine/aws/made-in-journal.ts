import type { MadeChange } from '../../model/aws/made-change.ts'
import type { Plan } from '../../plan/plan.ts'
import type { JournalEntry } from '../journal.ts'

/** As much of a journal as says what was done in AWS. */
interface AwsInJournal {
  readonly entries: readonly JournalEntry[]
  readonly begin: { readonly plan: Pick<Plan, 'aws'> }
}

/** What a run that was broken off has made in AWS, or may have made, as its journal says; in the order of the plan. */
export function madeInJournal({ begin, entries }: AwsInJournal): readonly MadeChange[] {
  const { aws } = begin.plan
  if (aws === undefined) return []
  return [...aws.flag, ...aws.changes].flatMap((change, index) => {
    const about = entries.filter(entry => entry.entry === 'aws' && entry.change === index)
    const last = about.at(-1)
    if (last?.entry !== 'aws' || last.state === 'undone' || last.state === 'refused') return []
    const known = about.findLast(entry => entry.entry === 'aws' && entry.keyId !== undefined)
    const version = about.findLast(entry => entry.entry === 'aws' && entry.versionId !== undefined)
    return [
      {
        index,
        change,
        certain: last.state === 'done' || last.state === 'answered',
        keyId: known?.entry === 'aws' ? (known.keyId ?? null) : null,
        versionId: version?.entry === 'aws' ? (version.versionId ?? null) : null,
      },
    ]
  })
}
