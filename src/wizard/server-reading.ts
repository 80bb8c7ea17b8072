import { withSession } from '../engine/with-session.ts'
import type { CatalogueDatabase } from '../model/catalogue.ts'
import { problemOf } from '../model/problem.ts'
import type { ExistingRole } from '../model/server-facts.ts'
import { listDatabases, readDatabase } from '../postgres/catalogue.ts'
import { readRole } from '../postgres/roles.ts'
import type { ServerConnection } from './server-connection.ts'

/** All databases with their schemas; one that cannot be read says why instead. @throws ProblemError */
export async function readDatabases({
  session,
  open,
}: ServerConnection): Promise<readonly CatalogueDatabase[]> {
  const summaries = await listDatabases(session)
  const read = async ({
    connectable,
    ...summary
  }: (typeof summaries)[number]): Promise<CatalogueDatabase> => {
    const unread = { ...summary, schemas: [], defaultPrivileges: [] }
    if (!connectable) return { ...unread, unreadable: 'you have no CONNECT there' }
    try {
      return await withSession(open, { database: summary.name }, readDatabase)
    } catch (thrown) {
      return { ...unread, unreadable: problemOf(thrown).message }
    }
  }
  return inTurns(summaries, sessionsAtOnce, read)
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

/** The roles of these names, null for a name that is free. @throws ProblemError */
export async function readRoles(
  { session }: ServerConnection,
  names: readonly string[],
): Promise<Readonly<Record<string, ExistingRole | null>>> {
  const roles: [string, ExistingRole | null][] = []
  for (const name of names) roles.push([name, await readRole(session, name)])
  return Object.fromEntries(roles)
}
