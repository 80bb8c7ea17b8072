import { planUndo, type UndoPlan, type UndoRequest } from '../../src/engine/plan-undo.ts'
import { receiptOf } from '../../src/engine/receipt.ts'
import { type CarryOutUndo, type UndoOutcome, undo } from '../../src/engine/undo.ts'
import { receiptJson } from '../../src/engine/write-receipt.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { UndoableReceipt } from '../../src/model/receipt-run.ts'
import { receiptFromText } from '../../src/model/receipt-schema.ts'
import type { ServerFacts } from '../../src/model/server-facts.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { OpenSession } from '../../src/postgres/session.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import type { SecretEntry, SecretStore } from '../../src/secrets/store.ts'
import { ampleDeadline } from '../support/deadline.ts'
import type { TestServer } from '../support/server.ts'
import { applyPlan, openAs } from './fixture.ts'

/** An apply with its receipt, as it is read from its file on another day. */
export interface Applied {
  readonly receipt: UndoableReceipt
  readonly open: OpenSession
  readonly store: SecretStore
  readonly entry: SecretEntry
  /** What its receipt says for psql. */
  readonly lines: readonly string[]
}

/** Applies a plan and writes and reads its receipt. */
export async function applied(
  server: TestServer,
  plan: Plan,
  admin?: { user: string; password: string },
  store: SecretStore = createShowOnceStore(),
  given: {
    readonly answers?: Answers
    readonly open?: OpenSession
    readonly facts?: Partial<ServerFacts>
  } = {},
): Promise<Applied> {
  const open = given.open ?? openAs(server, admin)
  const { outcome, request } = await applyPlan(server, plan, { open, store })
  if (outcome.outcome !== 'done' && outcome.outcome !== 'done-unproved')
    throw new Error(JSON.stringify(outcome))
  const { entry } = request
  const answers = given.answers ?? answersOf(server, plan)
  const receipt = receiptOf({
    plan,
    answers,
    server: { ...serverFacts, ...given.facts },
    outcome,
    store,
    entry,
  })
  const read = receiptFromText(receiptJson(receipt))
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  return { receipt: read.value, open, store, entry, lines: receipt.undo }
}

/** Plans an undo and carries it out. */
export async function undoOf(
  of: Applied,
  changed: Partial<CarryOutUndo> = {},
): Promise<{ readonly plan: UndoPlan; readonly outcome: UndoOutcome }> {
  const request: UndoRequest = { ...of, deadline: ampleDeadline, ...changed }
  const plan = await planUndo(request)
  return { plan, outcome: await undo({ ...request, plan, endSessions: false, ...changed }) }
}

function answersOf(server: TestServer, plan: Plan): Answers {
  return {
    version: 1,
    tool: 'atlan',
    server: {
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: plan.server.user,
      tls: 'disable',
    },
    endpoint: { host: server.host, port: server.port },
    authentication: { method: 'password' },
    roles:
      plan.group === null
        ? { layout: 'login', login: plan.login }
        : { layout: 'group-and-login', group: plan.group, login: plan.login },
    replacePassword: true,
    limits: { connectionLimit: null, validUntil: null, statementTimeout: null, readOnly: false },
    access: plan.access,
    databases: [],
    network: { from: 'not-known-yet' },
    secret: { store: 'show-once' },
  }
}

export const serverFacts = {
  version: '18',
  versionNumber: 180000,
  maxLocks: 6400,
  provider: 'self-run',
  tlsAvailable: false,
} as ServerFacts
