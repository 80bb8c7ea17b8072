import { atlan } from '../../src/connectors/atlan.ts'
import { type ApplyRequest, apply } from '../../src/engine/apply.ts'
import { doorOf } from '../../src/engine/door.ts'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import { readForPlan } from '../../src/engine/read-for-plan.ts'
import type { Answers } from '../../src/model/answers.ts'
import { secret } from '../../src/model/secret.ts'
import { planning } from '../../src/plan/make-plan.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { type ConnectTarget, connect, openSessionFor } from '../../src/postgres/connect.ts'
import { inSlices } from '../../src/postgres/in-slices.ts'
import { knock } from '../../src/postgres/knock.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import type { OpenSession } from '../../src/postgres/session.ts'
import { generatePassword } from '../../src/secrets/password.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import type { Warehouse, WarehouseRelation } from './warehouse.ts'

/** The administrator of a warehouse, as the program would have it; through a proxy where a port is given. */
export function administratorOf({ server }: Pick<Warehouse, 'server'>, port = server.port): ConnectTarget {
  return {
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user: server.adminUser,
    password: secret(server.adminPassword),
    tls: 'disable',
  }
}

/** Answers that choose these relations of the warehouse, for a login that is not there yet. */
export function answersFor(
  target: ConnectTarget,
  login: string,
  relations: readonly WarehouseRelation[],
): Answers {
  const schemas = Map.groupBy(relations, ({ schema }) => schema)
  const { host, port, database, user, tls } = target
  return {
    version: 1,
    tool: atlan.id,
    server: { host, port, database, user, tls },
    endpoint: { host: 'db.example.com', port: 5432 },
    authentication: { method: 'password' },
    roles: { layout: 'group-and-login', group: `${login}_role`, login },
    replacePassword: false,
    limits: { connectionLimit: 5, validUntil: '2099-12-31T23:59:59Z', statementTimeout: 300, readOnly: true },
    access: 'read',
    databases: [
      {
        name: 'warehouse',
        schemas: [...schemas].map(([name, chosen]) => ({
          name,
          relations: chosen.map(relation => relation.name),
          laterTablesOf: [],
        })),
      },
    ],
    network: { from: 'not-known-yet' },
    secret: { store: 'show-once' },
  }
}

/** The plan of these answers on the server as it is. */
export async function planOf(target: ConnectTarget, answers: Answers): Promise<Plan> {
  const open = openSessionFor(target)
  const result = await connect(target)
  if (!result.ok) throw new Error(result.problem.message)
  const session = result.value
  try {
    const server = await readServerFacts(session, target.host, open)
    const live = await readForPlan(answers, session, open)
    const made = await inSlices(
      planning({ answers, connector: atlan, catalogue: live, roles: live.roles, server }),
    )
    if (!made.ok) throw new Error(made.problems[0]?.message)
    return made.plan
  } finally {
    await session.close()
  }
}

/** Applies a plan with the program's own engine. */
export async function applyPlan(
  target: ConnectTarget,
  plan: Plan,
  changed: Partial<ApplyRequest> = {},
): Promise<ApplyOutcome> {
  const open: OpenSession = openSessionFor(target)
  return apply({
    plan,
    open,
    store: createShowOnceStore(),
    entry: { user: plan.login, host: target.host, port: target.port, databases: ['warehouse'] },
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target, user: plan.login, database })),
    ...changed,
  })
}
