import type { Connector } from '../../connectors/connector.ts'
import { hbaForPlan } from '../../engine/hba/read-hba.ts'
import { readLedger } from '../../engine/ledger-file.ts'
import { readForPlan } from '../../engine/read-for-plan.ts'
import { serverAtHand } from '../../engine/server-identity.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import { type Answers, granteeOf } from '../../model/answers.ts'
import { type Problem, ProblemError } from '../../model/problem.ts'
import type { UndoableReceipt } from '../../model/receipt-run.ts'
import type { Secret } from '../../model/secret.ts'
import type { ServerFacts } from '../../model/server-facts.ts'
import { asAbleAdmin } from '../../plan/able-admin.ts'
import { makePlan } from '../../plan/make-plan.ts'
import { type OwnersPart, ownersParts } from '../../plan/owners-part.ts'
import type { Plan } from '../../plan/plan.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import type { CommandIo } from './command-io.ts'
import { type AdminConnection, connectAdmin } from './connect-admin.ts'
import { connectorOf } from './connector-of.ts'
import { codeFor, Refusal } from './refusal.ts'

/** What plan and apply begin with. */
export interface LoadedRun {
  readonly answers: Answers
  readonly connector: Connector
  readonly admin: AdminConnection
  readonly facts: ServerFacts
  readonly plan: Plan
  /** Why this administrator cannot apply the plan here; only where `anyAdmin` was asked for. */
  readonly obstacles: readonly Problem[]
  /** What of the plan only the owners can grant, as this administrator is placed. */
  readonly ownersParts?: readonly OwnersPart[]
}

export interface LoadRunOptions {
  /** The administrator's password, where it is known already. */
  readonly password?: Secret | undefined
  /** Plan also what this administrator may not do, for another one to run. */
  readonly anyAdmin?: boolean
  /** Receipts of earlier runs on this server. */
  readonly earlier?: readonly UndoableReceipt[]
  /** Where what earlier runs granted is noted; the person's own place when left out. */
  readonly stateFolder?: string | undefined
}

/**
 * Connects as the answers say, reads what they name and makes the plan; changes nothing. The caller closes
 * `admin.session`.
 * @throws Refusal with all that keeps the answers from being a plan here, ProblemError where the server cannot be read
 */
export async function loadRun(
  answers: Answers,
  io: CommandIo,
  {
    password,
    anyAdmin = false,
    earlier: receipts = [],
    stateFolder: folder = stateFolder(io.env),
  }: LoadRunOptions = {},
): Promise<LoadedRun> {
  const connector = connectorOf(answers)
  const admin = await connectAdmin(answers.server, io, password)
  try {
    const facts = await readServerFacts(admin.session, answers.server.host, admin.open)
    const { server } = await serverAtHand(admin.session, answers.server)
    const earlier = readLedger(folder, server.identity, granteeOf(answers.roles), receipts)
    const live = await readForPlan(answers, admin.session, admin.open, earlier)
    if (io.signal.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
    const hba = await hbaForPlan(answers, admin.session, facts)
    const input = { answers, connector, server: facts, catalogue: live, roles: live.roles, earlier, hba }
    const made = makePlan(input)
    if (made.ok) return { answers, connector, admin, facts, plan: made.plan, obstacles: [] }
    const forAnother = anyAdmin ? makePlan(asAbleAdmin(input)) : made
    if (!forAnother.ok) throw new Refusal(forAnother.problems, codeFor(forAnother.problems))
    const parts = ownersParts(input, forAnother.plan)
    const obstacles = made.problems
    return { answers, connector, admin, facts, plan: forAnother.plan, obstacles, ownersParts: parts }
  } catch (thrown) {
    await admin.session.close().catch(() => {})
    throw thrown
  }
}
