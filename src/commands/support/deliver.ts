import { resolve } from 'node:path'
import type { ApplyOutcome } from '../../engine/outcome.ts'
import { type Receipt, receiptOf } from '../../engine/receipt.ts'
import { keptEntryOf } from '../../engine/secret-entry.ts'
import { writeReceipt } from '../../engine/write-receipt.ts'
import { problemOf } from '../../model/problem.ts'
import { fillForm } from '../../plan/form.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { Delivered } from './apply-record.ts'
import type { CommandIo } from './command-io.ts'
import type { LoadedRun } from './load-run.ts'
import { problemText } from './report-problem.ts'
import { stillToDo } from './still-to-do.ts'

/** What an apply that is done leaves: form, receipt, what is still to do. The receipt is written to `folder`. */
export async function deliver(
  run: LoadedRun,
  store: SecretStore,
  outcome: ApplyOutcome & { readonly outcome: 'done' | 'done-unproved' },
  folder: string,
  io: CommandIo,
): Promise<Delivered> {
  const { answers, connector, plan, facts } = run
  const keyId = outcome.aws?.keyId ?? null
  const entry = keptEntryOf(answers, plan, keyId)
  const receipt = receiptOf({ plan, answers, server: facts, outcome, store, entry })
  return {
    login: outcome.outcome === 'done' ? 'proved' : 'not provable from here',
    password: receipt.password,
    forms: fillForm(connector, answers, plan, keyId),
    receipt: await writtenReceipt(folder, receipt, io),
    stillToDo: stillToDo(run),
  }
}

/** Where the receipt is; null where it could not be written, which takes nothing back. */
async function writtenReceipt(folder: string, receipt: Receipt, io: CommandIo): Promise<string | null> {
  try {
    return await writeReceipt(resolve(folder), receipt)
  } catch (thrown) {
    const message = `All is done, but the receipt could not be written to ${folder}: ${problemOf(thrown).message}`
    io.stderr.write(problemText([{ code: 'receipt-not-written', message }]))
    return null
  }
}
