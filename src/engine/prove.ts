import { connectorById } from '../connectors/connectors.ts'
import type { TablePrivilege } from '../model/change.ts'
import type { DatabasePlan, Plan } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import { mayAssume, maySetRole } from './assume-login.ts'
import { mayRunBlocks } from './attempts.ts'
import { beyondInDatabase, beyondInServer, type ChoiceIn } from './beyond.ts'
import type { OnEngineEvent } from './events.ts'
import type { Beyond, ProvedDatabase } from './outcome.ts'
import { judgeProbe, probeFacts, probeStatements } from './probe-database.ts'
import { ask, mapped, type Question, together } from './question.ts'
import { createsToRefuse, refusedOf, writesToRefuse } from './refusals.ts'
import { inTransaction } from './transaction.ts'
import { tryAll } from './try-all.ts'

/** A proof holds no lock longer than one attempt; this only bounds a server that hangs. Milliseconds. */
const leastDeadline = 60_000
const deadlinePerRelation = 20

/** What one attempt waits for somebody's lock, in milliseconds. */
const lockTimeout = 1000

/**
 * Tries as the new user, in one database, all that the plan promises: reads every chosen relation, is refused
 * on others, cannot write, cannot create. Whatever it tries is taken back. Three round trips, where the login
 * itself tries at most some thousand statements.
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
  const { login, access } = plan
  const { chosen } = database
  const deadline = leastDeadline + chosen.length * deadlinePerRelation
  const { value } = await inTransaction(session, { deadline, end: 'rollback', signal }, async bounded => {
    const { may, blocks, facts, writes, creates, beyond } = await ask(
      bounded,
      together({
        may: maySetRole(login),
        blocks: mayRunBlocks,
        facts: probeFacts(login, chosen),
        writes: writesToRefuse(login, chosen),
        creates: createsToRefuse(login),
        beyond: allBeyond(plan, database),
      }),
    )
    const asked = by === 'assumed' && !(await mayAssume(bounded, login, may))
    const probe = { plan: database, login, access, how: asked ? 'ask' : 'read' } as const
    if (asked) {
      const reached = judgeProbe(facts, [], probe)
      return { proved: { ...reached, by: 'asked' as const, writesRefused: 0, createsRefused: 0 }, beyond }
    }
    const reads = probeStatements(facts, 'read')
    const tried = await tryAll(
      bounded,
      { reads, writes: writes.statements, creates: creates.statements },
      {
        as: by === 'assumed' ? login : null,
        lockTimeout,
        blocks,
        onTried: done =>
          onEvent?.({
            kind: 'progress',
            phase: by === 'login' ? 'proof' : 'assumed-proof',
            database: database.database,
            done: Math.min(done, reads.length),
            total: reads.length,
          }),
      },
    )
    const proved = {
      ...judgeProbe(facts, tried.reads, probe),
      by,
      writesRefused: refusedOf(writes, tried.writes),
      createsRefused: refusedOf(creates, tried.creates),
    }
    return { proved, beyond }
  })
  return value
}

/**
 * Asks what the login reaches beyond the choice, in this database and in the whole server.
 * @param meant what is meant to be there on each chosen relation
 */
export function allBeyond(
  plan: Plan,
  database: ChoiceIn,
  meant: readonly TablePrivilege[] = meantOf(plan),
): Question<readonly Beyond[]> {
  const own = plan.group === null ? [plan.login] : [plan.login, plan.group]
  const databases = plan.databases.map(({ database: name }) => name)
  const parts = together({
    inDatabase: beyondInDatabase(plan.login, database, meant),
    inServer: beyondInServer(plan.login, { databases, own, versionNumber: plan.server.versionNumber }),
  })
  return mapped(parts, ({ inDatabase, inServer }) => [...inDatabase, ...inServer])
}

/** What the plan's tier gives on each chosen relation. */
export function meantOf({ tool, access }: Plan): readonly TablePrivilege[] {
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
