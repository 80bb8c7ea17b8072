import type { Change } from '../model/change.ts'
import { quoteLiteral } from '../model/identifier.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { statementsOf } from '../plan/statements.ts'
import { isScramVerifier } from '../postgres/scram.ts'
import type { Session } from '../postgres/session.ts'
import { assertHold, ChangeError } from './run-changes.ts'
import { verifierTrace } from './verifier-trace.ts'

type OpenLogin = Extract<Change, { kind: 'open-login' }>

/**
 * Runs the change that opens the login, in the open transaction. The verifier travels as COPY data into a
 * temporary table and is set from a DO block, so that it does not stand in the server's log even under
 * log_statement = all. Where that cannot be, verifier-trace.ts says so.
 * @throws ChangeError; ProblemError for a verifier that the server would take for a password and hash
 */
export async function openLogin(session: Session, change: OpenLogin, verifier: string): Promise<void> {
  const [clock] = await session.query<{ now: Date }>('SELECT pg_catalog.clock_timestamp() AS now')
  const now = clock?.now ?? new Date()
  const sqlWith = (text: string) => statementsOf(change, { verifier: text, now }).join(';\n')
  try {
    await setPassword(session, verifier, sqlWith)
    await assertHold(session, [change])
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (thrown instanceof ChangeError || problem.sqlstate === undefined) throw thrown
    throw new ChangeError(explained(problem, change), change, { cause: thrown })
  }
}

/** Runs the statement that `sqlWith` makes of a verifier, on the way that is not logged where there is one. */
export async function setPassword(
  session: Session,
  verifier: string,
  sqlWith: (verifier: string) => string,
): Promise<void> {
  if (!isScramVerifier(verifier) && !md5Form.test(verifier)) {
    throw new ProblemError({
      code: 'verifier-malformed',
      message: 'What should be a SCRAM-SHA-256 verifier is none, so it was not sent.',
    })
  }
  if ((await verifierTrace(session, session.database)) === 'log') {
    await session.query(sqlWith(verifier))
    return
  }
  await session.query(makeTableSql)
  await session.copyIn('COPY pg_temp.pg_usher_verifier FROM STDIN', `${verifier}\n`)
  await session.query(setFromTableSql(sqlWith))
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
