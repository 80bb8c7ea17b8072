import { isUndone, planUndo, type UndoPlan, type UndoRequest } from '../../engine/plan-undo.ts'
import { serverAtHand } from '../../engine/server-identity.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { forgetUnderWay, noteUnderWay, type UnderWay } from '../../engine/under-way.ts'
import { type UndoOutcome, undo } from '../../engine/undo.ts'
import { withSession } from '../../engine/with-session.ts'
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
 * @param command the command line that does it again
 * @throws ProblemError where it could not be planned; then nothing is changed
 */
export async function runUndo(
  request: UndoRequest,
  heading: readonly string[],
  options: Omit<UndoOptions, 'receipt'>,
  io: CommandIo,
  command: string,
): Promise<UndoRecord> {
  const tell = createTeller(options, io)
  const folder = options.stateFolder ?? stateFolder(io.env)
  const { receipt, store } = request
  const { host, port } = receipt.run.server
  const what = await underWayOf(request, command)
  const plan = await planUndo(request)
  tell.section(undoPlanText(heading, plan, { endSessions: options.endSessions, place: store.place }))
  const soFar = { problems: [], plan, result: null }
  if (isUndone(plan)) {
    tell.section(['Nothing to do: nothing of it is there any more.'])
    forgetUnderWay(folder, what)
    const exitCode = plan.stays.length === 0 ? exitCodes.done : exitCodes.failedChanged
    return { ...soFar, outcome: 'nothing-to-do', exitCode }
  }
  if (!options.yes && !(await saidYes(io, `Take this back on ${host} port ${port}?`))) {
    tell.section(['Nothing was changed.'])
    return { ...soFar, outcome: 'cancelled', exitCode: exitCodes.cancelled }
  }
  tell.begin('Undoing')
  const { note, problem } = noteUnderWay(folder, what)
  if (problem !== null) io.stderr.write(notNoted(problem))
  const result = await undo({
    ...request,
    plan,
    endSessions: options.endSessions,
    onEvent: tell.progress,
    onPart: (part, database) => tell.line(undoPartText(part, database)),
  })
  if (result.outcome === 'done' || result.outcome === 'role-stays') note.done()
  else if (result.outcome !== 'failed-changed') note.stopped()
  tell.section(undoOutcomeText(result))
  const problems = 'problem' in result ? [result.problem] : []
  return { ...soFar, problems, outcome: result.outcome, exitCode: exitCodeOf(result), result }
}

async function underWayOf({ receipt, open }: UndoRequest, command: string): Promise<UnderWay> {
  const { server } = receipt.run
  const atHand = await withSession(open, { database: server.database }, session =>
    serverAtHand(session, server),
  )
  return { kind: 'undo', server: atHand.server.identity, login: receipt.login, command }
}

/** What is done needs no note; only who starts again after a breakdown is not told of it. */
export function notNoted(why: string): string {
  return `It could not be noted that this is under way (${why}): should it be broken off, the next start does not say so.\n`
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
