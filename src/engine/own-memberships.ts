import type { Change } from '../model/change.ts'
import type { Session } from '../postgres/session.ts'

/** Whether the administrator makes itself a member of a role for as long as this change runs. */
export function borrows({ actAs }: Change): boolean {
  return actAs?.by === 'grant-self'
}

/**
 * What the administrator is a member of, how and by whom, as one text to compare with a later one; null where none
 * of the changes touches it.
 */
export async function membershipsAtStake(
  session: Session,
  changes: readonly Change[],
): Promise<string | null> {
  if (!changes.some(borrows)) return null
  const [row] = await session.query<{ memberships: string | null }>(ownMembershipsSql)
  return row?.memberships ?? ''
}

const ownMembershipsSql = `
SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(m)::pg_catalog.text, ' ' ORDER BY m.roleid, m.grantor)
  AS memberships
FROM pg_catalog.pg_auth_members AS m
JOIN pg_catalog.pg_roles AS me ON me.oid = m.member
WHERE me.rolname = current_user`
