import { performance } from 'node:perf_hooks'
import type { Session } from '../postgres/session.ts'
import type { Statement, StatementResult } from '../postgres/statement.ts'

/** Where on the server the verifier leaves a trace besides pg_authid: in neither, in one, or in both. */
export interface VerifierTrace {
  /** It stands in the statement, and so in the log where statements are logged. */
  readonly log: boolean
  /** pg_stat_statements keeps the statement. */
  readonly statistics: boolean
}

/** What has to be known before a login is opened. */
export interface LoginWay {
  /** Where the verifier can be handed over without standing in a statement; else the first that was asked about. */
  readonly database: string
  readonly trace: VerifierTrace
  /** The server's clock, and performance.now() when it was told. */
  readonly clock: { readonly server: Date; readonly here: number }
}

/**
 * Asks for the way in which a login can be opened, as the settings are now.
 * @param databases of the server, the one that is best first: a role is of all of them, and where one lets nobody
 *   make a temporary table, another may
 */
export function askingLoginWay(databases: readonly [string, ...string[]]): Statement {
  return { sql: waySql, values: [databases] }
}

/** The databases of a plan in which its login can be opened: the administrator's own first. */
export function loginPlaces({
  server,
  databases,
}: {
  readonly server: { readonly database: string }
  readonly databases: readonly { readonly database: string }[]
}): readonly [string, ...string[]] {
  return [server.database, ...databases.map(({ database }) => database)]
}

/** What askingLoginWay gave, just now. */
export function loginWayOf(result: StatementResult | undefined): LoginWay {
  const { database, hidden, top, nested, now } = result?.rows[0] ?? {}
  return {
    database: String(database ?? ''),
    trace: { log: hidden !== true, statistics: (hidden === true ? nested : top) === true },
    clock: { server: now instanceof Date ? now : new Date(), here: performance.now() },
  }
}

/** The server's clock now, in the course of one run. */
export function serverClock({ clock }: LoginWay): Date {
  return new Date(clock.server.getTime() + (performance.now() - clock.here))
}

/** How a login can be opened in one of these databases of the server. @throws ProblemError */
export async function loginWay(
  session: Session,
  databases: readonly [string, ...string[]],
): Promise<LoginWay> {
  const [result] = await session.script([askingLoginWay(databases)])
  return loginWayOf(result)
}

/** What a person should know of it; null where there is nothing. */
export function traceText({ log, statistics }: VerifierTrace): string | null {
  if (!log && !statistics) return null
  if (!log)
    return 'The SCRAM verifier (never the password) is kept by pg_stat_statements, because its track is set to all; pg_stat_statements_reset() removes it.'
  const logged =
    'The SCRAM verifier (never the password) stands in a statement, so the server may log it: in no database of this plan may you make a temporary table to hand it over in.'
  return statistics
    ? `${logged} pg_stat_statements keeps the statement, too; pg_stat_statements_reset() removes it there.`
    : logged
}

/** The statement inside a DO block is `nested`: the statistics have it only where they track all. */
const waySql = `
SELECT COALESCE(quiet.name, ($1::pg_catalog.text[])[1]) AS database,
  quiet.name IS NOT NULL AND pg_catalog.has_language_privilege('plpgsql', 'USAGE') AS hidden,
  tracked.utility AND tracked.which <> 'none' AS top,
  tracked.utility AND tracked.which = 'all' AS nested,
  pg_catalog.clock_timestamp() AS now
FROM (SELECT COALESCE(pg_catalog.current_setting('pg_stat_statements.track', true), 'none') AS which,
    COALESCE(pg_catalog.current_setting('pg_stat_statements.track_utility', true) = 'on', false) AS utility) AS tracked
LEFT JOIN (SELECT c.name
  FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS c (name, place)
  JOIN pg_catalog.pg_database AS d ON d.datname = c.name
  WHERE d.datallowconn AND pg_catalog.has_database_privilege(d.oid, 'CONNECT')
    AND pg_catalog.has_database_privilege(d.oid, 'TEMPORARY')
  ORDER BY c.place LIMIT 1) AS quiet ON true`
