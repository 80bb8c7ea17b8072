import type { AppliedOutcome } from '../../engine/outcome.ts'
import { keptSecretOf } from '../../engine/receipt.ts'
import { keptEntryOf } from '../../engine/secret-entry.ts'
import { fillForm } from '../../plan/form.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { Delivered } from './apply-record.ts'
import type { LoadedRun } from './load-run.ts'
import { stillToDo } from './still-to-do.ts'

/** What an apply that is done leaves: form, receipt, what is still to do. */
export function deliver(run: LoadedRun, store: SecretStore, outcome: AppliedOutcome): Delivered {
  const { answers, connector, plan } = run
  const keyId = outcome.aws?.keyId ?? null
  return {
    login: outcome.outcome === 'done' ? 'proved' : 'not provable from here',
    password: keptSecretOf(plan, store, keptEntryOf(answers, plan, keyId)),
    forms: fillForm(connector, answers, plan, keyId),
    receipt: outcome.receipt?.ok === true ? outcome.receipt.value : null,
    stillToDo: stillToDo(run),
  }
}
