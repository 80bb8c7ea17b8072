import { connectorById } from '../connectors/connectors.ts'
import { apply } from '../engine/apply.ts'
import { doorOf } from '../engine/door.ts'
import type { OnEngineEvent } from '../engine/events.ts'
import { receiptOf } from '../engine/receipt.ts'
import { secretEntryOf } from '../engine/secret-entry.ts'
import { writeReceipt } from '../engine/write-receipt.ts'
import type { Answers } from '../model/answers.ts'
import { problemOf } from '../model/problem.ts'
import { fillForm } from '../plan/form.ts'
import type { Plan } from '../plan/plan.ts'
import { knock } from '../postgres/knock.ts'
import { generatePassword } from '../secrets/password.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { WizardEvent } from './event.ts'
import type { ServerConnection } from './server-connection.ts'

export interface ApplyTools {
  readonly connection: ServerConnection
  readonly store: SecretStore
  readonly outDir: string
  readonly signal: AbortSignal
  readonly onEvent: OnEngineEvent
}

/** Applies the plan; where it goes through, fills the vendor's forms and writes the receipt. */
export async function applyPlan(
  { plan, answers }: { readonly plan: Plan; readonly answers: Answers },
  { connection, store, outDir, signal, onEvent }: ApplyTools,
): Promise<WizardEvent> {
  const { target, open, facts } = connection
  const entry = secretEntryOf(answers)
  const outcome = await apply({
    plan,
    open,
    store,
    entry,
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target, user: answers.roles.login, database })),
    signal,
    onEvent,
  })
  if (outcome.outcome !== 'done' && outcome.outcome !== 'done-unproved')
    return { kind: 'applied', outcome, done: null }
  const connector = connectorById(answers.tool)
  // It is done, whether or not the receipt can be written.
  const written = await writeReceipt(
    outDir,
    receiptOf({ plan, answers, server: facts, outcome, store, entry }),
  ).then(
    path => ({ receipt: path, problem: null }),
    (thrown: unknown) => ({ receipt: null, problem: problemOf(thrown) }),
  )
  return {
    kind: 'applied',
    outcome,
    done: {
      forms: connector === null ? [] : fillForm(connector, answers, plan),
      howToRead: store.howToRead(entry),
      ...written,
    },
  }
}
