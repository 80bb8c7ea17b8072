import type { Connector } from '../../connectors/connector.ts'
import { lostKeys } from '../../engine/aws/lost-keys.ts'
import type { OpenedAws } from '../../engine/aws/open-aws.ts'
import { hbaForPlan } from '../../engine/hba/read-hba.ts'
import { readLedger } from '../../engine/ledger-file.ts'
import { readForPlan } from '../../engine/read-for-plan.ts'
import { brokenOff } from '../../engine/resume.ts'
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
import type { PlanInput } from '../../plan/plan-input.ts'
import { readServerFacts } from '../../postgres/server-facts.ts'
import type { SecretStore } from '../../secrets/store.ts'
import type { CommandIo } from './command-io.ts'
import { type AdminConnection, connectAdmin } from './connect-admin.ts'
import { connectAwsFor } from './connect-aws.ts'
import { connectorOf } from './connector-of.ts'
import { codeFor, Refusal } from './refusal.ts'

/** What plan and apply begin with. */
export interface LoadedRun {
  readonly answers: Answers
  readonly connector: Connector
  readonly admin: AdminConnection
  readonly facts: ServerFacts
  readonly plan: Plan
  /** AWS, where the tool logs in by it and AWS may be asked; the caller closes its connection. */
  readonly aws: OpenedAws | null
  /** Why this administrator cannot apply the plan here; only where `anyAdmin` was asked for. */
  readonly obstacles: readonly Problem[]
  /** What of the plan only the owners can grant, as this administrator is placed. */
  readonly ownersParts?: readonly OwnersPart[]
}

export interface LoadRunOptions {
  /** The administrator's password, where it is known already. */
  readonly password?: Secret | undefined
  /** Where secrets are kept, to see which access keys of AWS have theirs there; without it AWS is not asked. */
  readonly store?: SecretStore | undefined
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
    store,
    anyAdmin = false,
    earlier: receipts = [],
    stateFolder: folder = stateFolder(io.env),
  }: LoadRunOptions = {},
): Promise<LoadedRun> {
  const connector = connectorOf(answers)
  const admin = await connectAdmin(answers.server, io, password, folder)
  let aws: OpenedAws | null = null
  try {
    const facts = await readServerFacts(admin.session, answers.server.host, admin.open)
    const { server } = await serverAtHand(admin.session, answers.server)
    const earlier = readLedger(folder, server.identity, granteeOf(answers.roles), receipts)
    const live = await readForPlan(answers, admin.session, admin.open, earlier)
    if (io.signal.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
    const hba = await hbaForPlan(answers, admin.session, facts)
    const asked = { answers, connector, server: facts, catalogue: live, roles: live.roles, earlier, hba }
    // AWS is not asked for what cannot be a plan whatever it says.
    planOrRefusal(asked, anyAdmin)
    aws = store === undefined ? null : await connectAwsFor(answers, store, io)
    const input = {
      ...asked,
      aws: aws?.live ?? null,
      lostAwsKeys: aws === null ? [] : lostKeys(brokenOff(folder, server.identity), aws.live),
    }
    const { made, forAnother } = planOrRefusal(input, anyAdmin)
    if (made.ok) return { answers, connector, admin, facts, plan: made.plan, aws, obstacles: [] }
    const parts = ownersParts(input, forAnother.plan)
    const obstacles = made.problems
    return { answers, connector, admin, facts, plan: forAnother.plan, aws, obstacles, ownersParts: parts }
  } catch (thrown) {
    await closeRun({ admin, aws })
    throw thrown
  }
}

/** The plan, and where this administrator cannot apply it, the one for another. @throws Refusal where there is neither */
function planOrRefusal(input: PlanInput, anyAdmin: boolean) {
  const made = makePlan(input)
  const forAnother = made.ok || !anyAdmin ? made : makePlan(asAbleAdmin(input))
  if (!forAnother.ok) throw new Refusal(forAnother.problems, codeFor(forAnother.problems))
  return { made, forAnother }
}

/** Ends what a run has open. Never throws. */
export async function closeRun(run: Pick<LoadedRun, 'admin' | 'aws'> | null): Promise<void> {
  run?.aws?.work.connection.close()
  await run?.admin.session.close().catch(() => {})
}
