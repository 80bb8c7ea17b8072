import { once } from 'node:events'
import net from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import { type ConnectTarget, connect } from '../../src/postgres/connect.ts'
import { reachServer } from '../../src/postgres/early-socket.ts'
import { adminPassword, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ tls: true })
})
afterAll(() => server.stop())

const targetOf = (more: Partial<ConnectTarget> = {}): ConnectTarget => ({
  host: server.host,
  port: server.port,
  database: 'postgres',
  user: server.adminUser,
  tls: 'prefer',
  password: secret(adminPassword),
  ...more,
})

/** Connects, and gives this end's port as the server sees it; the socket's file has none. */
async function portOf(target: ConnectTarget): Promise<number | null> {
  const result = await connect(target)
  if (!result.ok) throw new Error(result.problem.message)
  const [row] = await result.value.query<{ port: number | null }>('SELECT inet_client_port() AS port')
  await result.value.close()
  return row?.port ?? null
}

describe('a socket that is on its way already', () => {
  const sockets: net.Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })

  function reach(where: Pick<ConnectTarget, 'host' | 'port'>): net.Socket {
    const socket = reachServer(where)
    sockets.push(socket)
    return socket
  }

  it.each(['disable', 'prefer', 'require'] as const)('is the one that is used: %s', async tls => {
    const arrived = reach(targetOf())
    await once(arrived, 'connect')
    const { localPort } = arrived
    expect(localPort).toBeTypeOf('number')
    expect(await portOf(targetOf({ tls, early: arrived }))).toBe(localPort)
    const underWay = reach(targetOf({ host: 'localhost' }))
    expect(underWay.connecting).toBe(true)
    let port: number | undefined
    underWay.once('connect', () => {
      port = underWay.localPort
    })
    expect(await portOf(targetOf({ host: 'localhost', tls, early: underWay }))).toBe(port)
  })

  it('may be to the socket file', async () => {
    const target = targetOf({ host: server.socketDirectory })
    const early = reach(target)
    await once(early, 'connect')
    expect(await portOf({ ...target, early })).toBe(null)
    expect(early.destroyed).toBe(true)
  })

  it('is passed over where it failed, or was closed meanwhile', async () => {
    const refused = reach({ host: server.host, port: 1 })
    await new Promise(resolve => refused.once('close', resolve))
    expect(await portOf(targetOf({ early: refused }))).toBeTypeOf('number')
    const closing = net.createServer(socket => socket.on('error', () => {}).end())
    await new Promise<void>(resolve => closing.listen(0, '127.0.0.1', resolve))
    const closed = reach({ host: '127.0.0.1', port: (closing.address() as net.AddressInfo).port })
    closed.resume()
    await once(closed, 'end')
    expect(await portOf(targetOf({ early: closed }))).toBeTypeOf('number')
    await new Promise(resolve => closing.close(resolve))
  })

  it('tells its failure as any other would', async () => {
    const early = reach({ host: server.host, port: 1 })
    const result = await connect(targetOf({ port: 1, early }))
    expect(result).toMatchObject({ ok: false, problem: { code: 'refused' } })
  })
})
