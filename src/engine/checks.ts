import type { Change } from '../model/change.ts'
import { checkOf, titleOf } from '../plan/statements.ts'
import type { Session } from '../postgres/session.ts'
import type { StatementResult } from '../postgres/statement.ts'
import { ChangeError } from './change-error.ts'
import { chunks } from './chunks.ts'

/** Changes that one query asks about. */
const changesPerCheck = 200

/** Some changes, and the query that gives the numbers of those that do not hold. */
interface Check {
  readonly sql: string
  readonly changes: readonly Change[]
}

/** What to ask the server to learn whether the changes hold, as checkOf says it. */
export function checksOf(changes: readonly Change[]): readonly Check[] {
  return chunks(changes, changesPerCheck).map(some => {
    const list = some.map((change, number) => `(${number}, ${checkOf(change)})`).join(',\n')
    return {
      sql: `SELECT number FROM (VALUES ${list}) AS checks (number, holds) WHERE holds IS NOT TRUE ORDER BY number`,
      changes: some,
    }
  })
}

/** The changes that do not hold, of what the checks gave. */
export function failingOf(checks: readonly Check[], results: readonly StatementResult[]): readonly Change[] {
  return checks.flatMap(({ changes }, at) =>
    (results[at]?.rows ?? []).flatMap(({ number }) => changes[Number(number)] ?? []),
  )
}

/** Those of the changes that do not hold now. @throws ProblemError */
export async function notHolding(session: Session, changes: readonly Change[]): Promise<readonly Change[]> {
  const checks = checksOf(changes)
  if (checks.length === 0) return []
  return failingOf(checks, await session.script(checks.map(({ sql }) => sql)))
}

/** Whether every change holds now. @throws ProblemError */
export async function allHold(session: Session, changes: readonly Change[]): Promise<boolean> {
  return (await notHolding(session, changes)).length === 0
}

/** @throws ChangeError for the first change that does not hold */
export async function assertHold(session: Session, changes: readonly Change[]): Promise<void> {
  assertNone(await notHolding(session, changes))
}

/** @throws ChangeError for the first of these changes, which do not hold */
export function assertNone([first]: readonly Change[]): void {
  if (first === undefined) return
  throw new ChangeError(
    {
      code: 'change-did-not-take',
      message: `The server took "${titleOf(first)}" without an error, yet it does not hold.`,
      next: 'Another session may have changed the same thing. Look at it, then try again.',
    },
    first,
  )
}
