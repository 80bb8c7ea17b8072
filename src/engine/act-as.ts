import { printableName, quoteIdentifier } from '../model/identifier.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'
import { allowAssuming } from './assume-login.ts'

/**
 * Does something as another role, in the open transaction. Where the administrator may administer the role and
 * not become it, it is granted to the administrator for that long, and taken back before this returns. Within
 * another such work the role of that one comes back.
 * @throws ProblemError `cannot-act-as` where it may not even do that; what `work` threw
 */
export async function actingAs<T>(session: Session, role: string, work: () => Promise<T>): Promise<T> {
  const name = quoteIdentifier(role)
  const [before] = await session.query<{ role: string }>(`SELECT pg_catalog.current_setting('role') AS role`)
  const acting = before === undefined || before.role === 'none' ? null : before.role
  // Whom one may become is for the session's own user to say, whoever it acts as.
  if (acting !== null) await session.query('SET LOCAL ROLE NONE')
  const borrowed = await borrow(session, role)
  await session.query(`SET LOCAL ROLE ${name}`)
  const value = await work()
  await session.query('SET LOCAL ROLE NONE')
  if (borrowed) await session.query(`REVOKE ${name} FROM CURRENT_USER`)
  if (acting !== null) await session.query(`SET LOCAL ROLE ${quoteIdentifier(acting)}`)
  return value
}

async function borrow(session: Session, role: string): Promise<boolean> {
  try {
    return await allowAssuming(session, role)
  } catch (thrown) {
    if (problemOf(thrown).sqlstate !== '42501') throw thrown
    const who = printableName(role)
    throw new ProblemError(
      {
        code: 'cannot-act-as',
        message: `A privilege was granted by ${who}, and you may not become ${who}.`,
        next: `Run this as ${who}, as a member of it, or as a superuser.`,
        sqlstate: '42501',
      },
      { cause: thrown },
    )
  }
}
