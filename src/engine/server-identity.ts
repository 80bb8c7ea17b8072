import type { Session } from '../postgres/session.ts'
import type { LockLimits } from './steps.ts'

/** What tells a server from others: its own number, where it may be read; a tunnel hides behind one host and port. */
export interface ServerIdentity {
  readonly host: string
  readonly port: number
  /** pg_control_system(): made by initdb, kept by standbys and by copies. */
  readonly systemIdentifier: string | null
}

export interface ServerAtHand extends LockLimits {
  readonly identity: ServerIdentity
}

/** Which server this is, and how many locks it has room for. @throws ProblemError */
export async function serverAtHand(
  session: Session,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<ServerAtHand> {
  const [row] = await session.query<{ version: number; locks: string; readable: boolean }>(limitsSql)
  const [control] =
    row?.readable === true ? await session.query<{ identifier: string }>(identifierSql) : [undefined]
  return {
    identity: { host, port, systemIdentifier: control?.identifier ?? null },
    versionNumber: row?.version ?? 0,
    maxLocks: Number(row?.locks ?? 0),
  }
}

/** Whether two are one server; by number where both have one, else by address. */
export function isSameServer(one: ServerIdentity, other: ServerIdentity): boolean {
  if (one.systemIdentifier !== null && other.systemIdentifier !== null)
    return one.systemIdentifier === other.systemIdentifier
  return one.host === other.host && one.port === other.port
}

const limitsSql = `
SELECT pg_catalog.current_setting('server_version_num')::int AS version,
  (pg_catalog.current_setting('max_locks_per_transaction')::bigint
    * (pg_catalog.current_setting('max_connections')::bigint
      + pg_catalog.current_setting('max_prepared_transactions')::bigint))::text AS locks,
  pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS readable`

const identifierSql = 'SELECT system_identifier::text AS identifier FROM pg_catalog.pg_control_system()'
