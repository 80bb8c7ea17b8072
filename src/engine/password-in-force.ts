import { type Problem, problemOf } from '../model/problem.ts'
import { reveal, type Secret } from '../model/secret.ts'
import { isScramVerifier, scramVerifier } from '../postgres/scram.ts'
import type { OpenSession } from '../postgres/session.ts'
import { withSession } from './with-session.ts'

/** Tries a password by logging in. @throws ProblemError as the connection says it */
export async function logIn(
  open: OpenSession,
  database: string,
  user: string,
  password: Secret,
): Promise<void> {
  await withSession(open, { database, as: { user, password } }, session => session.query('SELECT 1'))
}

/**
 * Whether a password is the one that the login has now: by what the server stores, where that may be read, else
 * by logging in; null where neither can be.
 * @param stored what stands in pg_authid; null where it may not be read
 * @param database one in which the login is let in from here; null where there is none
 */
export async function isInForce(
  password: Secret,
  {
    open,
    login,
    stored,
    database,
  }: {
    readonly open: OpenSession
    readonly login: string
    readonly stored: Secret | null
    readonly database: string | null
  },
): Promise<boolean | null> {
  const byVerifier = stored === null ? null : fitsVerifier(password, reveal(stored))
  if (byVerifier !== null) return byVerifier
  if (database === null) return null
  try {
    await logIn(open, database, login, password)
    return true
  } catch (thrown) {
    return isWrong(problemOf(thrown)) ? false : null
  }
}

/** The verifier is made again with its own salt; null where it is no SCRAM verifier, or the password no ASCII. */
function fitsVerifier(password: Secret, verifier: string): boolean | null {
  if (!isScramVerifier(verifier)) return null
  const [, iterations = '', salt = ''] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier) ?? []
  try {
    const again = scramVerifier(password, {
      iterations: Number(iterations),
      salt: Buffer.from(salt, 'base64'),
    })
    return again === verifier
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function isWrong({ code, sqlstate }: Problem): boolean {
  return code === 'wrong-password' || sqlstate === '28P01'
}
