import { printableName } from '../model/identifier.ts'
import { markerOf } from '../model/marker.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import type { Plan } from '../plan/plan.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { OpenSession, Session } from '../postgres/session.ts'
import { awaitTransaction } from './await-transaction.ts'
import { awsByJournal } from './aws/standing-in-aws.ts'
import { allHold } from './checks.ts'
import type { Committed } from './committed.ts'
import { doorInJournal } from './hba/apply-hba.ts'
import { type JournalEntry, type LeftJournal, lastProcess } from './journal.ts'
import { listenInJournal } from './listen/apply-listen.ts'
import type { LoginBefore } from './login-before.ts'
import { askingComments, commentsOf, markedRoles, markedStep, type RunMarks } from './run-marks.ts'
import { isOfSecret } from './settle-secret.ts'
import { planHash, type Step, stepsOf } from './steps.ts'
import { stillRuns } from './this-process.ts'
import { isOfStep } from './undo-committed.ts'
import { withSession } from './with-session.ts'

/** How a run that was broken off stands, as its journal and the live server together say. */
export interface Standing {
  readonly journal: LeftJournal
  readonly steps: readonly Step[]
  readonly marks: RunMarks
  /** The steps that are there, in order. */
  readonly committed: readonly Committed[]
  /** An existing login as it was before the run, where the run has changed it; its password is not known. */
  readonly loginBefore: LoginBefore | null
  /** Whether the password that was stored before the run was the one in force, as far as that could be told. */
  readonly storedInForce: boolean
  /** What was done in the secret store; null where it was not touched. */
  readonly secret: SecretEntryNoted | null
  readonly login: LoginNow | null
  /** Whether a later run on the same roles has come to its end: then this one is nobody's to go on with, or to undo. */
  readonly overtaken: boolean
}

type SecretEntryNoted = Extract<JournalEntry, { entry: 'secret' }>

interface LoginNow {
  readonly canLogin: boolean
  /** ISO 8601, UTC; null without an end. */
  readonly validUntil: string | null
  readonly over: boolean
}

/** A transaction of a lost connection ends by its own deadline; longer than this it is not waited for. Milliseconds. */
const defaultPatience = 10_000

/**
 * Asks the live server how far the run came: by the marks that its own transactions have left, and where no
 * role carries one, by what they changed.
 * @throws ProblemError where the server cannot be asked, or the journal is none that can be gone by
 */
export async function standingOf(
  journal: LeftJournal,
  open: OpenSession,
  patience = defaultPatience,
): Promise<Standing> {
  const { begin, entries } = journal
  const { plan } = begin
  if ((await inSlices(planHash(plan))) !== begin.planHash) throw new ProblemError(altered(journal))
  const steps = stepsOf(plan, begin.relationsPerStep)
  const marks: RunMarks = {
    plan: begin.planHash,
    attempt: begin.attempt,
    of: steps.length,
    roles: markedRoles(plan, begin.comments),
  }
  const here = { database: plan.server.database }
  const { marked, login, missing, overtaken } = await withSession(open, here, async session => {
    // The last that got as far as its COMMIT: an undo may have been tried since, and not come through.
    const xid = entries.filter(isStep).findLast(entry => entry.xid !== undefined)?.xid
    if (xid !== undefined) await awaitTransaction(session, xid, patience)
    const [comments] = await session.script([askingComments(plan)])
    return {
      marked: await markedStep(session, marks),
      login: await loginNow(session, plan),
      missing: await isMissing(session, plan),
      overtaken: isOvertaken(journal, commentsOf(comments, plan)),
    }
  })
  const committed: Committed[] = []
  for (const step of steps) {
    const last = entries.findLast(entry => isStep(entry) && entry.step === step.number)
    const state = last?.entry === 'step' ? last.state : null
    if (state === null || missing) continue
    const there =
      marked === null
        ? await withSession(open, { database: step.database }, session => allHold(session, step.changes))
        : step.number <= marked && state !== 'undone'
    // An undo that may have happened is looked at again before it is done again.
    if (there) committed.push({ ...step, certain: state !== 'undoing', xid: null })
  }
  return {
    journal,
    steps,
    marks,
    committed,
    loginBefore: loginBeforeOf(journal, steps, committed),
    storedInForce: entries.findLast(isLoginBefore)?.storedInForce === true,
    secret: entries.findLast(entry => entry.entry === 'secret') ?? null,
    login,
    overtaken,
  }
}

/**
 * What a person has to know before deciding: what was under way, what is there, what of it is open.
 * @param inAws how its part in AWS stands; as the journal has it where AWS was not asked
 * @param secretThere whether the new password is where the run put it; null where that was not looked at
 */
export function standingText(
  { journal, steps, committed, secret, login }: Standing,
  inAws: readonly string[] = awsByJournal(journal),
  secretThere: boolean | null = null,
): readonly string[] {
  const { begin, entries } = journal
  const { plan, at } = begin
  const there = new Set(committed.map(({ number }) => number))
  // What the server and the place for the password were asked about is said as it is now.
  const left = (entries.findLast(entry => entry.entry === 'left')?.left ?? []).filter(
    each => !isOfStep(each) && !(secretThere !== null && isOfSecret(each)),
  )
  const { host, pid } = lastProcess(journal)
  const maybeRunning = stillRuns(lastProcess(journal)) === null
  return [
    `A run of ${at.slice(0, 16).replace('T', ' ')} UTC was broken off: ${plan.tool.name} on ${plan.server.host} port ${plan.server.port}, as ${printableName(plan.server.user)} (plan ${begin.planHash}, attempt ${begin.attempt}).`,
    ...(maybeRunning
      ? [`It was begun on ${host} as process ${pid}: see that it does not run there any more.`]
      : []),
    'What it was to do, and what of it the server has now:',
    ...steps.map(
      step =>
        `  ${there.has(step.number) ? 'there' : 'not there'}: step ${step.number}, ${stepWords(step, plan)}`,
    ),
    ...inAws.map(words => `  ${words}`),
    loginWords(plan, login),
    ...doorWords(journal),
    ...(secret === null ? [] : [secretWords(secret, secretThere)]),
    ...(left.length === 0 ? [] : ['Beside that, it could not take back:', ...left.map(each => `  ${each}`)]),
  ]
}

function doorWords(journal: LeftJournal): readonly string[] {
  const door = doorInJournal(journal)
  const listen = listenInJournal(journal)
  return [
    ...(door === null ? [] : [`Its lines may be in ${door.path}; the file as it was: ${door.backup}`]),
    ...(listen === null
      ? []
      : [`listen_addresses may be set to ${listen.value}, for the server's next restart.`]),
  ]
}

function stepWords({ kind, database, changes }: Step, plan: Plan): string {
  switch (kind) {
    case 'roles':
      return `the roles: ${[plan.group, plan.login].flatMap(name => (name === null ? [] : [printableName(name)])).join(', ')}`
    case 'database': {
      const relations = changes.reduce(
        (sum, change) => sum + ('relations' in change ? change.relations.length : 0),
        0,
      )
      return `privileges in database ${printableName(database)}${relations === 0 ? '' : `, on ${relations} ${relations === 1 ? 'relation' : 'relations'}`}`
    }
    case 'login':
      return plan.authentication === 'aws-iam'
        ? `the login ${printableName(plan.login)} made a member of rds_iam, to come in by tokens`
        : `the login of ${printableName(plan.login)} opened for a few minutes, with a new password`
    case 'end':
      return `its chosen end, once it was proved`
  }
}

function loginWords({ login }: Plan, now: LoginNow | null): string {
  const name = printableName(login)
  if (now === null) return `${name} does not exist.`
  if (!now.canLogin) return `${name} cannot log in.`
  if (now.validUntil === null) return `${name} may log in, without an end.`
  return now.over
    ? `${name} cannot log in with its password any more: it was good until ${now.validUntil}.`
    : `${name} may log in until ${now.validUntil}.`
}

function secretWords({ state, place, existed }: SecretEntryNoted, there: boolean | null): string {
  if (there === false) return `Its new password is not in ${place} any more.`
  if (there === true)
    return existed
      ? `Its new password is in ${place}, beside the one before.`
      : `Its new password is in ${place}.`
  const what = state === 'saving' ? 'A new password was being put' : 'A new password was put'
  return existed ? `${what} into ${place}, beside the one that was there.` : `${what} into ${place}.`
}

function loginBeforeOf(
  { begin, entries }: LeftJournal,
  steps: readonly Step[],
  committed: readonly Committed[],
): LoginBefore | null {
  const opened = committed.some(unit => steps[unit.number - 1]?.kind === 'login')
  const noted = entries.findLast(isLoginBefore)
  // While it is untouched, it is read anew, with its verifier.
  if (!opened || noted === undefined) return null
  const { canLogin, validUntil } = noted
  return { role: begin.plan.login, canLogin, validUntil, password: { known: false } }
}

function isStep(entry: JournalEntry): entry is Extract<JournalEntry, { entry: 'step' }> {
  return entry.entry === 'step'
}

function isLoginBefore(entry: JournalEntry): entry is Extract<JournalEntry, { entry: 'login-before' }> {
  return entry.entry === 'login-before'
}

/** Whether a role carries the mark of another run, a whole one, that it did not carry when this one began. */
function isOvertaken({ begin }: LeftJournal, comments: Readonly<Record<string, string | null>>): boolean {
  return Object.entries(comments).some(([role, comment]) => {
    const marker = markerOf(comment)
    const isAnother = marker !== null && marker.attempt !== begin.attempt && marker.step === marker.of
    return isAnother && markerOf(begin.comments[role] ?? null)?.attempt !== marker.attempt
  })
}

/** Whether roles that the run was to make are not there: then nothing of it can be. */
async function isMissing(session: Session, plan: Plan): Promise<boolean> {
  const made = plan.roles.flatMap(change => (change.kind === 'create-role' ? [change.role] : []))
  const rows = await session.query(
    'SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ($1::pg_catalog.text[])',
    [made],
  )
  return made.length > 0 && rows.length === 0
}

async function loginNow(session: Session, { login }: Plan): Promise<LoginNow | null> {
  const [row] = await session.query<LoginNow>(loginNowSql, [login])
  return row ?? null
}

const loginNowSql = `
SELECT r.rolcanlogin AS "canLogin",
  CASE WHEN pg_catalog.isfinite(r.rolvaliduntil)
    THEN pg_catalog.to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END AS "validUntil",
  COALESCE(r.rolvaliduntil < pg_catalog.clock_timestamp(), false) AS over
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = $1`

function altered({ path }: LeftJournal): Problem {
  return {
    code: 'journal-altered',
    message: `The journal ${path} does not fit its own plan: it was altered, or written by another version.`,
    next: 'Look at it and at the server by hand, then remove it.',
  }
}
