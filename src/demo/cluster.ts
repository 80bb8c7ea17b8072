import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chmod, chown, copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ProblemError } from '../model/problem.ts'
import { reveal, type Secret } from '../model/secret.ts'
import { accountIds, type ServerAccount } from './server-account.ts'
import type { GuardedFolder } from './temporary-folder.ts'

/** What a new cluster is made of. */
export interface ClusterRequest {
  /** An existing folder of the account, for everything of this server. */
  readonly folder: string
  readonly guarded: GuardedFolder
  readonly account: ServerAccount | null
  readonly initdb: string
  /** The superuser's. */
  readonly password: Secret
  readonly settings: Readonly<Record<string, string>>
  readonly hba: readonly string[]
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null
}

/** A cluster's places on disk. */
export interface Cluster {
  readonly dataDirectory: string
  readonly socketDirectory: string
  readonly logFile: string
}

/** For data that nobody keeps: no waiting for the disk. */
const throwAwaySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * Makes a cluster (superuser `postgres`, UTF-8, locale C, so that it is the same on every machine) and
 * writes its configuration.
 * @throws ProblemError `demo-server-failed` with what initdb said
 */
export async function makeCluster(request: ClusterRequest): Promise<Cluster> {
  const { folder, account } = request
  const dataDirectory = join(folder, 'data')
  const socketDirectory = join(folder, 'socket')
  const give = async (path: string, mode: number) => {
    await chmod(path, mode)
    if (account !== null) await chown(path, account.uid, account.gid)
  }

  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, reveal(request.password), { mode: 0o600 })
  await give(passwordFile, 0o600)
  await runInitdb(request, dataDirectory, passwordFile)
  await rm(passwordFile)

  await mkdir(socketDirectory)
  await give(socketDirectory, 0o700)
  const settings: Record<string, string> = {
    ...throwAwaySettings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: process.platform === 'win32' ? '' : socketDirectory,
    password_encryption: 'scram-sha-256',
  }
  if (request.tls !== null) {
    const copies = { ssl_cert_file: join(folder, 'server.crt'), ssl_key_file: join(folder, 'server.key') }
    await copyFile(request.tls.certificateFile, copies.ssl_cert_file)
    await copyFile(request.tls.keyFile, copies.ssl_key_file)
    for (const path of Object.values(copies)) await give(path, 0o600)
    Object.assign(settings, { ssl: 'on' }, copies)
  }
  await appendFile(join(dataDirectory, 'postgresql.conf'), settingLines({ ...settings, ...request.settings }))
  await writeFile(join(dataDirectory, 'pg_hba.conf'), `${request.hba.join('\n')}\n`)
  return { dataDirectory, socketDirectory, logFile: join(folder, 'server.log') }
}

/** Lines for postgresql.conf (manual, 19.1 "Setting Parameters"): values quoted, quotes doubled. */
export function settingLines(settings: Readonly<Record<string, string>>): string {
  const quote = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quote(value)}\n`)
    .join('')
}

async function runInitdb(
  request: ClusterRequest,
  dataDirectory: string,
  passwordFile: string,
): Promise<void> {
  const child = spawn(
    request.initdb,
    [
      `--pgdata=${dataDirectory}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
      '--no-instructions',
    ],
    {
      ...accountIds(request.account),
      cwd: request.folder,
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  request.guarded.guard(child)
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (code === 0) return
  throw new ProblemError({
    code: 'demo-server-failed',
    message: `The demo's PostgreSQL could not be set up: ${said.trim() || `initdb ended with ${code}`}`,
    next: 'See whether the temporary folder has room (about 100 MB).',
  })
}
