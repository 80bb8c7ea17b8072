import type { ExistingRole } from '../model/server-facts.ts'
import { roleSql } from './queries/role.ts'
import type { Session } from './session.ts'
import { rowsOf } from './statement.ts'

/** The role of that name; null where the name is free. @throws ProblemError */
export async function readRole(session: Session, name: string): Promise<ExistingRole | null> {
  const [role] = await session.query<ExistingRole>(roleSql, [name])
  return role ?? null
}

/** The roles of these names, null for a name that is free, in one round trip. @throws ProblemError */
export async function readRoles(
  session: Session,
  names: readonly string[],
): Promise<readonly (ExistingRole | null)[]> {
  if (names.length === 0) return []
  const answers = await session.script(names.map(name => ({ sql: roleSql, values: [name] })))
  return rowsOf<readonly ExistingRole[][]>(answers).map(([role]) => role ?? null)
}
