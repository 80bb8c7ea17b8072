import { spawn } from 'node:child_process'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import { serverProblems } from '../../src/model/server-problems.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { type ConnectTarget, connect, openSessionFor } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/server-facts.ts'
import { describeWith } from '../support/requires.ts'
import { adminPassword, majors, startServer, type TestServer, tlsFiles } from '../support/server.ts'

const opened: ServerSession[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(session => session.close()))
})

async function open(target: ConnectTarget): Promise<ServerSession> {
  const result = await connect(target)
  if (!result.ok) throw new Error(result.problem.message)
  opened.push(result.value)
  return result.value
}

async function factsAt(target: ConnectTarget) {
  return readServerFacts(await open(target), target.host, openSessionFor(target))
}

function targetOf(server: TestServer, more: Partial<ConnectTarget> = {}): ConnectTarget {
  return {
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.adminUser,
    tls: 'prefer',
    password: secret(adminPassword),
    ...more,
  }
}

describe.each(majors)('the facts of PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major, tls: true })
    await server.sql("CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'x'; CREATE ROLE team; GRANT team TO maker")
  })
  afterAll(() => server.stop())

  it('are those of a server that one runs oneself, for a superuser', async () => {
    const facts = await factsAt(targetOf(server))
    expect(facts).toMatchObject({
      provider: 'self-run',
      tls: true,
      tlsAvailable: true,
      inRecovery: false,
      readOnly: false,
      pooled: false,
      answersDirectly: true,
      admin: { name: 'postgres', superuser: true, createRole: true },
      network: {
        port: server.port,
        hbaFile: join(server.dataDirectory, 'pg_hba.conf'),
        configFile: join(server.dataDirectory, 'postgresql.conf'),
        clientAddress: '127.0.0.1',
        socketDirectories: server.socketDirectory,
      },
    })
    expect(Math.floor(facts.versionNumber / 10_000)).toBe(major)
    expect(facts.version).toMatch(new RegExp(`^${major}\\.\\d+`))
    expect(facts.admin.actsAs).toEqual(expect.arrayContaining(['postgres', 'maker', 'team', 'pg_monitor']))
    expect(facts.network.listenAddresses).toContain('127.0.0.1')
    const [locks] = await server.sql(`SELECT (current_setting('max_locks_per_transaction')::int
      * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int)) AS locks`)
    expect(facts.maxLocks).toBe(locks?.['locks'])
    expect(serverProblems(facts)).toEqual([])
  })

  it('leave out what an administrator may not see, and are no error', async () => {
    const facts = await factsAt(targetOf(server, { user: 'maker', password: secret('x') }))
    expect(facts.admin).toEqual({
      name: 'maker',
      superuser: false,
      createRole: true,
      actsAs: ['maker', 'team'],
    })
    expect(facts.network).toMatchObject({ hbaFile: null, configFile: null, port: server.port })
    expect(serverProblems(facts)).toEqual([])
  })

  it('tell a connection without TLS on a server that has it, and one over the socket', async () => {
    expect(await factsAt(targetOf(server, { tls: 'disable' }))).toMatchObject({
      tls: false,
      tlsAvailable: true,
    })
    const local = await factsAt(targetOf(server, { host: server.socketDirectory }))
    expect(local).toMatchObject({ tls: false, pooled: false, network: { clientAddress: null } })
  })

  it('tell transactions that are read-only', async () => {
    await server.sql(
      "CREATE ROLE reader LOGIN PASSWORD 'x'; ALTER ROLE reader SET default_transaction_read_only = on",
    )
    const facts = await factsAt(targetOf(server, { user: 'reader', password: secret('x') }))
    expect(facts.readOnly).toBe(true)
    expect(serverProblems(facts).map(problem => problem.code)).toEqual(['read-only-server'])
  })

  it('name the provider by its role, whatever the host', async () => {
    await server.sql('CREATE ROLE rds_superuser')
    expect(await factsAt(targetOf(server))).toMatchObject({ provider: 'rds' })
    await server.sql('CREATE FUNCTION aurora_version() RETURNS text LANGUAGE sql AS $$ SELECT $t$1$t$ $$')
    expect(await factsAt(targetOf(server))).toMatchObject({ provider: 'aurora' })
    await server.sql('DROP FUNCTION aurora_version(); DROP ROLE rds_superuser')
  })

  it('name Heroku by the schema that it makes, at a host and in a database of the kind that it has', async () => {
    const database = 'd4k8n1qabcde12'
    await server.sql(`CREATE DATABASE ${database}`)
    const at = async () => {
      const session = await open(targetOf(server, { database }))
      return (await readServerFacts(session, 'ec2-54-1-2-3.compute-1.amazonaws.com')).provider
    }
    expect(await at()).toBe('self-run')
    await server.sql('CREATE SCHEMA heroku_ext', database)
    expect(await at()).toBe('heroku')
  })

  it('have the certificate that was shown, where one was', async () => {
    const { certificate, tlsSettings } = await factsAt(targetOf(server))
    expect(certificate).toMatchObject({
      names: expect.arrayContaining(['localhost', '127.0.0.1']),
      selfSigned: false,
      publiclyTrusted: false,
    })
    expect(certificate?.validTo).toMatch(/^2099-/)
    expect(tlsSettings).toMatchObject({ built: true, dataDirectory: server.dataDirectory, forced: null })
    expect(await factsAt(targetOf(server, { tls: 'disable' }))).toMatchObject({ certificate: null })
    const own = { tls: 'verify-ca', caFile: tlsFiles.authorityFile } as const
    expect((await factsAt(targetOf(server, own))).certificate?.publiclyTrusted).toBeNull()
  })
})

describeWith(['pgbouncer'])('a server behind pgbouncer', () => {
  let server: TestServer
  let folder: string
  beforeAll(async () => {
    server = await startServer()
    folder = await mkdtemp(join(tmpdir(), 'pg-usher-pgbouncer-'))
  })
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  /** Starts a pgbouncer before the server for as long as `use` takes. */
  async function withPooler<T>(
    settings: Record<string, string>,
    use: (target: ConnectTarget) => Promise<T>,
  ): Promise<T> {
    const port = await freePort()
    const users = join(folder, 'users.txt')
    const file = join(folder, `pgbouncer-${port}.ini`)
    await writeFile(users, `"${server.adminUser}" "${adminPassword}"\n`)
    const lines = Object.entries({
      listen_addr: '127.0.0.1',
      listen_port: port,
      auth_type: 'scram-sha-256',
      auth_file: users,
      unix_socket_dir: '',
      ...settings,
    }).map(([key, value]) => `${key} = ${value}`)
    await writeFile(
      file,
      `[databases]\n* = host=${server.host} port=${server.port}\n[pgbouncer]\n${lines.join('\n')}\n`,
    )
    // It refuses to run as root.
    const asRoot = userInfo().uid === 0
    if (asRoot) {
      await Promise.all([folder, users, file].map(path => chown(path, 65534, 65534)))
      await chmod(folder, 0o700)
    }
    const pooler = spawn('pgbouncer', [...(asRoot ? ['-u', 'nobody'] : []), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = new Promise(resolve => pooler.once('close', resolve))
    try {
      await new Promise<void>((resolve, reject) => {
        let said = ''
        pooler.stderr.on('data', chunk => {
          said += chunk
          if (said.includes('process up')) resolve()
        })
        ended.then(() => reject(new Error(said)))
      })
      return await use(targetOf(server, { port }))
    } finally {
      pooler.kill('SIGKILL')
      await ended
    }
  }

  it('is refused where it pools transactions', async () => {
    const facts = await withPooler({ pool_mode: 'transaction' }, factsAt)
    expect(facts).toMatchObject({ pooled: true, admin: { name: 'postgres' } })
    expect(serverProblems(facts).map(problem => problem.code)).toEqual(['transaction-pooler'])
  })

  it('is refused where it pools transactions, and hides what it does not know', async () => {
    const settings = {
      pool_mode: 'transaction',
      ignore_startup_parameters: 'search_path,client_min_messages',
    }
    expect(await withPooler(settings, factsAt)).toMatchObject({ pooled: true })
    expect(
      await withPooler({ ...settings, server_round_robin: '1', min_pool_size: '3' }, factsAt),
    ).toMatchObject({ pooled: true })
  })

  it('is fine where it pools sessions', async () => {
    expect(await withPooler({ pool_mode: 'session' }, factsAt)).toMatchObject({
      pooled: false,
      answersDirectly: false,
    })
  })

  it('is refused where it keeps a search_path that hides pg_catalog', async () => {
    await server.sql('ALTER ROLE postgres SET search_path = public, pg_catalog')
    expect(await withPooler({ pool_mode: 'session' }, factsAt)).toMatchObject({ pooled: true })
    await server.sql('ALTER ROLE postgres RESET search_path')
  })

  it('counts as one of transactions where it cannot be told', async () => {
    const facts = await withPooler({ pool_mode: 'session' }, async target =>
      readServerFacts(await open(target), target.host),
    )
    expect(facts.pooled).toBe(true)
  })

  it('is left without settings that another client would meet', async () => {
    const path = await withPooler({ pool_mode: 'transaction', default_pool_size: '1' }, async target => {
      await factsAt(target)
      const session = await open(target)
      return session.query("SELECT current_setting('search_path') AS path")
    })
    expect(path).toEqual([{ path: '"$user", public' }])
  })
})

async function freePort(): Promise<number> {
  const probe = net.createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as net.AddressInfo
  await new Promise(resolve => probe.close(resolve))
  return port
}
