import type { MadeChange } from '../model/aws/made-change.ts'
import type { Change } from '../model/change.ts'
import type { DirectGrant } from '../model/granted.ts'
import { printableName, quoteIdentifier } from '../model/identifier.ts'
import type { ListenDone } from '../model/listen/change.ts'
import { withoutMarker } from '../model/marker.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import type { ReceiptRun, UndoableReceipt } from '../model/receipt-run.ts'
import { instantOf } from '../model/valid-until.ts'
import { iamGroup } from '../plan/iam-login.ts'
import { undoOf } from '../plan/statements.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { generationsOf } from '../secrets/generations.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import type { AwsWork } from './aws/aws-work.ts'
import { stillInAws } from './aws/still-in-aws.ts'
import { notLookedAt } from './aws/undo-aws-changes.ts'
import { allHold } from './checks.ts'
import type { OnEngineEvent } from './events.ts'
import { hangingHere, hangingInServer } from './hanging.ts'
import { type HbaUndo, planHbaUndo } from './hba/undo-hba.ts'
import { withKeptSessions } from './kept-sessions.ts'
import { isListenSet } from './listen/apply-listen.ts'
import { withRetry } from './retry.ts'
import { inTransaction } from './transaction.ts'
import { revokeHere, stillGranted, type UndoStep } from './undo-database.ts'
import { withSession } from './with-session.ts'

export interface UndoRequest {
  readonly receipt: UndoableReceipt
  /** What takes back what the run has made in AWS, where it has. */
  readonly aws?: AwsWork | undefined
  /** Opens sessions of the administrator. */
  readonly open: OpenSession
  readonly store: SecretStore
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
  /** How long each transaction may last, in milliseconds. */
  readonly deadline: number
}

/** What an undo would do now, each part tried and taken back; in the order in which it would happen. */
export interface UndoPlan {
  readonly login: string
  /** First: no new session of a login that goes. */
  readonly close: readonly RoleStatement[]
  /** Sessions that the login has open. */
  readonly sessions: number
  /** Our lines in pg_hba.conf, which go before anything else; null where there are none. */
  readonly hba: HbaUndo | null
  /** listen_addresses, as the run has set it and it is still set; null where it is not. */
  readonly listen: ListenDone | null
  readonly databases: readonly UndoDatabase[]
  /** Roles that were there before: what the run set, where it is still so. */
  readonly roles: readonly Change[]
  /** Roles that the run made. */
  readonly drop: readonly string[]
  /** Those of them that cannot go, and why. */
  readonly stays: readonly Staying[]
  /** What the run has made in AWS and is there still, the flag left out. */
  readonly aws: readonly MadeChange[]
  /** Last, when the login is gone; also where it could not be looked at whether it is there. */
  readonly removeSecret: boolean
  /** What is no longer there, and what is left alone, in words. */
  readonly notes: readonly string[]
}

export interface RoleStatement {
  readonly role: string
  readonly statement: string
}

export interface UndoDatabase {
  readonly database: string
  readonly steps: readonly UndoStep[]
  readonly others: readonly DirectGrant[]
}

export interface Staying {
  readonly role: string
  readonly because: readonly string[]
}

/** Whether there is nothing that the undo could still do. */
export function isUndone(plan: UndoPlan): boolean {
  return (
    plan.hba === null &&
    plan.listen === null &&
    plan.close.length === 0 &&
    plan.databases.every(({ steps }) => steps.length === 0) &&
    plan.roles.length === 0 &&
    plan.drop.length === 0 &&
    plan.aws.length === 0 &&
    !plan.removeSecret
  )
}

/** Whose secret the run has stored. */
export function entryOf({ login, endpoint, run }: UndoableReceipt): SecretEntry {
  return { user: login, host: endpoint.host, port: endpoint.port, databases: run.databases }
}

/**
 * Reads what of the run is still there and rehearses taking it back, database by database, each in a
 * transaction that is rolled back: so it is known what hangs on the roles besides.
 * @throws ProblemError where something could not be taken back; `role-replaced` where a role of the run has
 *   gone and another has its name
 */
export function planUndo(request: UndoRequest): Promise<UndoPlan> {
  return withKeptSessions(request.open, open => planKeeping({ ...request, open }))
}

async function planKeeping(request: UndoRequest): Promise<UndoPlan> {
  const { receipt, open } = request
  const { run } = receipt
  const home = run.server.database
  const made = madeBy(run)
  const { roles, present, sessions } = await withSession(open, { database: home }, async session => ({
    roles: await rolesNow(session, run),
    present: new Set((await session.query<{ name: string }>(databasesSql)).map(({ name }) => name)),
    sessions: await sessionsOf(session, receipt.login),
  }))
  const there = made.filter(role => roles.has(role))
  const notes = made.filter(role => !roles.has(role)).map(role => `The role ${printableName(role)} is gone.`)

  const databases: UndoDatabase[] = []
  const hanging = new Map<string, string[]>(there.map(role => [role, []]))
  for (const database of databasesOf(run)) {
    if (!present.has(database)) {
      notes.push(`The database ${printableName(database)} is gone, and with it what was granted there.`)
      continue
    }
    if (!roles.has(run.grantee) && there.length === 0) continue
    const rehearsed = await rehearseHere(request, database, there)
    databases.push(rehearsed.here)
    for (const [role, because] of rehearsed.hanging) {
      hanging.get(role)?.push(...because.map(words => `${words} in ${printableName(database)}`))
    }
  }

  const atHome = await withSession(open, { database: home }, async session => {
    const looked = databases.map(({ database }) => database)
    for (const role of there) {
      hanging
        .get(role)
        ?.push(...(await hangingInServer(session, role, { looked, leaving: [...made, receipt.login] })))
    }
    const stays = there.flatMap(role => {
      const because = [
        ...(roles.get(role)?.alterable === true ? [] : [notYours]),
        ...(hanging.get(role) ?? []),
      ]
      return because.length === 0 ? [] : [{ role, because }]
    })
    const drop = there.filter(role => !stays.some(staying => staying.role === role))
    return { stays, drop, roles: await roleChangesNow(session, run, { roles, drop, made }) }
  })

  const loginGoes = made.includes(receipt.login) && !atHome.stays.some(({ role }) => role === receipt.login)
  const secret = loginGoes ? await isStored(request) : { stored: false, problem: null }
  if (secret.problem !== null)
    notes.push(
      `Whether the password is in ${request.store.place} could not be looked at: ${secret.problem.message}`,
    )
  if (!made.includes(receipt.login) && roles.has(receipt.login) && replacedPassword(run)) {
    notes.push(
      `${printableName(receipt.login)} was there before: it keeps its present password, since the one before is not known, and what is stored stays.`,
    )
  }
  const inAws =
    request.aws === undefined || run.aws === undefined
      ? { there: [], notes: notLookedAt(run.aws?.made ?? []).left }
      : await stillInAws(request.aws, run.aws.made)
  notes.push(...inAws.notes)
  return {
    login: receipt.login,
    close: closing(receipt, made, roles),
    sessions: made.includes(receipt.login) ? sessions : 0,
    hba: await hbaNow(run, open, loginGoes),
    listen: await listenNow(run, open),
    databases,
    ...atHome,
    aws: inAws.there,
    removeSecret: secret.stored,
    notes,
  }
}

/** Why a role stays that this administrator may not drop. */
export const notYours = 'only a superuser, or who administers it, can drop it'

/** Our lines in pg_hba.conf, where they are there: all of them where the login goes. */
async function hbaNow(
  { hba, server }: ReceiptRun,
  open: OpenSession,
  whole: boolean,
): Promise<HbaUndo | null> {
  if (hba === undefined) return null
  return withSession(open, { database: server.database }, session => planHbaUndo(session, { ...hba, whole }))
}

/** listen_addresses, where it is as the run has set it. */
async function listenNow({ listen, server }: ReceiptRun, open: OpenSession): Promise<ListenDone | null> {
  if (listen === undefined) return null
  return (await isListenSet(listen, { open, database: server.database })) ? listen : null
}

/** How many sessions a role has open. */
export async function sessionsOf(session: Session, role: string): Promise<number> {
  const [row] = await session.query<{ sessions: number }>(sessionsSql, [role])
  return row?.sessions ?? 0
}

function madeBy(run: ReceiptRun): readonly string[] {
  // The login before the group that it is a member of.
  return run.units
    .flatMap(({ changes }) => changes)
    .flatMap(change => (makesRole(change) ? [change.role] : []))
    .toReversed()
}

function makesRole(change: Change): change is Extract<Change, { readonly kind: MakingKind }> {
  return change.kind === 'create-role' || change.kind === 'create-unadministered-login'
}

type MakingKind = 'create-role' | 'create-unadministered-login'

function databasesOf(run: ReceiptRun): readonly string[] {
  const granted = run.units
    .filter(({ changes }) => changes.some(change => 'grantee' in change))
    .map(({ database }) => database)
  return [...new Set(granted)].toReversed()
}

interface RoleNow {
  readonly oid: number
  readonly canLogin: boolean
  /** Whether this administrator may alter and drop it. */
  readonly alterable: boolean
  /** Whether it comes in by tokens of AWS IAM. */
  readonly byIam: boolean
  readonly comment: string | null
}

/** The run's roles as they are; those that are gone are left out. */
async function rolesNow(session: Session, run: ReceiptRun): Promise<ReadonlyMap<string, RoleNow>> {
  const changes = run.units.flatMap(unit => unit.changes)
  const names = [
    run.grantee,
    ...changes.flatMap(change => ('role' in change ? [change.role] : [])),
    ...changes.flatMap(change => (change.kind === 'grant-membership' ? [change.group, change.member] : [])),
  ]
  const rows = await session.query<RoleNow & { readonly name: string }>(rolesSql, [names])
  const roles = new Map(rows.map(row => [row.name, row]))
  for (const { name, oid } of run.granted?.roles ?? []) {
    const now = roles.get(name)
    if (now === undefined || now.oid === oid) continue
    // A server that was restored from a dump has other oids, and the comments.
    const comment = changes.find(change => change.kind === 'comment-role' && change.role === name)
    const text = now.comment === null ? null : withoutMarker(now.comment)
    if (comment?.kind === 'comment-role' && comment.comment === text) continue
    throw new ProblemError({
      code: 'role-replaced',
      message: `The role ${printableName(name)} of this receipt is gone, and another has its name now: nothing is taken back.`,
      next: 'If it is the same one after all, use the SQL in the receipt by hand.',
    })
  }
  return roles
}

async function rehearseHere(
  request: UndoRequest,
  database: string,
  made: readonly string[],
): Promise<{ readonly here: UndoDatabase; readonly hanging: ReadonlyMap<string, readonly string[]> }> {
  const { run } = request.receipt
  return inDatabase(request, database, 'rollback', async session => {
    const found = await stillGranted(session, run)
    const { steps, others } = found
    const { steps: more } = steps.length === 0 ? found : await revokeHere(session, run, found)
    const hanging = new Map<string, readonly string[]>()
    for (const role of made) {
      hanging.set(role, await hangingHere(session, role, more.length === 0 ? 'all' : 'not-privileges'))
    }
    return { here: { database, steps, others }, hanging }
  })
}

/** One transaction in one database, tried again where another session was in the way. */
export function inDatabase<T>(
  request: Pick<UndoRequest, 'open' | 'deadline' | 'signal' | 'onEvent'>,
  database: string,
  end: 'commit' | 'rollback',
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { open, deadline, signal } = request
  return withRetry(
    () =>
      withSession(open, { database }, async session => {
        const { value } = await inTransaction(session, { deadline, end, signal }, work)
        return value
      }),
    request,
  )
}

/** Changes to roles that stay, where they still hold: what others have changed since is left as it is. */
async function roleChangesNow(
  session: Session,
  run: ReceiptRun,
  {
    roles,
    drop,
    made,
  }: {
    readonly roles: ReadonlyMap<string, RoleNow>
    readonly drop: readonly string[]
    readonly made: readonly string[]
  },
): Promise<readonly Change[]> {
  const holding: Change[] = []
  for (const change of run.units.flatMap(unit => unit.changes)) {
    if (!concernsStaying(change) || undoOf(change).length === 0) continue
    if (await allHold(session, [change])) holding.push(change)
  }
  return holding

  function concernsStaying(change: Change): boolean {
    switch (change.kind) {
      case 'grant-membership':
        // The first thing that was taken away.
        if (change.group === iamGroup && roles.get(change.member)?.alterable === false) return false
        return [change.group, change.member].every(role => roles.has(role) && !drop.includes(role))
      case 'set-connection-limit':
      case 'comment-role':
      case 'set-role-parameter':
      case 'reset-role-parameter':
        return roles.has(change.role) && !made.includes(change.role)
      case 'set-valid-until':
        return (
          roles.has(change.role) &&
          !made.includes(change.role) &&
          instantOf(change.before ?? null) !== instantOf(change.validUntil)
        )
      default:
        return false
    }
  }
}

function closing(
  { login, run }: UndoableReceipt,
  made: readonly string[],
  roles: ReadonlyMap<string, RoleNow>,
): readonly RoleStatement[] {
  const now = roles.get(login)
  if (now?.canLogin !== true) return []
  if (!now.alterable) return now.byIam ? shuttingOut(run) : []
  if (made.includes(login)) {
    // Without a password it stays closed, whatever comes.
    return [{ role: login, statement: `ALTER ROLE ${quoteIdentifier(login)} NOLOGIN PASSWORD NULL` }]
  }
  return run.granted?.couldLogIn === false
    ? [{ role: login, statement: `ALTER ROLE ${quoteIdentifier(login)} NOLOGIN` }]
    : []
}

/** A login by AWS IAM that is not ours to alter has no password: as no member of rds_iam it comes in by nothing. */
function shuttingOut(run: ReceiptRun): readonly RoleStatement[] {
  return run.units
    .flatMap(({ changes }) => changes)
    .filter(change => change.kind === 'grant-membership' && change.group === iamGroup)
    .flatMap(change =>
      undoOf(change).map(statement => ({ role: 'member' in change ? change.member : '', statement })),
    )
}

function replacedPassword(run: ReceiptRun): boolean {
  return run.units.some(({ changes }) => changes.some(change => change.kind === 'open-login'))
}

async function isStored({
  receipt,
  store,
}: UndoRequest): Promise<{ readonly stored: boolean; readonly problem: Problem | null }> {
  try {
    for (const entry of generationsOf(entryOf(receipt))) {
      if (await store.has(entry)) return { stored: true, problem: null }
    }
    return { stored: false, problem: null }
  } catch (thrown) {
    // The removal says whether it could be done; that nothing is there is not known.
    return { stored: true, problem: problemOf(thrown) }
  }
}

const databasesSql = `
SELECT d.datname::pg_catalog.text AS name FROM pg_catalog.pg_database AS d WHERE d.datallowconn`

const sessionsSql = `
SELECT pg_catalog.count(*)::int AS sessions
FROM pg_catalog.pg_stat_activity AS s
JOIN pg_catalog.pg_roles AS r ON r.oid = s.usesysid
WHERE r.rolname = $1`

const rolesSql = `
SELECT r.rolname::pg_catalog.text AS name, r.oid, r.rolcanlogin AS "canLogin",
  me.rolsuper OR me.rolcreaterole AND NOT r.rolsuper AND (
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000
    OR pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')) AS "alterable",
  EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
    WHERE m.member = r.oid AND g.rolname = '${iamGroup}') AS "byIam",
  pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment
FROM pg_catalog.pg_roles AS r
JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user
WHERE r.rolname = ANY ($1::pg_catalog.text[])`
