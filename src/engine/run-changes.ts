import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'
import { actingAs } from '../plan/act-as.ts'
import { statementsOf, titleOf, undoOf } from '../plan/statements.ts'
import type { Session } from '../postgres/session.ts'
import { type Notice, type Statement, StatementError, type StatementResult } from '../postgres/statement.ts'
import { ChangeError } from './change-error.ts'
import { assertNone, checksOf, failingOf, replacedIn, tellsReplaced } from './checks.ts'
import { keepingColumnGrants } from './column-grants.ts'
import { borrows, ownMemberships, sameMemberships } from './own-memberships.ts'
import { askingOwnRoles, assertSameRoles, touchesMemberships } from './own-roles.ts'
import { askingReplaced, assertNoneReplaced, type PlannedRelations } from './planned-relations.ts'

/** Relations and changes in one round trip, at most: the locks are held while the line is waited for. */
const relationsPerTrip = 2000
const changesPerTrip = 2000

export interface RunOptions {
  /** Hears how many relations are done, while the server works. */
  readonly onRelations?: ((done: number, total: number) => void) | undefined
  /** Which relations the changes mean: each is looked at, whether it is still the one. */
  readonly planned?: PlannedRelations
  /** What is to be run behind the changes, in the same round trip. */
  readonly behind?: readonly Statement[] | undefined
}

/**
 * Runs the changes in the open transaction, in order, and looks whether each holds; all of it in one round trip,
 * up to some thousand relations.
 * @returns what the statements of `behind` gave
 * @throws ChangeError for a statement that failed, one that warned that it did nothing (01007, 01006), or a
 *   change that does not hold afterwards; ProblemError of own-roles.ts, `relation-replaced`
 */
export async function runChanges(
  session: Session,
  changes: readonly Change[],
  { onRelations, planned = new Map(), behind = [] }: RunOptions = {},
): Promise<readonly StatementResult[]> {
  const total = sum(changes.map(relationsOf))
  const checks = checksOf(changes, planned)
  const same = askingReplaced(
    changes.filter(change => !tellsReplaced(change, planned)),
    planned,
  )
  const watch = changes.some(touchesMemberships) ? [askingOwnRoles] : []
  const all = trips(changes)
  const last = all.pop() ?? []
  let before = 0
  let ownRoles: readonly StatementResult[] | null = null
  const run = async (trip: readonly Change[], then: readonly Statement[]) => {
    const { ahead, behind: results } = await keepingColumns(
      session,
      trip.filter(change => change.kind === 'revoke-relations'),
      () =>
        runTrip(session, trip, {
          sqlOf: statementsOf,
          ahead: ownRoles === null ? watch : [],
          behind: then,
          onRelations: done => onRelations?.(before + done, total),
        }),
    )
    ownRoles ??= ahead
    return results
  }
  for (const trip of all) {
    await run(trip, [])
    before += sum(trip.map(relationsOf))
  }
  const results = await run(last, [...watch, ...same, ...checks.map(({ sql }) => sql), ...behind])
  assertSameRoles(ownRoles ?? [], results.slice(0, watch.length), changes)
  const checked = results.slice(watch.length + same.length)
  assertNoneReplaced([
    ...results.slice(watch.length, watch.length + same.length),
    ...replacedIn(checked.slice(0, checks.length)),
  ])
  assertNone(failingOf(checks, checked))
  return checked.slice(checks.length)
}

/**
 * Takes the changes back in the open transaction, last first, and nothing besides; grants on relations before all
 * others, since a role without USAGE on their schema could not put back what it had granted on columns.
 * @param behind what is to be run behind them, in the same round trip
 * @throws ChangeError
 */
export async function undoChanges(
  session: Session,
  changes: readonly Change[],
  behind: readonly Statement[] = [],
): Promise<void> {
  const reversed = changes.filter(change => undoOf(change).length > 0).toReversed()
  const onRelations = reversed.filter(change => change.kind === 'grant-relations')
  const run = (trip: readonly Change[], then: readonly Statement[] = []) =>
    runTrip(session, trip, { sqlOf: undoOf, behind: then })
  await keepingColumns(session, onRelations, async () => {
    for (const trip of trips(onRelations)) await run(trip)
  })
  const all = trips(reversed.filter(change => change.kind !== 'grant-relations'))
  const last = all.pop() ?? []
  for (const trip of all) await run(trip)
  await run(last, behind)
}

async function keepingColumns<T>(
  session: Session,
  changes: readonly Change[],
  revoke: () => Promise<T>,
): Promise<T> {
  return keepingColumnGrants(session, changes, {
    revoke,
    putBack: (change, statements) => session.query(actingAs(change.actAs, statements).join(';\n')),
  })
}

interface Trip {
  readonly sqlOf: (change: Change) => readonly string[]
  readonly ahead?: readonly Statement[]
  readonly behind: readonly Statement[]
  readonly onRelations?: (done: number) => void
}

/** Sent as one string. @returns what `ahead` and `behind` gave */
async function runTrip(
  session: Session,
  trip: readonly Change[],
  { sqlOf, ahead = [], behind, onRelations }: Trip,
): Promise<{ readonly ahead: readonly StatementResult[]; readonly behind: readonly StatementResult[] }> {
  const parts: readonly Part[] = [
    ...ahead.map(statement => ({ statement, change: null })),
    ...watchingMemberships(trip, sqlOf),
  ]
  const statements = [...parts.map(({ statement }) => statement), ...behind]
  if (statements.length === 0) return { ahead: [], behind: [] }
  const doneBy = relationsDoneBy(parts)

  let results: readonly StatementResult[]
  try {
    results = await session.script(statements, {
      onDone: done => {
        const relations = doneBy[done - 1] ?? 0
        if (relations > (doneBy[done - 2] ?? 0)) onRelations?.(relations)
      },
    })
  } catch (thrown) {
    const change = thrown instanceof StatementError ? parts[thrown.at]?.change : null
    if (!(thrown instanceof StatementError) || !change) throw thrown
    throw new ChangeError(explained(thrown.problem), change, { cause: thrown })
  }

  for (const [index, { change }] of parts.entries()) {
    const notice = results[index]?.notices.find(didNothing)
    if (notice !== undefined && change !== null) throw new ChangeError(noEffect(change, notice), change)
  }
  const borrower = trip.find(borrows)
  const readings = results.filter((_, index) => parts[index]?.statement === ownMemberships)
  if (borrower !== undefined && !sameMemberships(readings[0], readings[1])) {
    throw new ChangeError(membershipLeft(borrower), borrower)
  }
  return { ahead: results.slice(0, ahead.length), behind: results.slice(parts.length) }
}

/** One statement, and the change that it belongs to. */
interface Part {
  readonly statement: Statement
  readonly change: Change | null
}

/** The statements of the changes; those that make the administrator a member of something between two looks at it. */
function watchingMemberships(
  trip: readonly Change[],
  sqlOf: (change: Change) => readonly string[],
): readonly Part[] {
  const look: Part = { statement: ownMemberships, change: null }
  const first = trip.findIndex(borrows)
  const last = trip.findLastIndex(borrows)
  return trip.flatMap((change, index): Part[] => [
    ...(index === first ? [look] : []),
    ...sqlOf(change).map(statement => ({ statement, change })),
    ...(index === last ? [look] : []),
  ])
}

/** How many relations are done when each of the statements is: a change of many has several statements. */
function relationsDoneBy(parts: readonly Part[]): readonly number[] {
  const statements = new Map<Change | null, number>()
  for (const { change } of parts) statements.set(change, (statements.get(change) ?? 0) + 1)
  let before = 0
  let run = 0
  return parts.map(({ change }) => {
    if (change === null) return before
    run += 1
    const of = statements.get(change) ?? 1
    const done = before + Math.floor((relationsOf(change) * run) / of)
    if (run === of) {
      before += relationsOf(change)
      run = 0
    }
    return done
  })
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

function trips(changes: readonly Change[]): (readonly Change[])[] {
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
