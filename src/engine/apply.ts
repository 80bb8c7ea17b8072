import type { Change } from '../model/change.ts'
import { defaultDeadline } from '../model/deadline.ts'
import type { Granted } from '../model/granted.ts'
import { printableName } from '../model/identifier.ts'
import { ProblemError, problemOf } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import { databaseChanges } from '../plan/plan.ts'
import type { OpenSession } from '../postgres/session.ts'
import { nextOf, previousOf } from '../secrets/generations.ts'
import { keptSecret, saveUndoably } from '../secrets/save-undoably.ts'
import { keepingTheWayIn } from './admin-way-in.ts'
import { type ApplyRequest, checkSignal, type Door, tell } from './apply-request.ts'
import { applyAws } from './aws/apply-aws.ts'
import { awsToken } from './aws/aws-token.ts'
import { madeInJournal } from './aws/made-in-journal.ts'
import { nothingLeft, undoAwsChanges } from './aws/undo-aws-changes.ts'
import { withRequest } from './aws/with-request.ts'
import { changeAtFault } from './change-error.ts'
import { commitStep } from './commit-step.ts'
import type { Done } from './committed.ts'
import { readGranted } from './direct-grants.ts'
import { withFormerPassword } from './former-password.ts'
import {
  applyHba,
  type ClosedDoor,
  causeOfDoor,
  doorInJournal,
  type OpenedDoor,
  undoHba,
} from './hba/apply-hba.ts'
import { type OpenAhead, withKeptSessions } from './kept-sessions.ts'
import { writeLedgerEntry } from './ledger-file.ts'
import { applyListen, listenInJournal, undoListen } from './listen/apply-listen.ts'
import { loginBefore, wayBackWith } from './login-before.ts'
import { withHeldSession } from './login-lock.ts'
import { openLogin } from './open-login.ts'
import type { AppliedOutcome, ApplyOutcome } from './outcome.ts'
import { isInForce } from './password-in-force.ts'
import { plannedIn } from './planned-relations.ts'
import { proveEverywhere, proveThroughDoor, setsPassword } from './prove-plan.ts'
import { receiptOf } from './receipt.ts'
import { beginRun, type Run } from './run.ts'
import { runChanges } from './run-changes.ts'
import { keptEntryOf } from './secret-entry.ts'
import { settleSecret } from './settle-secret.ts'
import type { Step } from './steps.ts'
import { isLost } from './transaction.ts'
import { leftInWords, undoCommitted } from './undo-committed.ts'
import { loginPlaces, loginWay, traceText } from './verifier-trace.ts'
import { withSession } from './with-session.ts'
import { writeReceipt } from './write-receipt.ts'

export type { ApplyRequest, Door } from './apply-request.ts'

/** How long a server that has gone is called again to undo, in milliseconds. */
export const defaultPatience = 6000

/**
 * Carries the plan out: the secret is kept, the roles are made unable to log in, each database is granted in
 * transactions of its own, the login is opened for a few minutes, proved by logging in, and only then given its
 * chosen end. Whatever fails, all of it is taken back, or named. A journal tells a later start what was under
 * way, should the program not come to its end. Never throws.
 */
export function apply(request: ApplyRequest): Promise<ApplyOutcome> {
  const { open: openAnew, plan } = request
  return withHeldSession(openAnew, plan.server.database, held =>
    withKeptSessions(held, (open, openAhead) => applyKeeping({ ...request, open, openAnew, openAhead })),
  )
}

interface KeptRequest extends ApplyRequest {
  /** Connects each time; `open` gives a session of before again. */
  readonly openAnew: OpenSession
  readonly openAhead: OpenAhead
}

async function applyKeeping(request: KeptRequest): Promise<ApplyOutcome> {
  const { resume, store, entry } = request
  const done: Done = {
    committed: [...(resume?.committed ?? [])],
    loginBefore: null,
    secret: resume?.secret ? keptSecret(store, entry, { replaces: resume.secret.existed }) : null,
    hba: resume === undefined ? null : doorInJournal(resume.journal),
    listen: resume === undefined ? null : listenInJournal(resume.journal),
    aws: resume === undefined ? [] : [...madeInJournal(resume.journal)],
  }
  let run: Run
  try {
    if (resume !== undefined) done.loginBefore = await withFormerPassword(resume, store, entry)
    run = await beginRun(request)
  } catch (thrown) {
    const problem = problemOf(thrown)
    const left = resume === undefined || resume.committed.length === 0 ? null : leftInWords(resume.committed)
    return left === null
      ? { outcome: 'failed-unchanged', problem, change: null }
      : { outcome: 'failed-changed', problem, change: null, ...left }
  }
  let applied: AppliedOutcome
  try {
    applied = await carryOut(request, run, done)
  } catch (thrown) {
    return takeBack(request, run, done, thrown)
  }
  const outcome = await withReceipt(request, applied)
  // Only now: a program that is killed before has left a receipt, or a journal that is gone on with to one.
  run.journal.remove()
  return outcome
}

/** Writes the receipt. It is done, whether that can be written or not. */
async function withReceipt(
  { plan, store, receipt: wanted }: ApplyRequest,
  outcome: AppliedOutcome,
): Promise<AppliedOutcome> {
  if (wanted === undefined) return outcome
  const { folder, server, answers } = wanted
  try {
    const entry = keptEntryOf(answers, plan, outcome.aws?.keyId ?? null)
    const receipt = receiptOf({ plan, answers, server, outcome, store, entry })
    return { ...outcome, receipt: { ok: true, value: await writeReceipt(folder, receipt) } }
  } catch (thrown) {
    const problem = {
      code: 'receipt-not-written',
      message: `All is done, but the receipt could not be written to ${folder}: ${problemOf(thrown).message}`,
    }
    return { ...outcome, receipt: { ok: false, problem } }
  }
}

async function carryOut(request: KeptRequest, run: Run, done: Done): Promise<AppliedOutcome> {
  const startedAt = new Date()
  const { plan } = request
  // A login that was opened before is opened again, with the new password, and so gets its end again too.
  const todo = run.steps.filter(
    ({ kind, number }) =>
      kind === 'login' || kind === 'end' || !done.committed.some(unit => unit.number === number),
  )
  const stepsOfKind = (kind: Step['kind']) => todo.filter(step => step.kind === kind)
  const toGrantIn = [...new Set(stepsOfKind('database').map(step => step.database))]
  /** Logging in to the next database passes while the server is waited for elsewhere. */
  const connectAhead = () => {
    const next = toGrantIn.shift()
    if (next !== undefined && next !== plan.server.database) request.openAhead(next)
  }
  connectAhead()
  const doors = await knockEverywhere(request)
  const { password, replaced } = await passwordFor(request, run, done)

  // First what takes minutes, and without which nothing else is of use.
  await changeAws(request, run, done, 'flag')
  tell(request, 'roles')
  await rememberLogin(request, run, done, { replaced, doors })
  for (const step of stepsOfKind('roles')) await commitChanges(request, run, done, step)

  for (const { database } of databaseChanges(plan)) {
    tell(request, 'database', database)
    checkSignal(request)
    connectAhead()
    await grantIn(
      request,
      run,
      done,
      stepsOfKind('database').filter(step => step.database === database),
    )
  }

  await changeAws(request, run, done, 'changes')
  if (stepsOfKind('login').length > 0)
    tell(request, plan.authentication === 'aws-iam' ? 'iam-login' : 'login')
  const notes: string[] = []
  for (const step of stepsOfKind('login')) {
    await assertStored(request, done)
    const open = () => openTheLogin(request, run, done, step, password)
    notes.push(
      ...(plan.authentication === 'aws-iam'
        ? await keepingTheWayIn({ open: request.openAnew, plan }, open)
        : await open()),
    )
  }

  const keyId = accessKeyOf(request, done)
  const token = request.token ?? tokenOf(request, keyId)
  const proof = await proveEverywhere({ ...request, token }, doors, password)

  const opened = await openTheDoor(request, run, done)
  if (opened !== null) notes.push(opened.note)
  const { databases, beyond, unproved } = await proveThroughDoor(request, opened, proof, password)
  await setListen(request, run, done)
  if (stepsOfKind('end').length > 0) tell(request, 'end')
  for (const step of stepsOfKind('end')) await commitChanges(request, run, done, step)

  // It is done, whether this can be read or not.
  const granted = await readGranted(request.open, plan, done.loginBefore?.canLogin ?? null).catch(() => null)
  // Last, so that a run that breaks off before can still put the old one back.
  notes.push(...(await promoteSecret(request, done, unproved.length === 0)))
  const finishedAt = new Date()
  const ledgerNotes = await keepInLedger(request, run, granted, finishedAt)
  const applied = {
    proof: { databases, beyond },
    startedAt,
    finishedAt,
    notes: [...notes, ...ledgerNotes],
    granted,
    ...(done.hba === null ? {} : { hba: done.hba }),
    ...(done.listen === null ? {} : { listen: done.listen }),
    ...(request.aws === undefined ? {} : { aws: { keyId, made: done.aws } }),
  }
  return unproved.length === 0
    ? { outcome: 'done', ...applied }
    : { outcome: 'done-unproved', unproved, ...applied }
}

/** Our lines in pg_hba.conf, where they are ours to write: the last thing that lets anybody in. */
async function openTheDoor(request: KeptRequest, { journal }: Run, done: Done): Promise<OpenedDoor | null> {
  const { plan, knock, openAnew } = request
  const change = plan.network?.change ?? null
  if (change === null) return null
  tell(request, 'door')
  checkSignal(request)
  // A session of before would know nothing of the new rules.
  return applyHba(plan, change, done.hba, {
    open: openAnew,
    journal,
    knock,
    onDoor: door => {
      done.hba = door
    },
  })
}

/** Where the server listens from its next restart on, where that is ours to set. */
async function setListen(request: KeptRequest, { journal }: Run, done: Done): Promise<void> {
  const { plan, open } = request
  if (plan.listen === undefined) return
  tell(request, 'listen')
  checkSignal(request)
  await applyListen(plan.listen, {
    open,
    journal,
    database: plan.server.database,
    onListen: listen => {
      done.listen = listen
    },
  })
}

/** Makes one part of what the plan has in AWS, where it is ours to make. */
async function changeAws(
  { plan, aws, signal, onEvent }: ApplyRequest,
  { journal }: Run,
  done: Done,
  part: 'flag' | 'changes',
): Promise<void> {
  if (plan.aws === undefined || aws === undefined) return
  await applyAws(aws, { journal, signal, onEvent }, plan.aws, part, done.aws)
}

/** The key that the tool will sign with: a new one, or the one that was kept. */
function accessKeyOf({ plan }: ApplyRequest, { aws }: Done): string | null {
  const made = aws.find(({ change }) => change.kind === 'create-access-key')
  return made?.keyId ?? plan.aws?.principal.keyId ?? null
}

function tokenOf({ plan, aws }: ApplyRequest, keyId: string | null): ApplyRequest['token'] {
  return plan.aws === undefined || aws === undefined ? undefined : awsToken(aws, plan.aws, keyId)
}

/** What was granted is noted for the plans of later runs; it is done, whether that can be written or not. */
async function keepInLedger(
  { journal, plan }: ApplyRequest,
  { marks, steps, server }: Run,
  granted: Granted | null,
  finished: Date,
): Promise<readonly string[]> {
  if (journal === undefined) return []
  const units = steps.map(({ database, changes }) => ({ database, changes }))
  const { attempt } = marks
  const finishedAt = finished.toISOString()
  try {
    const run = { grantee: plan.grantee, units, granted }
    await writeLedgerEntry(journal.folder, { version: 1, attempt, finishedAt, server, run })
    return []
  } catch (thrown) {
    return [
      `What was granted could not be noted in ${journal.folder} (${problemOf(thrown).message}): a later run will not take it away by itself.`,
    ]
  }
}

/** Knocks at each database before anything is made. */
async function knockEverywhere(request: ApplyRequest): Promise<ReadonlyMap<string, Door>> {
  const doors = new Map<string, Door>()
  // A token is no password: what a knock with one shows says nothing about it.
  if (request.plan.authentication === 'aws-iam') return doors
  tell(request, 'knock')
  for (const { database } of request.plan.databases) {
    checkSignal(request)
    doors.set(database, await request.knock(database))
  }
  return doors
}

/**
 * A new password, kept and read back, and the stored one that it replaces; where the plan sets none, the one that
 * is kept, if there is one.
 */
async function passwordFor(
  request: ApplyRequest,
  { journal }: Run,
  done: Done,
): Promise<{ readonly password: Secret | null; readonly replaced: Secret | null }> {
  const { store, entry, resume } = request
  checkSignal(request)
  if (request.plan.authentication === 'aws-iam') return { password: null, replaced: null }
  tell(request, 'secret')
  const kept = await store.read(entry)
  if (!setsPassword(request.plan)) return { password: kept, replaced: null }
  const password = request.generate()
  // What the broken run had put there is nothing to come back to, where there was none before it.
  const replaced = resume?.secret?.existed === false ? null : kept
  const replaces = replaced !== null
  const inStore = { entry: 'secret', store: store.kind, place: store.place, existed: replaces } as const
  journal.write({ ...inStore, state: 'saving' })
  done.secret = await saveUndoably(store, entry, password, { replaces })
  journal.write({ ...inStore, state: 'saved' })
  checkSignal(request)
  return { password, replaced }
}

/** Looks at the store once more: what comes into force is what is kept. @throws ProblemError `secret-replaced` */
async function assertStored({ store, plan }: ApplyRequest, { secret }: Done): Promise<void> {
  if (secret === null || (await secret.holds())) return
  throw new ProblemError({
    code: 'secret-replaced',
    message: `The new password of ${printableName(plan.login)} is no longer in ${store.place}: something else was stored there meanwhile.`,
    next: 'Let nobody else work on this login or its password, then try again.',
  })
}

/** An existing login's attributes are read before anything touches it, and whether its password is the stored one. */
async function rememberLogin(
  request: ApplyRequest,
  { journal }: Run,
  done: Done,
  { replaced, doors }: { readonly replaced: Secret | null; readonly doors: ReadonlyMap<string, Door> },
): Promise<void> {
  const { plan, open } = request
  const opening = plan.opening.find(change => change.kind === 'open-login')
  if (opening === undefined || !opening.existed || done.loginBefore !== null) return
  const before = await withSession(open, { database: plan.server.database }, session =>
    loginBefore(session, opening.role),
  )
  if (before === null) return
  const { canLogin, validUntil, password } = before
  const storedInForce =
    replaced !== null &&
    (await isInForce(replaced, {
      open,
      login: opening.role,
      stored: password.known ? password.stored : null,
      database: [...doors].find(([, door]) => door.open)?.[0] ?? null,
    }))
  done.loginBefore = !password.known && storedInForce ? (wayBackWith(before, replaced) ?? before) : before
  journal.write({ entry: 'login-before', canLogin, validUntil, storedInForce })
}

/**
 * Puts the new password in the old one's place; one that was not proved does not throw the old one away.
 * @returns what a person has to know of it. It is done: where that cannot be, it is said.
 */
async function promoteSecret(
  { store, entry }: ApplyRequest,
  { secret }: Done,
  proved: boolean,
): Promise<readonly string[]> {
  if (secret === null) return []
  const previous = previousOf(entry)
  try {
    await secret.promote({ proved })
    if (proved || !(await store.has(previous))) return []
    return [`The former password is kept too, until a new one is proved: \`${store.howToRead(previous)}\``]
  } catch (thrown) {
    return [
      `The new password is in force, and kept apart from where the old one was (${problemOf(thrown).message}): \`${store.howToRead(nextOf(entry))}\`. pg-usher rotate puts it there.`,
    ]
  }
}

/** Runs a step's changes in one transaction and commits it. */
async function commitChanges(
  request: ApplyRequest,
  run: Run,
  done: Done,
  step: Step,
  onRelations?: (done: number) => void,
): Promise<void> {
  const planned = await plannedIn(request.plan, step.database)
  await commitStep(request, run, done, step, async (session, mark) => ({
    value: undefined,
    marked: await runChanges(session, step.changes, { onRelations, planned, behind: mark }),
  }))
}

/** The steps of one database; the progress counts through all of them. */
async function grantIn(request: ApplyRequest, run: Run, done: Done, steps: readonly Step[]): Promise<void> {
  const total = steps.flatMap(step => step.changes).reduce((sum, change) => sum + relationsIn(change), 0)
  let before = 0
  for (const step of steps) {
    checkSignal(request)
    const { database } = step
    await commitChanges(request, run, done, step, sofar =>
      request.onEvent?.({ kind: 'progress', phase: 'database', database, done: before + sofar, total }),
    )
    before += step.changes.reduce((sum, change) => sum + relationsIn(change), 0)
  }
}

function relationsIn(change: Change): number {
  return 'relations' in change ? change.relations.length : 0
}

async function openTheLogin(
  request: ApplyRequest,
  run: Run,
  done: Done,
  step: Step,
  password: Secret | null,
): Promise<readonly string[]> {
  const [change] = step.changes
  if (change?.kind !== 'open-login') {
    await commitChanges(request, run, done, step)
    return []
  }
  if (password === null) return []
  // A role is of the whole server: it may be opened where the verifier leaves no trace.
  const { plan, open } = request
  const way =
    run.way ??
    (await withSession(open, { database: step.database }, session => loginWay(session, loginPlaces(plan))))
  const at = { ...step, database: way.database }
  const trace = await commitStep(request, run, done, at, async (session, mark) => {
    const here = at.database === step.database ? way : undefined
    const opened = await openLogin(session, change, password, { way: here, behind: mark })
    return { value: traceText(opened.trace), marked: opened.results }
  })
  return trace === null ? [] : [trace]
}

async function closeTheDoor(
  { plan, openAnew }: KeptRequest,
  { journal }: Run,
  { hba, listen }: Done,
): Promise<ClosedDoor> {
  const work = { open: openAnew, journal, database: plan.server.database }
  const unset = listen === null ? [] : await undoListen(listen, work)
  const { left, stays } = hba === null ? { left: [], stays: [] } : await undoHba(hba, work)
  return { left: [...unset, ...left], stays }
}

/** Undoes what was done, as far as it can be, and says how it ended. */
async function takeBack(request: KeptRequest, run: Run, done: Done, thrown: unknown): Promise<ApplyOutcome> {
  const change = changeAtFault(thrown)
  const atDoor = await closeTheDoor(request, run, done)
  const problem = problemOf(atDoor.left.length === 0 ? causeOfDoor(thrown) : thrown)
  const { left, undo, password } = await undoCommitted(
    {
      open: request.open,
      deadline: request.deadline ?? defaultDeadline,
      patience: request.patience ?? defaultPatience,
      onEvent: request.onEvent,
      plan: request.plan,
      run,
    },
    // A server that went away may have come back without its last commits: an older one, restored or promoted.
    isLost(problem) ? done.committed.map(unit => ({ ...unit, certain: false })) : done.committed,
    done.loginBefore,
  )
  const { place } = request.store
  const unsettled = await settleSecret(done.secret, password, place)
  // Where the login has the new password, its only copy is not thrown away.
  const kept = password === 'as-before' ? [] : [`The new password, kept in ${place}`]
  const inAws =
    request.aws === undefined
      ? nothingLeft
      : await undoAwsChanges(request.aws, done.aws, run.journal, { onEvent: request.onEvent })
  const things = [
    ...atDoor.left,
    ...atDoor.stays,
    ...inAws.left,
    ...left,
    ...unsettled,
    ...(unsettled.length === 0 ? kept : []),
  ]
  const told = withRequest(problem, inAws.request)
  const isMendable =
    undo.length > 0 ||
    atDoor.left.length > 0 ||
    !inAws.undone ||
    unsettled.length > 0 ||
    password === 'unknown'
  if (isMendable) run.journal.note({ entry: 'left', left: things })
  else run.journal.remove()
  if (things.length > 0) return { outcome: 'failed-changed', problem: told, change, left: things, undo }
  if (problem.code === 'cancelled') return { outcome: 'cancelled' }
  return { outcome: 'failed-unchanged', problem, change }
}
