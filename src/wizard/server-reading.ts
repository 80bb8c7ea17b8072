import { withSession } from '../engine/with-session.ts'
import type { CatalogueDatabase } from '../model/catalogue.ts'
import { problemOf } from '../model/problem.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { readDatabase, readTree } from '../postgres/catalogue.ts'
import { readRoles } from '../postgres/roles.ts'
import type { ServerConnection } from './server-connection.ts'

/**
 * All databases with their schemas; one that cannot be read says why instead. The session's own comes in the
 * first round trip, with the list of the others.
 * @param onTree is told of that at once, where others have to be looked into besides
 * @throws ProblemError
 */
export async function readDatabases(
  { session, open }: ServerConnection,
  onTree: (databases: readonly CatalogueDatabase[]) => void = () => {},
): Promise<readonly CatalogueDatabase[]> {
  const { databases, here } = await readTree(session)
  const known = databases.map(({ connectable, ...summary }): CatalogueDatabase => {
    if (summary.name === here.name) return here
    const empty = { ...summary, schemas: [], defaultPrivileges: [] }
    return connectable
      ? { ...empty, unreadable: null, unread: true }
      : { ...empty, unreadable: 'you have no CONNECT there' }
  })
  if (known.some(database => database.unread)) onTree(known)
  return inTurns(known, sessionsAtOnce, async database => {
    if (database.unread !== true) return database
    try {
      return await withSession(open, { database: database.name }, readDatabase)
    } catch (thrown) {
      const { unread: _, ...unreadable } = database
      return { ...unreadable, unreadable: problemOf(thrown).message }
    }
  })
}

/** A server with hundreds of databases must not meet as many sessions of ours at once. */
const sessionsAtOnce = 4

/** The results in the order of the items, with at most so many under way at a time. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const takeTurns = async () => {
    for (const [index, item] of waiting) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, takeTurns))
  return results
}

/** The roles by these names, null for a name that is free. @throws ProblemError */
export async function readRolesByName(
  { session }: ServerConnection,
  names: readonly string[],
): Promise<Readonly<Record<string, ExistingRole | null>>> {
  const roles = await readRoles(session, names)
  return Object.fromEntries(names.map((name, at) => [name, roles[at] ?? null]))
}
