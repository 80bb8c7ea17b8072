import { defaultDeadline } from '../model/deadline.ts'
import { problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'
import type { StatementResult } from '../postgres/statement.ts'
import type { ApplyRequest } from './apply-request.ts'
import type { Done } from './committed.ts'
import { withRetry } from './retry.ts'
import type { Run } from './run.ts'
import { markingStep, xidOf } from './run-marks.ts'
import type { Step } from './steps.ts'
import { inTransaction } from './transaction.ts'
import { withSession } from './with-session.ts'

/**
 * Does a step's work in one transaction, marks it there, commits, and notes it: for the undo in `done`, for a
 * later start in the journal. Two round trips, where the work takes one.
 * @param work runs the statements of `mark` last, in its last round trip, and gives what they gave
 * @throws what `work` threw; ProblemError `commit-unknown`, `journal-not-written`
 */
export async function commitStep<T>(
  request: ApplyRequest,
  run: Run,
  done: Done,
  step: Step,
  work: (
    session: Session,
    mark: readonly string[],
  ) => Promise<{ readonly value: T; readonly marked: readonly StatementResult[] }>,
): Promise<T> {
  const { number, database, changes } = step
  const deadline = request.deadline ?? defaultDeadline
  let xid: string | null = null
  const note = (certain: boolean) => {
    const before = done.committed.findIndex(unit => unit.number === number)
    if (before !== -1) done.committed.splice(before, 1)
    done.committed.push({ number, database, changes, certain, xid })
  }
  const once = () =>
    withSession(request.open, { database }, async session => {
      const { value } = await inTransaction(
        session,
        { deadline, end: 'commit', mayBeLonger: true, signal: request.signal },
        async bounded => {
          const { value: result, marked } = await work(bounded, markingStep(run.marks, number))
          xid = xidOf(marked)
          run.journal.write({ entry: 'step', step: number, state: 'committing', xid })
          return result
        },
      )
      return value
    })
  run.journal.write({ entry: 'step', step: number, state: 'intended' })
  let value: T
  try {
    value = await withRetry(once, request)
  } catch (thrown) {
    if (problemOf(thrown).code === 'commit-unknown') note(false)
    throw thrown
  }
  note(true)
  run.journal.write({ entry: 'step', step: number, state: 'committed' })
  return value
}
