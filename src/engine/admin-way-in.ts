import { quoteIdentifier } from '../model/identifier.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { iamGroup } from '../plan/iam-login.ts'
import type { ApplyRequest } from './apply-request.ts'
import { withSession } from './with-session.ts'

/**
 * Lets the login in while a session of the administrator is held, and proves afterwards that the administrator still
 * comes in: whoever pg_hba.conf matches by `+rds_iam` is asked for a token and no longer for a password. Where it does
 * not, the held session takes the login's membership away again.
 * @throws ProblemError `admin-locked-out` once the way is free again; `admin-still-locked-out` where it could not be
 *   freed; what `letIn` threw
 */
export async function keepingTheWayIn<T>(
  { open, plan }: Pick<ApplyRequest, 'open' | 'plan'>,
  letIn: () => Promise<T>,
): Promise<T> {
  const { database } = plan.server
  return withSession(open, { database }, async held => {
    const value = await letIn()
    try {
      await withSession(open, { database }, second => second.query('SELECT 1'))
      return value
    } catch (thrown) {
      const problem = problemOf(thrown)
      // A server that is full, or slow, has not shut anybody out.
      if (problem.sqlstate !== '28000' && problem.sqlstate !== '28P01') throw thrown
      const revoke = `REVOKE ${quoteIdentifier(iamGroup)} FROM ${quoteIdentifier(plan.login)}`
      await held.query(revoke).catch(failure => {
        throw new ProblemError(stillLockedOut(revoke, problemOf(failure)), { cause: failure })
      })
      throw new ProblemError(lockedOut(problem), { cause: thrown })
    }
  })
}

function lockedOut(problem: Problem): Problem {
  return {
    ...problem,
    code: 'admin-locked-out',
    message: `A second session of yours was refused once the login came in by AWS IAM, so that was taken back: ${problem.message}`,
    next: `Look for a line with +${iamGroup} in pg_hba.conf that matches you, and run this as somebody whom it does not.`,
  }
}

function stillLockedOut(revoke: string, problem: Problem): Problem {
  return {
    ...problem,
    code: 'admin-still-locked-out',
    message: `A second session of yours was refused once the login came in by AWS IAM, and that could not be taken back: ${problem.message}`,
    next: `In a session that is still open, or as a superuser, run: ${revoke};`,
  }
}
