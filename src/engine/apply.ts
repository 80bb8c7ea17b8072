import type { Change } from '../model/change.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { DatabasePlan, Plan } from '../plan/plan.ts'
import { scramVerifier } from '../postgres/scram.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { saveUndoably } from '../secrets/save-undoably.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import type { Done } from './committed.ts'
import { readGranted } from './direct-grants.ts'
import type { OnEngineEvent, Phase } from './events.ts'
import { loginBefore } from './login-before.ts'
import { openLogin } from './open-login.ts'
import type { ApplyOutcome, Beyond, ProvedDatabase, Unproved } from './outcome.ts'
import { onceInServer, proveDatabase } from './prove.ts'
import { withRetry } from './retry.ts'
import { changeAtFault, runChanges } from './run-changes.ts'
import { defaultDeadline, inTransaction, isLost } from './transaction.ts'
import { undoCommitted } from './undo-committed.ts'
import { traceText, verifierTrace } from './verifier-trace.ts'
import { withSession } from './with-session.ts'

export interface ApplyRequest {
  readonly plan: Plan
  /** Opens sessions: of the administrator, and of the new login for the proof. */
  readonly open: OpenSession
  readonly store: SecretStore
  readonly entry: SecretEntry
  /** Makes the new password. */
  readonly generate: () => Secret
  /** Whether the login, by its planned name, could try a password from here; asked before anything is made. */
  readonly knock: (database: string) => Promise<Door>
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
  /** How long each changing transaction may last, in milliseconds; 2000 when left out. */
  readonly deadline?: number | undefined
  /** How long a server that has gone is called again to undo, in milliseconds; 6000 when left out. */
  readonly patience?: number | undefined
}

/** What the knock showed. */
export type Door =
  | { readonly open: true }
  | { readonly open: false; readonly problem: Problem; readonly hbaLine: string | null }

const defaultPatience = 6000

/**
 * Carries the plan out: the secret is kept, the roles are made unable to log in, each database is granted in a
 * transaction of its own, the login is opened for a few minutes, proved by logging in, and only then given its
 * chosen end. Whatever fails, all of it is taken back, or named. Never throws.
 */
export async function apply(request: ApplyRequest): Promise<ApplyOutcome> {
  const done: Done = { committed: [], loginBefore: null, undoSecret: null }
  try {
    return await carryOut(request, done)
  } catch (thrown) {
    return takeBack(request, done, thrown)
  }
}

async function carryOut(request: ApplyRequest, done: Done): Promise<ApplyOutcome> {
  const startedAt = new Date()
  const { plan } = request
  const doors = await knockEverywhere(request)
  const password = await passwordFor(request, done)

  tell(request, 'roles')
  await rememberLogin(request, done)
  await commitChanges(request, done, plan.server.database, plan.roles)

  for (const { database, changes } of plan.databases) {
    tell(request, 'database', database)
    await commitChanges(request, done, database, changes, 'database')
  }

  tell(request, 'login')
  const notes = await openTheLogin(request, done, password)

  const { databases, beyond, unproved } = await proveEverywhere(request, doors, password)

  tell(request, 'end')
  const ending = plan.opening.filter(change => change.kind !== 'open-login')
  await commitChanges(request, done, plan.server.database, ending)

  // It is done, whether this can be read or not.
  const granted = await readGranted(request.open, plan, done.loginBefore?.canLogin ?? null).catch(() => null)
  const applied = { proof: { databases, beyond }, startedAt, finishedAt: new Date(), notes, granted }
  return unproved.length === 0
    ? { outcome: 'done', ...applied }
    : { outcome: 'done-unproved', unproved, ...applied }
}

/** Knocks at each database before anything is made. */
async function knockEverywhere(request: ApplyRequest): Promise<ReadonlyMap<string, Door>> {
  tell(request, 'knock')
  const doors = new Map<string, Door>()
  for (const { database } of request.plan.databases) {
    checkSignal(request)
    doors.set(database, await request.knock(database))
  }
  return doors
}

/** A new password, kept and read back; where the plan sets none, the one that is kept, if there is one. */
async function passwordFor(request: ApplyRequest, done: Done): Promise<Secret | null> {
  const { store, entry } = request
  tell(request, 'secret')
  checkSignal(request)
  if (!request.plan.opening.some(change => change.kind === 'open-login')) return store.read(entry)
  const password = request.generate()
  done.undoSecret = await saveUndoably(store, entry, password)
  checkSignal(request)
  return password
}

/** An existing login's attributes are read before anything touches it. */
async function rememberLogin(request: ApplyRequest, done: Done): Promise<void> {
  const opening = request.plan.opening.find(change => change.kind === 'open-login')
  if (opening === undefined || !opening.existed) return
  done.loginBefore = await withSession(request.open, { database: request.plan.server.database }, session =>
    loginBefore(session, opening.role),
  )
}

/** Runs changes in one transaction and commits it; notes it for the undo. */
async function commitChanges(
  request: ApplyRequest,
  done: Done,
  database: string,
  changes: readonly Change[],
  phase?: Phase,
): Promise<void> {
  if (changes.length === 0) return checkSignal(request)
  await commit(request, done, database, changes, session =>
    runChanges(session, changes, (sofar, total) => {
      if (phase) request.onEvent?.({ kind: 'progress', phase, database, done: sofar, total })
    }),
  )
}

async function openTheLogin(
  request: ApplyRequest,
  done: Done,
  password: Secret | null,
): Promise<readonly string[]> {
  const { plan } = request
  const notes: string[] = []
  for (const change of plan.opening) {
    if (change.kind !== 'open-login' || password === null) continue
    const trace = await commit(request, done, plan.server.database, [change], async session => {
      await openLogin(session, change, scramVerifier(password))
      return traceText(await verifierTrace(session, plan.server.database))
    })
    if (trace !== null) notes.push(trace)
  }
  return notes
}

async function commit<T>(
  request: ApplyRequest,
  done: Done,
  database: string,
  changes: readonly Change[],
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const deadline = request.deadline ?? defaultDeadline
  const once = () =>
    withSession(request.open, { database }, async session => {
      const { value } = await inTransaction(
        session,
        { deadline, end: 'commit', signal: request.signal },
        work,
      )
      return value
    })
  try {
    const value = await withRetry(once, request)
    done.committed.push({ database, changes, certain: true })
    return value
  } catch (thrown) {
    if (problemOf(thrown).code === 'commit-unknown') {
      done.committed.push({ database, changes, certain: false })
    }
    throw thrown
  }
}

async function proveEverywhere(
  request: ApplyRequest,
  doors: ReadonlyMap<string, Door>,
  password: Secret | null,
): Promise<{
  readonly databases: readonly ProvedDatabase[]
  readonly beyond: readonly Beyond[]
  readonly unproved: readonly Unproved[]
}> {
  const databases: ProvedDatabase[] = []
  const beyond: Beyond[] = []
  const unproved: Unproved[] = []
  for (const database of request.plan.databases) {
    tell(request, 'proof', database.database)
    checkSignal(request)
    const door = doors.get(database.database) ?? { open: true }
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

async function proveByLogin(
  request: ApplyRequest,
  database: DatabasePlan,
  door: Door,
  password: Secret | null,
): Promise<Awaited<ReturnType<typeof proveDatabase>> | Exclude<Door, { open: true }>> {
  if (!door.open) return door
  if (password === null) return { open: false, problem: passwordUnknown, hbaLine: null }
  const as = { user: request.plan.login, password }
  let session: Session
  try {
    session = await request.open({ database: database.database, as })
  } catch (thrown) {
    const problem = problemOf(thrown)
    // All connections of an existing login are in use: it may come in, only not now.
    if (problem.code === 'too-many-connections') return { open: false, problem, hbaLine: null }
    throw loginFailed(problem, thrown)
  }
  try {
    return await proveDatabase(session, { ...request, database, by: 'login' })
  } finally {
    await session.close().catch(() => {})
  }
}

const passwordUnknown: Problem = {
  code: 'password-unknown',
  message: 'The login keeps its password, which is not in the chosen store, so it was not tried.',
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

/** Undoes what was done, as far as it can be, and says how it ended. */
async function takeBack(request: ApplyRequest, done: Done, thrown: unknown): Promise<ApplyOutcome> {
  const problem = problemOf(thrown)
  const change = changeAtFault(thrown)
  const { left, undo, passwordReplaced } = await undoCommitted(
    {
      open: request.open,
      deadline: request.deadline ?? defaultDeadline,
      patience: request.patience ?? defaultPatience,
      onEvent: request.onEvent,
    },
    // A server that went away may have come back without its last commits: an older one, restored or promoted.
    isLost(problem) ? done.committed.map(unit => ({ ...unit, certain: false })) : done.committed,
    done.loginBefore,
  )
  const things = [...left]
  const { place } = request.store
  // Where the login has the new password for good, its only copy must not be thrown away.
  if (passwordReplaced) things.push(`The new password, kept in ${place}`)
  else {
    await done.undoSecret?.().catch(failure => {
      things.push(`The new password in ${place} (not removed: ${problemOf(failure).message})`)
    })
  }
  if (things.length > 0) return { outcome: 'failed-changed', problem, change, left: things, undo }
  if (problem.code === 'cancelled') return { outcome: 'cancelled' }
  return { outcome: 'failed-unchanged', problem, change }
}

function tell(request: ApplyRequest, phase: Phase, database: string | null = null): void {
  request.onEvent?.({ kind: 'phase', phase, database })
}

function checkSignal(request: ApplyRequest): void {
  if (request.signal?.aborted) throw new ProblemError({ code: 'cancelled', message: 'Cancelled.' })
}
