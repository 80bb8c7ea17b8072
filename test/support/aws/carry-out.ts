import { applyAws } from '../../../src/engine/aws/apply-aws.ts'
import type { AwsWork } from '../../../src/engine/aws/aws-work.ts'
import { type JournalEntry, noJournal } from '../../../src/engine/journal.ts'
import type { MadeChange } from '../../../src/model/aws/made-change.ts'
import { type Problem, problemOf } from '../../../src/model/problem.ts'
import type { AwsPlan } from '../../../src/plan/aws/aws-plan.ts'

/** How carrying a plan's AWS part out ended. */
export interface CarriedOut {
  readonly made: MadeChange[]
  /** The lines of its journal. */
  readonly entries: JournalEntry[]
  readonly problem: Problem | null
}

/**
 * Carries the AWS part of a plan out; how it ended is a value.
 * @param earlier what a run that was broken off had made
 */
export async function carryOut(
  plan: AwsPlan,
  work: AwsWork,
  { signal, earlier = [] }: { readonly signal?: AbortSignal; readonly earlier?: readonly MadeChange[] } = {},
): Promise<CarriedOut> {
  const made = [...earlier]
  const entries: JournalEntry[] = []
  const journal = {
    ...noJournal,
    write: (entry: JournalEntry) => void entries.push(entry),
    note: (entry: JournalEntry) => void entries.push(entry),
  }
  try {
    await applyAws(work, { journal, signal }, plan, 'flag', made)
    await applyAws(work, { journal, signal }, plan, 'changes', made)
    return { made, entries, problem: null }
  } catch (thrown) {
    return { made, entries, problem: problemOf(thrown) }
  }
}

/** Whether a call changes something. */
export function isChanging(action: string): boolean {
  return !/^(Get|List|Describe)/.test(action)
}
