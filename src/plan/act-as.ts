import type { ActAs } from '../model/change.ts'
import { quoteIdentifier } from '../model/identifier.ts'

/**
 * Statements with what it takes to run them as another role, for the middle of an open transaction. A membership
 * that the administrator gives itself for it is gone again with the last statement; INHERIT FALSE, because only
 * SET ROLE is needed (manual, GRANT on roles, 16 and later).
 */
export function actingAs(actAs: ActAs | undefined, statements: readonly string[]): string[] {
  if (actAs === undefined || statements.length === 0) return [...statements]
  const role = quoteIdentifier(actAs.role)
  const asRole = [`SET LOCAL ROLE ${role}`, ...statements, 'RESET ROLE']
  if (actAs.by === 'set-role') return asRole
  return [
    `GRANT ${role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE`,
    ...asRole,
    `REVOKE ${role} FROM CURRENT_USER`,
  ]
}
