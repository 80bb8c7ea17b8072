import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { secret } from '../model/secret.ts'
import { attemptToConnect, type ConnectTarget } from './connect.ts'
import type { ConnectProblem } from './connect-problem.ts'

/** Whether pg_hba.conf lets that user into that database from here, asking for a password. */
export type Knock =
  /** A password is asked for, and a wrong one refused. */
  | { readonly door: 'open' }
  /** No line, or one that rejects or wants another proof. */
  | { readonly door: 'closed'; readonly message: string; readonly hbaLine: string | null }
  /** Anybody is let in: the line says trust. A login here would prove nothing about the password. */
  | { readonly door: 'trusted' }
  | { readonly door: 'unknown'; readonly problem: ConnectProblem }

/**
 * Tries to log in as `user` with a random password, once (twice under TLS mode `prefer`), and reads the
 * answer. The role need not exist: the server checks pg_hba.conf first and hides what is missing behind
 * "password authentication failed". It leaves a line in the server's log.
 */
export async function knock(request: {
  readonly target: ConnectTarget
  readonly user: string
  readonly database: string
}): Promise<Knock> {
  const { target, user, database } = request
  const password = secret(randomBytes(24).toString('base64url'))
  const attempt = await attemptToConnect({ ...target, user, database, password })
  if (attempt.ok) {
    await attempt.value.close()
    return { door: 'trusted' }
  }
  const { problem, failure } = attempt
  if (problem.code === 'wrong-password') return { door: 'open' }
  if (problem.code === 'no-hba-line') {
    return { door: 'closed', message: problem.message, hbaLine: problem.hbaLine ?? null }
  }
  const thrown = failure?.thrown
  if (!(thrown instanceof pg.DatabaseError)) return { door: 'unknown', problem }
  // Asked only after the password was taken (InitPostgres): with a random one, that is trust.
  if (thrown.routine === 'InitializeSessionUserId') return { door: 'trusted' }
  if (thrown.routine === 'auth_failed') return { door: 'closed', message: problem.message, hbaLine: null }
  return { door: 'unknown', problem }
}
