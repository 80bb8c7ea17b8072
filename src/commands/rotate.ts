import type { Answers } from '../model/answers.ts'
import { type ExitCode, exitCodes } from '../model/exit-code.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { RotateOptions } from './support/command-line.ts'
import { type AdminConnection, connectAdmin } from './support/connect-admin.ts'
import { checkCanAsk } from './support/consent.ts'
import { jsonText } from './support/json-text.ts'
import { readAnswers } from './support/read-answers.ts'
import { refusalOf } from './support/refusal.ts'
import { problemText } from './support/report-problem.ts'
import { rotateCommand } from './support/rotate-command.ts'
import { runApply } from './support/run-apply.ts'
import { runRotation } from './support/run-rotation.ts'
import { finishMoving, movingText, secondLogin } from './support/second-login.ts'
import { tellBrokenOff } from './support/tell-broken-off.ts'

/**
 * Gives the login of an answers file a new password; with `--no-gap` a second login beside it instead, and with
 * `--finish` drops the first. With `--json` one document: a RotationRecord, an ApplyRecord, an UndoRecord.
 */
export const run: RunCommand<RotateOptions> = async (options, io) => {
  let admin: AdminConnection | null = null
  try {
    const answers = await readAnswers(options.answers, io)
    checkCanAsk(
      options.yes,
      io,
      'In a terminal it shows what it would do before it asks; pg-usher rotate --help says what it does.',
    )
    admin = await connectAdmin(answers.server, io)
    await tellBrokenOff(admin.session, answers.server, io, rotateCommand(options))
    if (options.finish === undefined && options.noGap) return await makeSecond(answers, admin, options, io)
    const record =
      options.finish === undefined
        ? await runRotation(answers, admin, options, io)
        : await finishMoving(answers, options.finish, admin, options, io)
    if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
    if (options.json) io.stdout.write(jsonText(record))
    return record.exitCode
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    const { problems, code: exitCode } = refusal
    const outcome = exitCode === exitCodes.cancelled ? 'cancelled' : 'refused'
    io.stderr.write(problemText(problems))
    if (options.json) {
      const record = { outcome, exitCode, problems, plan: null, result: null }
      io.stdout.write(jsonText(record))
    }
    return exitCode
  } finally {
    await admin?.session.close().catch(() => {})
  }
}

async function makeSecond(
  answers: Answers,
  admin: AdminConnection,
  options: RotateOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const second = await secondLogin(answers, admin, options)
  const { yes, json, outDir } = options
  const { password } = admin.target
  const code = await runApply(async () => second.answers, { yes, json, outDir, password }, io)
  const made = code === exitCodes.done || code === exitCodes.doneUnproved
  const stream = json ? io.stderr : io.stdout
  if (made) stream.write(`\n${movingText(second, options.answers).join('\n')}\n`)
  return code
}
