import type { Change } from '../model/change.ts'
import type { StatementResult } from '../postgres/statement.ts'

/** Whether the administrator makes itself a member of a role for as long as this change runs. */
export function borrows({ actAs }: Change): boolean {
  return actAs?.by === 'grant-self'
}

/** Whether two readings of it say the same. */
export function sameMemberships(
  before: StatementResult | undefined,
  after: StatementResult | undefined,
): boolean {
  return before?.rows[0]?.['memberships'] === after?.rows[0]?.['memberships']
}

/** Reads what the administrator is a member of, how and by whom, as one text to compare with a later one. */
export const ownMemberships = `
SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(m)::pg_catalog.text, ' ' ORDER BY m.roleid, m.grantor)
  AS memberships
FROM pg_catalog.pg_auth_members AS m
JOIN pg_catalog.pg_roles AS me ON me.oid = m.member
WHERE me.rolname = current_user`
