import pg from 'pg'
import type { ServerAnswer } from '../model/answers.ts'
import { printableName } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'
import { loginRefusal } from './login-refusal.ts'
import { placeOf } from './server-place.ts'
import { notPostgres, timedOut, transportProblem } from './transport-problem.ts'

/** Why a connection did not come about. */
export interface ConnectProblem extends Problem {
  readonly code: ConnectProblemCode
  /** For `no-hba-line`: the line of pg_hba.conf that would let this connection in. */
  readonly hbaLine?: string
}

export type ConnectProblemCode =
  | 'refused'
  | 'timed-out'
  | 'unknown-host'
  | 'password-required'
  | 'wrong-password'
  | 'no-hba-line'
  | 'tls-refused'
  | 'tls-untrusted'
  | 'database-missing'
  | 'role-missing'
  | 'too-many-connections'
  | 'starting-up'
  | 'shutting-down'
  | 'socket-missing'
  | 'not-postgres'
  | 'cancelled'
  | 'other'

/** How far a connection had come when it failed. */
export type ConnectPhase = 'reaching' | 'asking-for-tls' | 'tls-handshake' | 'logging-in'

/** A failure as it was met: what was thrown, and where. */
export interface ConnectFailure {
  readonly thrown: unknown
  readonly phase: ConnectPhase
  readonly tls: boolean
  /** This end of the connection as the socket knows it. */
  readonly localAddress: string | undefined
}

/** Thrown in place of an answer: the server wants a password, and there is none. */
export class PasswordRequired extends Error {}
/** Thrown where the first byte of the answer is none that PostgreSQL sends. */
export class NotPostgres extends Error {}
/** Thrown when the time for connecting is over. */
export class TimedOut extends Error {}
/** Thrown when the caller gave up. */
export class Cancelled extends Error {}

/** The problem in words, by SQLSTATE and C function where the server spoke: its language may be any. */
export function connectProblem(failure: ConnectFailure, target: ServerAnswer): ConnectProblem {
  const { thrown } = failure
  if (thrown instanceof pg.DatabaseError) return loginRefusal(thrown, failure, target)
  if (thrown instanceof PasswordRequired) {
    return {
      code: 'password-required',
      message: `${placeOf(target)} asks for the password of ${printableName(target.user)}.`,
      next: 'Type it, or put it into a password file (~/.pgpass, mode 0600).',
    }
  }
  if (thrown instanceof TimedOut) return timedOut(target)
  if (thrown instanceof Cancelled)
    return { code: 'cancelled', message: 'The connection attempt was cancelled.' }
  if (thrown instanceof NotPostgres) return notPostgres(target)
  return transportProblem(thrown, failure, target)
}

/** Whether the server (or what stands before it) does not know a parameter of the startup packet. */
export function isUnsupportedStartupParameter(thrown: unknown): boolean {
  // A PostgreSQL server says 42704 or 22023; these words, in English only, are pgbouncer's.
  return thrown instanceof pg.DatabaseError && /unsupported startup parameter/i.test(thrown.message)
}
