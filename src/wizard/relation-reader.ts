import { type Problem, problemOf } from '../model/problem.ts'
import type { RelationColumns } from '../model/relation-columns.ts'
import { readDetails } from '../postgres/relation-details.ts'
import { readRelations } from '../postgres/relations.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import type { SchemaName } from '../steps/schemas.ts'
import type { RelationsOf } from './event.ts'

/** A schema whose relations are wanted, and how many the server counted. */
export interface WantedSchema extends SchemaName {
  readonly relations: number
}

/** Reads relations in the background, on sessions of its own, so that nobody waits for it. */
export interface RelationReader {
  /**
   * From now on these are wanted, in this order. What is under way for others is cancelled on the server.
   * @param again also what was read before
   */
  want(schemas: readonly WantedSchema[], again: boolean): void
  /** Cancels what is under way and closes its sessions. */
  close(): Promise<void>
}

/** What is told of it, each as it comes: relations first without details, then with them. */
export interface RelationReaderEvents {
  read(schemas: readonly RelationsOf[]): void
  failed(problem: Problem): void
}

/** About so many relations are read at a time: there is something to see soon, and little to do twice. */
const batchSize = 50_000

/** A reader over the server that `open` reaches. */
export function createRelationReader(open: OpenSession, events: RelationReaderEvents): RelationReader {
  const sessions = new Map<string, Session>()
  /** Read, and without details as yet. */
  const bare = new Map<string, RelationColumns>()
  let wanted: readonly WantedSchema[] = []
  let underWay: { readonly batch: readonly WantedSchema[]; readonly session: Session } | null = null
  let working: Promise<void> | null = null
  let cancelling: Promise<void> = Promise.resolve()
  let closed = false

  const isWanted = (schema: SchemaName) => wanted.some(each => keyOf(each) === keyOf(schema))

  const sessionIn = async (database: string): Promise<Session> => {
    const known = sessions.get(database)
    if (known !== undefined) return known
    const session = await open({ database })
    sessions.set(database, session)
    return session
  }

  /** The next schemas, of one database: those that are not read come before those that lack details. */
  const nextBatch = (): readonly WantedSchema[] => {
    const first = wanted.find(schema => !bare.has(keyOf(schema))) ?? wanted[0]
    if (first === undefined) return []
    const isRead = bare.has(keyOf(first))
    let relations = 0
    return wanted.filter(schema => {
      if (schema.database !== first.database || bare.has(keyOf(schema)) !== isRead) return false
      relations += schema.relations
      return schema === first || relations <= batchSize
    })
  }

  const readBatch = async (batch: readonly WantedSchema[], session: Session): Promise<void> => {
    const known = new Map(
      batch.flatMap(schema => {
        const columns = bare.get(keyOf(schema))
        return columns === undefined ? [] : [[schema.schema, columns] as const]
      }),
    )
    const isDetails = known.size > 0
    const found = isDetails
      ? await readDetails(session, known)
      : await readRelations(
          session,
          batch.map(each => each.schema),
        )
    if (closed) return
    const read: RelationsOf[] = []
    for (const schema of batch.filter(isWanted)) {
      const relations = found.get(schema.schema)
      if (relations === undefined) continue
      read.push({ database: schema.database, schema: schema.schema, relations })
      if (isDetails) bare.delete(keyOf(schema))
      else bare.set(keyOf(schema), relations)
    }
    if (isDetails) without(batch)
    events.read(read)
  }

  const without = (batch: readonly WantedSchema[]) => {
    wanted = wanted.filter(each => !batch.some(done => keyOf(done) === keyOf(each)))
  }

  const work = async (): Promise<void> => {
    for (let batch = nextBatch(); batch.length > 0 && !closed; batch = nextBatch()) {
      const [{ database }] = batch as [WantedSchema]
      try {
        const session = await sessionIn(database)
        if (closed) return
        underWay = { batch, session }
        // A cancel that is still on its way must not hit this.
        await cancelling
        await readBatch(batch, session)
      } catch (thrown) {
        const problem = problemOf(thrown)
        if (problem.code === 'connection-lost') sessions.delete(database)
        if (problem.code === 'statement-cancelled' && (wasCancelled(batch) || closed)) continue
        without(batch)
        if (!closed) events.failed(problem)
      } finally {
        underWay = null
      }
    }
  }

  const start = () => {
    working ??= work().finally(() => {
      working = null
      if (wanted.length > 0 && !closed) start()
    })
  }

  const cancelled = new Set<readonly WantedSchema[]>()
  const wasCancelled = (batch: readonly WantedSchema[]) => cancelled.delete(batch)

  const cancelUnwanted = () => {
    if (underWay === null || (!closed && underWay.batch.some(isWanted))) return
    cancelled.add(underWay.batch)
    // Where the cancel itself fails, what is read is read for nothing.
    cancelling = underWay.session.cancel().catch(() => {})
  }

  return {
    want: (schemas, again) => {
      wanted = schemas
      if (again) for (const schema of schemas) bare.delete(keyOf(schema))
      cancelUnwanted()
      if (wanted.length > 0 && !closed) start()
    },
    close: async () => {
      closed = true
      wanted = []
      cancelUnwanted()
      await working
      await Promise.all(Array.from(sessions.values(), session => session.close().catch(() => {})))
    },
  }
}

function keyOf({ database, schema }: SchemaName): string {
  return `${database}\0${schema}`
}
