import type { OpenedAws } from '../engine/aws/open-aws.ts'
import { defaultDeadline } from '../engine/transaction.ts'
import { exitCodes } from '../model/exit-code.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { UndoOptions } from './support/command-line.ts'
import { commandStore } from './support/command-store.ts'
import { type AdminConnection, connectAdmin } from './support/connect-admin.ts'
import { connectAwsForReceipt } from './support/connect-aws.ts'
import { checkCanAsk } from './support/consent.ts'
import { jsonText } from './support/json-text.ts'
import { readReceipt } from './support/read-receipt.ts'
import { refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { runUndo, type UndoRecord } from './support/run-undo.ts'
import { undoHeading } from './support/text/undo-text.ts'

/**
 * Takes back what an apply granted, as its receipt says it: shows what that comes to now, asks, does it, and
 * looks at it afterwards. With `--json` one UndoRecord on standard output.
 */
export const run: RunCommand<UndoOptions> = async (options, io) => {
  const record = await recordOf(options, io)
  if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
  if (options.json) io.stdout.write(jsonText(record))
  return record.exitCode
}

async function recordOf(options: UndoOptions, io: CommandIo): Promise<UndoRecord> {
  let admin: AdminConnection | null = null
  let aws: OpenedAws | null = null
  try {
    const receipt = await readReceipt(options.receipt)
    checkCanAsk(options.yes, io)
    // Nothing is shown, whatever the store.
    const store = await commandStore(receipt.run.secret, io, { terminal: true })
    admin = await connectAdmin(receipt.run.server, io)
    const { open } = admin
    aws = await connectAwsForReceipt(receipt, store, io)
    const request = { receipt, open, store, aws: aws?.work, deadline: defaultDeadline, signal: io.signal }
    return await runUndo(request, undoHeading(receipt), options, io)
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    const outcome = refusal.code === exitCodes.cancelled ? 'cancelled' : 'refused'
    return { outcome, exitCode: refusal.code, problems: refusal.problems, plan: null, result: null }
  } finally {
    aws?.work.connection.close()
    await admin?.session.close().catch(() => {})
  }
}
