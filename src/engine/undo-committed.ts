import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import { problemOf } from '../model/problem.ts'
import { titleOf } from '../plan/statements.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import type { Committed } from './committed.ts'
import type { OnEngineEvent } from './events.ts'
import { type LoginBefore, putLoginBack } from './login-before.ts'
import type { Left } from './outcome.ts'
import { withRetry } from './retry.ts'
import { allHold, undoChanges } from './run-changes.ts'
import { inTransaction, isLost } from './transaction.ts'
import { undoByHand } from './undo-by-hand.ts'
import { withSession } from './with-session.ts'

export interface UndoRequest {
  readonly open: OpenSession
  /** How long each transaction may last, in milliseconds. */
  readonly deadline: number
  /** How long a server that has gone is called again, in milliseconds. */
  readonly patience: number
  readonly onEvent?: OnEngineEvent | undefined
}

/**
 * Takes back what was committed, last first, each database in a transaction of its own. It is not to be
 * cancelled. Never throws: what cannot be taken back is named.
 */
export async function undoCommitted(
  request: UndoRequest,
  committed: readonly Committed[],
  loginBefore: LoginBefore | null,
): Promise<Left & { readonly passwordReplaced: boolean }> {
  const left: string[] = []
  const byHand: Committed[] = []
  let passwordReplaced = false
  for (const unit of committed.toReversed()) {
    request.onEvent?.({ kind: 'phase', phase: 'undo', database: unit.database })
    try {
      const asBefore = await undoUnit(request, unit, loginBefore)
      if (asBefore) continue
      passwordReplaced = true
      left.push(
        `The password of ${printableName(loginBefore?.role ?? '')} is replaced; the old one is not known.`,
      )
    } catch (thrown) {
      if (opensExisting(unit)) passwordReplaced = true
      left.push(...leftOf(unit, problemOf(thrown).message))
      byHand.unshift(unit)
    }
  }
  return { left, undo: undoByHand(byHand), passwordReplaced }
}

/** @returns false where the login's old password could not be put back */
async function undoUnit(
  request: UndoRequest,
  unit: Committed,
  loginBefore: LoginBefore | null,
): Promise<boolean> {
  return whilePatient(request.patience, () =>
    withRetry(
      () =>
        withSession(request.open, { database: unit.database }, async session => {
          const { value } = await inTransaction(
            session,
            { deadline: request.deadline, end: 'commit' },
            bounded => undoInTransaction(bounded, unit, loginBefore),
          )
          return value
        }),
      request,
    ),
  )
}

async function undoInTransaction(
  session: Session,
  unit: Committed,
  loginBefore: LoginBefore | null,
): Promise<boolean> {
  // A transaction happens as a whole: where one of its changes does not hold, it was never committed.
  if (!unit.certain && !(await allHold(session, unit.changes))) return true
  if (loginBefore === null || !opensExisting(unit)) {
    await undoChanges(session, unit.changes)
    return true
  }
  return putLoginBack(session, loginBefore)
}

/** Calls again while the server is away, up to `patience` milliseconds. */
async function whilePatient<T>(patience: number, once: () => Promise<T>): Promise<T> {
  const end = performance.now() + patience
  for (let pause = 200; ; pause *= 2) {
    try {
      return await once()
    } catch (thrown) {
      const problem = problemOf(thrown)
      const away = isLost(problem) || isAway.has(problem.code)
      if (!away || performance.now() + pause > end) throw thrown
    }
    await sleep(pause)
  }
}

/** What connecting says of a server that may come back in a moment. */
const isAway: ReadonlySet<string> = new Set([
  'refused',
  'timed-out',
  'starting-up',
  'shutting-down',
  'socket-missing',
  'too-many-connections',
  'not-postgres',
])

function opensExisting(unit: Committed): boolean {
  return unit.changes.some(change => change.kind === 'open-login' && change.existed)
}

function leftOf(unit: Committed, because: string): string[] {
  const where = `In database ${printableName(unit.database)}`
  const maybe = unit.certain ? '' : ', if it was committed'
  return unit.changes
    .filter(change => change.kind !== 'set-valid-until')
    .map(change => `${where}${maybe}: ${wordsOf(change)} (not undone: ${because})`)
}

function wordsOf(change: Change): string {
  switch (change.kind) {
    case 'create-role':
      return `the role ${printableName(change.role)}`
    case 'open-login':
      return change.existed
        ? `the new password of ${printableName(change.role)}`
        : `${printableName(change.role)} may log in, for at most ${change.minutes} minutes`
    default:
      return titleOf(change)
  }
}
