import type { Change } from '../model/change.ts'
import { quoteLiteral } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import { statementsOf } from '../plan/statements.ts'
import { isScramVerifier } from '../postgres/scram.ts'
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
 * where the way is known. The verifier travels as COPY data into a temporary table and is set from a DO block, so
 * that it does not stand in the server's log even under log_statement = all. Where that cannot be,
 * verifier-trace.ts says so.
 * @returns the trace that it leaves, and what the statements of `behind` gave
 * @throws ChangeError; ProblemError for a verifier that the server would take for a password and hash
 */
export async function openLogin(
  session: Session,
  change: OpenLogin,
  verifier: string,
  options: OpenLoginOptions = {},
): Promise<{ readonly trace: VerifierTrace; readonly results: readonly StatementResult[] }> {
  const { way = await loginWay(session, session.database), behind = [] } = options
  const now = serverClock(way)
  const setting = settingPassword(verifier, way.trace, text =>
    statementsOf(change, { verifier: text, now }).join(';\n'),
  )
  const checks = checksOf([change])
  const statements = [...setting.statements, ...checks.map(({ sql }) => sql), ...behind]
  let results: readonly StatementResult[]
  try {
    results = await session.script(statements, setting.options)
  } catch (thrown) {
    if (!(thrown instanceof StatementError) || thrown.at >= setting.statements.length) throw thrown
    throw new ChangeError(explained(thrown.problem, change), change, { cause: thrown })
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
  const { trace } = await loginWay(session, session.database)
  const { statements, options } = settingPassword(verifier, trace, sqlWith)
  await session.script(statements, options)
}

/** @throws ProblemError for a verifier that the server would take for a password and hash */
function settingPassword(
  verifier: string,
  trace: VerifierTrace,
  sqlWith: (verifier: string) => string,
): { readonly statements: readonly string[]; readonly options: ScriptOptions } {
  if (!isScramVerifier(verifier) && !md5Form.test(verifier)) {
    throw new ProblemError({
      code: 'verifier-malformed',
      message: 'What should be a SCRAM-SHA-256 verifier is none, so it was not sent.',
    })
  }
  if (trace === 'log') return { statements: [sqlWith(verifier)], options: {} }
  return {
    statements: [makeTableSql, 'COPY pg_temp.pg_usher_verifier FROM STDIN', setFromTableSql(sqlWith)],
    options: { copyData: `${verifier}\n` },
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
 * its SQLSTATE and message alone: the CONTEXT of an error in EXECUTE would show the statement.
 */
function setFromTableSql(sqlWith: (verifier: string) => string): string {
  const [before = '', after = ''] = sqlWith(slot).split(quoteLiteral(slot))
  const body = `
DECLARE
  verifier pg_catalog.text;
  state pg_catalog.text;
  problem pg_catalog.text;
BEGIN
  SELECT v.verifier INTO STRICT verifier FROM pg_temp.pg_usher_verifier AS v;
  BEGIN
    EXECUTE ${quoteLiteral(before)} OPERATOR(pg_catalog.||) pg_catalog.quote_literal(verifier)
      OPERATOR(pg_catalog.||) ${quoteLiteral(after)};
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, problem = MESSAGE_TEXT;
  END;
  IF state IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = problem;
  END IF;
END`
  return `DO ${quoteLiteral(body)}`
}

function explained(problem: Problem, change: OpenLogin): Problem {
  if (problem.sqlstate !== '42501' || !change.existed) return problem
  return {
    ...problem,
    next: `You may not change ${change.role}. Use a login that you may administer, or let a superuser run this.`,
  }
}
