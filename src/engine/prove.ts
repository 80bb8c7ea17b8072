import { connectorById } from '../connectors/connectors.ts'
import type { TablePrivilege } from '../model/change.ts'
import type { DatabasePlan, Plan } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import { mayAssume } from './assume-login.ts'
import { beyondInDatabase, beyondInServer } from './beyond.ts'
import type { OnEngineEvent } from './events.ts'
import type { Beyond, ProvedDatabase } from './outcome.ts'
import { probeDatabase } from './probe-database.ts'
import { refusedCreates, refusedWrites } from './refusals.ts'
import { inTransaction } from './transaction.ts'

/** A proof holds no lock longer than one attempt; this only bounds a server that hangs. Milliseconds. */
const leastDeadline = 60_000
const deadlinePerRelation = 20

/** What one attempt waits for somebody's lock, in milliseconds. */
const lockTimeout = 1000

/**
 * Tries as the new user, in one database, all that the plan promises: reads every chosen relation, is refused
 * on others, cannot write, cannot create. Whatever it tries is taken back.
 * @param session the login's own, or the administrator's, who then becomes the login for it
 * @throws ProblemError where something promised does not hold
 */
export async function proveDatabase(
  session: Session,
  request: {
    readonly plan: Plan
    readonly database: DatabasePlan
    readonly by: 'login' | 'assumed'
    readonly signal?: AbortSignal | undefined
    readonly onEvent?: OnEngineEvent | undefined
  },
): Promise<{ readonly proved: ProvedDatabase; readonly beyond: readonly Beyond[] }> {
  const { plan, database, by, signal, onEvent } = request
  const { login } = plan
  const deadline = leastDeadline + database.chosen.length * deadlinePerRelation
  const { value } = await inTransaction(session, { deadline, end: 'rollback', signal }, async bounded => {
    const asked = by === 'assumed' && !(await mayAssume(bounded, login))
    const as = by === 'assumed' ? login : null
    const access = await probeDatabase(bounded, {
      plan: database,
      login,
      as,
      access: plan.access,
      how: asked ? 'ask' : 'read',
      until: null,
      lockTimeout,
      onRelations: (done, total) =>
        onEvent?.({ kind: 'progress', phase: 'proof', database: database.database, done, total }),
    })
    if (asked) {
      const beyond = await allBeyond(bounded, plan, database)
      return { proved: { ...access, by: 'asked' as const, writesRefused: 0, createsRefused: 0 }, beyond }
    }
    const writesRefused = await refusedWrites(bounded, login, database.chosen, { as, lockTimeout })
    const createsRefused = await refusedCreates(bounded, login, { as, lockTimeout })
    const beyond = await allBeyond(bounded, plan, database)
    return { proved: { ...access, by, writesRefused, createsRefused }, beyond }
  })
  return value
}

/** What the login reaches beyond the choice, in this database and in the whole server. */
export async function allBeyond(
  session: Session,
  plan: Plan,
  database: DatabasePlan,
): Promise<readonly Beyond[]> {
  const own = plan.group === null ? [plan.login] : [plan.login, plan.group]
  const databases = plan.databases.map(({ database: name }) => name)
  return [
    ...(await beyondInDatabase(session, plan.login, database, meantOf(plan))),
    ...(await beyondInServer(session, plan.login, { databases, own })),
  ]
}

/** What the plan's tier gives on each chosen relation. */
function meantOf({ tool, access }: Plan): readonly TablePrivilege[] {
  return connectorById(tool.id)?.tiers.find(({ tier }) => tier === access)?.privileges ?? []
}

/** What holds for the whole server is found in every database and told once. */
export function onceInServer(beyond: readonly Beyond[]): readonly Beyond[] {
  const told = new Set<string>()
  return beyond.filter(({ database, object, name }) => {
    if (database !== null) return true
    const key = JSON.stringify([object, name])
    if (told.has(key)) return false
    told.add(key)
    return true
  })
}
