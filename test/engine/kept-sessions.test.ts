import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DelayProxy, startDelayProxy } from '../../bench/support/delay-proxy.ts'
import { withKeptSessions } from '../../src/engine/kept-sessions.ts'
import { withSession } from '../../src/engine/with-session.ts'
import { ProblemError } from '../../src/model/problem.ts'
import type { OpenSession } from '../../src/postgres/session.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { openAs } from './fixture.ts'

describe('a session that is opened ahead', () => {
  let server: TestServer
  let proxy: DelayProxy
  let open: OpenSession
  beforeAll(async () => {
    server = await startServer({ settings: { fsync: 'off' } })
    proxy = await startDelayProxy(server.port, 0)
    open = openAs({ ...server, port: proxy.port })
  })
  afterAll(async () => {
    await proxy?.close()
    await server?.stop()
  })

  const database = 'postgres'
  const backend = (kept: OpenSession) =>
    withSession(kept, { database }, session =>
      session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid'),
    )

  it('is the one that is given out, also to who asks before it is there', async () => {
    const before = proxy.connections.length
    await withKeptSessions(open, async (kept, ahead) => {
      ahead(database)
      ahead(database)
      expect(await backend(kept)).toEqual(await backend(kept))
    })
    expect(proxy.connections.length).toBe(before + 1)
  })

  it('is tried anew where that failed, and the second failure is told', async () => {
    let calls = 0
    const failing =
      (times: number): OpenSession =>
      request => {
        calls += 1
        if (calls > times) return open(request)
        return Promise.reject(new ProblemError({ code: 'refused', message: `failure ${calls}` }))
      }
    await withKeptSessions(failing(1), async (kept, ahead) => {
      ahead(database)
      expect(await backend(kept)).toHaveLength(1)
    })
    calls = 0
    await withKeptSessions(failing(2), async (kept, ahead) => {
      ahead(database)
      await expect(backend(kept)).rejects.toThrow('failure 2')
    })
  })

  it('is closed where nobody came to need it', async () => {
    await withKeptSessions(open, async (_, ahead) => ahead(database))
    expect(await server.sql(leftSql)).toEqual([])
  })
})

const leftSql = `
SELECT pid FROM pg_stat_activity WHERE application_name = 'pg-usher' AND pid <> pg_backend_pid()`
