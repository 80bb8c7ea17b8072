import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import { someNames } from '../plan/plan-input.ts'
import type { StatementResult } from '../postgres/statement.ts'
import { borrows } from './own-memberships.ts'

/** What the administrator is a member of. */
interface OwnRoles {
  /** However far away, and whatever it has of them: so pg_hba.conf's `+role` matches (manual, 21.1). */
  readonly reached: readonly string[]
  /** Of those, the ones of which it has something by a membership of its own. */
  readonly held: readonly string[]
  /** Whether the administrator has the server give it what it makes (createrole_self_grant, from 16 on). */
  readonly selfGrant: boolean
}

/** Whether memberships of the administrator may come and go with the change. */
export function touchesMemberships(change: Change): boolean {
  switch (change.kind) {
    case 'create-role':
    case 'create-unadministered-login':
    case 'grant-membership':
      return true
    default:
      return borrows(change)
  }
}

/**
 * Holds two answers to askingOwnRoles against each other, from before and after the changes, within their
 * transaction: the administrator is to be a member of the same roles as before, and not of rds_iam, say, whose
 * members no longer come in by a password. What it makes here is no fault by itself: from 16 on the server makes
 * it a member WITH ADMIN OPTION that has nothing of it.
 * @throws ProblemError `admin-would-join`, `admin-would-leave`, `admin-would-keep`
 */
export function assertSameRoles(
  [first]: readonly StatementResult[],
  [second]: readonly StatementResult[],
  changes: readonly Change[],
): void {
  const before = ownRolesOf(first)
  const after = ownRolesOf(second)
  const made = new Set(changes.flatMap(change => (change.kind === 'create-role' ? [change.role] : [])))
  const joined = after.reached.filter(role => !before.reached.includes(role) && !made.has(role))
  if (joined.length > 0) throw new ProblemError(wouldJoin(joined))
  const leftOut = before.reached.filter(role => !after.reached.includes(role))
  if (leftOut.length > 0) throw new ProblemError(wouldLeave(leftOut))
  const kept = after.held.filter(role => !before.held.includes(role))
  if (kept.length > 0 && !after.selfGrant) throw new ProblemError(wouldKeep(kept))
}

function ownRolesOf(result: StatementResult | undefined): OwnRoles {
  const [row] = (result?.rows ?? []) as unknown as readonly OwnRoles[]
  return row ?? { reached: [], held: [], selfGrant: false }
}

function wouldJoin(roles: readonly string[]): Problem {
  return {
    code: 'admin-would-join',
    message: `You would have become a member of ${someNames(roles)}, so nothing was committed: a line of pg_hba.conf with +${printableName(roles[0] ?? '')} would match you from then on${roles.includes('rds_iam') ? ', and as one of rds_iam you would no longer come in by your password' : ''}.`,
    next: 'From 16 on whoever makes a role is a member of it, and of all that it is a member of. Let a superuser run this, or an administrator who has not made the role.',
  }
}

function wouldLeave(roles: readonly string[]): Problem {
  return {
    code: 'admin-would-leave',
    message: `You would no longer have been a member of ${someNames(roles)}, so nothing was committed.`,
    next: 'Another session may be changing your memberships. Look at them (\\drg or \\du in psql), then try again.',
  }
}

function wouldKeep(roles: readonly string[]): Problem {
  return {
    code: 'admin-would-keep',
    message: `You would have been left with what ${someNames(roles)} holds, so nothing was committed.`,
    next: 'Another session may be changing your memberships. Look at them (\\drg or \\du in psql), then try again.',
  }
}

/** Asks what the administrator is a member of. to_jsonb reads what a membership allows where it says so: before 16 each gave all. */
export const askingOwnRoles = `
WITH RECURSIVE mine AS (
  SELECT m.* FROM pg_catalog.pg_auth_members AS m
  JOIN pg_catalog.pg_roles AS me ON me.oid = m.member
  WHERE me.rolname = session_user
), reached AS (
  SELECT mine.roleid FROM mine
  UNION
  SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN reached AS r ON m.member = r.roleid
)
SELECT
  ARRAY(SELECT r.rolname::pg_catalog.text FROM reached JOIN pg_catalog.pg_roles AS r ON r.oid = reached.roleid
    ORDER BY 1) AS reached,
  ARRAY(SELECT DISTINCT r.rolname::pg_catalog.text FROM mine JOIN pg_catalog.pg_roles AS r ON r.oid = mine.roleid
    WHERE coalesce((pg_catalog.to_jsonb(mine) ->> 'inherit_option')::pg_catalog.bool, true)
      OR coalesce((pg_catalog.to_jsonb(mine) ->> 'set_option')::pg_catalog.bool, true)
    ORDER BY 1) AS held,
  coalesce(pg_catalog.current_setting('createrole_self_grant', true), '') <> '' AS "selfGrant"`
