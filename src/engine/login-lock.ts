import { printableName } from '../model/identifier.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { type Statement, StatementError } from '../postgres/statement.ts'
import { withSession } from './with-session.ts'

/** How long a run waits for another one on the same login, in milliseconds. */
const patience = 5000

/**
 * Lets `use` open sessions, of which the first one in `database` stands until `use` has ended, and is given out again
 * and again: what it holds, such as the lock of askingLoginLock, is held for as long.
 */
export async function withHeldSession<T>(
  open: OpenSession,
  database: string,
  use: (open: OpenSession) => Promise<T>,
): Promise<T> {
  let held: Session | null = null
  let out = false
  const openHeld: OpenSession = async request => {
    if (request.as !== undefined || request.database !== database || out) return open(request)
    held ??= await open(request)
    if (!held.isIdle()) return open(request)
    out = true
    return {
      ...held,
      close: async () => {
        out = false
      },
    }
  }
  try {
    return await use(openHeld)
  } finally {
    await (held as Session | null)?.close().catch(() => {})
  }
}

/**
 * Takes the lock on a login for as long as the session stands: two runs on one login, of one machine or of two,
 * would each put back what the other has done, and store a password that the other has replaced. It is of one
 * database, the administrator's. A client that has gone without a word is noticed within a minute.
 */
export function askingLoginLock(login: string): readonly Statement[] {
  return [
    `SELECT pg_catalog.set_config('lock_timeout', '${patience}', true),
  pg_catalog.set_config('tcp_keepalives_idle', '30', false),
  pg_catalog.set_config('tcp_keepalives_interval', '10', false),
  pg_catalog.set_config('tcp_keepalives_count', '3', false)`,
    {
      sql: "SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended('pg-usher ' || $1, 0))",
      values: [login],
    },
  ]
}

/** Asks, and says it in our words where another run has the lock. @throws ProblemError `login-busy` */
export async function orBusy<T>(login: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (thrown) {
    if (!(thrown instanceof StatementError) || problemOf(thrown).sqlstate !== '55P03') throw thrown
    throw new ProblemError(
      {
        code: 'login-busy',
        message: `Another run of pg-usher is working on ${printableName(login)} at this moment; nothing was begun.`,
        next: 'Wait until it has come to its end, then look at the plan anew.',
      },
      { cause: thrown },
    )
  }
}

/**
 * Runs `use` while nobody else works on the login.
 * @throws ProblemError `login-busy`; what opening or `use` threw
 */
export function withLoginLock<T>(
  open: OpenSession,
  { database, login }: { readonly database: string; readonly login: string },
  use: (open: OpenSession) => Promise<T>,
): Promise<T> {
  return withHeldSession(open, database, async openHeld => {
    await lockLogin(openHeld, { database, login })
    return use(openHeld)
  })
}

/** Takes the lock in the session that is held. @throws ProblemError `login-busy` */
export async function lockLogin(
  openHeld: OpenSession,
  { database, login }: { readonly database: string; readonly login: string },
): Promise<void> {
  await withSession(openHeld, { database }, session =>
    orBusy(login, () => session.script(askingLoginLock(login))),
  )
}
