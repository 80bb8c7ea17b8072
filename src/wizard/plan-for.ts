import { connectorById } from '../connectors/connectors.ts'
import { readForPlan } from '../engine/read-for-plan.ts'
import type { Answers } from '../model/answers.ts'
import { ProblemError } from '../model/problem.ts'
import { makePlan } from '../plan/make-plan.ts'
import type { FreshFacts, WizardEvent } from './event.ts'
import type { ServerConnection } from './server-connection.ts'
import { readDatabases } from './server-reading.ts'

/** Reads the server again and makes the plan against what is there now. @throws ProblemError */
export async function planFor(answers: Answers, connection: ServerConnection): Promise<WizardEvent> {
  const connector = connectorById(answers.tool)
  if (connector === null)
    throw new ProblemError({ code: 'unknown-tool', message: `No tool is called ${answers.tool}.` })
  const { databases, roles } = await readForPlan(answers, connection.session, connection.open)
  const made = makePlan({ answers, connector, catalogue: { databases }, roles, server: connection.facts })
  const deep = new Map(databases.map(database => [database.name, database]))
  const facts: FreshFacts = {
    databases: (await readDatabases(connection)).map(database => deep.get(database.name) ?? database),
    roles: {
      [answers.roles.login]: roles.login,
      ...(answers.roles.layout === 'group-and-login' ? { [answers.roles.group]: roles.group } : {}),
    },
  }
  return made.ok
    ? { kind: 'planned', plan: made.plan, facts }
    : { kind: 'plan-refused', problems: made.problems, facts }
}
