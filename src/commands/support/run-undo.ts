import { isUndone, planUndo, type UndoPlan, type UndoRequest } from '../../engine/plan-undo.ts'
import { type UndoOutcome, undo } from '../../engine/undo.ts'
import { type ExitCode, exitCodes } from '../../model/exit-code.ts'
import type { Problem } from '../../model/problem.ts'
import type { CommandIo } from './command-io.ts'
import type { UndoOptions } from './command-line.ts'
import { saidYes } from './consent.ts'
import { createTeller } from './teller.ts'
import { undoOutcomeText, undoPartText, undoPlanText } from './text/undo-text.ts'

/** The one document of `undo --json`; `plan` and `result` are null where it did not come so far. */
export interface UndoRecord {
  readonly outcome: UndoOutcome['outcome'] | 'nothing-to-do' | 'refused'
  readonly exitCode: ExitCode
  readonly problems: readonly Problem[]
  readonly plan: UndoPlan | null
  readonly result: UndoOutcome | null
}

/**
 * Shows what an undo comes to now, asks, carries it out and looks at it afterwards.
 * @param heading what is undone, in words
 * @throws ProblemError where it could not be planned; then nothing is changed
 */
export async function runUndo(
  request: UndoRequest,
  heading: readonly string[],
  options: Omit<UndoOptions, 'receipt'>,
  io: CommandIo,
): Promise<UndoRecord> {
  const tell = createTeller(options, io)
  const { receipt, store } = request
  const { host, port } = receipt.run.server
  const plan = await planUndo(request)
  tell.section(undoPlanText(heading, plan, { endSessions: options.endSessions, place: store.place }))
  const soFar = { problems: [], plan, result: null }
  if (isUndone(plan)) {
    tell.section(['Nothing to do: nothing of it is there any more.'])
    const exitCode = plan.stays.length === 0 ? exitCodes.done : exitCodes.failedChanged
    return { ...soFar, outcome: 'nothing-to-do', exitCode }
  }
  if (!options.yes && !(await saidYes(io, `Take this back on ${host} port ${port}?`))) {
    tell.section(['Nothing was changed.'])
    return { ...soFar, outcome: 'cancelled', exitCode: exitCodes.cancelled }
  }
  tell.begin('Undoing')
  const result = await undo({
    ...request,
    plan,
    endSessions: options.endSessions,
    onEvent: tell.progress,
    onPart: (part, database) => tell.line(undoPartText(part, database)),
  })
  tell.section(undoOutcomeText(result))
  const problems = 'problem' in result ? [result.problem] : []
  return { ...soFar, problems, outcome: result.outcome, exitCode: exitCodeOf(result), result }
}

function exitCodeOf({ outcome }: UndoOutcome): ExitCode {
  switch (outcome) {
    case 'done':
      return exitCodes.done
    case 'role-stays':
    case 'failed-changed':
      return exitCodes.failedChanged
    case 'failed-unchanged':
      return exitCodes.failedUnchanged
    case 'cancelled':
      return exitCodes.cancelled
  }
}
