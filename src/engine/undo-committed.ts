import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import { problemOf } from '../model/problem.ts'
import type { Plan } from '../plan/plan.ts'
import { titleOf, undoBySuperuser } from '../plan/statements.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { awaitTransaction } from './await-transaction.ts'
import { allHold } from './checks.ts'
import type { Committed } from './committed.ts'
import type { OnEngineEvent } from './events.ts'
import { noJournal } from './journal.ts'
import { type LoginBefore, putLoginBack } from './login-before.ts'
import type { Left } from './outcome.ts'
import { plannedIn, undoWhatIsThere } from './planned-relations.ts'
import { withRetry } from './retry.ts'
import type { Run } from './run.ts'
import { undoChanges } from './run-changes.ts'
import { markedStep, noMarks, type RunMarks, unmarkingStep } from './run-marks.ts'
import { inTransaction, isLost } from './transaction.ts'
import { undoByHand } from './undo-by-hand.ts'
import { loginWay } from './verifier-trace.ts'
import { withSession } from './with-session.ts'

export interface UndoRequest {
  readonly open: OpenSession
  /** How long each transaction may last, in milliseconds. */
  readonly deadline: number
  /** How long a server that has gone is called again, in milliseconds. */
  readonly patience: number
  readonly onEvent?: OnEngineEvent | undefined
  /** What was planned: it tells a relation that was renamed since, and another that has its name. */
  readonly plan?: Pick<Plan, 'databases' | 'leaving'>
  /** The run that committed: where it is noted and marked that it is taken back; nowhere when left out. */
  readonly run?: Pick<Run, 'journal' | 'marks'>
}

/**
 * What an undo made of an existing login's password: as it was; the new one stays for good, since the old one is
 * not known; or nobody knows, since the undo did not come through.
 */
export type PasswordAfterUndo = 'as-before' | 'replaced' | 'unknown'

/**
 * Takes back what was committed, last first, each database in a transaction of its own. It is not to be
 * cancelled. Never throws: what cannot be taken back is named.
 */
export async function undoCommitted(
  request: UndoRequest,
  committed: readonly Committed[],
  loginBefore: LoginBefore | null,
): Promise<Left & { readonly password: PasswordAfterUndo }> {
  const left: string[] = []
  const byHand: Committed[] = []
  const bySuperuser: Committed[] = []
  let password: PasswordAfterUndo = 'as-before'
  const journal = request.run?.journal ?? noJournal
  const count = countingRelations(committed, request.onEvent)
  for (const unit of committed.toReversed()) {
    request.onEvent?.({ kind: 'phase', phase: 'undo', database: unit.database })
    count(unit.database, 0)
    const step = unit.number
    journal.note({ entry: 'step', step, state: 'undoing' })
    try {
      // The mark says up to where all is there: with one left behind it would say too little.
      const asBefore = await undoUnit(request, unit, loginBefore, byHand.length === 0)
      journal.note({ entry: 'step', step, state: 'undone' })
      count(unit.database, relationsIn(unit))
      const stays = await staysOf(request, unit)
      left.push(...stays)
      if (stays.length > 0) bySuperuser.push(unit)
      if (asBefore) continue
      password = 'replaced'
      left.push(
        `The password of ${printableName(loginBefore?.role ?? '')} is replaced; the old one is not known.`,
      )
    } catch (thrown) {
      journal.note({ entry: 'step', step, state: 'undo-failed' })
      if (opensExisting(unit)) password = 'unknown'
      left.push(...leftOf(unit, problemOf(thrown).message))
      byHand.unshift(unit)
    }
  }
  return {
    left,
    undo: undoByHand([
      ...byHand,
      ...bySuperuser.map(unit => ({ ...unit, changes: unit.changes.filter(isLeftToSuperuser) })),
    ]),
    password,
  }
}

/** Tells how many relations of a database are taken back, of all that were committed there. */
function countingRelations(
  committed: readonly Committed[],
  onEvent: OnEngineEvent | undefined,
): (database: string, more: number) => void {
  const counts = new Map<string, { done: number; total: number }>()
  for (const unit of committed) {
    const { done, total } = counts.get(unit.database) ?? { done: 0, total: 0 }
    counts.set(unit.database, { done, total: total + relationsIn(unit) })
  }
  return (database, more) => {
    const of = counts.get(database)
    if (of === undefined || of.total === 0) return
    of.done += more
    onEvent?.({ kind: 'progress', phase: 'undo', database, ...of })
  }
}

function relationsIn({ changes }: Pick<Committed, 'changes'>): number {
  return changes.reduce((sum, change) => sum + ('relations' in change ? change.relations.length : 0), 0)
}

/** @returns false where the login's old password could not be put back */
async function undoUnit(
  request: UndoRequest,
  unit: Committed,
  loginBefore: LoginBefore | null,
  unmarks: boolean,
): Promise<boolean> {
  const marks = request.run?.marks ?? noMarks
  return whilePatient(request.patience, () =>
    withRetry(
      async () =>
        withSession(request.open, { database: await placeOf(request, unit, loginBefore) }, async session => {
          if (!unit.certain && unit.xid !== null) await awaitTransaction(session, unit.xid, request.patience)
          const { value } = await inTransaction(
            session,
            { deadline: request.deadline, end: 'commit' },
            async bounded => {
              if (!unit.certain && !(await wasCommitted(bounded, marks, unit))) return true
              const unmark = unmarks ? unmarkingStep(marks, unit.number) : []
              return undoInTransaction(bounded, unit, { loginBefore, plan: request.plan, behind: unmark })
            },
          )
          return value
        }),
      request,
    ),
  )
}

/** Where a former verifier is put back: its way is as quiet as the new one's was. */
async function placeOf(
  { open, plan }: UndoRequest,
  unit: Committed,
  loginBefore: LoginBefore | null,
): Promise<string> {
  const { database } = unit
  if (loginBefore?.password.known !== true || !opensExisting(unit)) return database
  const others = plan?.databases.map(each => each.database) ?? []
  const way = await withSession(open, { database }, session => loginWay(session, [database, ...others]))
  return way.database
}

function isLeftToSuperuser(change: Change): boolean {
  return undoBySuperuser(change).length > 0
}

/** What the unit has made and we may not take away again. */
async function staysOf({ open }: UndoRequest, { database, changes }: Committed): Promise<readonly string[]> {
  const made = changes.flatMap(change => (change.kind === 'create-unadministered-login' ? [change.role] : []))
  if (made.length === 0) return []
  const there = await withSession(open, { database }, session =>
    session.query<{ role: string }>(presentSql, [made]),
  )
  return there.map(
    ({ role }) =>
      `The role ${printableName(role)}, which only a superuser can drop. It has no password and no membership: nobody comes in by it.`,
  )
}

const presentSql = `
SELECT r.rolname::pg_catalog.text AS role FROM pg_catalog.pg_roles AS r
WHERE r.rolname = ANY ($1::pg_catalog.text[])`

async function undoInTransaction(
  session: Session,
  unit: Committed,
  {
    loginBefore,
    plan,
    behind,
  }: {
    readonly loginBefore: LoginBefore | null
    readonly plan: UndoRequest['plan']
    readonly behind: readonly string[]
  },
): Promise<boolean> {
  if (loginBefore === null || !opensExisting(unit)) {
    const planned = plan === undefined ? new Map() : await plannedIn(plan, unit.database)
    await undoWhatIsThere(session, unit.changes, planned, present => undoChanges(session, present, behind))
    return true
  }
  const asBefore = await putLoginBack(session, loginBefore)
  await session.script(behind)
  return asBefore
}

/**
 * Whether a transaction of which nobody knows was committed: as its own mark says, where a role carries one.
 * Else by what it changed: a transaction happens as a whole, so where one change does not hold, none was made.
 */
export async function wasCommitted(
  session: Session,
  marks: Pick<RunMarks, 'attempt' | 'roles'>,
  { number, changes }: Pick<Committed, 'number' | 'changes'>,
): Promise<boolean> {
  const step = await markedStep(session, marks)
  return step === null ? allHold(session, changes) : number <= step
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

/** What is there of a run that goes no further, and how to take it back by hand. */
export function leftInWords(committed: readonly Committed[]): Left {
  return {
    left: committed.flatMap(unit => leftOf(unit, 'the run could not go on')),
    undo: undoByHand(committed),
  }
}

function leftOf(unit: Committed, because: string): string[] {
  const where = `In database ${printableName(unit.database)}`
  const maybe = unit.certain ? '' : ', if it was committed'
  return unit.changes
    .filter(change => change.kind !== 'set-valid-until')
    .map(change => `${where}${maybe}: ${wordsOf(change)} (not undone: ${because})`)
}

/** Whether something left is of a step: of those the server says by now what is there, and why is past. */
export function isOfStep(left: string): boolean {
  return /^In database .+ \(not undone: .+\)$/s.test(left)
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
