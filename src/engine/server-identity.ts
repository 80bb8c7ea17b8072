import type { LockLimits } from '../plan/transaction-size.ts'
import type { Session } from '../postgres/session.ts'
import { type Statement, StatementError, type StatementResult } from '../postgres/statement.ts'

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

/**
 * Which server this is, and how many locks it has room for; in one round trip, together with what else is to be
 * asked then. @throws ProblemError
 */
export async function serverAtHand(
  session: Session,
  { host, port }: { readonly host: string; readonly port: number },
  others: readonly Statement[] = [],
): Promise<{ readonly server: ServerAtHand; readonly others: readonly StatementResult[] }> {
  const [limits, ...rest] = await askWithIdentifier(session, [`SELECT ${limitColumns}`, ...others])
  const identifier = rest[others.length]?.rows[0]?.['identifier']
  return {
    server: {
      identity: { host, port, systemIdentifier: typeof identifier === 'string' ? identifier : null },
      ...limitsOf(limits?.rows[0]),
    },
    others: rest.slice(0, others.length),
  }
}

/** The server's own number last; without it where somebody has taken it from PUBLIC, which no CASE gets around. */
async function askWithIdentifier(
  session: Session,
  statements: readonly Statement[],
): Promise<readonly StatementResult[]> {
  try {
    return await session.script([...statements, identifierSql])
  } catch (thrown) {
    if (!(thrown instanceof StatementError) || thrown.at < statements.length) throw thrown
    return session.script(statements)
  }
}

/** Whether two are one server; by number where both have one, else by address. */
export function isSameServer(one: ServerIdentity, other: ServerIdentity): boolean {
  if (one.systemIdentifier !== null && other.systemIdentifier !== null)
    return one.systemIdentifier === other.systemIdentifier
  return one.host === other.host && one.port === other.port
}

/** What {@link limitColumns} gave: how many locks the server has room for. */
export function limitsOf(row: Readonly<Record<string, unknown>> | undefined): LockLimits {
  return { versionNumber: Number(row?.['version'] ?? 0), maxLocks: Number(row?.['locks'] ?? 0) }
}

/** Asks, in a SELECT list, for what {@link limitsOf} reads. */
export const limitColumns = `
  pg_catalog.current_setting('server_version_num')::int AS version,
  (pg_catalog.current_setting('max_locks_per_transaction')::bigint
    * (pg_catalog.current_setting('max_connections')::bigint
      + pg_catalog.current_setting('max_prepared_transactions')::bigint))::text AS locks`

const identifierSql = 'SELECT system_identifier::text AS identifier FROM pg_catalog.pg_control_system()'
