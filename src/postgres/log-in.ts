import pg from 'pg'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { ServerSession } from './client-session.ts'
import { attemptToConnect, type ConnectTarget } from './connect.ts'

/** What came of logging in with a password that should be the right one. */
export type LogIn =
  /** `passwordAsked`: false where the server lets anybody in, so that the password is not proved. */
  | { readonly in: true; readonly session: ServerSession; readonly passwordAsked: boolean }
  /** `blame`: `login` where the server refuses the login itself, `way` where it could not be tried from here. */
  | {
      readonly in: false
      readonly blame: 'login' | 'way'
      readonly problem: Problem
      readonly hbaLine: string | null
    }

/** Logs in to one database as `login`; the caller closes the session. Never throws. */
export async function logIn(
  target: ConnectTarget,
  login: { readonly user: string; readonly password: Secret | null; readonly database: string },
): Promise<LogIn> {
  const { user, password, database } = login
  const attempt = await attemptToConnect({ ...target, user, database, password: password ?? undefined })
  if (attempt.ok) {
    const session = attempt.value
    return { in: true, session, passwordAsked: session.connection.passwordAsked }
  }
  const { problem, failure } = attempt
  const thrown = failure?.thrown
  // After the password was taken (InitPostgres): NOLOGIN, or no CONNECT on the database.
  const turnedAway =
    thrown instanceof pg.DatabaseError &&
    (thrown.routine === 'InitializeSessionUserId' || thrown.code === '42501')
  const refused = problem.code === 'wrong-password' || turnedAway
  return { in: false, blame: refused ? 'login' : 'way', problem, hbaLine: problem.hbaLine ?? null }
}
