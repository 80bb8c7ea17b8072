import type { Change } from '../model/change.ts'
import { quoteLiteral } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import { reveal, type Secret } from '../model/secret.ts'
import { statementsOf } from '../plan/statements.ts'
import { isScramVerifier, scramVerifier } from '../postgres/scram.ts'
import type { ScriptOptions, Session } from '../postgres/session.ts'
import { StatementError, type StatementResult } from '../postgres/statement.ts'
import { ChangeError } from './change-error.ts'
import { assertNone, checksOf, failingOf } from './checks.ts'
import { type LoginWay, loginWay, serverClock, type VerifierTrace } from './verifier-trace.ts'

type OpenLogin = Extract<Change, { kind: 'open-login' }>

export interface OpenLoginOptions {
  /** Read before; asked for when left out. */
  readonly way?: LoginWay | undefined
  /** What is to be run behind it, in the same round trip. */
  readonly behind?: readonly string[] | undefined
}

/**
 * Runs the change that opens the login, in the open transaction, and looks whether it holds; in one round trip
 * where the way is known. The password's verifier travels as COPY data into a temporary table and is set from a DO block, so
 * that it does not stand in the server's log even under log_statement = all. Where that cannot be,
 * verifier-trace.ts says so.
 * @returns the trace that it leaves, and what the statements of `behind` gave
 * @throws ChangeError; ProblemError `verifier-refused` where the server has a policy for passwords and cannot
 *   hold a verifier to it
 */
export async function openLogin(
  session: Session,
  change: OpenLogin,
  password: Secret,
  options: OpenLoginOptions = {},
): Promise<{ readonly trace: VerifierTrace; readonly results: readonly StatementResult[] }> {
  const { way = await loginWay(session, [session.database]), behind = [] } = options
  const now = serverClock(way)
  const sqlWith = (text: string) => statementsOf(change, { verifier: text, now }).join(';\n')
  if (change.plain === true) await checkPlainMayGo(session, way.trace)
  const setting =
    change.plain === true
      ? settingPlain(password, sqlWith)
      : settingPassword(scramVerifier(password), way.trace, sqlWith)
  const checks = checksOf([change])
  const statements = [...setting.statements, ...checks.map(({ sql }) => sql), ...behind]
  let results: readonly StatementResult[]
  try {
    results = await session.script(statements, setting.options)
  } catch (thrown) {
    if (!(thrown instanceof StatementError) || thrown.at >= setting.statements.length) throw thrown
    if (isRefused(thrown)) throw new ProblemError(refused(thrown.problem))
    throw new ChangeError(explained(setting.safe(thrown.problem), change), change)
  }
  const after = results.slice(setting.statements.length)
  assertNone(failingOf(checks, after))
  return { trace: way.trace, results: after.slice(checks.length) }
}

/** Runs the statement that `sqlWith` makes of a verifier, on the way that is not logged where there is one. */
export async function setPassword(
  session: Session,
  verifier: string,
  sqlWith: (verifier: string) => string,
): Promise<void> {
  const { trace } = await loginWay(session, [session.database])
  await runSetting(session, settingPassword(verifier, trace, sqlWith))
}

/**
 * As {@link setPassword}, with the password itself: only where the person has agreed to it, and only on a way on
 * which nobody else reads it: over TLS or within one machine, and not in a statement that is kept.
 * @throws ProblemError
 */
export async function setPlainPassword(
  session: Session,
  password: Secret,
  sqlWith: (text: string) => string,
): Promise<void> {
  await checkPlainMayGo(session, (await loginWay(session, [session.database])).trace)
  await runSetting(session, settingPlain(password, sqlWith))
}

interface PasswordSetting {
  readonly statements: readonly string[]
  readonly options: ScriptOptions
  /** The problem without words of the server that quote what was to be set. */
  readonly safe: (problem: Problem) => Problem
}

async function runSetting(session: Session, { statements, options, safe }: PasswordSetting): Promise<void> {
  try {
    await session.script(statements, options)
  } catch (thrown) {
    if (!(thrown instanceof StatementError)) throw thrown
    throw new ProblemError(isRefused(thrown) ? refused(thrown.problem) : safe(thrown.problem))
  }
}

/** @throws ProblemError */
async function checkPlainMayGo(session: Session, trace: VerifierTrace): Promise<void> {
  const [connection] = await session.query<{ closed: boolean }>(closedConnectionSql)
  if (connection?.closed !== true) throw new ProblemError(openConnection)
  if (trace.log) throw new ProblemError(wouldBeLogged)
  if (trace.statistics) throw new ProblemError(wouldBeKept)
}

function settingPlain(password: Secret, sqlWith: (text: string) => string): PasswordSetting {
  const text = reveal(password)
  // COPY's text format has escapes of its own; ours are letters and digits.
  if (!/^[A-Za-z0-9]+$/.test(text)) throw new ProblemError(notOurs)
  // Whatever the server's default is: the login is to have a SCRAM verifier in the end.
  const setting = settingFromTable(text, sqlWith)
  const statements = ["SET LOCAL password_encryption = 'scram-sha-256'", ...setting.statements]
  return { ...setting, statements }
}

/** @throws ProblemError for a verifier that the server would take for a password and hash */
function settingPassword(
  verifier: string,
  trace: VerifierTrace,
  sqlWith: (verifier: string) => string,
): PasswordSetting {
  if (!isScramVerifier(verifier) && !md5Form.test(verifier)) {
    throw new ProblemError({
      code: 'verifier-malformed',
      message: 'What should be a SCRAM-SHA-256 verifier is none, so it was not sent.',
    })
  }
  if (trace.log) {
    return { statements: [sqlWith(verifier)], options: {}, safe: problem => withoutQuote(problem, verifier) }
  }
  return settingFromTable(verifier, sqlWith)
}

function settingFromTable(text: string, sqlWith: (text: string) => string): PasswordSetting {
  return {
    statements: [makeTableSql, 'COPY pg_temp.pg_usher_verifier FROM STDIN', setFromTableSql(sqlWith)],
    options: { copyData: `${text}\n` },
    // What it quotes is taken out on the server.
    safe: problem => problem,
  }
}

/** What a server of old stores: of use only to put it back (manual, 53.8). */
const md5Form = /^md5[0-9a-f]{32}$/

const makeTableSql =
  'CREATE TEMPORARY TABLE pg_usher_verifier (verifier pg_catalog.text NOT NULL) ON COMMIT DROP'

/** Stands for the verifier in the statement's text until the server puts it in. */
const slot = 'pg-usher-verifier'

/**
 * The statement is split around the verifier and joined again on the server. What it raises is raised anew with
 * its SQLSTATE and message alone: the CONTEXT of an error in EXECUTE would show the statement. A policy for
 * passwords may quote in its message what it refuses, and the message goes to the log: one that shares a few
 * characters in a row with it is left out. Where the same statement goes through without a password, it is the
 * verifier that is refused, and the SQLSTATE is one of ours.
 */
function setFromTableSql(sqlWith: (verifier: string) => string): string {
  const [before = '', after = ''] = sqlWith(slot).split(quoteLiteral(slot))
  const body = `
DECLARE
  verifier pg_catalog.text;
  state pg_catalog.text;
  problem pg_catalog.text;
  telling pg_catalog.text;
BEGIN
  SELECT v.verifier INTO STRICT verifier FROM pg_temp.pg_usher_verifier AS v;
  BEGIN
    EXECUTE ${quoteLiteral(before)} OPERATOR(pg_catalog.||) pg_catalog.quote_literal(verifier)
      OPERATOR(pg_catalog.||) ${quoteLiteral(after)};
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, problem = MESSAGE_TEXT;
    BEGIN
      EXECUTE ${quoteLiteral(`${before}NULL${after}`)};
      state := ${quoteLiteral(refusedState)};
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END;
  IF state IS NOT NULL THEN
    SELECT pg_catalog.lower(pg_catalog.regexp_replace(verifier, ${quoteLiteral(schemePattern)}, '')) INTO telling;
    IF EXISTS (SELECT FROM pg_catalog.generate_series(1, pg_catalog.length(telling) - ${quoteLength - 1}) AS g (place)
      WHERE pg_catalog.strpos(pg_catalog.lower(problem),
        pg_catalog.substr(telling, g.place, ${quoteLength})) OPERATOR(pg_catalog.>) 0) THEN
      problem := ${quoteLiteral(leftOut)};
    END IF;
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = problem;
  END IF;
END`
  return `DO ${quoteLiteral(body)}`
}

/** What begins every verifier, and tells nothing: a message about verifiers may name it. */
const schemePattern = '^SCRAM-SHA-256[$][0-9]+:'

/** So many characters in a row are no chance any more. */
const quoteLength = 6

const leftOut = 'The reason is left out here: it quotes what was to be set.'

/** The same on this side, for a statement that was sent as it is. */
function withoutQuote(problem: Problem, text: string): Problem {
  const telling = text.replace(new RegExp(schemePattern), '').toLowerCase()
  const message = problem.message.toLowerCase()
  for (let place = 0; place + quoteLength <= telling.length; place += 1) {
    if (message.includes(telling.slice(place, place + quoteLength))) return { ...problem, message: leftOut }
  }
  return problem
}

/** SQLSTATE of our own, in a class that no standard and no PostgreSQL has. */
const refusedState = 'PU001'

function isRefused({ problem }: StatementError): boolean {
  return problem.sqlstate === refusedState
}

/** Encrypted, or within this machine; a tunnel that ends there is somebody's own. */
const closedConnectionSql = `
SELECT pg_catalog.inet_client_addr() IS NULL
    OR pg_catalog.inet_client_addr() OPERATOR(pg_catalog.<<=) '127.0.0.0/8'
    OR pg_catalog.inet_client_addr() OPERATOR(pg_catalog.=) '::1'
    OR COALESCE((SELECT s.ssl FROM pg_catalog.pg_stat_ssl AS s
      WHERE s.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()), false) AS closed`

function refused({ message }: Problem): Problem {
  return {
    code: 'verifier-refused',
    message: `The server refuses the password's SCRAM verifier: ${message}`,
    next: 'It has a policy for passwords, which only a password in plain text can be held to. Sending that is for you to allow: the wizard asks after a rehearsal (r); in the answers it is "sendPlainPassword": true.',
    path: 'sendPlainPassword',
  }
}

const notOurs: Problem = {
  code: 'verifier-malformed',
  message: 'Only a password that was made here is sent as it is.',
}

const openConnection: Problem = {
  code: 'plain-over-open-connection',
  message: 'The password was not sent: this connection is not encrypted.',
  next: 'Connect with TLS (require or better), or on the server itself.',
}

const wouldBeLogged: Problem = {
  code: 'plain-would-be-logged',
  message: "The password was not sent: it would stand in a statement, and so perhaps in the server's log.",
  next: 'Connect as an administrator who may make temporary tables (TEMPORARY on the database) and use plpgsql.',
}

const wouldBeKept: Problem = {
  code: 'plain-would-be-kept',
  message: 'The password was not sent: pg_stat_statements would keep it, because its track is set to all.',
  next: "As a superuser: ALTER ROLE ... SET pg_stat_statements.track = 'top' for this administrator, then connect again.",
}

function explained(problem: Problem, change: OpenLogin): Problem {
  if (problem.sqlstate !== '42501' || !change.existed) return problem
  return {
    ...problem,
    next: `You may not change ${change.role}. Use a login that you may administer, or let a superuser run this.`,
  }
}
