import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { DatabasePlan, Plan } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import type { ApplyRequest, Door } from './apply-request.ts'
import { checkSignal, tell } from './apply-request.ts'
import type { OpenedDoor } from './hba/apply-hba.ts'
import type { Beyond, ProvedDatabase, Unproved } from './outcome.ts'
import { onceInServer, proveDatabase } from './prove.ts'
import { defaultPropagation, signIn } from './sign-in.ts'
import { withSession } from './with-session.ts'

/** What was proved, and where it could not be by logging in. */
export interface PlanProof {
  readonly databases: readonly ProvedDatabase[]
  readonly beyond: readonly Beyond[]
  readonly unproved: readonly Unproved[]
}

/**
 * Proves every database of the plan: as the login itself where it may come in from here, else by becoming it.
 * @throws ProblemError `login-failed`, or what the proof found
 */
export async function proveEverywhere(
  request: ApplyRequest,
  doors: ReadonlyMap<string, Door>,
  password: Secret | null,
): Promise<PlanProof> {
  const databases: ProvedDatabase[] = []
  const beyond: Beyond[] = []
  const unproved: Unproved[] = []
  for (const database of request.plan.databases) {
    const door = doorToProve(request, doors.get(database.database) ?? { open: true }, password)
    tell(request, door.open ? 'proof' : 'assumed-proof', database.database)
    checkSignal(request)
    const result = await proveByLogin(request, database, door, password)
    if ('proved' in result) {
      databases.push(result.proved)
      beyond.push(...result.beyond)
      continue
    }
    unproved.push({ database: database.database, problem: result.problem, hbaLine: result.hbaLine })
    const assumed = await withSession(request.open, { database: database.database }, session =>
      proveDatabase(session, { ...request, database, by: 'assumed' }),
    )
    databases.push(assumed.proved)
    beyond.push(...assumed.beyond)
  }
  return { databases, beyond: onceInServer(beyond), unproved }
}

/**
 * Once our lines are in force: where we come from an address that they let in, and did not before, the login is tried
 * for what it is, through them.
 * @throws ProblemError as proveEverywhere
 */
export async function proveThroughDoor(
  request: ApplyRequest,
  opened: OpenedDoor | null,
  proof: PlanProof,
  password: Secret | null,
): Promise<PlanProof> {
  if (opened?.isForUs !== true) return proof
  const proved = new Map<string, ProvedDatabase>()
  const unproved: Unproved[] = []
  for (const before of proof.unproved) {
    const database = request.plan.databases.find(each => each.database === before.database)
    const door = opened.doors.get(before.database)
    if (before.problem.code !== 'no-hba-line' || database === undefined || door === undefined) {
      unproved.push(before)
      continue
    }
    const isTried = door.open || opened.needsTls
    if (isTried) tell(request, 'proof', database.database)
    checkSignal(request)
    const result =
      !door.open && isTried
        ? await proveWithTls(request, database, door, password)
        : await proveByLogin(request, database, doorToProve(request, door, password), password)
    if ('proved' in result) proved.set(database.database, result.proved)
    else unproved.push({ database: database.database, problem: result.problem, hbaLine: result.hbaLine })
  }
  const databases = proof.databases.map(each => proved.get(each.database) ?? each)
  return { ...proof, databases, unproved }
}

/**
 * By a connection with TLS, as the tool will have one, though the administrator's has none. Where that cannot be made
 * for another reason than the password, nothing is proved.
 */
async function proveWithTls(
  request: ApplyRequest,
  database: DatabasePlan,
  door: Exclude<Door, { open: true }>,
  password: Secret | null,
): Promise<LoginProof> {
  const { open } = request
  const secured: ApplyRequest['open'] = ({ as, ...wanted }) =>
    open(as === undefined ? wanted : { ...wanted, as: { ...as, tls: 'require' } })
  try {
    const toProve = doorToProve(request, { open: true }, password)
    return await proveByLogin({ ...request, open: secured }, database, toProve, password)
  } catch (thrown) {
    if (thrown instanceof ProblemError && thrown.cause !== undefined) {
      const { code } = problemOf(thrown.cause)
      if (thrown.problem.code === 'login-failed' && code !== 'wrong-password') return door
    }
    throw thrown
  }
}

/** Whether the plan gives the login a password; else it keeps the one that it has. */
export function setsPassword({ opening }: Pick<Plan, 'opening'>): boolean {
  return opening.some(change => change.kind === 'open-login')
}

/** The door, shut where there is nothing to come in with. */
function doorToProve({ plan, token }: ApplyRequest, door: Door, password: Secret | null): Door {
  if (!door.open) return door
  if (plan.authentication === 'aws-iam')
    return token === undefined ? { open: false, problem: noToken, hbaLine: null } : door
  return password === null ? { open: false, problem: passwordUnknown, hbaLine: null } : door
}

type LoginProof = Awaited<ReturnType<typeof proveDatabase>> | Exclude<Door, { open: true }>

async function proveByLogin(
  request: ApplyRequest,
  database: DatabasePlan,
  door: Door,
  password: Secret | null,
): Promise<LoginProof> {
  if (!door.open) return door
  let session: Session
  try {
    session = await logIn(request, database.database, password)
  } catch (thrown) {
    const problem = problemOf(thrown)
    // All connections of an existing login are in use: it may come in, only not now.
    if (problem.code === 'too-many-connections') return { open: false, problem, hbaLine: null }
    // The store may hold another password than the one that the login has and keeps.
    if (problem.code === 'wrong-password' && !setsPassword(request.plan))
      return { open: false, problem: passwordNotKept(problem), hbaLine: null }
    throw loginFailed(problem, thrown)
  }
  try {
    return await proveDatabase(session, { ...request, database, by: 'login' })
  } finally {
    await session.close().catch(() => {})
  }
}

/** As the login: by its password, or by a token, which AWS may take a while to know the key of. */
async function logIn(request: ApplyRequest, database: string, password: Secret | null): Promise<Session> {
  const { open, token, plan } = request
  const openWith = (secret: Secret) => open({ database, as: { user: plan.login, password: secret } })
  if (token === undefined) {
    if (password === null) throw new ProblemError(passwordUnknown)
    return openWith(password)
  }
  const came = await signIn({
    login: plan.login,
    token,
    enter: async secret => {
      try {
        return { session: await openWith(secret) }
      } catch (thrown) {
        return { thrown }
      }
    },
    refused: each => ('thrown' in each ? problemOf(each.thrown) : null),
    patience: request.propagation ?? defaultPropagation,
    signal: request.signal,
    onEvent: request.onEvent,
  })
  if ('thrown' in came) throw came.thrown
  return came.session
}

/** Why a login by AWS IAM is not tried where nobody signs a token for it. */
export const noToken: Problem = {
  code: 'token-not-signed-here',
  message: 'The tool comes in by a token of AWS IAM that only its own role can sign.',
  next: "The vendor's own connection test is the proof.",
}

const passwordUnknown: Problem = {
  code: 'password-unknown',
  message: 'The login keeps its password, which is not in the chosen store, so it was not tried.',
}

function passwordNotKept(problem: Problem): Problem {
  return {
    ...problem,
    code: 'password-not-kept',
    message: 'The password in the chosen store is not the one that the login has, or its end is over.',
    next: 'Keep the right one there, or let it be replaced ("replacePassword": true).',
  }
}

function loginFailed(problem: Problem, cause: unknown): ProblemError {
  if (problem.code === 'cancelled') return new ProblemError(problem)
  return new ProblemError(
    {
      ...problem,
      code: 'login-failed',
      message: `The new login was made, but could not log in: ${problem.message}`,
      next: 'Look at the server log for the reason (another method than scram-sha-256 in pg_hba.conf, or a proxy in between), then try again.',
    },
    { cause },
  )
}
