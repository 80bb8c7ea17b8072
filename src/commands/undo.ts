import { isUndone, planUndo, type UndoPlan, type UndoRequest } from '../engine/plan-undo.ts'
import { defaultDeadline } from '../engine/transaction.ts'
import { type UndoOutcome, undo } from '../engine/undo.ts'
import { type ExitCode, exitCodes } from '../model/exit-code.ts'
import type { Problem } from '../model/problem.ts'
import { secretStoreFor, storeContext } from '../secrets/stores.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { UndoOptions } from './support/command-line.ts'
import { type AdminConnection, connectAdmin } from './support/connect-admin.ts'
import { checkCanAsk, saidYes } from './support/consent.ts'
import { readReceipt } from './support/read-receipt.ts'
import { refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { createTeller } from './support/teller.ts'
import { undoOutcomeText, undoPartText, undoPlanText } from './support/text/undo-text.ts'

/** The one document of `undo --json`; `plan` and `result` are null where it did not come so far. */
export interface UndoRecord {
  readonly outcome: UndoOutcome['outcome'] | 'nothing-to-do' | 'refused'
  readonly exitCode: ExitCode
  readonly problems: readonly Problem[]
  readonly plan: UndoPlan | null
  readonly result: UndoOutcome | null
}

/**
 * Takes back what an apply granted, as its receipt says it: shows what that comes to now, asks, does it, and
 * looks at it afterwards. With `--json` one UndoRecord on standard output.
 */
export const run: RunCommand<UndoOptions> = async (options, io) => {
  const record = await recordOf(options, io)
  if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
  if (options.json) io.stdout.write(`${JSON.stringify(record, null, 2)}\n`)
  return record.exitCode
}

async function recordOf(options: UndoOptions, io: CommandIo): Promise<UndoRecord> {
  let admin: AdminConnection | null = null
  try {
    const receipt = await readReceipt(options.receipt)
    checkCanAsk(options.yes, io)
    // Nothing is shown, whatever the store.
    const store = await secretStoreFor(receipt.run.secret, storeContext(true, { signal: io.signal }))
    admin = await connectAdmin(receipt.run.server, io)
    const { open } = admin
    return await carryOut({ receipt, open, store, deadline: defaultDeadline, signal: io.signal }, options, io)
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    const outcome = refusal.code === exitCodes.cancelled ? 'cancelled' : 'refused'
    return { outcome, exitCode: refusal.code, problems: refusal.problems, plan: null, result: null }
  } finally {
    await admin?.session.close().catch(() => {})
  }
}

async function carryOut(request: UndoRequest, options: UndoOptions, io: CommandIo): Promise<UndoRecord> {
  const tell = createTeller(options, io)
  const { receipt, store } = request
  const { host, port } = receipt.run.server
  const plan = await planUndo(request)
  tell.section(undoPlanText(receipt, plan, { endSessions: options.endSessions, place: store.place }))
  const soFar = { problems: [], plan, result: null }
  if (isUndone(plan)) {
    tell.section(['Nothing to do: nothing of what this run granted is there any more.'])
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
