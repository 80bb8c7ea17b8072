import type { Rehearsal } from '../../engine/outcome.ts'
import { rehearse } from '../../engine/rehearse.ts'
import { rehearsalParagraphs } from '../../engine/report/rehearsal.ts'
import { secretEntryOf } from '../../engine/secret-entry.ts'
import type { Answers } from '../../model/answers.ts'
import { type ExitCode, exitCodes } from '../../model/exit-code.ts'
import { ProblemError } from '../../model/problem.ts'
import type { Plan } from '../../plan/plan.ts'
import { changesNothingFromHere } from '../../plan/plan.ts'
import type { SecretStore } from '../../secrets/store.ts'
import { applyAndDeliver, storeOf } from './apply-and-deliver.ts'
import { type ApplyRecord, nothingYet } from './apply-record.ts'
import type { ApplyRunOptions } from './apply-run-options.ts'
import type { CommandIo } from './command-io.ts'
import { checkCanAsk, saidYes } from './consent.ts'
import { jsonText } from './json-text.ts'
import { closeRun, type LoadedRun, loadRun } from './load-run.ts'
import { readEarlier } from './read-receipt.ts'
import { refusalOf } from './refusal.ts'
import { problemText } from './report-problem.ts'
import { settleBrokenOff } from './settle-broken-off.ts'
import { createTeller, type Teller } from './teller.ts'
import { textOf } from './text/layout.ts'
import { planText } from './text/plan-text.ts'

/** Plans, rehearses, asks, applies and proves, telling it as it goes; a failure is told too. Gives the exit code. */
export async function runApply(
  readAnswers: () => Promise<Answers>,
  options: ApplyRunOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const record = await recordOf(readAnswers, options, io)
  if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
  if (options.json) io.stdout.write(jsonText(record))
  return record.exitCode
}

async function recordOf(
  readAnswers: () => Promise<Answers>,
  options: ApplyRunOptions,
  io: CommandIo,
): Promise<ApplyRecord> {
  let run: LoadedRun | null = null
  try {
    const answers = await readAnswers()
    checkCanAsk(options.yes, io, 'pg-usher plan shows beforehand what it would do.')
    const tell = createTeller(options, io)
    const { record, password } = await settleBrokenOff(answers.server, options, io, tell)
    if (record !== null) return record
    const store = await storeOf(answers, options, io)
    const earlier = await readEarlier(options.receipts ?? [], answers.server)
    run = await loadRun(answers, io, { password, store, earlier, stateFolder: options.stateFolder })
    return await carryOut(run, store, options, io, tell)
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (refusal === null) throw thrown
    const outcome = refusal.code === exitCodes.cancelled ? 'cancelled' : 'refused'
    return {
      ...nothingYet,
      outcome,
      exitCode: refusal.code,
      problems: refusal.problems,
      plan: run?.plan ?? null,
    }
  } finally {
    await closeRun(run)
  }
}

async function carryOut(
  run: LoadedRun,
  store: SecretStore,
  options: ApplyRunOptions,
  io: CommandIo,
  tell: Teller,
): Promise<ApplyRecord> {
  const { plan } = run
  tell.section(planText(plan))
  if (changesNothingFromHere(plan)) {
    tell.section(['Nothing to do: all of it is there already.'])
    return { ...nothingYet, outcome: 'nothing-to-do', exitCode: exitCodes.done, plan }
  }
  const works = await store.probe(io.signal, secretEntryOf(run.answers))
  if (!works.works) throw new ProblemError(works.problem)

  tell.begin('Rehearsing, and taking it all back')
  const rehearsal = await rehearse({
    plan,
    open: run.admin.open,
    signal: io.signal,
    onEvent: tell.progress,
    deadline: options.deadline,
  })
  tell.section(textOf(rehearsalParagraphs(rehearsal, plan)))
  if (rehearsal.outcome !== 'held') return notRehearsed(plan, rehearsal)
  if (!options.yes && !(await saidYes(io, `Apply this to ${plan.server.host} port ${plan.server.port}?`))) {
    tell.section(['Nothing was changed.'])
    return { ...nothingYet, outcome: 'cancelled', exitCode: exitCodes.cancelled, plan, rehearsal }
  }

  return applyAndDeliver(run, store, { rehearsal }, options, io, tell)
}

function notRehearsed(plan: Plan, rehearsal: Exclude<Rehearsal, { outcome: 'held' }>): ApplyRecord {
  return rehearsal.outcome === 'cancelled'
    ? { ...nothingYet, outcome: 'cancelled', exitCode: exitCodes.cancelled, plan, rehearsal }
    : {
        ...nothingYet,
        outcome: 'failed-unchanged',
        exitCode: exitCodes.failedUnchanged,
        problems: [rehearsal.problem],
        plan,
        rehearsal,
      }
}
