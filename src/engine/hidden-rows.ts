import { printableName, qualifiedName } from '../model/identifier.ts'
import type { ChosenRelation } from '../plan/plan.ts'
import { type Attempt, isRefused } from './attempts.ts'
import type { Finding } from './outcome.ts'

/** Views that are tried, at most, for each database. */
const tried = 500

/** What to try of the views among the chosen relations, as the login. */
export interface ViewAttempts {
  readonly views: readonly ChosenRelation[]
  /** As it is, then with row_security off; in the order of the views. */
  readonly statements: readonly string[]
}

/**
 * Finds views that read through row level security, where an empty answer may mean rows that are not shown:
 * with row_security off the server refuses such a query instead of leaving rows out (manual, row_security).
 */
export function viewAttempts(chosen: readonly ChosenRelation[]): ViewAttempts {
  const views = chosen.filter(({ kind }) => kind === 'view').slice(0, tried)
  const explains = views.map(({ schema, name }) => `EXPLAIN SELECT * FROM ${qualifiedName(schema, name)}`)
  return {
    views,
    // What is set in the subtransaction of an attempt goes with it.
    statements: [...explains, ...explains.map(explain => `SET LOCAL row_security = off; ${explain}`)],
  }
}

/** Those of the views that hide rows, as the attempts showed. */
export function viewsWithHiddenRows(
  { views }: ViewAttempts,
  attempts: readonly Attempt[],
): readonly Finding[] {
  return views.flatMap(({ schema, name }, at): Finding[] => {
    if (attempts[at]?.sqlstate !== null || !isRefused(attempts[views.length + at])) return []
    return [
      {
        code: 'row-security',
        level: 'info',
        relation: { schema, name },
        text: `${printableName(schema)}.${printableName(name)}: it reads through row level security, which decides the rows that this login sees.`,
      },
    ]
  })
}
