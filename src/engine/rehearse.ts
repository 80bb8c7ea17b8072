import { performance } from 'node:perf_hooks'
import type { Change } from '../model/change.ts'
import { defaultDeadline } from '../model/deadline.ts'
import { problemOf } from '../model/problem.ts'
import type { DatabasePlan, Plan } from '../plan/plan.ts'
import { relationsPerTransaction } from '../plan/transaction-size.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { generatePassword } from '../secrets/password.ts'
import { mayAssume, maySetRole } from './assume-login.ts'
import { tryEach } from './attempts.ts'
import { changeAtFault } from './change-error.ts'
import { chosenFacts } from './chosen-facts.ts'
import type { OnEngineEvent } from './events.ts'
import { withKeptSessions } from './kept-sessions.ts'
import { openLogin } from './open-login.ts'
import type { OtherRelation } from './other-relations.ts'
import type { Beyond, DatabaseAccess, Finding, Rehearsal } from './outcome.ts'
import { plannedIn } from './planned-relations.ts'
import { judgeProbe, othersToTry, probeStatements } from './probe-database.ts'
import { allBeyond, meantOf, onceInServer } from './prove.ts'
import { ask, known, type Question, together } from './question.ts'
import { rehearsalParts, withoutRelations } from './rehearsal-parts.ts'
import { withRetry } from './retry.ts'
import { runChanges } from './run-changes.ts'
import { serverAtHand } from './server-identity.ts'
import { inTransaction } from './transaction.ts'
import { askingLoginWay, loginPlaces, loginWayOf, traceText } from './verifier-trace.ts'
import { withSession } from './with-session.ts'

export interface RehearseRequest {
  readonly plan: Plan
  /** Opens a session of the administrator. */
  readonly open: OpenSession
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
  /** How long each transaction may last, in milliseconds; 2000 when left out. */
  readonly deadline?: number | undefined
}

/** Of the deadline, what changes and attempts may use up before the catalogue is asked about the rest. */
const shareForAttempts = 0.7

/** Relations that one transaction grants and tries: to try one takes several times as long as to grant on it. */
const mostTried = 2000

/** What one attempt waits for somebody's lock, in milliseconds: in a rehearsal we are the guest. */
const probeLockTimeout = 100

/**
 * Runs the plan as an apply would, database after database, becomes the new login, tries what it reaches and
 * takes everything back. Nothing is left on the server, whatever the outcome. Never throws.
 */
export function rehearse(request: RehearseRequest): Promise<Rehearsal> {
  return withKeptSessions(request.open, open => rehearseKeeping({ ...request, open }))
}

async function rehearseKeeping(request: RehearseRequest): Promise<Rehearsal> {
  const databases: DatabaseAccess[] = []
  const beyond: Beyond[] = []
  let lockedFor = 0
  let relations: number
  try {
    const { database } = request.plan.server
    const atHand = await withSession(request.open, { database }, session =>
      serverAtHand(session, request.plan.server),
    )
    relations = Math.min(relationsPerTransaction(atHand.server), mostTried)
  } catch (thrown) {
    return failed(thrown, request.plan.server.database)
  }
  for (const { database, changes } of request.plan.leaving ?? []) {
    try {
      lockedFor = Math.max(lockedFor, await rehearseLeaving(request, database, changes))
    } catch (thrown) {
      return failed(thrown, database)
    }
  }
  for (const database of placesOf(request.plan)) {
    try {
      const parts = await inSlices(rehearsalParts(database, relations))
      const accesses: DatabaseAccess[] = []
      let around = askingAround(request.plan, database)
      if (parts.length > 1) {
        const seen = await lookAround(request, database)
        around = known(seen.around)
        lockedFor = Math.max(lockedFor, seen.tookMs)
      }
      for (const [index, part] of parts.entries()) {
        const { value, tookMs } = await withRetry(() => rehearseDatabase(request, part, around), request)
        const { access, trace } = value
        // The trace is left once, and so told once.
        const first = databases.length === 0 && index === 0
        accesses.push(trace === null || !first ? access : withTrace(access, trace))
        if (index === 0) beyond.push(...value.beyond)
        lockedFor = Math.max(lockedFor, tookMs)
      }
      databases.push(combined(accesses))
    } catch (thrown) {
      return failed(thrown, database.database)
    }
  }
  return { outcome: 'held', databases, lockedFor, beyond: onceInServer(beyond) }
}

function failed(thrown: unknown, database: string): Rehearsal {
  const problem = problemOf(thrown)
  if (problem.code === 'cancelled') return { outcome: 'cancelled' }
  return { outcome: 'failed', problem, change: changeAtFault(thrown), database }
}

/** A database that is not chosen any more: there is nothing to try in it, only to take away. */
async function rehearseLeaving(
  request: RehearseRequest,
  database: string,
  changes: readonly Change[],
): Promise<number> {
  const { open, signal, onEvent } = request
  const deadline = request.deadline ?? defaultDeadline
  onEvent?.({ kind: 'phase', phase: 'database', database })
  const once = () =>
    withSession(open, { database }, session =>
      inTransaction(session, { deadline, end: 'rollback', mayBeLonger: true, signal }, async bounded =>
        runChanges(bounded, changes, { planned: await plannedIn(request.plan, database) }),
      ),
    )
  const { tookMs } = await withRetry(once, request)
  return tookMs
}

/** A plan without databases still makes roles: in the administrator's own. */
function placesOf(plan: Plan): readonly DatabasePlan[] {
  if (plan.databases.length > 0) return plan.databases
  return [{ database: plan.server.database, changes: [], chosen: [], schemas: [] }]
}

/** One access of several parts; what was not chosen is tried in each of them, and counted once. */
function combined(accesses: readonly DatabaseAccess[]): DatabaseAccess {
  const [first] = accesses
  if (first === undefined) throw new Error('a database has at least one part')
  const sum = (of: (access: DatabaseAccess) => number) =>
    accesses.reduce((total, access) => total + of(access), 0)
  return {
    database: first.database,
    readable: sum(access => access.readable),
    refused: Math.max(...accesses.map(access => access.refused)),
    ...(first.metadata === undefined ? {} : { metadata: sum(access => access.metadata ?? 0) }),
    findings: accesses.flatMap(access => access.findings),
  }
}

/** What there is in a database besides what was chosen. */
interface Around {
  /** A sample of what was not chosen. */
  readonly others: readonly OtherRelation[]
  readonly beyond: readonly Beyond[]
}

function askingAround(plan: Plan, database: DatabasePlan): Question<Around> {
  return together({
    others: othersToTry(plan.login, database.chosen),
    beyond: allBeyond(plan, database),
  })
}

/**
 * Asks it once for all parts of a rehearsal, with the roles and what opens the way to them, in transactions that
 * lock no relation; each question in its own, so that each has the whole deadline. What is still to be taken away
 * there is not told as being beyond the choice.
 */
async function lookAround(
  request: RehearseRequest,
  database: DatabasePlan,
): Promise<{ readonly around: Around; readonly tookMs: number }> {
  const { plan } = request
  const going = database.changes.filter(change => change.kind === 'revoke-relations')
  const meant = [...new Set([...meantOf(plan), ...going.flatMap(change => change.privileges)])]
  const known = database.taken === undefined ? database.chosen : [...database.chosen, ...database.taken]
  const others = await askBehindOpeners(request, database, othersToTry(plan.login, database.chosen))
  const beyond = await askBehindOpeners(
    request,
    database,
    allBeyond(plan, { ...database, chosen: known }, meant),
  )
  return {
    around: { others: others.value, beyond: beyond.value },
    tookMs: Math.max(others.tookMs, beyond.tookMs),
  }
}

function askBehindOpeners<T>(request: RehearseRequest, database: DatabasePlan, what: Question<T>) {
  const { plan, open, signal } = request
  const deadline = request.deadline ?? defaultDeadline
  const once = () =>
    withSession(open, { database: database.database }, session =>
      inTransaction(session, { deadline, end: 'rollback', mayBeLonger: true, signal }, async bounded => {
        await runChanges(bounded, [...plan.roles, ...withoutRelations(database).changes])
        return ask(bounded, what)
      }),
    )
  return withRetry(once, request)
}

/** @param database the database's plan, or a part of it */
async function rehearseDatabase(request: RehearseRequest, database: DatabasePlan, around: Question<Around>) {
  const { plan, open, signal, onEvent } = request
  const deadline = request.deadline ?? defaultDeadline
  onEvent?.({ kind: 'phase', phase: 'database', database: database.database })
  return withSession(open, { database: database.database }, session =>
    inTransaction(session, { deadline, end: 'rollback', mayBeLonger: true, signal }, async bounded => {
      const until = performance.now() + deadline * shareForAttempts
      const trace = await runAll(bounded, plan, database)
      onEvent?.({ kind: 'phase', phase: 'probe', database: database.database })
      const asked = await ask(
        bounded,
        together({
          may: maySetRole(plan.login),
          chosen: chosenFacts(plan.login, database.chosen),
          around,
        }),
      )
      const {
        may,
        around: { others, beyond },
      } = asked
      const facts = { chosen: asked.chosen, others }
      const how = (await mayAssume(bounded, plan.login, may)) ? 'explain' : 'ask'
      const statements = how === 'ask' ? [] : probeStatements(facts, how)
      const attempts = await tryEach(bounded, statements, {
        as: plan.login,
        until,
        lockTimeout: probeLockTimeout,
        onTried: done =>
          onEvent?.({
            kind: 'progress',
            phase: 'probe',
            database: database.database,
            done,
            total: statements.length,
          }),
      })
      const { login, access: tier } = plan
      const access = judgeProbe(facts, attempts, { plan: database, login, access: tier, how })
      return { access, trace, beyond }
    }),
  )
}

/** What an apply would run in one database, as one. @returns the trace that opening the login will leave, in words */
async function runAll(session: Session, plan: Plan, database: DatabasePlan): Promise<string | null> {
  const [here, home] = await runChanges(session, [...plan.roles, ...database.changes], {
    planned: await plannedIn(plan, session.database),
    // An apply opens the login where the verifier leaves no trace; here it is tried.
    behind: [askingLoginWay([session.database]), askingLoginWay(loginPlaces(plan))],
  })
  let trace: string | null = null
  for (const change of plan.opening) {
    if (change.kind === 'open-login') {
      // A password that nobody will know: it is rolled back.
      await openLogin(session, change, generatePassword(), { way: loginWayOf(here) })
      trace = traceText(loginWayOf(home).trace)
    } else await runChanges(session, [change])
  }
  return trace
}

/** A person decides before the real verifier travels. */
function withTrace(access: DatabaseAccess, text: string): DatabaseAccess {
  const finding: Finding = { code: 'verifier-leaves-trace', level: 'warning', relation: null, text }
  return { ...access, findings: [...access.findings, finding] }
}
