import { performance } from 'node:perf_hooks'
import type { Session } from '../postgres/session.ts'
import type { Statement, StatementResult } from '../postgres/statement.ts'

/**
 * Where on the server the verifier leaves a trace besides pg_authid. log: in the statement, and so in the log
 * where statements are logged. statistics: pg_stat_statements keeps it with the statement inside the DO block.
 */
export type VerifierTrace = 'none' | 'log' | 'statistics'

/** What has to be known before a login is opened. */
export interface LoginWay {
  readonly trace: VerifierTrace
  /** The server's clock, and performance.now() when it was told. */
  readonly clock: { readonly server: Date; readonly here: number }
}

/** Asks for the way in which a login can be opened in this database of the server, as the settings are now. */
export function askingLoginWay(database: string): Statement {
  return { sql: traceSql, values: [database] }
}

/** What askingLoginWay gave, just now. */
export function loginWayOf(result: StatementResult | undefined): LoginWay {
  const { hidden, tracked, now } = result?.rows[0] ?? {}
  return {
    trace: hidden !== true ? 'log' : tracked === true ? 'statistics' : 'none',
    clock: { server: now instanceof Date ? now : new Date(), here: performance.now() },
  }
}

/** The server's clock now, in the course of one run. */
export function serverClock({ clock }: LoginWay): Date {
  return new Date(clock.server.getTime() + (performance.now() - clock.here))
}

/** How a login can be opened in this database of the server. @throws ProblemError */
export async function loginWay(session: Session, database: string): Promise<LoginWay> {
  const [result] = await session.script([askingLoginWay(database)])
  return loginWayOf(result)
}

/** What a person should know of it; null where there is nothing. */
export function traceText(trace: VerifierTrace): string | null {
  switch (trace) {
    case 'none':
      return null
    case 'log':
      return 'The SCRAM verifier (never the password) stands in a statement, so the server may log it: you may not make a temporary table to hand it over in.'
    case 'statistics':
      return 'The SCRAM verifier (never the password) is kept by pg_stat_statements, because its track is set to all; pg_stat_statements_reset() removes it.'
  }
}

const traceSql = `
SELECT pg_catalog.has_database_privilege($1, 'TEMPORARY')
    AND pg_catalog.has_language_privilege('plpgsql', 'USAGE') AS hidden,
  COALESCE(pg_catalog.current_setting('pg_stat_statements.track', true) = 'all'
    AND pg_catalog.current_setting('pg_stat_statements.track_utility', true) = 'on', false) AS tracked,
  pg_catalog.clock_timestamp() AS now`
