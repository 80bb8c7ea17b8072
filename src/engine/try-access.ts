import type { AccessTier } from '../model/answers.ts'
import { printableName } from '../model/identifier.ts'
import { ProblemError } from '../model/problem.ts'
import type { ChosenRelation, DatabasePlan } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import { allowAssuming } from './assume-login.ts'
import { type ChosenFacts, chosenFacts } from './chosen-facts.ts'
import type { Drift } from './drift.ts'
import { viewsWithHiddenRows } from './hidden-rows.ts'
import type { ProvedDatabase } from './outcome.ts'
import { probeDatabase } from './probe-database.ts'
import { refusedCreates, refusedWrites } from './refusals.ts'
import { inTransaction } from './transaction.ts'

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
  const as = by === 'assumed' ? login : null
  const options = { as, lockTimeout }
  const deadline = leastDeadline + plan.chosen.length * deadlinePerRelation
  const { value } = await inTransaction(session, { deadline, end: 'rollback', signal }, async bounded => {
    if (as !== null) await allowAssuming(bounded, login)
    const facts = await chosenFacts(bounded, login, plan.chosen)
    const open = plan.chosen.filter((_, at) => isOpen(facts[at], access))
    const refused = plan.chosen.filter((_, at) => !isOpen(facts[at], access) && facts[at]?.kind !== null)
    const drift: Drift[] = refused
      .filter(relation => !request.isExplained(relation))
      .map(relation => entry('chosen-refused', plan.database, refusedText(relation, request)))

    const told = async <T>(otherwise: T, run: () => Promise<T>): Promise<T> => {
      try {
        return await run()
      } catch (thrown) {
        const code = thrown instanceof ProblemError ? contradictions.get(thrown.problem.code) : undefined
        if (code === undefined || !(thrown instanceof ProblemError)) throw thrown
        drift.push(entry(code, plan.database, thrown.problem.message))
        return otherwise
      }
    }
    const nothing = { database: plan.database, readable: 0, refused: 0, findings: [] }
    const found = await told(nothing, () =>
      probeDatabase(bounded, {
        plan: { ...plan, chosen: open },
        login,
        access,
        how: 'read',
        until: null,
        ...options,
      }),
    )
    const hidden = access === 'read' ? await viewsWithHiddenRows(bounded, open, options) : []
    return {
      access: {
        ...found,
        findings: [...found.findings, ...hidden],
        by,
        writesRefused: await told(0, () => refusedWrites(bounded, login, open, options)),
        createsRefused: await told(0, () => refusedCreates(bounded, login, options)),
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

function refusedText({ schema, name }: ChosenRelation, { login }: TryRequest): string {
  return `${printableName(login)} is refused on ${printableName(schema)}.${printableName(name)}, which was chosen.`
}

function entry(code: Drift['code'], database: string, text: string): Drift {
  return { code, level: 'drift', database, text, mend: [] }
}
