import { rm } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSession } from '../../../src/engine/with-session.ts'
import { listenAdvice } from '../../../src/model/listen/advice.ts'
import { secret } from '../../../src/model/secret.ts'
import { connect } from '../../../src/postgres/connect.ts'
import { readServerFacts } from '../../../src/postgres/server-facts.ts'
import { type CrashingServer, crashing } from '../../support/crash-server.ts'
import { probe } from '../../support/hba/probe.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'

const endpoint = { host: 'db.example.com', port: 5432 }

/** An address of this machine besides 127.0.0.1 that a server which listens everywhere answers on. */
const elsewhere = Object.values(networkInterfaces())
  .flatMap(all => all ?? [])
  .find(({ address, family }) => family === 'IPv4' && address !== '127.0.0.1')?.address

describe.each(majorsInDepth)('listen_addresses of PostgreSQL %i', major => {
  let server: TestServer
  let crash: CrashingServer
  beforeAll(async () => {
    server = await startServer({ major })
    crash = crashing(server)
  })
  afterAll(async () => {
    await crash.stop()
    await server.stop()
  })

  const answers = (host: string) =>
    probe({ host, port: server.port, tls: false, user: 'anybody', database: 'postgres' }).then(
      ({ says }) => says,
      error => error.code,
    )

  it('as advised, the server starts again and is reached; as the vendor has it, it does not start', async () => {
    const { host, port, adminUser: user, adminPassword } = server
    const connected = await connect({
      host,
      port,
      user,
      database: 'postgres',
      tls: 'disable',
      password: secret(adminPassword),
    })
    if (!connected.ok) throw new Error(connected.problem.message)
    const facts = await withSession(
      async () => connected.value,
      { database: 'postgres' },
      () => readServerFacts(connected.value, host),
    )
    expect(facts.network).toMatchObject({ listenAddresses: '127.0.0.1', serverAddress: '127.0.0.1' })
    const advice = listenAdvice(facts.network, endpoint, { host })
    expect(advice).toMatchObject({ change: 'needed', statement: "ALTER SYSTEM SET listen_addresses = '*'" })
    const other = elsewhere ?? '127.0.0.2'
    expect(await answers(other)).toBe('ECONNREFUSED')

    await server.sql(advice.statement ?? '')
    // Nothing changes before the restart, which is not ours to do.
    expect(await answers(other)).toBe('ECONNREFUSED')
    await crash.kill()
    await crash.start()
    expect(await answers(other)).toBe('nobody')

    for (const wrong of ['13.52.5.96/28 13.236.8.224/28', '203.0.113.7']) {
      await server.sql(`ALTER SYSTEM SET listen_addresses = '${wrong}'`)
      await crash.kill()
      await expect(crash.start()).rejects.toThrow(/did not start again/)
      await rm(join(server.dataDirectory, 'postgresql.auto.conf'))
      await crash.start()
    }
  })
})
