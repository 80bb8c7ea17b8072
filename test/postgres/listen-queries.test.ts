import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSession } from '../../src/engine/with-session.ts'
import { addressText } from '../../src/model/hba/address.ts'
import type { ServerInterface } from '../../src/model/hba/interfaces.ts'
import { readListening } from '../../src/postgres/listen-queries.ts'
import { openAs } from '../engine/fixture.ts'
import { interfacesHere } from '../support/hba/place.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'

const sorted = (all: readonly ServerInterface[] | null) =>
  (all ?? []).map(({ address, mask }) => `${addressText(address)} ${mask.toString(16)}`).toSorted()

describe.each(majorsInDepth)('where PostgreSQL %i listens', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
  })
  afterAll(() => server.stop())

  const read = (admin?: { user: string; password: string }) =>
    withSession(openAs(server, admin), { database: 'postgres' }, readListening)

  it('is read with its source, what ALTER SYSTEM has set, and the addresses that this machine has', async () => {
    const before = await read()
    expect(before).toMatchObject({
      inForce: '127.0.0.1',
      source: 'configuration file',
      bySystem: null,
      dataDirectory: server.dataDirectory,
    })
    // Node.js asks the system in another way (getifaddrs).
    expect(sorted(before?.interfaces ?? null)).toEqual(sorted(interfacesHere()))
    await server.sql(`ALTER SYSTEM SET listen_addresses = 'localhost,127.0.0.1'`)
    expect(await read()).toMatchObject({ inForce: '127.0.0.1', bySystem: 'localhost,127.0.0.1' })
    await server.sql('ALTER SYSTEM RESET listen_addresses')
    expect(await read()).toMatchObject({ bySystem: null })
  })

  it('is not asked by whom the server would refuse, so that nothing of it stands in its log', async () => {
    await server.sql(`CREATE ROLE lesser LOGIN CREATEROLE PASSWORD 'lesser'`)
    expect(await read({ user: 'lesser', password: 'lesser' })).toBeNull()
    expect(await server.log()).not.toContain('permission denied')
  })
})
