import { connectorById } from '../connectors/connectors.ts'
import { lostKeys } from '../engine/aws/lost-keys.ts'
import type { OpenedAws } from '../engine/aws/open-aws.ts'
import { hbaForPlan } from '../engine/hba/read-hba.ts'
import { readLedger } from '../engine/ledger-file.ts'
import { readForPlan } from '../engine/read-for-plan.ts'
import { brokenOff } from '../engine/resume.ts'
import { serverAtHand } from '../engine/server-identity.ts'
import { type Answers, granteeOf } from '../model/answers.ts'
import { ProblemError } from '../model/problem.ts'
import { asAbleAdmin } from '../plan/able-admin.ts'
import type { RdsFound } from '../plan/firewall/rds.ts'
import { planning } from '../plan/make-plan.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { FreshFacts, WizardEvent } from './event.ts'
import { drawPlan } from './lines/review.ts'
import type { ServerConnection } from './server-connection.ts'
import { readDatabases } from './server-reading.ts'

/**
 * Reads the server again and makes the plan against what is there now. A plan that this administrator, or this
 * server, cannot carry out is made for another one, with what stands in the way.
 * @param aws what AWS says, where it is asked @throws ProblemError
 */
export async function planFor(
  {
    attempt,
    answers,
    columns,
    rds = null,
  }: {
    readonly attempt: number
    readonly answers: Answers
    readonly columns: number
    readonly rds?: RdsFound | null
  },
  connection: ServerConnection,
  stateFolder: string,
  aws: OpenedAws | null,
): Promise<WizardEvent> {
  const connector = connectorById(answers.tool)
  if (connector === null)
    throw new ProblemError({ code: 'unknown-tool', message: `No tool is called ${answers.tool}.` })
  const { server: atHand } = await serverAtHand(connection.session, answers.server)
  const earlier = readLedger(stateFolder, atHand.identity, granteeOf(answers.roles))
  const { databases, roles } = await readForPlan(answers, connection.session, connection.open, earlier)
  const hba = await hbaForPlan(answers, connection.session, connection.facts)
  const input = {
    answers,
    connector,
    catalogue: { databases },
    roles,
    server: connection.facts,
    earlier,
    hba,
    aws: aws?.live ?? null,
    rds,
    lostAwsKeys: aws === null ? [] : lostKeys(brokenOff(stateFolder, atHand.identity), aws.live),
  }
  const made = await inSlices(planning(input))
  const forAnother = made.ok ? made : await inSlices(planning(asAbleAdmin(input)))
  const deep = new Map(databases.map(database => [database.name, database]))
  const facts: FreshFacts = {
    databases: (await readDatabases(connection)).map(database => deep.get(database.name) ?? database),
    roles: {
      [answers.roles.login]: roles.login,
      ...(answers.roles.layout === 'group-and-login' ? { [answers.roles.group]: roles.group } : {}),
    },
  }
  if (!forAnother.ok) return { kind: 'plan-refused', attempt, problems: forAnother.problems, facts }
  await inSlices(drawPlan(forAnother.plan, columns))
  return {
    kind: 'planned',
    attempt,
    plan: forAnother.plan,
    obstacles: made.ok ? [] : made.problems,
    facts,
  }
}
