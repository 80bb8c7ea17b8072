import type { Session } from '../postgres/session.ts'
import { type Attempt, type AttemptOptions, tryEach } from './attempts.ts'

/**
 * Tries several lists of statements as one list, in as few round trips as one takes, and gives the attempts of
 * each under its name. @throws ProblemError as tryEach does
 */
export async function tryAll<Name extends string>(
  session: Session,
  lists: Readonly<Record<Name, readonly string[]>>,
  options: AttemptOptions,
): Promise<Readonly<Record<Name, readonly Attempt[]>>> {
  const all = Object.entries<readonly string[]>(lists)
  const attempts = await tryEach(
    session,
    all.flatMap(([, statements]) => statements),
    options,
  )
  let at = 0
  const own = all.map(([name, { length }]) => {
    at += length
    return [name, attempts.slice(at - length, at)]
  })
  return Object.fromEntries(own) as Record<Name, readonly Attempt[]>
}
