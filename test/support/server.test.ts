import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { everyMajor, startServer, type TestServer, tlsFiles } from './server.ts'

describe.each(everyMajor)('a test server of PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
  })
  afterAll(() => server.stop())

  it('is that version, in UTF-8', async () => {
    const rows = await server.sql(
      "select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding",
    )
    expect(rows).toEqual([{ major, encoding: 'UTF8' }])
  })

  it('lets the administrator in with the password alone', async () => {
    await expect(server.client({ password: 'wrong' })).rejects.toMatchObject({ code: '28P01' })
  })

  it('gives its log', async () => {
    await server.sql("do $$ begin raise log 'a line for the log'; end $$")
    expect(await server.log()).toContain('a line for the log')
  })

  it('admits whom new pg_hba.conf lines admit, at once', async () => {
    await server.sql("create role visitor login password 'visiting'")
    const visit = () => server.client({ user: 'visitor', password: 'visiting' }).then(client => client.end())
    await visit()
    await server.setHba(['host all postgres 127.0.0.1/32 scram-sha-256'])
    await expect(visit()).rejects.toMatchObject({ code: '28000' })
  })
})

describe('a test server with TLS', () => {
  it('is trusted through the authority, and by its name', async () => {
    const server = await startServer({ tls: true, hba: ['hostssl all all 127.0.0.1/32 scram-sha-256'] })
    try {
      const client = new pg.Client({
        host: 'localhost',
        port: server.port,
        user: server.adminUser,
        password: server.adminPassword,
        database: 'postgres',
        ssl: { ca: await readFile(tlsFiles.authorityFile, 'utf8') },
      })
      await client.connect()
      const { rows } = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
      await client.end()
      expect(rows).toEqual([{ ssl: true }])
    } finally {
      await server.stop()
    }
  })
})
