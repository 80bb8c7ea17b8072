import type { AccessTier } from '../model/answers.ts'
import { printableName } from '../model/identifier.ts'
import { ProblemError } from '../model/problem.ts'
import type { ChosenRelation, DatabasePlan } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import { allowAssuming, maySetRole } from './assume-login.ts'
import { mayRunBlocks } from './attempts.ts'
import type { ChosenFacts } from './chosen-facts.ts'
import type { Drift } from './drift.ts'
import { viewAttempts, viewsWithHiddenRows } from './hidden-rows.ts'
import type { DatabaseAccess, ProvedDatabase } from './outcome.ts'
import { judgeProbe, probeFacts, probeStatements } from './probe-database.ts'
import { ask, together } from './question.ts'
import { createsToRefuse, refusedOf, writesToRefuse } from './refusals.ts'
import { inTransaction } from './transaction.ts'
import { tryAll } from './try-all.ts'

/** What one attempt waits for somebody's lock, in milliseconds. */
const lockTimeout = 1000

/** Only bounds a server that hangs: no lock is held longer than one attempt. Milliseconds. */
const leastDeadline = 60_000
const deadlinePerRelation = 20

export interface TryRequest {
  readonly plan: DatabasePlan
  readonly login: string
  readonly access: AccessTier
  /** login: the session is its own. assumed: the administrator's, who becomes the login for it. */
  readonly by: ProvedDatabase['by']
  /** Whether it is known already why a chosen relation is refused, so that it is not said again. */
  readonly isExplained: (relation: Pick<ChosenRelation, 'schema' | 'name'>) => boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Tries as the login, in one database, all that was chosen and a sample of what was not, as the proof after an
 * apply does; what does not hold is told, not thrown. Whatever it tries is taken back.
 * @throws ProblemError `cannot-assume-login`; where the server cannot be asked
 */
export async function tryAccess(
  session: Session,
  request: TryRequest,
): Promise<{ readonly access: ProvedDatabase; readonly drift: readonly Drift[] }> {
  const { plan, login, access, by, signal } = request
  const { chosen } = plan
  const deadline = leastDeadline + chosen.length * deadlinePerRelation
  const { value } = await inTransaction(session, { deadline, end: 'rollback', signal }, async bounded => {
    const { may, blocks, facts, writes, creates } = await ask(
      bounded,
      together({
        may: maySetRole(login),
        blocks: mayRunBlocks,
        facts: probeFacts(login, chosen),
        writes: writesToRefuse(login, chosen),
        creates: createsToRefuse(login),
      }),
    )
    if (by === 'assumed') await allowAssuming(bounded, login, may)
    const drift: Drift[] = facts.chosen
      .filter(fact => !isOpen(fact, access) && fact.kind !== null && !request.isExplained(fact))
      .map(fact => entry('chosen-refused', plan.database, refusedText(fact, request)))

    const open = { ...facts, chosen: facts.chosen.filter(fact => isOpen(fact, access)) }
    const openPlan = { ...plan, chosen: chosen.filter((_, at) => isOpen(facts.chosen[at], access)) }
    const views = viewAttempts(access === 'read' ? openPlan.chosen : [])
    const tried = await tryAll(
      bounded,
      {
        reads: probeStatements(open, 'read'),
        views: views.statements,
        writes: writes.statements,
        creates: creates.statements,
      },
      { as: by === 'assumed' ? login : null, lockTimeout, blocks },
    )

    const told = <T>(otherwise: T, judge: () => T): T => {
      try {
        return judge()
      } catch (thrown) {
        const code = thrown instanceof ProblemError ? contradictions.get(thrown.problem.code) : undefined
        if (code === undefined || !(thrown instanceof ProblemError)) throw thrown
        drift.push(entry(code, plan.database, thrown.problem.message))
        return otherwise
      }
    }
    const nothing: DatabaseAccess = { database: plan.database, readable: 0, refused: 0, findings: [] }
    const found = told(nothing, () =>
      judgeProbe(open, tried.reads, { plan: openPlan, login, access, how: 'read' }),
    )
    return {
      access: {
        ...found,
        findings: [...found.findings, ...viewsWithHiddenRows(views, tried.views)],
        by,
        writesRefused: told(0, () => refusedOf(writes, tried.writes)),
        createsRefused: told(0, () => refusedOf(creates, tried.creates)),
      },
      drift,
    }
  })
  return value
}

/** What the attempts throw where the server does otherwise than its catalogue says. */
const contradictions: ReadonlyMap<string, Drift['code']> = new Map([
  ['chosen-refused', 'chosen-refused'],
  ['relation-gone', 'relation-gone'],
  ['other-readable', 'other-readable'],
  ['write-allowed', 'write-allowed'],
  ['create-allowed', 'create-allowed'],
] as const)

function isOpen(fact: ChosenFacts | undefined, access: AccessTier): boolean {
  if (fact === undefined || fact.kind === null || !fact.usage) return false
  return access === 'read' ? fact.select : access === 'metadata' ? fact.references : true
}

function refusedText(
  { schema, name }: Pick<ChosenRelation, 'schema' | 'name'>,
  { login }: TryRequest,
): string {
  return `${printableName(login)} is refused on ${printableName(schema)}.${printableName(name)}, which was chosen.`
}

function entry(code: Drift['code'], database: string, text: string): Drift {
  return { code, level: 'drift', database, text, mend: [] }
}
