import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { actingAs } from '../plan/act-as.ts'
import { checkOf, statementsOf, titleOf, undoOf } from '../plan/statements.ts'
import type { Notice, Session } from '../postgres/session.ts'
import { keepingColumnGrants } from './column-grants.ts'
import { borrows, membershipsAtStake } from './own-memberships.ts'

/** Relations in one round trip: locks are held while the line is waited for, so few trips, each with news. */
const relationsPerTrip = 2000
const changesPerTrip = 50

/** A change that went wrong: thrown so that the one at fault can be named. */
export class ChangeError extends ProblemError {
  readonly change: Change

  constructor(problem: Problem, change: Change, options?: ErrorOptions) {
    super(problem, options)
    this.name = 'ChangeError'
    this.change = change
  }
}

/** The change that is at fault, where one is. */
export function changeAtFault(thrown: unknown): Change | null {
  return thrown instanceof ChangeError ? thrown.change : null
}

/**
 * Runs the changes in the open transaction, in order, and looks whether each holds.
 * @throws ChangeError for a statement that failed, one that warned that it did nothing (01007, 01006), or a
 *   change that does not hold afterwards
 */
export async function runChanges(
  session: Session,
  changes: readonly Change[],
  onRelations?: (done: number, total: number) => void,
): Promise<void> {
  const total = sum(changes.map(relationsOf))
  let done = 0
  for (const trip of trips(changes)) {
    const revokes = trip.filter(change => change.kind === 'revoke-relations')
    await keepingColumnGrants(session, revokes, {
      revoke: () => runTrip(session, trip, statementsOf),
      putBack: (change, statements) => runAs(session, change, statements),
    })
    done += sum(trip.map(relationsOf))
    if (total > 0) onRelations?.(done, total)
  }
  await assertHold(session, changes)
}

/**
 * Takes the changes back in the open transaction, last first, and nothing besides; grants on relations before all
 * others, since a role without USAGE on their schema could not put back what it had granted on columns.
 * @throws ChangeError
 */
export async function undoChanges(session: Session, changes: readonly Change[]): Promise<void> {
  const last = changes.filter(change => undoOf(change).length > 0).toReversed()
  const revoked = last.filter(change => change.kind === 'grant-relations')
  const undo = async (some: readonly Change[]) => {
    for (const trip of trips(some)) await runTrip(session, trip, undoOf)
  }
  await keepingColumnGrants(session, revoked, {
    revoke: () => undo(revoked),
    putBack: (change, statements) => runAs(session, change, statements),
  })
  await undo(last.filter(change => change.kind !== 'grant-relations'))
}

async function runAs(session: Session, { actAs }: Change, statements: readonly string[]): Promise<void> {
  await session.query(actingAs(actAs, statements).join(';\n'))
}

/** Whether every change holds now, as checkOf asks it. @throws ProblemError */
export async function allHold(session: Session, changes: readonly Change[]): Promise<boolean> {
  return (await notHolding(session, changes)).length === 0
}

/** @throws ChangeError for the first change that does not hold */
export async function assertHold(session: Session, changes: readonly Change[]): Promise<void> {
  const [first] = await notHolding(session, changes)
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

async function notHolding(session: Session, changes: readonly Change[]): Promise<Change[]> {
  const failing: Change[] = []
  for (const trip of trips(changes)) {
    const list = trip.map((change, number) => `(${number}, ${checkOf(change)})`).join(',\n')
    const rows = await session.query<{ number: number }>(
      `SELECT number FROM (VALUES ${list}) AS checks (number, holds) WHERE holds IS NOT TRUE ORDER BY number`,
    )
    for (const { number } of rows) {
      const change = trip[number]
      if (change !== undefined) failing.push(change)
    }
  }
  return failing
}

async function runTrip(
  session: Session,
  trip: readonly Change[],
  sqlOf: (change: Change) => readonly string[],
): Promise<void> {
  const own = await membershipsAtStake(session, trip)
  await sendTrip(session, trip, sqlOf)
  const change = trip.find(borrows)
  if (own === null || change === undefined || own === (await membershipsAtStake(session, trip))) return
  throw new ChangeError(membershipLeft(change), change)
}

/** Sent as one string; a NOTICE after each change says how far the server came. */
async function sendTrip(
  session: Session,
  trip: readonly Change[],
  sqlOf: (change: Change) => readonly string[],
): Promise<void> {
  session.takeNotices()
  const sql = trip.flatMap((change, number) => [...sqlOf(change), markSql(number)]).join(';\n')
  try {
    await session.query(sql)
  } catch (thrown) {
    const change = trip[session.takeNotices().filter(isMark).length]
    const problem = problemOf(thrown)
    // Without an SQLSTATE it was not the statement: the time was over, the connection went.
    if (change === undefined || problem.sqlstate === undefined) throw thrown
    throw new ChangeError(explained(problem), change, { cause: thrown })
  }
  let number = 0
  for (const notice of session.takeNotices()) {
    if (isMark(notice)) number += 1
    const change = trip[number]
    if (change !== undefined && didNothing(notice)) throw new ChangeError(noEffect(change, notice), change)
  }
}

const markState = 'UG001'

function markSql(number: number): string {
  return `DO 'BEGIN RAISE NOTICE USING ERRCODE = ''${markState}'', MESSAGE = ''pg-usher: change ${number} of this round trip is done''; END'`
}

function isMark(notice: Notice): boolean {
  return notice.sqlstate === markState
}

/** What a person can do about what the server said of a statement. */
function explained(problem: Problem): Problem {
  switch (problem.sqlstate) {
    case '42P01':
      return { ...problem, code: 'relation-gone', next: 'Go back to the tables and choose again.' }
    case '3F000':
      return { ...problem, code: 'schema-gone', next: 'Go back to the schemas and choose again.' }
    case '55P03':
      return {
        ...problem,
        next: 'Another session is changing the same thing. Wait until it is done, then try again.',
      }
    case '42501':
      return { ...problem, next: problem.next ?? 'Let its owner, or a superuser, run this part.' }
    default:
      return problem
  }
}

/** 01007 privilege_not_granted, 01006 privilege_not_revoked: the statement's tag says GRANT all the same. */
function didNothing(notice: Notice): boolean {
  return notice.sqlstate === '01007' || notice.sqlstate === '01006'
}

function noEffect(change: Change, notice: Notice): Problem {
  return {
    code: 'grant-without-effect',
    message: `"${titleOf(change)}" would do nothing: ${notice.message}.`,
    next: 'You have no grant option there. Let its owner, or a member of the owner, run it.',
    sqlstate: notice.sqlstate,
  }
}

function membershipLeft({ actAs }: Change): Problem {
  return {
    code: 'membership-left',
    message: `You would be left with another membership in ${printableName(actAs?.role ?? '')} than before.`,
    next: 'Let its owner, or a superuser, run this part.',
  }
}

function trips(changes: readonly Change[]): Change[][] {
  const all: Change[][] = []
  let trip: Change[] = []
  let relations = 0
  for (const change of changes) {
    const more = relationsOf(change)
    if (trip.length > 0 && (trip.length >= changesPerTrip || relations + more > relationsPerTrip)) {
      all.push(trip)
      trip = []
      relations = 0
    }
    trip.push(change)
    relations += more
  }
  return trip.length > 0 ? [...all, trip] : all
}

function relationsOf(change: Change): number {
  return 'relations' in change ? change.relations.length : 0
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
