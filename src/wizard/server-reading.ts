import { withSession } from '../engine/with-session.ts'
import type { CatalogueDatabase } from '../model/catalogue.ts'
import { problemOf } from '../model/problem.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { listDatabases, readDatabase, readRelations } from '../postgres/catalogue.ts'
import { readRole } from '../postgres/roles.ts'
import type { SchemaName } from '../steps/schemas.ts'
import type { RelationsOf } from './event.ts'
import type { ServerConnection } from './server-connection.ts'

/** All databases with their schemas; one that cannot be read says why instead. @throws ProblemError */
export async function readDatabases({
  session,
  open,
}: ServerConnection): Promise<readonly CatalogueDatabase[]> {
  const summaries = await listDatabases(session)
  return Promise.all(
    summaries.map(async ({ connectable, ...summary }): Promise<CatalogueDatabase> => {
      const unread = { ...summary, schemas: [], defaultPrivileges: [] }
      if (!connectable) return { ...unread, unreadable: 'you have no CONNECT there' }
      try {
        return await withSession(open, { database: summary.name }, readDatabase)
      } catch (thrown) {
        return { ...unread, unreadable: problemOf(thrown).message }
      }
    }),
  )
}

/** The roles of these names, null for a name that is free. @throws ProblemError */
export async function readRoles(
  { session }: ServerConnection,
  names: readonly string[],
): Promise<Readonly<Record<string, ExistingRole | null>>> {
  const roles: Record<string, ExistingRole | null> = {}
  for (const name of names) roles[name] = await readRole(session, name)
  return roles
}

/** The relations of these schemas: one session a database, two round trips each. @throws ProblemError */
export async function readRelationsOf(
  { open }: ServerConnection,
  schemas: readonly SchemaName[],
): Promise<readonly RelationsOf[]> {
  const read: RelationsOf[] = []
  for (const database of new Set(schemas.map(each => each.database))) {
    const wanted = schemas.filter(each => each.database === database).map(each => each.schema)
    const found = await withSession(open, { database }, session => readRelations(session, wanted))
    for (const schema of wanted) read.push({ database, schema, relations: found.get(schema) ?? [] })
  }
  return read
}
