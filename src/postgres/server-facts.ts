import { ProblemError } from '../model/problem.ts'
import type { ServerFacts } from '../model/server-facts.ts'
import type { ServerSession } from './client-session.ts'
import { providerOf, providerRoles } from './provider.ts'
import { backendProcessSql, serverFactsSql } from './queries/server-facts.ts'
import type { OpenSession } from './session.ts'

interface FactsRow {
  readonly versionNumber: number
  readonly version: string
  readonly inRecovery: boolean
  readonly readOnly: boolean
  readonly processId: number
  readonly searchPath: string
  readonly clientAddress: string | null
  readonly serverAddress: string | null
  readonly tls: boolean
  readonly name: string
  readonly superuser: boolean
  readonly createRole: boolean
  readonly settings: Readonly<Record<string, string>>
  readonly actsAs: readonly string[]
  readonly providerRoles: readonly string[]
  readonly aurora: boolean
  readonly herokuSchema: boolean
}

/**
 * What the wizard shows of the server, in one round trip where no pooler is in between.
 * @param host as the administrator typed it
 * @param open opens a second session of the same kind, to tell a transaction pooler from a session pooler;
 *   without it any pooler counts as one of transactions
 * @throws ProblemError
 */
export async function readServerFacts(
  session: ServerSession,
  host: string,
  open?: OpenSession,
): Promise<ServerFacts> {
  const [row] = await session.query<FactsRow>(serverFactsSql, [providerRoles])
  if (row === undefined) {
    throw new ProblemError({ code: 'not-postgres', message: 'The server does not know the role it let in.' })
  }
  const { settings } = row
  const setting = (name: string) => settings[name] ?? null
  const direct = answersDirectly(session, row)
  const count = (name: string) => Number(settings[name] ?? 0)
  return {
    versionNumber: row.versionNumber,
    version: row.version,
    provider: providerOf({
      host,
      roles: row.providerRoles,
      settings: Object.keys(settings),
      aurora: row.aurora,
      database: session.database,
      herokuSchema: row.herokuSchema,
    }),
    tls: session.connection.tls || row.tls,
    tlsAvailable: setting('ssl') === 'on' || session.connection.tls,
    inRecovery: row.inRecovery,
    readOnly: row.readOnly,
    pooled: !direct && (hidesCatalogue(row.searchPath) || (await sharesBackends(session, open))),
    answersDirectly: direct,
    admin: { name: row.name, superuser: row.superuser, createRole: row.createRole, actsAs: row.actsAs },
    network: {
      listenAddresses: setting('listen_addresses'),
      port: count('port'),
      hbaFile: setting('hba_file'),
      configFile: setting('config_file'),
      clientAddress: row.clientAddress,
      serverAddress: row.serverAddress,
      socketDirectories: setting('unix_socket_directories'),
    },
    certificate: session.connection.certificate,
    tlsSettings: {
      dataDirectory: setting('data_directory'),
      certificateFile: setting('ssl_cert_file') ?? 'server.crt',
      keyFile: setting('ssl_key_file') ?? 'server.key',
      built: setting('ssl_library') !== '',
      forced: isOn(setting('rds.force_ssl') ?? setting('require_secure_transport')),
    },
    // Manual, 19.12: the shared lock table has this many slots.
    maxLocks:
      count('max_locks_per_transaction') * (count('max_connections') + count('max_prepared_transactions')),
  }
}

/** A switch as services of several kinds write it; null where it is not there. */
function isOn(value: string | null): boolean | null {
  return value === null ? null : /^(on|1|true|yes)$/i.test(value)
}

/**
 * Whether the server itself answers: it took our startup packet as it was, and the process that it named with
 * the cancel key is the one that runs our statements. A pooler names a process of its own.
 */
function answersDirectly(session: ServerSession, row: FactsRow): boolean {
  const { startup, processId } = session.connection
  return startup === 'accepted' && row.searchPath === '' && processId === row.processId
}

/**
 * Whether operators may come from another schema than pg_catalog. Behind a pooler that keeps our search_path
 * from the server, the role's own holds; it is harmless unless it puts something before pg_catalog.
 */
function hidesCatalogue(searchPath: string): boolean {
  return searchPath.split(',').findIndex(schema => schema.trim().replaceAll('"', '') === 'pg_catalog') > 0
}

/** How often the probe looks; a pooler gives an idle backend to the next client, mostly the last one used. */
const probes = 8

/**
 * Whether a pooler hands one backend to two clients. While both are connected, a session pooler cannot let
 * the second run on the first one's backend; a transaction pooler does so as soon as the first is idle. That
 * is sound where it says yes; a busy pool may hide it from a few looks, so there are several.
 */
async function sharesBackends(session: ServerSession, open: OpenSession | undefined): Promise<boolean> {
  if (open === undefined) return true
  const second = await open({ database: session.database })
  try {
    const mine = await backendOf(session)
    const others = await backendOf(second)
    for (let probe = 0; probe < probes; probe += 1) {
      // A session pooler never changes a client's backend, and never gives one backend to two.
      if (mine === others || (await backendOf(session)) !== mine || (await backendOf(second)) !== others)
        return true
    }
    return false
  } finally {
    await second.close()
  }
}

async function backendOf(session: Pick<ServerSession, 'query'>): Promise<number> {
  const [row] = await session.query<{ processId: number }>(backendProcessSql)
  return row?.processId ?? 0
}
