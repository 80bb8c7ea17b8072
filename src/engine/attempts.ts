import { quoteLiteral } from '../model/identifier.ts'
import { problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'

/** What the server said to one statement; in any case it has left nothing behind. */
export interface Attempt {
  /** null where it went through. */
  readonly sqlstate: string | null
  readonly message: string
}

export interface AttemptOptions {
  /** The role to become for it; null stays who one is. */
  readonly as: string | null
  /** How long one statement waits for a lock, in milliseconds. */
  readonly lockTimeout: number
}

/** One statement's `permission denied`. */
export function isRefused(attempt: Attempt | undefined): boolean {
  return attempt?.sqlstate === '42501'
}

/**
 * Tries each statement in a subtransaction of the open transaction and takes it back, so that neither locks
 * nor effects pile up; all in one round trip. The statements' results are thrown away.
 * @returns one attempt for each statement, in order
 * @throws ProblemError where the whole was cancelled or the connection went
 */
export async function tryEach(
  session: Session,
  statements: readonly string[],
  options: AttemptOptions,
): Promise<readonly Attempt[]> {
  if (statements.length === 0) return []
  if (options.as === null && !(await mayRunBlocks(session))) return tryOneByOne(session, statements, options)
  const rows = await session.query<{ outcomes: string }>(
    `SELECT pg_catalog.set_config('pg_usher.statements', ${quoteLiteral(JSON.stringify(statements))}, true),
  pg_catalog.set_config('pg_usher.as', ${quoteLiteral(options.as ?? '')}, true),
  pg_catalog.set_config('pg_usher.lock_timeout', '${Math.round(options.lockTimeout)}', true);
DO ${quoteLiteral(tryEachBody)};
SELECT pg_catalog.current_setting('pg_usher.outcomes') AS outcomes`,
  )
  const outcomes: unknown = JSON.parse(rows[0]?.outcomes ?? '[]')
  return Array.isArray(outcomes) ? outcomes.map(attemptOf) : []
}

async function mayRunBlocks(session: Session): Promise<boolean> {
  const [may] = await session.query<{ blocks: boolean }>(
    `SELECT pg_catalog.has_language_privilege('plpgsql', 'USAGE') AS blocks`,
  )
  return may?.blocks === true
}

/** For a login on a server where PUBLIC has lost USAGE on plpgsql: the same with savepoints, two trips each. */
async function tryOneByOne(
  session: Session,
  statements: readonly string[],
  { lockTimeout }: AttemptOptions,
): Promise<readonly Attempt[]> {
  await session.query(`SET LOCAL lock_timeout = ${Math.round(lockTimeout)}`)
  const attempts: Attempt[] = []
  for (const statement of statements) {
    let attempt: Attempt = { sqlstate: null, message: '' }
    try {
      await session.query(`SAVEPOINT pg_usher_attempt; ${statement}`)
    } catch (thrown) {
      const { sqlstate, message } = problemOf(thrown)
      // Without an SQLSTATE the connection went; a cancel ends the whole, as it does in the block.
      if (sqlstate === undefined || sqlstate === '57014') throw thrown
      attempt = { sqlstate, message }
    }
    await session.query('ROLLBACK TO SAVEPOINT pg_usher_attempt; RELEASE SAVEPOINT pg_usher_attempt')
    attempts.push(attempt)
  }
  return attempts
}

function attemptOf(outcome: unknown): Attempt {
  const [state, message] = Array.isArray(outcome) ? outcome : []
  return { sqlstate: state === wentThrough ? null : String(state), message: String(message ?? '') }
}

/** What the block raises itself to take a statement back that went through. */
const wentThrough = 'UG000'

// WHEN OTHERS leaves out query_canceled, so that a cancel ends the whole. What was set in a subtransaction
// goes with it; the outcomes are therefore set outside.
const tryEachBody = `
DECLARE
  statement pg_catalog.text;
  state pg_catalog.text;
  problem pg_catalog.text;
  outcomes pg_catalog.text[] := '{}';
  role_before pg_catalog.text := pg_catalog.current_setting('role');
  wait_before pg_catalog.text := pg_catalog.current_setting('lock_timeout');
BEGIN
  PERFORM pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('pg_usher.lock_timeout'), true);
  IF pg_catalog.current_setting('pg_usher.as') <> '' THEN
    PERFORM pg_catalog.set_config('role', pg_catalog.current_setting('pg_usher.as'), true);
  END IF;
  FOR statement IN
    SELECT s.value
    FROM pg_catalog.json_array_elements_text(pg_catalog.current_setting('pg_usher.statements')::pg_catalog.json)
      WITH ORDINALITY AS s (value, place)
    ORDER BY s.place
  LOOP
    BEGIN
      EXECUTE statement;
      RAISE EXCEPTION USING ERRCODE = '${wentThrough}', MESSAGE = '';
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, problem = MESSAGE_TEXT;
      outcomes := outcomes || pg_catalog.json_build_array(state, problem)::pg_catalog.text;
    END;
  END LOOP;
  PERFORM pg_catalog.set_config('role', role_before, true);
  PERFORM pg_catalog.set_config('lock_timeout', wait_before, true);
  PERFORM pg_catalog.set_config('pg_usher.outcomes',
    '[' || pg_catalog.array_to_string(outcomes, ',') || ']', true);
END`
