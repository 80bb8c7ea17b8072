import type { Session } from '../postgres/session.ts'

/**
 * Where on the server the verifier leaves a trace besides pg_authid. log: in the statement, and so in the log
 * where statements are logged. statistics: pg_stat_statements keeps it with the statement inside the DO block.
 */
export type VerifierTrace = 'none' | 'log' | 'statistics'

/** The trace that opening a login in this database of the server will leave, as the settings are now. */
export async function verifierTrace(session: Session, database: string): Promise<VerifierTrace> {
  const [row] = await session.query<{ hidden: boolean; tracked: boolean }>(traceSql, [database])
  if (row?.hidden !== true) return 'log'
  return row.tracked ? 'statistics' : 'none'
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
    AND pg_catalog.current_setting('pg_stat_statements.track_utility', true) = 'on', false) AS tracked`
