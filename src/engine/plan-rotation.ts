import { printableName, quoteIdentifier, quoteLiteral } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import { instantOf } from '../model/valid-until.ts'
import { readRole } from '../postgres/roles.ts'
import { scramVerifier } from '../postgres/scram.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { nextOf } from '../secrets/generations.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import type { Door } from './apply-request.ts'
import type { OnEngineEvent } from './events.ts'
import { type LoginBefore, loginBefore, wayBackWith } from './login-before.ts'
import { setPassword, setPlainPassword } from './open-login.ts'
import { isInForce } from './password-in-force.ts'
import { inDatabase } from './plan-undo.ts'
import { loginWay, traceText } from './verifier-trace.ts'
import { withSession } from './with-session.ts'

export interface RotationRequest {
  readonly login: string
  /** The administrator's database. */
  readonly home: string
  /** Those in which the login is tried. */
  readonly databases: readonly string[]
  readonly open: OpenSession
  readonly store: SecretStore
  readonly entry: SecretEntry
  /** Makes the new password. */
  readonly generate: () => Secret
  /** Whether the login could try a password from here. */
  readonly knock: (database: string) => Promise<Door>
  /** The password itself may be sent, where the server refuses its verifier. */
  readonly sendPlain?: boolean | undefined
  /** The new VALID UNTIL, ISO 8601; null for no end, left out to keep it as it is. */
  readonly validUntil?: string | null
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
  /** How long each transaction may last, in milliseconds. */
  readonly deadline: number
}

/** What a rotation finds, before anything is changed. */
export interface RotationPlan {
  readonly login: string
  /** ISO 8601; null without an end. */
  readonly validUntil: { readonly from: string | null; readonly to: string | null }
  readonly sessions: number
  /** Databases in which the new password will be tried. */
  readonly provable: readonly string[]
  readonly unprovable: readonly { readonly database: string; readonly problem: Problem }[]
  /** A rotation that was broken off has set this password and not yet put it in its place. */
  readonly settleFirst: boolean
  readonly notes: readonly string[]
  /** Where the new password is set: a database in which it leaves no trace on the server, if there is one. */
  readonly at: string
  /** The login as it is, with what is needed to put it back. */
  readonly before: LoginBefore
}

/**
 * Looks at the login, the doors and the stored passwords, and tries the change in a transaction that is rolled
 * back.
 * @throws ProblemError where there is no such login, or where a failure could not be taken back
 */
export async function planRotation(request: RotationRequest): Promise<RotationPlan> {
  const { login, home, open, store, entry } = request
  const { role, before } = await withSession(open, { database: home }, async session => ({
    role: await readRole(session, login),
    before: await loginBefore(session, login),
  }))
  if (role === null || before === null) throw new ProblemError(noSuchLogin(login))
  if (!role.canLogin) throw new ProblemError(closedLogin(login))
  const to = request.validUntil === undefined ? role.validUntil : request.validUntil
  if (to !== null && instantOf(to) <= Date.now()) throw new ProblemError(expired(login, to))

  const provable: string[] = []
  const unprovable: { database: string; problem: Problem }[] = []
  for (const database of request.databases) {
    const door = await request.knock(database)
    if (door.open) provable.push(database)
    else unprovable.push({ database, problem: door.problem })
  }

  const verifier = before.password.known ? before.password.stored : null
  const asks = { open, login, stored: verifier, database: provable[0] ?? null }
  const kept = await store.read(entry)
  const next = await store.read(nextOf(entry))
  const keptHolds = kept === null ? false : await isInForce(kept, asks)
  const nextHolds = next === null ? false : await isInForce(next, asks)
  if (next !== null && keptHolds !== true && nextHolds === null)
    throw new ProblemError(undecided(login, store))
  const settleFirst = nextHolds === true && keptHolds !== true

  const old = settleFirst ? next : keptHolds === false ? null : kept
  const wayBack = before.password.known ? before : wayBackWith(before, old)
  if (wayBack === null) throw new ProblemError(noWayBack(login, store, kept !== null))

  const { database: at } = await withSession(open, { database: home }, session =>
    loginWay(session, [home, ...request.databases]),
  )
  const trace = await inDatabase(request, at, 'rollback', async session => {
    await setNewPassword(session, request, request.generate())
    return traceText((await loginWay(session, [at])).trace)
  })
  const notes = [
    ...(trace === null ? [] : [trace]),
    ...(keptHolds === null
      ? [`Whether the password in ${store.place} is the present one could not be tried.`]
      : []),
    ...(keptHolds === false && !settleFirst
      ? [
          `The password in ${store.place} is not the present one; the present one is put back from what the server stores, if need be.`,
        ]
      : []),
  ]
  return {
    login,
    validUntil: { from: role.validUntil, to },
    sessions: role.sessions,
    provable,
    unprovable,
    settleFirst,
    notes,
    at,
    before: wayBack,
  }
}

/** Sets the password by its verifier, and VALID UNTIL where that is wanted, in the open transaction. */
export async function setNewPassword(
  session: Session,
  { login, validUntil, sendPlain }: Pick<RotationRequest, 'login' | 'validUntil' | 'sendPlain'>,
  password: Secret,
): Promise<void> {
  const until = validUntil === undefined ? '' : ` VALID UNTIL ${quoteLiteral(validUntil ?? 'infinity')}`
  const sqlWith = (text: string) =>
    `ALTER ROLE ${quoteIdentifier(login)} PASSWORD ${quoteLiteral(text)}${until}`
  if (sendPlain === true) await setPlainPassword(session, password, sqlWith)
  else await setPassword(session, scramVerifier(password), sqlWith)
}

function noSuchLogin(login: string): Problem {
  return {
    code: 'no-such-login',
    message: `There is no login ${printableName(login)} on this server.`,
    next: 'Use the answers with which it was made; after --no-gap its name is another one.',
    path: 'roles.login',
  }
}

function closedLogin(login: string): Problem {
  return {
    code: 'login-closed',
    message: `${printableName(login)} may not log in (NOLOGIN), so it has no password to renew.`,
    next: 'pg-usher apply opens it again.',
  }
}

function expired(login: string, validUntil: string): Problem {
  return {
    code: 'login-expired',
    message: `${printableName(login)} is valid until ${validUntil}, which is over: no password would work.`,
    next: 'Give a later day: --valid-until 2027-06-30, or --valid-until infinity.',
  }
}

function undecided(login: string, store: SecretStore): Problem {
  return {
    code: 'rotation-undecided',
    message: `A rotation was broken off: ${store.place} has two passwords of ${printableName(login)}, and which one is in force cannot be tried from here.`,
    next: 'Run this where the login is let in, or as a superuser.',
  }
}

function noWayBack(login: string, store: SecretStore, isKept: boolean): Problem {
  return {
    code: 'no-way-back',
    message: isKept
      ? `The password of ${printableName(login)} in ${store.place} is not the present one, and what the server stores may not be read: a failed rotation could not be taken back.`
      : `The present password of ${printableName(login)} is not in ${store.place}, and what the server stores may not be read: a failed rotation could not be taken back.`,
    next: 'Run this as a superuser, or use --no-gap; apply with "replacePassword": true sets a new one without a way back.',
  }
}
