import type { Connector } from '../connectors/connector.ts'
import type { Answers } from '../model/answers.ts'
import { counted } from '../model/counted.ts'
import { printableName } from '../model/identifier.ts'
import type { Ledger } from '../model/ledger.ts'
import { ProblemError } from '../model/problem.ts'
import type { ServerFacts } from '../model/server-facts.ts'
import { chosenDatabases, type PlanInput } from '../plan/plan-input.ts'
import type { LogIn } from '../postgres/log-in.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import type { Drift } from './drift.ts'
import { goneFromServer } from './drift-catalogue.ts'
import { addedInServer } from './drift-grants.ts'
import { driftOfRoles } from './drift-roles.ts'
import { elsewhere, heldInServer } from './held-grants.ts'
import type { Beyond, ProvedDatabase, Unproved } from './outcome.ts'
import { onceInServer } from './prove.ts'
import { readForPlan } from './read-for-plan.ts'
import { readRoleFacts } from './role-facts.ts'
import { loginRefused, unprovedBy, verifyDatabase } from './verify-database.ts'

export interface VerifyRequest {
  readonly answers: Answers
  readonly connector: Connector
  readonly server: ServerFacts
  /** Whose eyes read the catalogue: the administrator's, or where there is none the login's own. */
  readonly reader: {
    readonly as: 'administrator' | 'login'
    readonly session: Session
    readonly open: OpenSession
  }
  /** What earlier runs granted, as far as it is noted: it says who owned a table then. */
  readonly earlier?: Ledger | null
  /** Logs in as the login, with its password. */
  readonly logIn: (database: string) => Promise<LogIn>
  readonly signal?: AbortSignal | undefined
}

/** How what the login reaches compares with what was chosen. */
export interface Verification {
  /** `as-chosen-unproved`: nothing differs, but in some database the login itself could not be tried. */
  readonly outcome: 'as-chosen' | 'as-chosen-unproved' | 'drift'
  /** The server's clock, ISO 8601. */
  readonly checkedAt: string
  readonly login: string
  readonly group: string | null
  /** ISO 8601; null without an end, or without the login. */
  readonly validUntil: string | null
  readonly readAs: 'administrator' | 'login'
  /** What was tried; a database that nobody could enter, or become the login in, is not among them. */
  readonly databases: readonly ProvedDatabase[]
  readonly unproved: readonly Unproved[]
  readonly drift: readonly Drift[]
  /** The effective-access report: all that the login reaches beyond the choice, and the way it comes. */
  readonly beyond: readonly Beyond[]
}

/**
 * Compares what the login can reach with what the answers chose, by trying as the login wherever it can, and
 * changes nothing. @throws ProblemError where the server cannot be read, `cancelled`
 */
export async function verify(request: VerifyRequest): Promise<Verification> {
  const { answers, connector, reader, server } = request
  const live = await readForPlan(answers, reader.session, reader.open)
  const earlier = request.earlier ?? null
  const input: PlanInput = { answers, connector, server, catalogue: live, roles: live.roles, earlier }
  const { roles } = answers
  const group = roles.layout === 'group-and-login' ? roles.group : null
  const own = group === null ? [roles.login] : [roles.login, group]
  const facts = await readRoleFacts(reader.session, roles.login, group)

  const drift: Drift[] = [
    ...driftOfRoles(input, facts),
    ...goneFromServer(input),
    ...addedInServer(input, await heldInServer(reader.session, own, server.versionNumber)),
    ...(await inOtherDatabases(reader.session, answers, own)),
  ]
  const databases: ProvedDatabase[] = []
  const unproved: Unproved[] = []
  const beyond: Beyond[] = []
  for (const chosen of chosenDatabases(input)) {
    if (request.signal?.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
    const found = await verifyDatabase(request, { input, facts, own, told: [...drift] }, chosen)
    // Not spread into push(): there may be an entry for each of 100,000 tables, and arguments are limited.
    for (const entry of found.drift) drift.push(entry)
    unproved.push(...found.unproved)
    beyond.push(...found.beyond)
    if (found.access !== null) databases.push(found.access)
  }
  const outcome = drift.some(({ level }) => level === 'drift')
    ? 'drift'
    : unproved.length > 0
      ? 'as-chosen-unproved'
      : 'as-chosen'
  return {
    outcome,
    checkedAt: facts.now,
    login: roles.login,
    group,
    validUntil: live.roles.login?.validUntil ?? null,
    readAs: reader.as,
    databases,
    unproved,
    drift,
    beyond: onceInServer(beyond),
  }
}

/** Our roles hold or own something in databases that were not chosen: what it is, is to be seen there only. */
async function inOtherDatabases(
  session: Session,
  answers: Answers,
  own: readonly string[],
): Promise<readonly Drift[]> {
  const chosen = new Set(answers.databases.map(({ name }) => name))
  const others = (await elsewhere(session, own)).filter(({ database }) => !chosen.has(database))
  return others.map(({ database, granted, owned }) => ({
    code: 'grant-elsewhere',
    level: 'drift',
    database,
    text: `${own.map(printableName).join(' or ')} holds privileges on ${counted(granted, 'object')} and owns ${owned} here, and this database was not chosen. Look there (\\dp and \\ddp in psql) and revoke them.`,
    mend: [],
  }))
}

/** Where only the login itself is asked, and no database lets it in: there is nothing to compare. */
export function verifiedNothing(
  answers: Answers,
  refused: readonly { readonly database: string; readonly came: LogIn & { readonly in: false } }[],
  now: Date,
): Verification {
  const { roles } = answers
  const first = refused.find(({ came }) => came.blame === 'login')
  return {
    outcome: first === undefined ? 'as-chosen-unproved' : 'drift',
    checkedAt: now.toISOString(),
    login: roles.login,
    group: roles.layout === 'group-and-login' ? roles.group : null,
    validUntil: null,
    readAs: 'login',
    databases: [],
    unproved: refused.map(({ database, came }) => unprovedBy(came, database)),
    drift:
      first === undefined
        ? []
        : [loginRefused(first.came.problem, first.database, answers.authentication.method)],
    beyond: [],
  }
}
