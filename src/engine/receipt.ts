import type { Answers, Endpoint, SecretStoreKind } from '../model/answers.ts'
import { hbaLines } from '../model/hba/lines.ts'
import { listenStatement, listenTitle, listenUndo, restartWords } from '../model/listen/change.ts'
import type { ReceiptRun } from '../model/receipt-run.ts'
import type { ServerFacts } from '../model/server-facts.ts'
import { connectionTest } from '../plan/connection-test.ts'
import { firewallText } from '../plan/firewall/text.ts'
import { doorAdvice } from '../plan/network-text.ts'
import type { Plan, PlanNote } from '../plan/plan.ts'
import { statementsOf, titleOf } from '../plan/statements.ts'
import { tlsText } from '../plan/tls/text.ts'
import { relationsPerTransaction } from '../plan/transaction-size.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import { withWholePaths } from '../secrets/whole-paths.ts'
import type { AppliedOutcome, Proof, Unproved } from './outcome.ts'
import { secretEntryOf } from './secret-entry.ts'
import { type Unit, undoByHand, unitsOf } from './undo-by-hand.ts'

/** What was done, for the files: plain data, without a secret. */
export interface Receipt {
  readonly receipt: 'pg-usher'
  readonly version: 1
  readonly outcome: 'done' | 'done-unproved'
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly tool: { readonly id: string; readonly name: string }
  readonly server: {
    readonly host: string
    readonly port: number
    readonly version: string
    readonly provider: string
    /** The administrator who ran it. */
    readonly administrator: string
  }
  /** Where the tool finds the server. */
  readonly endpoint: Endpoint
  readonly login: string
  readonly group: string | null
  /** ISO 8601; null without an end. */
  readonly validUntil: string | null
  /** null where there is none: the tool assumes a role of AWS. */
  readonly password: KeptSecret | null
  readonly changes: readonly ReceiptChange[]
  readonly proof: Proof
  readonly unproved: readonly Unproved[]
  readonly notes: readonly string[]
  /** What a person must still do. */
  readonly todo: readonly string[]
  /** For psql, as the same administrator. */
  readonly undo: readonly string[]
  /** For `pg-usher undo`; receipts of the first versions have none. */
  readonly run?: ReceiptRun
}

export interface ReceiptChange {
  readonly database: string
  readonly title: string
  readonly why: string
  readonly statements: readonly string[]
}

/** Where the secret is that the tool logs in with, and how a person reads it without us. */
export interface KeptSecret {
  readonly kind: 'password' | 'access-key'
  readonly store: SecretStoreKind
  readonly place: string
  readonly howToRead: string
}

/** Where the secret of this plan's login is; null where it has none, since the tool assumes a role of AWS. */
export function keptSecretOf({ aws }: Plan, store: SecretStore, entry: SecretEntry): KeptSecret | null {
  if (aws?.principal.kind === 'role') return null
  return {
    kind: aws === undefined ? 'password' : 'access-key',
    store: store.kind,
    place: store.place,
    howToRead: store.howToRead(entry),
  }
}

/** The receipt of an apply that went through. */
export function receiptOf(applied: {
  readonly plan: Plan
  readonly answers: Answers
  readonly server: ServerFacts
  readonly outcome: AppliedOutcome
  readonly store: SecretStore
  readonly entry: SecretEntry
}): Receipt {
  const { plan, answers, server, outcome, store, entry } = applied
  const units = unitsOf(plan)
  return {
    receipt: 'pg-usher',
    version: 1,
    outcome: outcome.outcome,
    startedAt: outcome.startedAt.toISOString(),
    finishedAt: outcome.finishedAt.toISOString(),
    tool: plan.tool,
    server: {
      host: plan.server.host,
      port: plan.server.port,
      version: server.version,
      provider: server.provider,
      administrator: plan.server.user,
    },
    endpoint: answers.endpoint,
    login: plan.login,
    group: plan.group,
    validUntil: answers.limits.validUntil,
    password: keptSecretOf(plan, store, entry),
    changes: [...units.flatMap(unitChanges), ...listenChanges(plan)],
    proof: outcome.proof,
    unproved: outcome.outcome === 'done-unproved' ? outcome.unproved : [],
    notes: [...plan.notes.map(noteText), ...outcome.notes],
    todo: todoOf(plan, answers, server, outcome),
    undo: [
      ...(outcome.listen === undefined ? [] : [`${listenUndo(outcome.listen)};`]),
      ...undoByHand(units, relationsPerTransaction(server)),
    ],
    run: {
      server: answers.server,
      // Another day it is another folder that a path begins in.
      secret: withWholePaths(answers.secret),
      databases: plan.aws === undefined ? entry.databases : secretEntryOf(answers).databases,
      grantee: plan.grantee,
      units: units.map(({ database, changes }) => ({ database, changes })),
      granted: outcome.granted,
      ...(outcome.aws === undefined || answers.authentication.method !== 'aws-iam'
        ? {}
        : { aws: { answers: answers.authentication.aws, made: outcome.aws.made } }),
      ...(outcome.hba === undefined ? {} : { hba: outcome.hba }),
      ...(outcome.listen === undefined ? {} : { listen: outcome.listen }),
    },
  }
}

function unitChanges({ database, changes }: Unit): ReceiptChange[] {
  return changes.map(change => ({
    database,
    title: titleOf(change),
    why: change.why,
    statements: statementsOf(change),
  }))
}

function listenChanges({ listen, server: { database } }: Plan): ReceiptChange[] {
  if (listen === undefined) return []
  const { why, value } = listen
  return [{ database, title: listenTitle(listen), why, statements: [listenStatement(value)] }]
}

function noteText({ database, text }: PlanNote): string {
  return database === null ? text : `${database}: ${text}`
}

function todoOf(
  plan: Plan,
  answers: Answers,
  server: ServerFacts,
  outcome: { readonly outcome: 'done' | 'done-unproved' },
): string[] {
  const todo: string[] = []
  const { network } = answers
  if (network.from === 'not-known-yet') {
    todo.push(
      `Ask ${plan.tool.name} for the addresses it comes from, then let them in: pg_hba.conf, firewall, security group.`,
    )
  } else if (plan.firewall !== undefined) {
    todo.push(
      firewallText(plan.firewall)
        .map(({ text }) => text)
        .join('\n'),
    )
  } else if (plan.network?.change == null && plan.network?.open !== true) {
    const lines = hbaLines({
      databases: plan.databases.map(({ database }) => database),
      login: plan.login,
      cidrs: network.cidrs,
      tls: server.tlsAvailable,
      versionNumber: server.versionNumber,
    })
    todo.push(
      [
        plan.network === undefined
          ? 'See that pg_hba.conf has these lines above any wider one, and reload it:'
          : doorAdvice(plan.network),
        ...lines,
      ].join('\n'),
    )
  }
  if (network.from !== 'not-known-yet' && plan.firewall === undefined) {
    todo.push('Let the same addresses through the firewall or security group.')
  }
  if (plan.listen !== undefined) todo.push(restartWords(plan.listen))
  if (plan.tls !== undefined && plan.tls.steps.length > 0) {
    todo.push(
      tlsText(plan.tls)
        .map(({ text }) => text)
        .join('\n'),
    )
  }
  if (answers.secret.store === 'show-once' && plan.aws?.principal.kind !== 'role') {
    const what = plan.aws === undefined ? 'The password' : "The access key's secret"
    todo.push(`${what} was shown once and is kept nowhere: put it where it belongs.`)
  }
  const test = connectionTest(plan.tool.name, answers, server.tlsAvailable)
  todo.push(
    outcome.outcome === 'done-unproved'
      ? `${test} The login itself could not be tried from here either.`
      : test,
  )
  return todo
}
