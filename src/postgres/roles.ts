import type { ExistingRole } from '../model/server-facts.ts'
import { roleSql } from './queries/role.ts'
import type { Session } from './session.ts'

/** The role of that name; null where the name is free. @throws ProblemError */
export async function readRole(session: Session, name: string): Promise<ExistingRole | null> {
  const [role] = await session.query<ExistingRole>(roleSql, [name])
  return role ?? null
}
