import { readFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { type ConnectTarget, connect, openSessionFor } from '../../src/postgres/connect.ts'
import { type ConnectProblem, connectProblem } from '../../src/postgres/connect-problem.ts'
import { adminPassword, majors, startServer, type TestServer, tlsFiles } from '../support/server.ts'

const opened: ServerSession[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(session => session.close()))
})

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

async function opens(target: ConnectTarget): Promise<ServerSession> {
  const result = await connect(target)
  if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.message} ${result.problem.next}`)
  opened.push(result.value)
  return result.value
}

async function refusal(target: ConnectTarget): Promise<ConnectProblem> {
  const result = await connect(target)
  if (result.ok) {
    opened.push(result.value)
    throw new Error('connected')
  }
  expect(JSON.stringify(result.problem)).not.toContain(adminPassword)
  return result.problem
}

describe.each(majors)('connecting to PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
  })
  afterAll(() => server.stop())

  it('works over TCP and over the socket', async () => {
    for (const host of [server.host, 'localhost', server.socketDirectory, `${server.socketDirectory}/`]) {
      const session = await opens(targetOf(server, { host }))
      expect(
        await session.query('SELECT current_user::text AS me, current_setting($1) AS name', [
          'application_name',
        ]),
      ).toEqual([{ me: server.adminUser, name: 'pg-usher' }])
    }
  })

  it('asks for a password only when there is none', async () => {
    const problem = await refusal(targetOf(server, { password: undefined }))
    expect(problem.code).toBe('password-required')
  })

  it('tells a wrong password, and says the same of a role that is not there', async () => {
    const wrong = targetOf(server, { password: secret('wrong') })
    expect(await refusal(wrong)).toMatchObject({ code: 'wrong-password', sqlstate: '28P01' })
    expect(await refusal({ ...wrong, user: 'nobody-at-all' })).toMatchObject({ code: 'wrong-password' })
  })

  it('tells a database that is missing', async () => {
    const problem = await refusal(targetOf(server, { database: 'gone "away"\n' }))
    expect(problem).toMatchObject({ code: 'database-missing', sqlstate: '3D000' })
    expect(problem.message).toContain('"gone ""away""\\n"')
  })

  it('tells a database that the role may not connect to', async () => {
    await server.sql("CREATE ROLE outsider LOGIN PASSWORD 'x'")
    await server.sql('CREATE DATABASE closed')
    await server.sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
    const target = targetOf(server, { user: 'outsider', password: secret('x'), database: 'closed' })
    expect(await refusal(target)).toMatchObject({ code: 'other', sqlstate: '42501' })
  })

  it('tells that no connection is left', async () => {
    await server.sql("CREATE ROLE limited LOGIN PASSWORD 'x' CONNECTION LIMIT 0")
    const target = targetOf(server, { user: 'limited', password: secret('x') })
    expect(await refusal(target)).toMatchObject({ code: 'too-many-connections', sqlstate: '53300' })
  })

  it('gives the very line of pg_hba.conf that lets in', async () => {
    await server.sql(`CREATE ROLE "all" LOGIN PASSWORD 'x'; CREATE ROLE "with ""quote" LOGIN PASSWORD 'x'`)
    const admin = `host all ${server.adminUser} 127.0.0.1/32 scram-sha-256`
    for (const user of ['outsider', 'all', 'with "quote']) {
      await server.setHba([admin, 'host all all 127.0.0.1/32 reject'])
      const target = targetOf(server, { user, password: secret('x') })
      const rejected = await refusal(target)
      expect(rejected.next).toContain('above the line that rejects it')
      await server.setHba([admin])
      const problem = await refusal(target)
      expect(problem).toMatchObject({ code: 'no-hba-line', sqlstate: '28000', hbaLine: rejected.hbaLine })
      expect(problem.next).toContain(problem.hbaLine)
      await server.setHba([admin, problem.hbaLine ?? '', 'host all all 127.0.0.1/32 reject'])
      await (await opens(target)).close()
    }
  })

  it('gives it for the socket, too', async () => {
    const admin = `host all ${server.adminUser} 127.0.0.1/32 scram-sha-256`
    await server.setHba([admin])
    const target = targetOf(server, { host: server.socketDirectory })
    const problem = await refusal(target)
    expect(problem).toMatchObject({
      code: 'no-hba-line',
      hbaLine: `local postgres ${server.adminUser} scram-sha-256`,
    })
    await server.setHba([admin, problem.hbaLine ?? ''])
    await opens(target)
  })

  it('tells a role that is missing where nobody asks for a password, and peer login as someone else', async () => {
    await server.setHba([
      `host all ${server.adminUser} 127.0.0.1/32 scram-sha-256`,
      'host all all 127.0.0.1/32 trust',
      'local all all peer',
    ])
    await server.sql('CREATE ROLE no_login')
    expect(await refusal(targetOf(server, { user: 'nobody-at-all' }))).toMatchObject({
      code: 'role-missing',
      sqlstate: '28000',
    })
    expect(await refusal(targetOf(server, { user: 'no_login' }))).toMatchObject({
      code: 'role-missing',
      sqlstate: '28000',
    })
    const peer = await refusal(targetOf(server, { user: 'outsider', host: server.socketDirectory }))
    expect(peer).toMatchObject({ code: 'role-missing', sqlstate: '28000' })
    expect(peer.next).toContain('sudo -u outsider')
  })

  it('lets in by peer, without a password', async () => {
    const map = join(server.dataDirectory, 'pg_ident.conf')
    const me = userInfo().username
    expect(readFileSync(map, 'utf8')).not.toContain('usher-map')
    await server.sql(`COPY (SELECT 'usher-map ${me} ${server.adminUser}') TO '${map}'`)
    await server.setHba([
      `host all ${server.adminUser} 127.0.0.1/32 scram-sha-256`,
      'local all all peer map=usher-map',
    ])
    const session = await opens(targetOf(server, { host: server.socketDirectory, password: undefined }))
    expect(session.connection.tls).toBe(false)
  })

  it('has settings that no role can bend', async () => {
    await server.sql(`
      CREATE SCHEMA evil; CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'bent'::text $$;
      CREATE ROLE bent LOGIN SUPERUSER PASSWORD 'x';
      ALTER ROLE bent SET search_path = evil, pg_catalog;
      ALTER ROLE bent SET standard_conforming_strings = off;
      ALTER ROLE bent SET client_min_messages = error;
      ALTER ROLE bent SET DateStyle = 'German'`)
    await server.setHba(['host all all 127.0.0.1/32 scram-sha-256'])
    const session = await opens(targetOf(server, { user: 'bent', password: secret('x') }))
    expect(
      await session.query(`SELECT lower('UP') AS text, '\\' AS backslash, date '2026-11-22'::text AS date`),
    ).toEqual([{ text: 'up', backslash: '\\', date: '2026-11-22' }])
    await session.query("DO $$ BEGIN RAISE WARNING 'heard'; END $$")
    expect(session.takeNotices()).toMatchObject([{ message: 'heard' }])
  })
})

describe('TLS', () => {
  let secure: TestServer
  let plain: TestServer
  beforeAll(async () => {
    const settings = { listen_addresses: '127.0.0.1,127.0.0.2' }
    const hba = ['host all all 127.0.0.0/8 scram-sha-256']
    ;[secure, plain] = await Promise.all([startServer({ tls: true, settings, hba }), startServer()])
  })
  afterAll(() => Promise.all([secure.stop(), plain.stop()]))

  const caFile = tlsFiles.authorityFile
  const usesTls = async (target: ConnectTarget) => {
    const session = await opens(target)
    const [row] = await session.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()',
    )
    expect(session.connection.tls).toBe(row?.ssl)
    return row?.ssl
  }

  it.each<[ConnectTarget['tls'], string | undefined, boolean]>([
    ['disable', undefined, false],
    ['prefer', undefined, true],
    ['require', undefined, true],
    ['require', caFile, true],
    ['verify-ca', caFile, true],
    ['verify-full', caFile, true],
  ])('%s (authority: %s)', async (tls, file, expected) => {
    expect(await usesTls(targetOf(secure, { tls, caFile: file }))).toBe(expected)
  })

  it('verifies names and addresses with verify-full', async () => {
    expect(await usesTls(targetOf(secure, { tls: 'verify-full', caFile, host: 'localhost' }))).toBe(true)
    const other = targetOf(secure, { host: '127.0.0.2', caFile })
    expect(await usesTls({ ...other, tls: 'verify-ca' })).toBe(true)
    const problem = await refusal({ ...other, tls: 'verify-full' })
    expect(problem.code).toBe('tls-untrusted')
    expect(problem.message).toContain('for another name')
  })

  it('does not trust an authority that it was not told of', async () => {
    expect(await refusal(targetOf(secure, { tls: 'verify-full' }))).toMatchObject({ code: 'tls-untrusted' })
    const wrong = targetOf(secure, { tls: 'verify-ca', caFile: tlsFiles.certificateFile })
    expect(await refusal(wrong)).toMatchObject({ code: 'tls-untrusted' })
    expect(await refusal({ ...wrong, tls: 'require' })).toMatchObject({ code: 'tls-untrusted' })
  })

  it('wants a file for verify-ca, and one that is there', async () => {
    expect(await refusal(targetOf(secure, { tls: 'verify-ca' }))).toMatchObject({ code: 'tls-untrusted' })
    const gone = await refusal(targetOf(secure, { tls: 'verify-ca', caFile: '/nowhere/ca.pem' }))
    expect(gone.message).toContain('is not there: /nowhere/ca.pem')
    const none = await refusal(targetOf(secure, { tls: 'verify-full', caFile: tlsFiles.keyFile }))
    expect(none.code).toBe('tls-untrusted')
  })

  it('falls back with prefer alone where the server speaks none', async () => {
    expect(await usesTls(targetOf(plain, { tls: 'prefer' }))).toBe(false)
    for (const tls of ['require', 'verify-full'] as const) {
      expect(await refusal(targetOf(plain, { tls, caFile }))).toMatchObject({ code: 'tls-refused' })
    }
  })

  it('is none over the socket, whatever the mode, as in libpq', async () => {
    expect(await usesTls(targetOf(plain, { host: plain.socketDirectory, tls: 'verify-full' }))).toBe(false)
  })

  it('falls back with prefer where only lines without TLS let in, as libpq does', async () => {
    const server = await startServer({ tls: true, hba: ['hostnossl all all 127.0.0.1/32 scram-sha-256'] })
    try {
      expect(await usesTls(targetOf(server, { tls: 'prefer' }))).toBe(false)
      const problem = await refusal(targetOf(server, { tls: 'require' }))
      expect(problem).toMatchObject({
        code: 'no-hba-line',
        hbaLine: 'hostssl postgres postgres 127.0.0.1/32 scram-sha-256',
      })
      expect(await refusal(targetOf(server, { database: 'gone' }))).toMatchObject({
        code: 'database-missing',
      })
    } finally {
      await server.stop()
    }
  })

  it('does not try again in the clear with a password that was refused', async () => {
    const before = (await secure.log()).split('password authentication failed').length
    await refusal(targetOf(secure, { tls: 'prefer', password: secret('wrong') }))
    expect((await secure.log()).split('password authentication failed').length).toBe(before + 1)
  })
})

describe('what is no server, or none yet', () => {
  const servers: net.Server[] = []
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))))
  })

  async function listen(server: net.Server): Promise<ConnectTarget> {
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    return {
      host: '127.0.0.1',
      port,
      database: 'd',
      user: 'u',
      tls: 'disable',
      password: secret(adminPassword),
    }
  }

  it('tells a port where nothing listens', async () => {
    const server = net.createServer()
    const target = await listen(server)
    await new Promise(resolve => servers.pop()?.close(resolve))
    expect(await refusal(target)).toMatchObject({ code: 'refused' })
    expect(await refusal({ ...target, tls: 'prefer', host: 'localhost' })).toMatchObject({ code: 'refused' })
  })

  it('tells a folder without a socket', async () => {
    const target = { host: '/nowhere', port: 5432, database: 'd', user: 'u', tls: 'prefer' as const }
    const problem = await refusal(target)
    expect(problem).toMatchObject({ code: 'socket-missing' })
    expect(problem.message).toContain('/nowhere/.s.PGSQL.5432')
  })

  it('tells a host that does not exist', async () => {
    const target = {
      host: 'no-such-host.invalid',
      port: 5432,
      database: 'd',
      user: 'u',
      tls: 'prefer' as const,
    }
    expect(await refusal({ ...target, timeout: 30_000 })).toMatchObject({ code: 'unknown-host' })
  })

  it.each(['disable', 'prefer', 'require'] as const)('gives up on one that never answers (%s)', async tls => {
    const held = new Set<net.Socket>()
    const target = await listen(net.createServer(socket => void held.add(socket)))
    expect(await refusal({ ...target, tls, timeout: 200 })).toMatchObject({ code: 'timed-out' })
    for (const socket of held) socket.destroy()
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const server = net.createServer(socket => {
      socket.on('error', () => {})
      stop.abort()
    })
    const target = await listen(server)
    expect(await refusal({ ...target, signal: stop.signal })).toMatchObject({ code: 'cancelled' })
    expect(await refusal({ ...target, signal: AbortSignal.abort() })).toMatchObject({ code: 'cancelled' })
  })

  it.each(['disable', 'prefer', 'require'] as const)(
    'tells a web server, a mail server and a dead tunnel (%s)',
    async tls => {
      const web = await listen(http.createServer())
      expect(await refusal({ ...web, tls })).toMatchObject({ code: 'not-postgres' })
      const mail = await listen(
        net.createServer(socket =>
          socket
            .on('error', () => {})
            .resume()
            .end('220 mail.example.com ESMTP\r\n'),
        ),
      )
      expect(await refusal({ ...mail, tls })).toMatchObject({ code: 'not-postgres' })
      const tunnel = await listen(
        net.createServer(socket => socket.on('error', () => {}).on('data', () => socket.destroy())),
      )
      expect(await refusal({ ...tunnel, tls })).toMatchObject({ code: 'not-postgres' })
    },
  )

  it('tells a login by Kerberos, at which the driver throws', async () => {
    // AuthenticationGSS (manual, 54.7): no server to be had here was built with GSSAPI.
    const gss = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 7])
    const target = await listen(
      net.createServer(socket => socket.on('error', () => {}).once('data', () => socket.write(gss))),
    )
    const problem = await refusal(target)
    expect(problem).toMatchObject({ code: 'other' })
    expect(problem.message).toContain('Kerberos')
  })

  it('tells a server that is shutting down', async () => {
    const server = await startServer({ major: 18 })
    try {
      const held = await opens(targetOf(server))
      // SIGTERM: it waits for the sessions that are there and takes no new ones (manual, 18.5).
      process.kill(server.pid, 'SIGTERM')
      const answer = async (): Promise<ConnectProblem> => {
        const result = await connect(targetOf(server))
        if (!result.ok) return result.problem
        await result.value.close()
        return answer()
      }
      expect(await answer()).toMatchObject({ code: 'shutting-down', sqlstate: '57P03' })
      await held.close()
    } finally {
      await server.stop()
    }
  })

  it.each([
    ['57P03', 'the database system is starting up', 'starting-up'],
    ['57P03', 'the database system is in recovery mode', 'starting-up'],
    ['57P03', 'the database system is shutting down', 'shutting-down'],
    ['53300', 'sorry, too many clients already', 'too-many-connections'],
  ])('reads %s, %s', (sqlstate, message, code) => {
    const thrown = Object.assign(new pg.DatabaseError(message, 0, 'error'), { code: sqlstate })
    const failure = { thrown, phase: 'logging-in', tls: false, localAddress: undefined } as const
    const target = { host: 'h', port: 1, database: 'd', user: 'u', tls: 'prefer' } as const
    expect(connectProblem(failure, target)).toMatchObject({ code, sqlstate })
  })
})

describe('the environment', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  const set = {
    PGHOST: '127.0.0.99',
    PGPORT: '1',
    PGUSER: 'other',
    PGDATABASE: 'other',
    PGPASSWORD: adminPassword,
    PGSSLMODE: 'require',
    PGSSLNEGOTIATION: 'nonsense',
    PGOPTIONS: '-c search_path=evil -c nonsense=1',
    PGREPLICATION: 'database',
    PGAPPNAME: 'other',
    PGCLIENT_ENCODING: 'LATIN1',
    PGCONNECT_TIMEOUT: '1',
    PGREQUIRESSL: '1',
  }
  beforeEach(() => {
    for (const [name, value] of Object.entries(set)) vi.stubEnv(name, value)
  })
  afterEach(() => void vi.unstubAllEnvs())

  it('changes nothing: it is read elsewhere, where a person sees it', async () => {
    const session = await opens(targetOf(server))
    expect(
      await session.query(`SELECT current_user::text AS me, current_database()::text AS database,
        current_setting('search_path') AS path, current_setting('application_name') AS name,
        (SELECT backend_type FROM pg_catalog.pg_stat_activity WHERE pid = pg_backend_pid()) AS type`),
    ).toEqual([{ me: 'postgres', database: 'postgres', path: '', name: 'pg-usher', type: 'client backend' }])
  })

  it('lends no password', async () => {
    expect(await refusal(targetOf(server, { password: undefined }))).toMatchObject({
      code: 'password-required',
    })
  })
})

describe('sessions of one server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
    await server.sql('CREATE DATABASE second')
    await server.sql("CREATE ROLE visitor LOGIN PASSWORD 'visiting'")
  })
  afterAll(() => server.stop())

  it('are opened in another database, and as another login', async () => {
    const open = openSessionFor(targetOf(server))
    const second = await open({ database: 'second' })
    expect(await second.query('SELECT current_database()::text AS d')).toEqual([{ d: 'second' }])
    const password = secret('visiting')
    const visitor = await open({ database: 'second', as: { user: 'visitor', password } })
    expect(await visitor.query('SELECT current_user::text AS u')).toEqual([{ u: 'visitor' }])
    expect([visitor.user, visitor.database, reveal(password)]).toEqual(['visitor', 'second', 'visiting'])
    await Promise.all([second.close(), visitor.close()])
  })

  it('are to be had after the first connection was cancelled, for undoing', async () => {
    const open = openSessionFor(targetOf(server, { signal: AbortSignal.abort() }))
    const session = await open({ database: 'second' })
    await session.close()
  })

  it('throw the reason where there is none to be had', async () => {
    await expect(openSessionFor(targetOf(server))({ database: 'third' })).rejects.toMatchObject({
      problem: { code: 'database-missing' },
    })
  })
})
