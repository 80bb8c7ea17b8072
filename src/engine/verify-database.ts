import type { Answers, AuthenticationMethod } from '../model/answers.ts'
import { printableName, qualifiedName, quoteIdentifier } from '../model/identifier.ts'
import { type Problem, problemOf } from '../model/problem.ts'
import { databasePlan, wantedGrants } from '../plan/database-changes.ts'
import type { DatabasePlan } from '../plan/plan.ts'
import { type ChosenDatabase, chosenTier, type PlanInput, someOf } from '../plan/plan-input.ts'
import type { LogIn } from '../postgres/log-in.ts'
import type { Session } from '../postgres/session.ts'
import { beyondInDatabase, beyondInServer } from './beyond.ts'
import { doorOf } from './door.ts'
import { type Drift, type DriftCode, driftOfChanges } from './drift.ts'
import { goneRelations, sinceMade } from './drift-catalogue.ts'
import { addedGrants, apart } from './drift-grants.ts'
import { heldGrants, ownedRelations } from './held-grants.ts'
import type { Beyond, ProvedDatabase, Unproved } from './outcome.ts'
import { ask, together } from './question.ts'
import type { RoleFacts } from './role-facts.ts'
import { type TryRequest, tryAccess } from './try-access.ts'
import type { VerifyRequest } from './verify.ts'
import { withSession } from './with-session.ts'

/** Relations that belong to our roles and are named, at most. */
const ownedTold = 100

/** What is known of the whole server before its databases are looked at. */
export interface Known {
  readonly input: PlanInput
  readonly facts: RoleFacts
  /** The login and its group. */
  readonly own: readonly string[]
  readonly told: readonly Drift[]
}

interface FoundInDatabase {
  readonly drift: readonly Drift[]
  readonly unproved: readonly Unproved[]
  readonly beyond: readonly Beyond[]
  /** null where the login could neither be tried nor assumed. */
  readonly access: ProvedDatabase | null
}

/** Compares one database with its answer: by the catalogue, and by trying. @throws ProblemError */
export async function verifyDatabase(
  request: VerifyRequest,
  known: Known,
  chosen: ChosenDatabase,
): Promise<FoundInDatabase> {
  const { name, unreadable } = chosen.database
  // Also what only an owner can give: it is missing all the same.
  const changes = unreadable === null ? wantedGrants(known.input, chosen).map(({ change }) => change) : []
  const plan = { ...databasePlan(known.input, chosen), changes }
  const read =
    unreadable === null
      ? await withSession(request.reader.open, { database: name }, session =>
          readDrift(session, known, chosen, plan),
        )
      : { drift: [], beyond: [] }
  if (known.input.roles.login === null) return { ...read, unproved: [], access: null }

  const told = [...known.told, ...read.drift]
  const came = await request.logIn(name)
  try {
    const tried = await tryIn(request, came, unreadable === null, {
      plan,
      login: known.input.answers.roles.login,
      access: known.input.answers.access,
      isExplained: explainedBy(told, plan),
      signal: request.signal,
    })
    return {
      ...read,
      access: tried.access,
      drift: [...read.drift, ...refusal(came, plan, told, request.answers), ...tried.drift],
      unproved: [...whyUnproved(came, name), ...tried.unproved, ...notRead(chosen)],
    }
  } finally {
    if (came.in) await came.session.close().catch(() => {})
  }
}

/** What the catalogue says, to everybody who reads it. */
async function readDrift(
  session: Session,
  { input, facts, own }: Known,
  chosen: ChosenDatabase,
  plan: DatabasePlan,
): Promise<Pick<FoundInDatabase, 'drift' | 'beyond'>> {
  const { database } = plan
  const held = apart(input, chosen, await heldGrants(session, own), facts.oldest)
  const gone = goneRelations(input, chosen, held.unmeant)
  const unmeant = held.unmeant.filter(grant => grant.on !== 'relation' || !gone.explained.has(grant.object))
  const owned = await ownedRelations(session, own, ownedTold)
  const { login } = input.answers.roles
  const beyond = await ask(
    session,
    together({
      inDatabase: beyondInDatabase(login, plan, chosenTier(input)?.privileges ?? []),
      inServer: beyondInServer(login, {
        databases: input.answers.databases.map(({ name }) => name),
        own,
        versionNumber: input.server.versionNumber,
      }),
    }),
  )
  return {
    drift: [
      ...driftOfChanges(plan.changes, database, input.server.versionNumber),
      ...gone.drift,
      ...addedGrants(database, { ...held, unmeant }),
      ...ownedDrift(database, owned),
      ...sinceMade(input, chosen, facts.oldest),
    ],
    beyond: [...beyond.inDatabase, ...beyond.inServer],
  }
}

function ownedDrift(database: string, owned: Awaited<ReturnType<typeof ownedRelations>>): readonly Drift[] {
  if (owned.length === 0) return []
  const names = owned.map(({ schema, name }) => `${printableName(schema)}.${printableName(name)}`)
  return [
    {
      code: 'owns',
      level: 'drift',
      database,
      text: `${[...new Set(owned.map(({ role }) => printableName(role)))].join(' and ')} owns relations and may do everything with them: ${someOf(names)}. The statements give them to the owner of their schema.`,
      mend: owned.map(
        ({ schema, name, schemaOwner }) =>
          `ALTER TABLE ${qualifiedName(schema, name)} OWNER TO ${quoteIdentifier(schemaOwner)}`,
      ),
    },
  ]
}

/** As the login itself where it came in; else as the administrator, who becomes it where it may. */
async function tryIn(
  { reader }: VerifyRequest,
  came: LogIn,
  readerEnters: boolean,
  request: Omit<TryRequest, 'by'>,
): Promise<Omit<FoundInDatabase, 'beyond'>> {
  if (came.in) return { ...(await tryAccess(came.session, { ...request, by: 'login' })), unproved: [] }
  if (reader.as === 'login' || !readerEnters) return { access: null, drift: [], unproved: [] }
  const { database } = request.plan
  try {
    const tried = await withSession(reader.open, { database }, session =>
      tryAccess(session, { ...request, by: 'assumed' }),
    )
    return { ...tried, unproved: [] }
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (problem.code !== 'cannot-assume-login') throw thrown
    return { access: null, drift: [], unproved: [{ database, problem, hbaLine: null }] }
  }
}

/** What keeps every chosen relation closed, and has its own entry. */
const closesAll: ReadonlySet<DriftCode> = new Set(['membership-gone', 'membership-asleep', 'group-gone'])

function explainedBy(told: readonly Drift[], { changes }: DatabasePlan): TryRequest['isExplained'] {
  if (told.some(({ code }) => closesAll.has(code))) return () => true
  const schemas = new Set<string>()
  const relations = new Set<string>()
  for (const change of changes) {
    if (change.kind === 'grant-usage') schemas.add(change.schema)
    if (change.kind !== 'grant-relations') continue
    for (const name of change.relations) relations.add(JSON.stringify([change.schema, name]))
  }
  return ({ schema, name }) => schemas.has(schema) || relations.has(JSON.stringify([schema, name]))
}

/** What keeps the login out, and has its own entry; without its group it may lack CONNECT. */
const keepsOut: ReadonlySet<DriftCode> = new Set([
  ...closesAll,
  'login-gone',
  'login-disabled',
  'expired',
  'login-refused',
])

/** The server refuses the login itself, and nothing that is known says why. */
function refusal(
  came: LogIn,
  plan: DatabasePlan,
  told: readonly Drift[],
  { authentication }: Pick<Answers, 'authentication'>,
): readonly Drift[] {
  if (came.in || came.blame !== 'login') return []
  const noConnect = plan.changes.some(({ kind }) => kind === 'grant-connect')
  if (noConnect || told.some(({ code }) => keepsOut.has(code))) return []
  return [loginRefused(came.problem, plan.database, authentication.method)]
}

/** The login, with the password that is kept for it, or with a token, is not let in. */
export function loginRefused(problem: Problem, database: string, method: AuthenticationMethod): Drift {
  return {
    code: 'login-refused',
    level: 'drift',
    database,
    text:
      method === 'aws-iam'
        ? `The login with a token that was made just now is refused: ${problem.message} Look whether its key is active, what its policy allows and whether IAM authentication is on: verify as an administrator says it.`
        : `The login with the stored password is refused: ${problem.message} pg-usher rotate sets a new password.`,
    mend: [],
  }
}

/** Without the catalogue only what is chosen can be tried; that nothing was added cannot be said. */
function notRead({ database: { name, unreadable } }: ChosenDatabase): readonly Unproved[] {
  if (unreadable === null) return []
  const problem = { code: 'database-unreadable', message: `It could not be read: ${unreadable}` }
  return [{ database: name, problem, hbaLine: null }]
}

function whyUnproved(came: LogIn, database: string): readonly Unproved[] {
  if (!came.in) return [unprovedBy(came, database)]
  const door = doorOf({ door: 'trusted' })
  return came.passwordAsked || door.open ? [] : [{ database, problem: door.problem, hbaLine: null }]
}

/** Why the login could not be tried. A password that is wanted is one that is not known. */
export function unprovedBy({ problem, hbaLine }: LogIn & { readonly in: false }, database: string): Unproved {
  return { database, hbaLine, problem: problem.code === 'password-required' ? passwordUnknown : problem }
}

const passwordUnknown: Problem = {
  code: 'password-unknown',
  message: 'The password of the login is not in the store that the answers name.',
}
