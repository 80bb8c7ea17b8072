import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DelayProxy, startDelayProxy } from '../../bench/support/delay-proxy.ts'
import { secret } from '../../src/model/secret.ts'
import { type ConnectTarget, connect } from '../../src/postgres/connect.ts'
import { rememberTlsAtOnce, type TlsAtOnce } from '../../src/postgres/tls-at-once.ts'
import { adminPassword, startServer, type TestServer, tlsFiles } from '../support/server.ts'

let modern: TestServer
let older: TestServer
beforeAll(async () => {
  ;[modern, older] = await Promise.all([
    startServer({ major: 18, tls: true }),
    startServer({ major: 16, tls: true }),
  ])
})
afterAll(() => Promise.all([modern.stop(), older.stop()]))

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-at-once-'))
})
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  rmSync(folder, { recursive: true })
  for (const close of closing.splice(0)) await close()
})

const targetOf = (port: number, more: Partial<ConnectTarget> = {}): ConnectTarget => ({
  host: '127.0.0.1',
  port,
  database: 'postgres',
  user: modern.adminUser,
  tls: 'require',
  password: secret(adminPassword),
  ...more,
})

async function proxyTo(server: TestServer): Promise<DelayProxy> {
  const proxy = await startDelayProxy(server.port, 0)
  closing.push(() => proxy.close())
  return proxy
}

/** Connects, asks one thing, and leaves; whether it was encrypted. */
async function once(target: ConnectTarget): Promise<boolean> {
  const result = await connect(target)
  if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.message}`)
  const [row] = await result.value.query<{ ssl: boolean }>(
    'SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()',
  )
  await result.value.close()
  return row?.ssl ?? false
}

/** How often the clients said something after they had heard something, connection by connection. */
const waited = (proxy: DelayProxy) => proxy.connections.map(({ handshake, trips }) => handshake + trips)

describe('a server from 17 on', () => {
  it('is asked for TLS once, and begins with it from then on: one round trip fewer', async () => {
    const proxy = await proxyTo(modern)
    const first = { ...targetOf(proxy.port), tlsAtOnce: rememberTlsAtOnce(folder) }
    expect([await once(first), await once(first)]).toEqual([true, true])
    // SSLRequest, TLS, startup, two of SCRAM, the query, and goodbye, which nobody waits for.
    expect(waited(proxy)).toEqual([7, 6])
    const next = { ...targetOf(proxy.port), tlsAtOnce: rememberTlsAtOnce(folder) }
    expect(await once(next)).toBe(true)
    expect(waited(proxy)).toEqual([7, 6, 6])
    const path = join(folder, 'tls-at-once.json')
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      version: 1,
      servers: [{ host: '127.0.0.1', port: proxy.port, taken: true }],
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each(['prefer', 'require', 'verify-ca', 'verify-full'] as const)(
    '%s asks the same of it',
    async mode => {
      const taken = known(modern.port, true)
      const { authorityFile: caFile } = tlsFiles
      const target = targetOf(modern.port, { tls: mode, caFile, host: 'localhost', tlsAtOnce: taken })
      expect(await once(target)).toBe(true)
    },
  )

  it.each<Partial<ConnectTarget>>([
    { tls: 'verify-full' },
    { tls: 'verify-ca', caFile: tlsFiles.certificateFile },
  ])('is not trusted any more easily, and not tried in another way: %o', async more => {
    const proxy = await proxyTo(modern)
    const target = targetOf(proxy.port, { tlsAtOnce: known(proxy.port, true), ...more })
    expect(await connect(target)).toMatchObject({ ok: false, problem: { code: 'tls-untrusted' } })
    expect(proxy.connections.length).toBe(1)
  })

  it('says what it says of a wrong password and of a database that is missing', async () => {
    const taken = known(modern.port, true)
    const wrong = await connect(targetOf(modern.port, { tlsAtOnce: taken, password: secret('wrong') }))
    expect(wrong).toMatchObject({ ok: false, problem: { code: 'wrong-password' } })
    const gone = await connect(targetOf(modern.port, { tlsAtOnce: taken, database: 'gone' }))
    expect(gone).toMatchObject({ ok: false, problem: { code: 'database-missing' } })
    expect(taken.isWorthTrying(targetOf(modern.port))).toBe(true)
  })
})

describe('a server before 17', () => {
  it('is asked each time, and finds nothing strange in its log', async () => {
    const proxy = await proxyTo(older)
    const target = { ...targetOf(proxy.port), tlsAtOnce: rememberTlsAtOnce(folder) }
    expect([await once(target), await once(target), await once(target)]).toEqual([true, true, true])
    expect(waited(proxy)).toEqual([7, 7, 7])
    expect(await older.log()).not.toContain('invalid length of startup packet')
  })

  it('at the place of a later one is asked after it did not understand, once', async () => {
    const proxy = await proxyTo(older)
    const target = { ...targetOf(proxy.port), tlsAtOnce: known(proxy.port, true) }
    expect([await once(target), await once(target)]).toEqual([true, true])
    expect(waited(proxy)).toEqual([1, 7, 7])
  })
})

describe('what is no PostgreSQL, or stands before one', () => {
  /** Answers to the client as `serve` says; gives what clients sent in the clear. */
  async function listen(serve: (socket: net.Socket, first: Buffer) => void): Promise<{
    readonly port: number
    readonly plain: Buffer[]
  }> {
    const plain: Buffer[] = []
    const sockets: net.Socket[] = []
    const server = net.createServer(socket =>
      socket
        .on('error', () => {})
        .once('data', first => {
          plain.push(first)
          serve(socket, first)
        }),
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(resolve))
    })
    return { port: (server.address() as net.AddressInfo).port, plain }
  }

  const isTls = (first: Buffer) => first[0] === 0x16
  const isSslRequest = (first: Buffer) => first.length === 8 && first.readInt32BE(4) === 80_877_103

  it('gets nothing in the clear, whoever breaks TLS off', async () => {
    for (const mode of ['require', 'verify-full'] as const) {
      const { port, plain } = await listen((socket, first) => {
        // As somebody in between would do it: no TLS, neither at once nor asked for.
        if (isTls(first)) socket.destroy()
        else socket.write('N')
      })
      const target = targetOf(port, {
        tls: mode,
        caFile: tlsFiles.authorityFile,
        tlsAtOnce: known(port, true),
      })
      expect(await connect(target)).toMatchObject({ ok: false, problem: { code: 'tls-refused' } })
      expect(plain.length).toBe(2)
      expect(plain.every(first => isTls(first) || isSslRequest(first))).toBe(true)
    }
  })

  it('is not spoken to without the name of the protocol', async () => {
    const heard: string[] = []
    const secureContext = tls.createSecureContext({
      cert: readFileSync(tlsFiles.certificateFile),
      key: readFileSync(tlsFiles.keyFile),
    })
    const { port, plain } = await listen((socket, first) => {
      if (!isTls(first)) {
        socket.end('N')
        return
      }
      socket.pause()
      socket.unshift(first)
      // A web server that knows nothing of ALPN.
      const web = new tls.TLSSocket(socket, { isServer: true, secureContext })
      web.on('error', () => {}).on('data', data => heard.push(data.toString('latin1')))
      closing.unshift(async () => web.destroy())
      web.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    const result = await connect(targetOf(port, { tlsAtOnce: known(port, true) }))
    expect(result).toMatchObject({ ok: false, problem: { code: 'tls-refused' } })
    expect(plain.map(isTls)).toEqual([true, false])
    expect(heard).toEqual([])
  })
})

it('is no fault where nothing can be remembered', async () => {
  const broken = join(folder, 'file')
  writeFileSync(broken, '')
  const nowhere = rememberTlsAtOnce(broken)
  nowhere.was({ host: 'h', port: 1 }, true)
  expect(nowhere.isWorthTrying({ host: 'h', port: 1 })).toBe(true)
  for (const text of ['', '{', '{"version":1,"servers":[{"host":1}]}', '{"version":2,"servers":[]}']) {
    writeFileSync(join(folder, 'tls-at-once.json'), text)
    expect(rememberTlsAtOnce(folder).isWorthTrying({ host: 'h', port: 1 })).toBe(false)
  }
})

/** As a start before has left it. */
function known(port: number, taken: boolean): TlsAtOnce {
  const memory = rememberTlsAtOnce(folder)
  for (const host of ['127.0.0.1', 'localhost']) memory.was({ host, port }, taken)
  return memory
}
