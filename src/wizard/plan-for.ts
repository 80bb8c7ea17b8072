import type { Connector } from '../connectors/connector.ts'
import { connectorById } from '../connectors/connectors.ts'
import { lostKeys } from '../engine/aws/lost-keys.ts'
import { openAws } from '../engine/aws/open-aws.ts'
import { hbaForPlan } from '../engine/hba/read-hba.ts'
import { readLedger } from '../engine/ledger-file.ts'
import { readForPlan } from '../engine/read-for-plan.ts'
import { brokenOff } from '../engine/resume.ts'
import { serverAtHand } from '../engine/server-identity.ts'
import { type Answers, granteeOf, type SecretAnswer } from '../model/answers.ts'
import type { AwsLive } from '../model/aws/live.ts'
import { ProblemError } from '../model/problem.ts'
import { asAbleAdmin } from '../plan/able-admin.ts'
import { makePlan } from '../plan/make-plan.ts'
import type { SecretStore } from '../secrets/store.ts'
import type { FreshFacts, WizardEvent } from './event.ts'
import type { ServerConnection } from './server-connection.ts'
import { readDatabases } from './server-reading.ts'

/**
 * Reads the server again and makes the plan against what is there now. A plan that this administrator, or this
 * server, cannot carry out is made for another one, with what stands in the way. @throws ProblemError
 */
export async function planFor(
  { attempt, answers }: { readonly attempt: number; readonly answers: Answers },
  connection: ServerConnection,
  stateFolder: string,
  storeFor: (answer: SecretAnswer) => Promise<SecretStore>,
): Promise<WizardEvent> {
  const connector = connectorById(answers.tool)
  if (connector === null)
    throw new ProblemError({ code: 'unknown-tool', message: `No tool is called ${answers.tool}.` })
  const { server: atHand } = await serverAtHand(connection.session, answers.server)
  const earlier = readLedger(stateFolder, atHand.identity, granteeOf(answers.roles))
  const { databases, roles } = await readForPlan(answers, connection.session, connection.open, earlier)
  const hba = await hbaForPlan(answers, connection.session, connection.facts)
  const aws = await readAws(answers, connector, storeFor)
  const input = {
    answers,
    connector,
    catalogue: { databases },
    roles,
    server: connection.facts,
    earlier,
    hba,
    aws,
    lostAwsKeys: aws === null ? [] : lostKeys(brokenOff(stateFolder, atHand.identity), aws),
  }
  const made = makePlan(input)
  const forAnother = made.ok ? made : makePlan(asAbleAdmin(input))
  const deep = new Map(databases.map(database => [database.name, database]))
  const facts: FreshFacts = {
    databases: (await readDatabases(connection)).map(database => deep.get(database.name) ?? database),
    roles: {
      [answers.roles.login]: roles.login,
      ...(answers.roles.layout === 'group-and-login' ? { [answers.roles.group]: roles.group } : {}),
    },
  }
  if (!forAnother.ok) return { kind: 'plan-refused', attempt, problems: forAnother.problems, facts }
  return {
    kind: 'planned',
    attempt,
    plan: forAnother.plan,
    obstacles: made.ok ? [] : made.problems,
    facts,
  }
}

/** What there is in AWS, where the tool logs in by it and AWS may be asked. */
async function readAws(
  answers: Answers,
  connector: Connector,
  storeFor: (answer: SecretAnswer) => Promise<SecretStore>,
): Promise<AwsLive | null> {
  if (answers.authentication.method !== 'aws-iam') return null
  const opened = await openAws(answers, connector, await storeFor(answers.secret))
  opened?.work.connection.close()
  return opened?.live ?? null
}
