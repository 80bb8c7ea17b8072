import { resolve } from 'node:path'
import { AwsFailure } from '../aws/failure.ts'
import type { OpenedAws } from '../engine/aws/open-aws.ts'
import { entryOf } from '../engine/plan-undo.ts'
import { stateFolder } from '../engine/state-folder.ts'
import { undoCommand } from '../engine/undo-command.ts'
import { defaultDeadline } from '../model/deadline.ts'
import { exitCodes } from '../model/exit-code.ts'
import type { Problem } from '../model/problem.ts'
import type { UndoableReceipt } from '../model/receipt-run.ts'
import { accountOf } from '../secrets/entry.ts'
import { indexedSecrets } from '../secrets/secret-index.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { UndoOptions } from './support/command-line.ts'
import { commandStore } from './support/command-store.ts'
import { type AdminConnection, connectAdmin } from './support/connect-admin.ts'
import { connectAwsForReceipt } from './support/connect-aws.ts'
import { checkCanAsk } from './support/consent.ts'
import { jsonText } from './support/json-text.ts'
import { isSamePlace } from './support/move-secret.ts'
import { readReceipt } from './support/read-receipt.ts'
import { refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { runUndo, type UndoRecord } from './support/run-undo.ts'
import { tellBrokenOff } from './support/tell-broken-off.ts'
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
    checkCanAsk(options.yes, io, 'The receipt in Markdown says what it would take back, and with which SQL.')
    // Nothing is shown, whatever the store.
    const folder = options.stateFolder ?? stateFolder(io.env)
    const store = await storeNow(receipt, io, folder)
    admin = await connectAdmin(receipt.run.server, io, options.password, folder)
    const { open } = admin
    const inAws = await awsFor(receipt, store, io)
    aws = inAws.opened
    const request = { receipt, open, store, aws: aws?.work, deadline: defaultDeadline, signal: io.signal }
    const command = undoCommand(resolve(options.receipt))
    await tellBrokenOff(admin.session, receipt.run.server, io, command)
    const record = await runUndo(request, undoHeading(receipt), options, io, command)
    return inAws.problem === null ? record : withoutAws(record, inAws.problem)
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

/** AWS, as far as it lets itself be asked: the database is taken back all the same. */
async function awsFor(
  receipt: UndoableReceipt,
  store: SecretStore,
  io: CommandIo,
): Promise<{ readonly opened: OpenedAws | null; readonly problem: Problem | null }> {
  try {
    return { opened: await connectAwsForReceipt(receipt, store, io), problem: null }
  } catch (thrown) {
    const { problem } = thrown instanceof AwsFailure ? thrown : { problem: null }
    if (problem === null || problem.code === 'cancelled') throw thrown
    io.stderr.write(
      `AWS could not be asked, so that nothing there is taken back; the database's part is. ${problem.message}\n`,
    )
    return { opened: null, problem }
  }
}

/** What is done is done, and what was made in AWS is there still. */
function withoutAws(record: UndoRecord, problem: Problem): UndoRecord {
  const exitCode = record.exitCode === exitCodes.done ? exitCodes.failedChanged : record.exitCode
  return { ...record, exitCode, problems: [...record.problems, problem] }
}

/**
 * The place that the password is in: the receipt's, unless `secrets move` has put it elsewhere since. Which it is
 * stands in the plan that is asked about.
 */
async function storeNow(receipt: UndoableReceipt, io: CommandIo, folder: string): Promise<SecretStore> {
  const told = receipt.run.secret
  const account = accountOf(entryOf(receipt))
  const noted = (await indexedSecrets(folder)).filter(each => each.account === account)
  const [moved] = noted
  const isMoved = moved !== undefined && !noted.some(({ answer }) => isSamePlace(answer, told))
  return commandStore(isMoved ? moved.answer : told, io, { terminal: true, stateFolder: folder })
}
