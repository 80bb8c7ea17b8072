import { printableName, qualifiedName } from '../model/identifier.ts'
import type { ChosenRelation } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import { type AttemptOptions, isRefused, tryEach } from './attempts.ts'
import type { Finding } from './outcome.ts'

/** Views that are tried, at most, for each database. */
const tried = 500

/**
 * Finds views that read through row level security, where an empty answer may mean rows that are not shown:
 * with row_security off the server refuses such a query instead of leaving rows out (manual, row_security).
 * In the open transaction.
 */
export async function viewsWithHiddenRows(
  session: Session,
  chosen: readonly ChosenRelation[],
  options: AttemptOptions,
): Promise<readonly Finding[]> {
  const views = chosen.filter(({ kind }) => kind === 'view').slice(0, tried)
  if (views.length === 0) return []
  const statements = views.map(({ schema, name }) => `EXPLAIN SELECT * FROM ${qualifiedName(schema, name)}`)
  const shown = await tryEach(session, statements, options)
  await session.query('SET LOCAL row_security = off')
  const whole = await tryEach(session, statements, options)
  await session.query('SET LOCAL row_security = on')
  return views.flatMap(({ schema, name }, at): Finding[] => {
    if (shown[at]?.sqlstate !== null || !isRefused(whole[at])) return []
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
