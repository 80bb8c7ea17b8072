import type { Problem } from './problem.ts'
import type { ServerFacts } from './server-facts.ts'

/** The oldest major version that is supported here; PostgreSQL's own support of 13 ended in November 2025. */
export const oldestMajor = 14

/** Why nothing can be applied on this server, for each reason one problem; empty where it can. */
export function serverProblems(facts: ServerFacts): Problem[] {
  const problems: Problem[] = []
  if (facts.versionNumber < oldestMajor * 10_000) {
    problems.push({
      code: 'server-too-old',
      message: `This server is PostgreSQL ${facts.version}; ${oldestMajor} is the oldest that pg-usher works with.`,
      next: 'Upgrade the server. What its older versions do with these grants was never tried.',
    })
  }
  if (facts.inRecovery) {
    problems.push({
      code: 'standby',
      message: 'This server is a standby: it replays another one and takes no changes.',
      next: 'Connect to the primary; the roles and grants arrive here by themselves.',
    })
  } else if (facts.readOnly) {
    problems.push({
      code: 'read-only-server',
      message: 'Transactions are read-only here (default_transaction_read_only).',
      next: 'Connect to the writable server, or as a role without that setting.',
    })
  }
  if (facts.pooled) {
    problems.push({
      code: 'transaction-pooler',
      message:
        'A transaction pooler answers instead of the server: what a session sets may reach other sessions.',
      next: "Connect to the server's own port (5432 mostly), past the pooler.",
    })
  }
  return problems
}
