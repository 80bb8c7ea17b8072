import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readJournal } from '../../src/engine/journal.ts'
import { undoStanding } from '../../src/engine/resume.ts'
import { standingOf } from '../../src/engine/standing.ts'
import type { OpenSession } from '../../src/postgres/session.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import { type CrashingServer, crashing } from '../support/crash-server.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'

describe('a transaction whose number is given to somebody else after a crash', () => {
  let server: TestServer
  let crash: CrashingServer
  let before: readonly string[]
  let folder: string
  beforeAll(async () => {
    server = await startServer({
      settings: {
        synchronous_commit: 'on',
        // What is not committed does not reach the disk by itself, so that a crash takes its number along.
        wal_writer_delay: '10s',
        wal_level: 'minimal',
        max_wal_senders: '0',
      },
    })
    crash = crashing(server)
    await makeDatabase(server, 'music', { public: ['album'] })
    before = await accessIn(server, ['music'])
  })
  afterAll(async () => {
    await crash?.stop()
    await server?.stop()
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pg-usher-reused-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const plan = () => {
    const wanted = planFor(server, {
      login: 'tool_user',
      group: null,
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    const comment = 'pg-usher: Atlan, the login'
    const marked = { kind: 'comment-role', role: 'tool_user', comment, before: null, why: 'a test' } as const
    return { ...wanted, roles: [...wanted.roles, marked] }
  }

  /** Lets `happen` in place of the COMMIT that grants in the database, after the one that makes the role. */
  function withoutSecondCommit(happen: (xid: string) => Promise<void>): OpenSession {
    let commits = 0
    const open = openAs(server)
    return async request => {
      const session = await open(request)
      return {
        ...session,
        query: async (sql, values) => {
          if (sql === 'COMMIT') commits += 1
          if (sql === 'COMMIT' && commits === 2) await happen(lastXid())
          return session.query(sql, values)
        },
      }
    }
  }

  function journal() {
    const [name = ''] = readdirSync(folder).filter(each => each.startsWith('journal-'))
    const found = readJournal(join(folder, name))
    if (found === null) throw new Error('no journal is found')
    return found
  }

  function lastXid(): string {
    const xids = journal().entries.flatMap(entry => (entry.entry === 'step' ? (entry.xid ?? []) : []))
    const last = xids.at(-1)
    if (last === undefined) throw new Error('the journal has no number of a transaction')
    return last
  }

  /** Others commit until the server says of this number that it is committed. */
  async function reuse(xid: string): Promise<void> {
    for (;;) {
      const [row] = await server.sql('SELECT pg_current_xact_id()::text AS mine')
      if (BigInt(String(row?.['mine'])) >= BigInt(xid)) break
    }
    const [row] = await server.sql('SELECT pg_xact_status($1::text::xid8) AS status', 'postgres', [xid])
    expect(row).toEqual({ status: 'committed' })
  }

  it('is not taken for committed by the run that lost it', async () => {
    const { outcome } = await applyPlan(server, plan(), {
      journal: { folder, answers: shopAnswers },
      patience: 20_000,
      open: withoutSecondCommit(async xid => {
        await crash.kill()
        await crash.start()
        await reuse(xid)
      }),
    })
    expect(outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'commit-unknown' } })
    expect(await accessIn(server, ['music'])).toEqual(before)
  })

  it('is not taken for committed by the next start', async () => {
    const store = createShowOnceStore()
    const { outcome, request } = await applyPlan(server, plan(), {
      journal: { folder, answers: shopAnswers },
      store,
      patience: 0,
      open: withoutSecondCommit(() => crash.kill()),
    })
    expect(outcome).toMatchObject({ outcome: 'failed-changed' })
    await crash.start()
    await reuse(lastXid())
    const standing = await standingOf(journal(), openAs(server))
    expect(standing.committed.map(({ number }) => number)).toEqual([1])
    const { entry } = request
    expect(await undoStanding(standing, { open: openAs(server), store, entry })).toEqual({
      left: [],
      undo: [],
      notes: [],
      request: null,
    })
    expect(await accessIn(server, ['music'])).toEqual(before)
  })
})
