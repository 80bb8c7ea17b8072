import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RelationColumns } from '../../src/model/relation-columns.ts'
import { secret } from '../../src/model/secret.ts'
import { openSessionFor } from '../../src/postgres/connect.ts'
import type { RelationsOf } from '../../src/wizard/event.ts'
import {
  createRelationReader,
  type RelationReader,
  type WantedSchema,
} from '../../src/wizard/relation-reader.ts'
import { startServer, type TestServer } from '../support/server.ts'

describe('reading relations in the background', () => {
  let server: TestServer
  const readers: RelationReader[] = []
  beforeAll(async () => {
    server = await startServer()
    await server.sql(`
      create schema first; create table first.person (email text); comment on table first.person is 'who buys';
      create schema second; create table second.thing (id int)`)
    await server.sql('create database other')
    await server.sql('create schema third; create view third.seen as select 1 as one', 'other')
  })
  afterEach(async () => {
    await Promise.all(readers.splice(0).map(reader => reader.close()))
    await server.sql('drop schema if exists changing cascade')
  })
  afterAll(() => server.stop())

  const schema = (name: string, database = 'postgres'): WantedSchema => ({
    database,
    schema: name,
    relations: 1,
    listed: null,
  })

  /** A reader, and what it told so far: `first.person` before its details, `first.person!` with them. */
  function newReader() {
    const told: string[] = []
    const lists = new Map<string, RelationColumns>()
    const waiting: { readonly until: (told: readonly string[]) => boolean; readonly resolve: () => void }[] =
      []
    const tell = (...words: readonly string[]) => {
      told.push(...words)
      for (const each of waiting) if (each.until(told)) each.resolve()
    }
    const reader = createRelationReader(
      openSessionFor({
        host: server.host,
        port: server.port,
        database: 'postgres',
        user: server.adminUser,
        password: secret(server.adminPassword),
        tls: 'disable',
      }),
      {
        read: schemas => {
          for (const each of schemas) lists.set(each.schema, each.relations)
          tell(...schemas.map(wordsOf))
        },
        failed: problem => tell(`failed: ${problem.code}`),
      },
    )
    readers.push(reader)
    const until = (condition: (told: readonly string[]) => boolean) =>
      condition(told)
        ? Promise.resolve()
        : new Promise<void>(resolve => waiting.push({ until: condition, resolve }))
    /** A schema that was told of, and whose details are still wanted. */
    const listed = (name: string): WantedSchema => ({ ...schema(name), listed: lists.get(name) ?? null })
    return { reader, told, until, listed }
  }

  function wordsOf({ schema, relations }: RelationsOf): string {
    return `${schema}: ${relations.length}${relations.details === null ? '' : '!'}`
  }

  /** Waits until a query that somebody else's lock holds up is there, or is gone. */
  async function waitingSessions(count: number): Promise<void> {
    for (;;) {
      const rows = await server.sql(
        "select pid from pg_stat_activity where application_name = 'pg-usher' and wait_event_type = 'Lock'",
      )
      if (rows.length === count) return
    }
  }

  /** Runs a test while details wait for a lock, which `locking` holds until it ends its transaction. */
  async function whileDetailsWait(
    test: (locking: Awaited<ReturnType<TestServer['client']>>) => Promise<void>,
  ): Promise<void> {
    const locking = await server.client()
    try {
      await locking.query('begin; lock table pg_catalog.pg_description in access exclusive mode')
      await test(locking)
    } finally {
      await locking.end()
    }
  }

  it('tells of all relations first, then of what else is said of them', async () => {
    const { reader, told, until } = newReader()
    reader.want([schema('first'), schema('third', 'other'), schema('second')])
    await until(told => told.length === 6)
    expect(told).toEqual(['first: 1', 'second: 1', 'third: 1', 'first: 1!', 'second: 1!', 'third: 1!'])
  })

  it('takes up what is wanted next, and lists again only where it is asked to', async () => {
    const { reader, told, until, listed } = newReader()
    reader.want([schema('first')])
    await until(told => told.includes('first: 1'))
    reader.want([listed('first'), schema('second')])
    await until(told => told.includes('second: 1!') && told.includes('first: 1!'))
    expect(told.filter(each => each === 'first: 1')).toHaveLength(1)
    reader.want([schema('first')])
    await until(told => told.filter(each => each === 'first: 1!').length === 2)
    expect(told.filter(each => each === 'first: 1')).toHaveLength(2)
  })

  it.each(['while its details are read', 'after they were given up'])(
    'lists anew what changed meanwhile, where it is asked to %s',
    async when => {
      await server.sql('create schema changing; create table changing.one (); create table changing.two ()')
      await whileDetailsWait(async locking => {
        const { reader, told, until } = newReader()
        reader.want([schema('changing')])
        await waitingSessions(1)
        expect(told).toEqual(['changing: 2'])
        if (when === 'after they were given up') {
          reader.want([])
          await waitingSessions(0)
        }
        await locking.query('drop table changing.two')
        reader.want([schema('changing')])
        await locking.query('commit')
        await until(told => told.at(-1)?.endsWith('!') === true)
        expect(told).toEqual(['changing: 2', 'changing: 1', 'changing: 1!'])
      })
    },
  )

  it('cancels on the server what nobody waits for any more', () =>
    whileDetailsWait(async locking => {
      const { reader, told, until } = newReader()
      reader.want([schema('first')])
      await waitingSessions(1)
      expect(told).toEqual(['first: 1'])
      reader.want([])
      await waitingSessions(0)
      await locking.query('rollback')
      // It goes on with what comes next.
      reader.want([schema('second'), schema('first')])
      await until(told => told.includes('second: 1!') && told.includes('first: 1!'))
      expect(told.filter(each => each.startsWith('failed'))).toEqual([])
    }))

  it('cancels and closes at the end, whatever it waits for', async () => {
    await whileDetailsWait(async () => {
      const { reader, told } = newReader()
      reader.want([schema('first')])
      await waitingSessions(1)
      await reader.close()
      expect(told).toEqual(['first: 1'])
    })
    for (;;) {
      const rows = await server.sql("select from pg_stat_activity where application_name = 'pg-usher'")
      if (rows.length === 0) break
    }
  })

  it('says what cannot be read, and reads the rest', async () => {
    const { reader, told, until } = newReader()
    reader.want([schema('gone', 'no such database'), schema('second')])
    await until(told => told.includes('second: 1!'))
    expect(told[0]).toBe('failed: database-missing')
  })
})
