import { connectorById } from '../connectors/connectors.ts'
import { apply } from '../engine/apply.ts'
import type { AwsWork } from '../engine/aws/aws-work.ts'
import { doorOf } from '../engine/door.ts'
import type { OnEngineEvent } from '../engine/events.ts'
import type { AppliedOutcome } from '../engine/outcome.ts'
import { keptSecretOf } from '../engine/receipt.ts'
import { keptEntryOf, secretEntryOf } from '../engine/secret-entry.ts'
import type { Answers } from '../model/answers.ts'
import { fillForm } from '../plan/form.ts'
import type { Plan } from '../plan/plan.ts'
import { knock } from '../postgres/knock.ts'
import { generatePassword } from '../secrets/password.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { Delivered, WizardEvent } from './event.ts'
import type { ServerConnection } from './server-connection.ts'

/** What is applied. */
export interface AgreedPlan {
  readonly plan: Plan
  readonly answers: Answers
}

/** With what, and for whom. */
export interface ApplyTools {
  readonly connection: ServerConnection
  readonly store: SecretStore
  /** AWS, where the tool logs in by it and it may be asked. */
  readonly aws: AwsWork | undefined
  readonly outDir: string
  /** Where the journal is kept. */
  readonly stateFolder: string
  readonly signal: AbortSignal
  readonly onEvent: OnEngineEvent
}

/**
 * Applies the plan; where it goes through, fills the vendor's forms and writes the receipt. What is done is told
 * as done, whatever goes wrong after it. Does not throw.
 */
export async function applyPlan(agreed: AgreedPlan, tools: ApplyTools): Promise<WizardEvent> {
  const { plan, answers } = agreed
  const { connection, store, signal, onEvent } = tools
  const { target, open } = connection
  const outcome = await apply({
    plan,
    open,
    store,
    entry: secretEntryOf(answers),
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target, user: answers.roles.login, database })),
    signal,
    onEvent,
    journal: { folder: tools.stateFolder, answers },
    receipt: { folder: tools.outDir, server: connection.facts, answers },
    aws: tools.aws,
  })
  if (outcome.outcome !== 'done' && outcome.outcome !== 'done-unproved')
    return { kind: 'applied', outcome, done: null }
  return { kind: 'applied', outcome, done: delivered(agreed, store, outcome) }
}

function delivered({ plan, answers }: AgreedPlan, store: SecretStore, outcome: AppliedOutcome): Delivered {
  const keyId = outcome.aws?.keyId ?? null
  const connector = connectorById(answers.tool)
  return {
    forms: connector === null ? [] : fillForm(connector, answers, plan, keyId),
    howToRead: keptSecretOf(plan, store, keptEntryOf(answers, plan, keyId))?.howToRead ?? null,
    receipt: outcome.receipt?.ok === true ? outcome.receipt.value : null,
    problem: outcome.receipt?.ok === false ? outcome.receipt.problem : null,
  }
}
