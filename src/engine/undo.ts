import { setTimeout as sleep } from 'node:timers/promises'
import { printableName, quoteIdentifier } from '../model/identifier.ts'
import { listenUndo } from '../model/listen/change.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { awsTitleOf } from '../plan/aws/titles.ts'
import { titleOf, undoOf } from '../plan/statements.ts'
import type { Session } from '../postgres/session.ts'
import { generationsOf } from '../secrets/generations.ts'
import { pauseFor, pauses } from './aws/aws-work.ts'
import { stillInAws } from './aws/still-in-aws.ts'
import { undoAwsChanges } from './aws/undo-aws-changes.ts'
import { withRequest } from './aws/with-request.ts'
import { hangingHere, hangingInServer } from './hanging.ts'
import { undoHbaLines } from './hba/undo-hba.ts'
import { retiredText } from './hba/write-hba.ts'
import { noJournal } from './journal.ts'
import { withKeptSessions } from './kept-sessions.ts'
import { resetListen } from './listen/apply-listen.ts'
import { lockLogin, withHeldSession } from './login-lock.ts'
import {
  entryOf,
  inDatabase,
  isUndone,
  planUndo,
  type Staying,
  sessionsOf,
  type UndoPlan,
  type UndoRequest,
} from './plan-undo.ts'
import { undoChanges } from './run-changes.ts'
import { revokeHere, type StillGranted, stillGranted } from './undo-database.ts'
import { withSession } from './with-session.ts'

/** The parts of an undo, in their order. */
export type UndoPart =
  | 'listen'
  | 'door'
  | 'close'
  | 'sessions'
  | 'database'
  | 'roles'
  | 'aws'
  | 'secret'
  | 'check'

export interface CarryOutUndo extends UndoRequest {
  readonly plan: UndoPlan
  /** End the sessions of a login that goes. */
  readonly endSessions: boolean
  readonly onPart?: ((part: UndoPart, database: string | null) => void) | undefined
}

/** How an undo ended. */
export type UndoOutcome =
  /** What was granted is taken back, and that was looked at afterwards. `notes`: what to know besides. */
  | { readonly outcome: 'done'; readonly notes: readonly string[] }
  /** The same, but a role has to stay: others have made something hang on it. */
  | { readonly outcome: 'role-stays'; readonly stays: readonly Staying[]; readonly notes: readonly string[] }
  | { readonly outcome: 'failed-unchanged'; readonly problem: Problem }
  /** `left` is still there; a further undo goes on from here. */
  | { readonly outcome: 'failed-changed'; readonly problem: Problem; readonly left: readonly string[] }
  | { readonly outcome: 'cancelled' }

/** What has come to pass so far. */
interface Progress {
  changed: boolean
  readonly stays: Staying[]
  readonly notes: string[]
}

/**
 * Carries an undo out: the login is closed, each database is cleared in transactions of its own, what the run
 * set on roles is put back, its roles are dropped, the stored password is removed, and then everything is
 * looked at once more. It may be broken off anywhere and begun again. Never throws.
 */
export function undo(request: CarryOutUndo): Promise<UndoOutcome> {
  const { database } = request.receipt.run.server
  const { login } = request.receipt
  return withHeldSession(request.open, database, held =>
    withKeptSessions(held, open => undoKeeping({ ...request, open }, { database, login })),
  )
}

async function undoKeeping(
  request: CarryOutUndo,
  of: { readonly database: string; readonly login: string },
): Promise<UndoOutcome> {
  const progress: Progress = { changed: false, stays: [], notes: [] }
  try {
    await lockLogin(request.open, of)
    await carryOut(request, progress)
    return progress.stays.length === 0
      ? { outcome: 'done', notes: progress.notes }
      : { outcome: 'role-stays', stays: progress.stays, notes: progress.notes }
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (progress.changed || problem.code === 'commit-unknown') {
      return { outcome: 'failed-changed', problem, left: await whatIsLeft(request) }
    }
    return problem.code === 'cancelled' ? { outcome: 'cancelled' } : { outcome: 'failed-unchanged', problem }
  }
}

async function carryOut(request: CarryOutUndo, progress: Progress): Promise<void> {
  const { plan, receipt, onPart } = request
  const home = receipt.run.server.database
  if (plan.listen !== null) {
    onPart?.('listen', null)
    await resetListen(plan.listen, { open: request.open, database: home })
    progress.changed = true
    progress.notes.push(
      'listen_addresses is set as it was. Where the server was restarted meanwhile, it listens as before from its next restart on.',
    )
  }
  if (plan.hba !== null) {
    onPart?.('door', null)
    const { left } = await undoHbaLines(plan.hba, { open: request.open, database: home })
    progress.changed = true
    progress.notes.push(
      `${plan.hba.path} is ${plan.hba.back.length === 0 ? 'without our lines' : 'with our lines of before'}; the file as it was before the run is still there: ${plan.hba.backup}`,
      ...left.map(retiredText),
    )
  }
  if (plan.close.length > 0) {
    onPart?.('close', null)
    await inDatabase(request, home, 'commit', session =>
      session.query(plan.close.map(({ statement }) => statement).join(';\n')),
    )
    progress.changed = true
  }
  if (request.endSessions && plan.sessions > 0) {
    onPart?.('sessions', null)
    await endSessions(request, progress)
  } else if (plan.sessions > 0) {
    progress.notes.push(
      `${printableName(plan.login)} had ${plan.sessions} ${plan.sessions === 1 ? 'session' : 'sessions'} open when this began: they reach only what PUBLIC does now, and last until the tool closes them.`,
    )
  }
  for (const { database, steps } of plan.databases) {
    if (steps.length === 0) continue
    onPart?.('database', database)
    await clearDatabase(request, database, progress)
  }
  if (plan.roles.length > 0 || plan.drop.length > 0) onPart?.('roles', null)
  await leaveRoles(request, progress)
  const loginGone = !progress.stays.some(({ role }) => role === plan.login)
  if (request.aws !== undefined && plan.aws.length > 0) {
    onPart?.('aws', null)
    progress.changed = true
    const inAws = await undoAwsChanges(request.aws, plan.aws, noJournal, {
      onEvent: request.onEvent,
      seen: true,
    })
    if (!inAws.undone) {
      const problem = { code: 'aws-undo-incomplete', message: inAws.left.join('\n') }
      throw new ProblemError(withRequest(problem, inAws.request))
    }
    progress.notes.push(...inAws.left)
  }
  if (plan.removeSecret && loginGone) {
    onPart?.('secret', null)
    for (const entry of generationsOf(entryOf(receipt))) await request.store.remove(entry)
    progress.changed = true
  }
  onPart?.('check', null)
  await check(request)
}

/**
 * Takes back what is still granted in a database, in transactions that leave room for others. What is there is read
 * once, and again for another attempt, where something in it has gone or changed meanwhile.
 */
async function clearDatabase(request: CarryOutUndo, database: string, progress: Progress): Promise<void> {
  const { run } = request.receipt
  let found: StillGranted | null = null
  do {
    let known: StillGranted | null = found
    found = await inDatabase(request, database, 'commit', async session => {
      const from = known ?? (await stillGranted(session, run))
      known = null
      return revokeHere(session, run, from)
    })
    progress.changed = true
  } while (found.steps.length > 0)
}

/** Ends what the login, which cannot come back any more, has open. What ends a session is no part of a transaction. */
async function endSessions(request: CarryOutUndo, progress: Progress): Promise<void> {
  const { login } = request.plan
  const home = request.receipt.run.server.database
  await inDatabase(request, home, 'rollback', async session => {
    const [may] = await session.query<{ signal: boolean; split: boolean }>(maySignalSql, [login])
    if (may?.signal !== true) {
      const options = may?.split === true ? ' WITH INHERIT TRUE, SET FALSE' : ''
      await session.query(`GRANT ${quoteIdentifier(login)} TO CURRENT_USER${options}`)
    }
    await session.query(terminateSql, [login])
  })
  progress.changed = true
  await withSession(request.open, { database: home }, async session => {
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await sessionsOf(session, login)) === 0) return
      await sleep(100)
    }
    progress.notes.push(`A session of ${printableName(login)} was told to end and has not ended yet.`)
  })
}

/** Puts back what was set on roles that stay, and drops those of the run. What cannot go is left NOLOGIN. */
async function leaveRoles(request: CarryOutUndo, progress: Progress): Promise<void> {
  const { plan, receipt } = request
  const home = receipt.run.server.database
  const looked = plan.databases.map(({ database }) => database)
  const leaving = [...plan.drop, ...plan.stays.map(({ role }) => role), plan.login]
  progress.stays.push(...plan.stays)
  const drop: string[] = []
  for (const role of plan.drop) {
    // Others may have come in between the plan and now.
    const because = await hangingEverywhere(request, role, looked, leaving)
    if (because.length === 0) drop.push(role)
    else progress.stays.push({ role, because })
  }
  if (plan.roles.length === 0 && drop.length === 0) return
  await inDatabase(request, home, 'commit', async session => {
    await undoChanges(session, plan.roles)
    for (const role of drop) await dropRole(session, role)
  })
  progress.changed = true
}

async function hangingEverywhere(
  request: CarryOutUndo,
  role: string,
  looked: readonly string[],
  leaving: readonly string[],
): Promise<readonly string[]> {
  const because: string[] = []
  for (const database of looked) {
    const here = await withSession(request.open, { database }, session => hangingHere(session, role))
    because.push(...here.map(words => `${words} in ${printableName(database)}`))
  }
  const home = request.receipt.run.server.database
  const inServer = await withSession(request.open, { database: home }, session =>
    hangingInServer(session, role, { looked, leaving }),
  )
  return [...because, ...inServer]
}

async function dropRole(session: Session, role: string): Promise<void> {
  try {
    await session.query(`DROP ROLE ${quoteIdentifier(role)}`)
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (problem.sqlstate !== '42501') throw thrown
    throw new ProblemError(
      {
        ...problem,
        next: `Only the administrator who made ${printableName(role)}, or a superuser, may drop it.`,
      },
      { cause: thrown },
    )
  }
}

/** Looks at the server as a first undo would: there must be nothing left to take back. */
async function check(request: CarryOutUndo): Promise<void> {
  let after = await planUndo({ ...request, signal: undefined })
  // What was deleted in AWS may be shown for a while.
  for (const pause of pauses) {
    if (request.aws === undefined || after.aws.length === 0 || !isUndone({ ...after, aws: [] })) break
    await pauseFor(request.aws, pause)
    after = { ...after, aws: (await stillInAws(request.aws, after.aws)).there }
  }
  if (!isUndone(after)) {
    throw new ProblemError({
      code: 'undo-incomplete',
      message: 'All of it was taken back, but something is there again.',
      next: 'Another session may be granting the same things. Look at it, then run this again.',
    })
  }
}

/** In words, what a further undo would do; as it was planned where the server cannot be asked. */
async function whatIsLeft(request: CarryOutUndo): Promise<readonly string[]> {
  const plan = await planUndo({ ...request, signal: undefined }).catch(() => request.plan)
  return [
    ...(plan.listen === null ? [] : [`To be run: ${listenUndo(plan.listen)}`]),
    ...(plan.hba === null ? [] : [`Our lines in ${plan.hba.path}`]),
    ...plan.close.map(({ role }) => `${printableName(role)} may log in.`),
    ...plan.databases.flatMap(({ database, steps }) =>
      steps
        .flatMap(({ changes }) => changes)
        .map(change => `In database ${printableName(database)}: ${titleOf(change)}`),
    ),
    ...plan.roles.flatMap(change => undoOf(change).map(statement => `To be run: ${statement}`)),
    ...plan.drop.map(role => `The role ${printableName(role)}`),
    ...plan.stays.map(({ role, because }) => `The role ${printableName(role)}: ${because.join('; ')}`),
    ...plan.aws.map(({ change }) => `In AWS: ${awsTitleOf(change)}`),
    ...(plan.removeSecret ? [`The password in ${request.store.place}`] : []),
  ]
}

const maySignalSql = `
SELECT pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS signal,
  pg_catalog.current_setting('server_version_num')::int >= 160000 AS split
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = $1`

const terminateSql = `
SELECT pg_catalog.pg_terminate_backend(s.pid)
FROM pg_catalog.pg_stat_activity AS s
JOIN pg_catalog.pg_roles AS r ON r.oid = s.usesysid
WHERE r.rolname = $1 AND s.pid <> pg_catalog.pg_backend_pid()`
