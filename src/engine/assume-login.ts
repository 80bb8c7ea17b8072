import { quoteIdentifier } from '../model/identifier.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'

/**
 * Makes sure that the administrator may SET ROLE to the login within the open transaction, which must be
 * rolled back: a CREATEROLE administrator may administer the roles it makes, and from 16 on not become them.
 * @returns whether the login had to be granted to the administrator for it
 * @throws ProblemError where it may not even grant itself the membership
 */
export async function allowAssuming(session: Session, login: string): Promise<boolean> {
  const [has] = await session.query<{ may: boolean; split: boolean }>(maySetRoleSql, [login])
  if (has?.may === true) return false
  // INHERIT FALSE: the administrator needs nothing of the login's, only to become it.
  const options = has?.split === true ? ' WITH SET TRUE, INHERIT FALSE' : ''
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
export async function mayAssume(session: Session, login: string): Promise<boolean> {
  await session.query('SAVEPOINT pg_usher_assume')
  try {
    await allowAssuming(session, login)
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
