import { quoteIdentifier } from '../model/identifier.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'
import { ask, type Question, question } from './question.ts'

/** Whether one may SET ROLE to a role, and whether memberships say that by themselves. */
export interface MaySetRole {
  readonly may: boolean
  readonly split: boolean
}

/** Asks whether the session's role may become that one. */
export function maySetRole(role: string): Question<MaySetRole> {
  return question(
    { sql: maySetRoleSql, values: [role] },
    (rows: readonly MaySetRole[]) => rows[0] ?? { may: false, split: false },
  )
}

/**
 * Makes sure that the administrator may SET ROLE to the login within the open transaction, which must be
 * rolled back: a CREATEROLE administrator may administer the roles it makes, and from 16 on not become them.
 * @param has as maySetRole told it; asked for when left out
 * @returns whether the login had to be granted to the administrator for it
 * @throws ProblemError where it may not even grant itself the membership
 */
export async function allowAssuming(session: Session, login: string, has?: MaySetRole): Promise<boolean> {
  const { may, split } = has ?? (await ask(session, maySetRole(login)))
  if (may) return false
  // INHERIT FALSE: the administrator needs nothing of the login's, only to become it.
  const options = split ? ' WITH SET TRUE, INHERIT FALSE' : ''
  try {
    await session.query(`GRANT ${quoteIdentifier(login)} TO CURRENT_USER${options}`)
    return true
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (problem.sqlstate !== '42501') throw thrown
    throw new ProblemError({
      code: 'cannot-assume-login',
      message: `You may not become ${login}, so what it reaches cannot be tried.`,
      next: 'Run this as a superuser, or as the role that made the login.',
      sqlstate: '42501',
    })
  }
}

/**
 * The same, for a login that somebody else made: whether the administrator may become it.
 * @throws ProblemError as the server says it, for anything else
 */
export async function mayAssume(session: Session, login: string, has: MaySetRole): Promise<boolean> {
  if (has.may) return true
  await session.query('SAVEPOINT pg_usher_assume')
  try {
    await allowAssuming(session, login, has)
    return true
  } catch (thrown) {
    if (problemOf(thrown).code !== 'cannot-assume-login') throw thrown
    await session.query('ROLLBACK TO SAVEPOINT pg_usher_assume')
    return false
  }
}

/** From 16 on a membership says by itself whether it allows SET ROLE (manual, 21.3). */
const maySetRoleSql = `
SELECT v.split,
  pg_catalog.pg_has_role(r.oid, CASE WHEN v.split THEN 'SET' ELSE 'MEMBER' END) AS may
FROM pg_catalog.pg_roles AS r,
  (SELECT pg_catalog.current_setting('server_version_num')::int >= 160000 AS split) AS v
WHERE r.rolname = $1`
