import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { planUndo } from '../../src/engine/plan-undo.ts'
import { undo } from '../../src/engine/undo.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { runPsql } from '../support/psql.ts'
import { describeWith } from '../support/requires.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { accessIn, planFor } from './fixture.ts'
import { applied } from './undo-fixture.ts'

const tables = Array.from({ length: 1500 }, (_, index) => `t${String(index).padStart(4, '0')}`)

/** From 18 on each relation of a GRANT or REVOKE stays locked until the end of the transaction. */
describeWith(['psql'])('an undo of 1,500 tables on PostgreSQL 18 with a small lock table', () => {
  const limits = { maxLocks: 120, versionNumber: 180000 }
  let server: TestServer
  let before: readonly string[]
  beforeAll(async () => {
    const settings = { fsync: 'off', max_connections: '12', max_locks_per_transaction: '10' }
    server = await startServer({ major: 18, settings })
    await server.sql('CREATE DATABASE big')
    for (let from = 0; from < tables.length; from += 50) {
      const some = tables.slice(from, from + 50).map(name => `CREATE TABLE public.${name} (id int)`)
      await server.sql(some.join(';'), 'big')
    }
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    before = await accessIn(server, ['big'])
  })
  afterEach(async () => {
    expect(await accessIn(server, ['big'])).toEqual(before)
  })

  const granted = () =>
    applied(
      server,
      planFor(server, {
        login: 'tool_user',
        group: null,
        databases: [{ name: 'big', schemas: [{ name: 'public', relations: tables }] }],
      }),
      undefined,
      undefined,
      { facts: limits },
    )

  it('leaves room for others in every transaction', async () => {
    const run = await granted()
    const request = { ...run, deadline: ampleDeadline }
    const plan = await planUndo(request)
    expect(await undo({ ...request, plan, endSessions: false })).toMatchObject({ outcome: 'done' })
  })

  it('does so by the lines in the receipt, too', async () => {
    const { lines } = await granted()
    // 50 parts of 30 tables.
    expect(lines.filter(line => line === 'COMMIT;').length).toBeGreaterThanOrEqual(50)
    const { code, output } = await runPsql(server, ['\\set ON_ERROR_STOP on', ...lines].join('\n'))
    expect(output).not.toContain('ERROR')
    expect(code).toBe(0)
  })
})
