import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rehearse } from '../../src/engine/rehearse.ts'
import { stepsOf } from '../../src/engine/steps.ts'
import type { Change } from '../../src/model/change.ts'
import { inParts, relationsPerTransaction } from '../../src/plan/transaction-size.ts'
import { isCi } from '../support/requires.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'
import { accessIn, applyPlan, openAs, planFor } from './fixture.ts'

const tables = Array.from({ length: 10_000 }, (_, index) => `t${String(index).padStart(5, '0')}`)

// 18 is where locks run out; 16 shows that the same holds without.
describe.each(isCi() ? ([16, 18] as const) : ([18] as const))(
  '10,000 tables on PostgreSQL %i with its default lock table',
  major => {
    let server: TestServer
    let folder: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'pg-usher-chunks-'))
      server = await startServer({ major, settings: { fsync: 'off' } })
      await server.sql('CREATE DATABASE big')
      // A thousand a transaction: they fill the lock table, too.
      for (let from = 0; from < tables.length; from += 1000) {
        const some = tables.slice(from, from + 1000).map(name => `CREATE TABLE public.${name} (id int)`)
        await server.sql(some.join(';'), 'big')
      }
    })
    afterAll(async () => {
      await server?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const plan = (relations: readonly string[] = tables) =>
      planFor(server, {
        login: 'tool_user',
        group: null,
        databases: [{ name: 'big', schemas: [{ name: 'public', relations }] }],
      })
    const transactions = major === 18 ? 7 : 5

    it('are rehearsed and granted in transactions that leave room for others', async () => {
      const before = await accessIn(server, ['big'])
      const held = await rehearse({ plan: plan(), open: openAs(server) })
      expect(held).toMatchObject({ outcome: 'held', databases: [{ readable: tables.length }] })
      expect(await accessIn(server, ['big'])).toEqual(before)
      let most = 0
      const { outcome, events } = await applyPlan(server, plan(), {
        journal: { folder, answers: shopAnswers },
        onEvent: event => {
          if (event.kind === 'progress' && event.phase === 'database') most += 1
        },
      })
      expect(outcome).toMatchObject({ outcome: 'done', proof: { databases: [{ readable: tables.length }] } })
      expect(most).toBeGreaterThanOrEqual(transactions)
      expect(events).toContainEqual({
        kind: 'progress',
        phase: 'database',
        database: 'big',
        done: tables.length,
        total: tables.length,
      })
      expect(readdirSync(folder).filter(name => name.startsWith('journal'))).toEqual([])
      for (const sql of ['DROP OWNED BY tool_user', 'DROP ROLE tool_user']) await server.sql(sql, 'big')
      expect(await accessIn(server, ['big'])).toEqual(before)
    }, 240_000)

    it('are taken back where a later transaction fails', async () => {
      const before = await accessIn(server, ['big'])
      const { outcome, events } = await applyPlan(server, plan([...tables, 'gone']), {
        journal: { folder, answers: shopAnswers },
      })
      expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'relation-gone' } })
      const undone = events.filter(event => event.kind === 'phase' && event.phase === 'undo')
      // The roles, and every transaction before the last.
      expect(undone).toHaveLength(major === 18 ? 7 : 3)
      expect(await accessIn(server, ['big'])).toEqual(before)
      expect(readdirSync(folder).filter(name => name.startsWith('journal'))).toEqual([])
    }, 240_000)
  },
)

describe('the transactions of a plan', () => {
  const why = 'a test'
  const grant = (relations: readonly string[]): Change => ({
    kind: 'grant-relations',
    schema: 'public',
    relations,
    privileges: ['SELECT'],
    grantee: 'tool',
    why,
  })
  const usage: Change = { kind: 'grant-usage', schema: 'public', grantee: 'tool', why }

  it('take a quarter of the lock table from 18 on, and never more than 4,000 relations', () => {
    expect(relationsPerTransaction({ versionNumber: 180000, maxLocks: 6400 })).toBe(1600)
    expect(relationsPerTransaction({ versionNumber: 180000, maxLocks: 64_000 })).toBe(4000)
    expect(relationsPerTransaction({ versionNumber: 160000, maxLocks: 6400 })).toBe(4000)
    expect(relationsPerTransaction({ versionNumber: 180000, maxLocks: 2 })).toBe(1)
  })

  it('split a change that names more, in order, and keep the others whole', () => {
    expect(inParts([usage, grant(['a', 'b', 'c']), grant(['d', 'e'])], 2)).toEqual([
      [usage, grant(['a', 'b'])],
      [grant(['c']), grant(['d'])],
      [grant(['e'])],
    ])
    expect(inParts([usage], 2)).toEqual([[usage]])
    expect(inParts([], 2)).toEqual([])
  })

  it('are numbered through, roles first, the end of the login last', () => {
    const plan = {
      ...planFor({ host: 'h', port: 1, adminUser: 'a' } as TestServer, {
        login: 'tool',
        group: null,
        databases: [{ name: 'big', schemas: [{ name: 'public', relations: ['a', 'b', 'c'] }] }],
      }),
    }
    expect(stepsOf(plan, 2).map(({ number, kind }) => [number, kind])).toEqual([
      [1, 'roles'],
      [2, 'database'],
      [3, 'database'],
      [4, 'login'],
      [5, 'end'],
    ])
  })
})
