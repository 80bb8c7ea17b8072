import { resolve } from 'node:path'
import { apply } from '../../engine/apply.ts'
import { doorOf } from '../../engine/door.ts'
import type { ApplyOutcome, Rehearsal } from '../../engine/outcome.ts'
import { keptEntryOf, secretEntryOf } from '../../engine/secret-entry.ts'
import type { Standing } from '../../engine/standing.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { undoCommand } from '../../engine/undo-command.ts'
import { verifyCommand } from '../../engine/verify-command.ts'
import type { Answers } from '../../model/answers.ts'
import { outcomeExitCodes } from '../../model/exit-code.ts'
import { problemOf } from '../../model/problem.ts'
import { knock } from '../../postgres/knock.ts'
import { generatePassword } from '../../secrets/password.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { ApplyRecord } from './apply-record.ts'
import type { ApplyRunOptions } from './apply-run-options.ts'
import type { CommandIo } from './command-io.ts'
import { commandStore } from './command-store.ts'
import { deliver } from './deliver.ts'
import type { LoadedRun } from './load-run.ts'
import { problemText } from './report-problem.ts'
import { passwordOf, showOnce } from './show-once.ts'
import type { Teller } from './teller.ts'
import { terminalNeeded } from './terminal-needed.ts'
import { formText } from './text/form-text.ts'
import { outcomeText } from './text/outcome-text.ts'
import { todoText } from './text/todo-text.ts'

/** The place for the password that the answers name. @throws ProblemError where it cannot be here */
export function storeOf(
  { secret }: Pick<Answers, 'secret'>,
  { json, stateFolder }: Pick<ApplyRunOptions, 'json' | 'stateFolder'>,
  io: CommandIo,
): Promise<SecretStore> {
  const terminal = !json && terminalNeeded(io) === null
  // No signal: after a cancel what was stored still has to be taken back. The probe has one of its own.
  return commandStore(secret, io, { terminal, stateFolder })
}

/** Applies what was agreed, or goes on with it, and gives form and receipt of what is done. */
export async function applyAndDeliver(
  run: LoadedRun,
  store: SecretStore,
  {
    rehearsal = null,
    resume,
  }: {
    readonly rehearsal?: Extract<Rehearsal, { readonly outcome: 'held' }> | null
    readonly resume?: Standing
  },
  options: ApplyRunOptions,
  io: CommandIo,
  tell: Teller,
): Promise<ApplyRecord> {
  const { plan } = run
  tell.begin('Applying')
  const result = await applyPlan(run, store, { ...options, resume }, io, tell)
  tell.section(outcomeText(result, rehearsal?.beyond))
  const record = {
    outcome: result.outcome,
    exitCode: outcomeExitCodes[result.outcome],
    problems: 'problem' in result ? [result.problem] : [],
    plan,
    rehearsal,
    result,
    delivered: null,
  }
  if (result.outcome !== 'done' && result.outcome !== 'done-unproved') return record
  try {
    if (result.receipt?.ok === false) io.stderr.write(problemText([result.receipt.problem]))
    const delivered = deliver(run, store, result)
    tell.section(formText(delivered.forms, delivered.password))
    tell.section(todoText(delivered.stillToDo))
    if (delivered.receipt !== null)
      tell.section([
        `Receipt: ${delivered.receipt}`,
        `To undo it: ${undoCommand(delivered.receipt)}`,
        `To see on a later day whether it is still so: ${verifyCommand(null)}`,
      ])
    if (store.kind === 'show-once') {
      const keyId = result.aws?.keyId ?? null
      const whose = keyId === null ? passwordOf(plan.login) : `The secret of the access key ${keyId}`
      await showOnce(io, whose, await store.read(keptEntryOf(run.answers, plan, keyId)))
    }
    return { ...record, delivered }
  } catch (thrown) {
    // It is done all the same, and the exit code says so.
    return { ...record, problems: [problemOf(thrown)] }
  }
}

function applyPlan(
  run: LoadedRun,
  store: SecretStore,
  options: Pick<ApplyRunOptions, 'stateFolder' | 'outDir' | 'deadline'> & {
    readonly resume: Standing | undefined
  },
  io: CommandIo,
  tell: Teller,
): Promise<ApplyOutcome> {
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
    deadline: options.deadline,
    journal: { folder: options.stateFolder ?? stateFolder(io.env), answers },
    receipt: { folder: resolve(options.outDir ?? '.'), server: run.facts, answers },
    resume: options.resume,
    aws: run.aws?.work,
  })
}
