import { apply } from '../../engine/apply.ts'
import { doorOf } from '../../engine/door.ts'
import type { ApplyOutcome, Rehearsal } from '../../engine/outcome.ts'
import { rehearse } from '../../engine/rehearse.ts'
import { secretEntryOf } from '../../engine/secret-entry.ts'
import { undoCommand } from '../../engine/undo-command.ts'
import type { Answers } from '../../model/answers.ts'
import { type ExitCode, exitCodes } from '../../model/exit-code.ts'
import { ProblemError, problemOf } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import type { Plan } from '../../plan/plan.ts'
import { knock } from '../../postgres/knock.ts'
import { generatePassword } from '../../secrets/password.ts'
import type { SecretStore } from '../../secrets/store.ts'
import { secretStoreFor, storeContext } from '../../secrets/stores.ts'
import type { ApplyRecord } from './apply-record.ts'
import type { CommandIo } from './command-io.ts'
import { checkCanAsk, saidYes } from './consent.ts'
import { deliver } from './deliver.ts'
import { type LoadedRun, loadRun } from './load-run.ts'
import { refusalOf } from './refusal.ts'
import { problemText } from './report-problem.ts'
import { showOnce } from './show-once.ts'
import { createTeller, type Teller } from './teller.ts'
import { terminalNeeded } from './terminal-needed.ts'
import { formText } from './text/form-text.ts'
import { outcomeText } from './text/outcome-text.ts'
import { changesNothing, planText } from './text/plan-text.ts'
import { rehearsalText } from './text/rehearsal-text.ts'
import { todoText } from './text/todo-text.ts'

export interface ApplyRunOptions {
  /** Do not ask. */
  readonly yes: boolean
  /** One ApplyRecord on standard output instead of text, progress on standard error. */
  readonly json: boolean
  /** The folder for the receipt. */
  readonly outDir?: string | undefined
  /** The administrator's password, where it is known already. */
  readonly password?: Secret | undefined
}

/** Plans, rehearses, asks, applies and proves, telling it as it goes; a failure is told too. Gives the exit code. */
export async function runApply(
  readAnswers: () => Promise<Answers>,
  options: ApplyRunOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const record = await recordOf(readAnswers, options, io)
  if (record.problems.length > 0) io.stderr.write(problemText(record.problems))
  if (options.json) io.stdout.write(`${JSON.stringify(record, null, 2)}\n`)
  return record.exitCode
}

const nothingYet = { problems: [], plan: null, rehearsal: null, result: null, delivered: null } as const

async function recordOf(
  readAnswers: () => Promise<Answers>,
  options: ApplyRunOptions,
  io: CommandIo,
): Promise<ApplyRecord> {
  let run: LoadedRun | null = null
  try {
    const answers = await readAnswers()
    checkCanAsk(options.yes, io)
    const store = await storeOf(answers, options, io)
    run = await loadRun(answers, io, { password: options.password })
    return await carryOut(run, store, options, io)
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
    await run?.admin.session.close().catch(() => {})
  }
}

function storeOf(answers: Answers, { json }: ApplyRunOptions, io: CommandIo): Promise<SecretStore> {
  const terminal = !json && terminalNeeded(io) === null
  return secretStoreFor(answers.secret, storeContext(terminal, { signal: io.signal }))
}

async function carryOut(
  run: LoadedRun,
  store: SecretStore,
  options: ApplyRunOptions,
  io: CommandIo,
): Promise<ApplyRecord> {
  const tell = createTeller(options, io)
  const { plan } = run
  tell.section(planText(plan))
  if (changesNothing(plan)) {
    tell.section(['Nothing to do: all of it is there already.'])
    return { ...nothingYet, outcome: 'nothing-to-do', exitCode: exitCodes.done, plan }
  }
  const works = await store.probe(io.signal)
  if (!works.works) throw new ProblemError(works.problem)

  tell.begin('Rehearsing, and taking it all back')
  const rehearsal = await rehearse({ plan, open: run.admin.open, signal: io.signal, onEvent: tell.progress })
  tell.section(rehearsalText(rehearsal))
  if (rehearsal.outcome !== 'held') return notRehearsed(plan, rehearsal)
  if (!options.yes && !(await saidYes(io, `Apply this to ${plan.server.host} port ${plan.server.port}?`))) {
    tell.section(['Nothing was changed.'])
    return { ...nothingYet, outcome: 'cancelled', exitCode: exitCodes.cancelled, plan, rehearsal }
  }

  tell.begin('Applying')
  const result = await applyPlan(run, store, io, tell)
  tell.section(outcomeText(result, rehearsal.beyond))
  const record = {
    outcome: result.outcome,
    exitCode: exitCodeOf(result),
    problems: 'problem' in result ? [result.problem] : [],
    plan,
    rehearsal,
    result,
    delivered: null,
  }
  if (result.outcome !== 'done' && result.outcome !== 'done-unproved') return record
  try {
    const delivered = await deliver(run, store, result, options.outDir ?? '.', io)
    tell.section(formText(delivered.forms, delivered.password))
    tell.section(todoText(delivered.stillToDo))
    if (delivered.receipt !== null)
      tell.section([`Receipt: ${delivered.receipt}`, `To undo it: ${undoCommand(delivered.receipt)}`])
    if (store.kind === 'show-once')
      await showOnce(io, plan.login, await store.read(secretEntryOf(run.answers)))
    return { ...record, delivered }
  } catch (thrown) {
    // It is done all the same, and the exit code says so.
    return { ...record, problems: [problemOf(thrown)] }
  }
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

function applyPlan(run: LoadedRun, store: SecretStore, io: CommandIo, tell: Teller): Promise<ApplyOutcome> {
  const { answers, plan, admin } = run
  return apply({
    plan,
    open: admin.open,
    store,
    entry: secretEntryOf(answers),
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target: admin.target, user: plan.login, database })),
    signal: io.signal,
    onEvent: tell.progress,
  })
}

function exitCodeOf(result: ApplyOutcome): ExitCode {
  switch (result.outcome) {
    case 'done':
      return exitCodes.done
    case 'done-unproved':
      return exitCodes.doneUnproved
    case 'failed-unchanged':
      return exitCodes.failedUnchanged
    case 'failed-changed':
      return exitCodes.failedChanged
    case 'cancelled':
      return exitCodes.cancelled
  }
}
