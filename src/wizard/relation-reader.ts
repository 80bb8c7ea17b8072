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
  /** Its relations where only their details are still wanted; null where they are to be listed, too. */
  readonly listed: RelationColumns | null
}

/** Reads relations in the background, on sessions of its own, so that nobody waits for it. */
export interface RelationReader {
  /**
   * From now on these are wanted, in this order. What is under way for others, or for a list that does not
   * count any more, is cancelled on the server.
   */
  want(schemas: readonly WantedSchema[]): void
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
  let wanted: ReadonlyMap<string, WantedSchema> = new Map()
  let underWay: { readonly batch: readonly WantedSchema[]; readonly session: Session } | null = null
  let working: Promise<void> | null = null
  let cancelling: Promise<void> = Promise.resolve()
  let closed = false

  /** As it was asked for: a list that was read meanwhile, or has to be read anew, makes it another wish. */
  const isWanted = (schema: WantedSchema) => wanted.get(keyOf(schema))?.listed === schema.listed

  const sessionIn = async (database: string): Promise<Session> => {
    const known = sessions.get(database)
    if (known !== undefined) return known
    const session = await open({ database })
    sessions.set(database, session)
    return session
  }

  /** The next schemas, of one database: those that are not listed come before those that lack details. */
  const nextBatch = (): readonly WantedSchema[] => {
    const all = [...wanted.values()]
    const first = all.find(({ listed }) => listed === null) ?? all[0]
    if (first === undefined) return []
    let relations = 0
    return all.filter(schema => {
      if (schema.database !== first.database) return false
      if ((schema.listed === null) !== (first.listed === null)) return false
      relations += schema.relations
      return schema === first || relations <= batchSize
    })
  }

  const readBatch = async (batch: readonly WantedSchema[], session: Session): Promise<void> => {
    const listed = new Map(
      batch.flatMap(({ schema, listed }) => (listed === null ? [] : [[schema, listed] as const])),
    )
    const isDetails = listed.size > 0
    const found = isDetails
      ? await readDetails(session, listed)
      : await readRelations(
          session,
          batch.map(each => each.schema),
        )
    if (closed) return
    const read: RelationsOf[] = []
    const next = new Map(wanted)
    for (const schema of batch.filter(isWanted)) {
      const relations = found.get(schema.schema)
      if (relations !== undefined) read.push({ database: schema.database, schema: schema.schema, relations })
      if (isDetails || relations === undefined) next.delete(keyOf(schema))
      else next.set(keyOf(schema), { ...schema, listed: relations })
    }
    wanted = next
    if (read.length > 0) events.read(read)
  }

  const without = (batch: readonly WantedSchema[]) => {
    const left = new Map(wanted)
    for (const schema of batch.filter(isWanted)) left.delete(keyOf(schema))
    wanted = left
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
        if (problem.code === 'statement-cancelled' && (cancelled.has(batch) || closed)) continue
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
      if (wanted.size > 0 && !closed) start()
    })
  }

  const cancelled = new WeakSet<readonly WantedSchema[]>()

  const cancelUnwanted = () => {
    if (underWay === null || (!closed && underWay.batch.some(isWanted))) return
    cancelled.add(underWay.batch)
    // Where the cancel itself fails, what is read is read for nothing.
    cancelling = underWay.session.cancel().catch(() => {})
  }

  return {
    want: schemas => {
      wanted = new Map(schemas.map(schema => [keyOf(schema), schema]))
      cancelUnwanted()
      if (wanted.size > 0 && !closed) start()
    },
    close: async () => {
      closed = true
      wanted = new Map()
      cancelUnwanted()
      await working
      await Promise.all(Array.from(sessions.values(), session => session.close().catch(() => {})))
    },
  }
}

function keyOf({ database, schema }: SchemaName): string {
  return `${database}\0${schema}`
}
