import { performance } from 'node:perf_hooks'
import { quoteLiteral } from '../model/identifier.ts'
import { problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'
import { chunks } from './chunks.ts'
import { ask, type Question, question } from './question.ts'

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
  /** Whether blocks of PL/pgSQL can be run (mayRunBlocks); asked for when left out. */
  readonly blocks?: boolean | undefined
  /** When to stop (performance.now(), milliseconds): what was not tried by then has no attempt. */
  readonly until?: number | null | undefined
  /** Hears how many were tried, while the server works. */
  readonly onTried?: ((tried: number) => void) | undefined
}

/** One statement's `permission denied`. */
export function isRefused(attempt: Attempt | undefined): boolean {
  return attempt?.sqlstate === '42501'
}

/** Statements in one round trip: some 200 kB. A cancel and the clock are heard in between by the server itself. */
const attemptsPerTrip = 2500

/** After so many attempts the server says how far it is. */
const attemptsPerNotice = 100

/**
 * Tries each statement in a subtransaction of the open transaction and takes it back, so that neither locks
 * nor effects pile up; some thousands in one round trip. The statements' results are thrown away.
 * @returns one attempt for each statement, in order
 * @throws ProblemError where the whole was cancelled or the connection went
 */
export async function tryEach(
  session: Session,
  statements: readonly string[],
  options: AttemptOptions,
): Promise<readonly Attempt[]> {
  if (statements.length === 0) return []
  // Who becomes another has its own right to blocks, and an administrator without it can become nobody here.
  const blocks = options.as !== null || (options.blocks ?? (await ask(session, mayRunBlocks)))
  if (!blocks) return tryOneByOne(session, statements, options)
  const attempts: Attempt[][] = []
  let tried = 0
  for (const some of chunks(statements, attemptsPerTrip)) {
    const outcomes = await tryInBlock(session, some, options, tried)
    attempts.push(outcomes)
    tried += outcomes.length
    options.onTried?.(tried)
    if (outcomes.length < some.length) break
  }
  return attempts.flat()
}

/** Asks whether the session's role may run blocks of PL/pgSQL. */
export const mayRunBlocks: Question<boolean> = question(
  `SELECT pg_catalog.has_language_privilege('plpgsql', 'USAGE') AS blocks`,
  (rows: readonly { readonly blocks: boolean }[]) => rows[0]?.blocks === true,
)

async function tryInBlock(
  session: Session,
  statements: readonly string[],
  { as, lockTimeout, until, onTried }: AttemptOptions,
  before: number,
): Promise<Attempt[]> {
  const within = typeof until === 'number' ? Math.max(0, Math.round(until - performance.now())) : ''
  const results = await session.script(
    [
      `SELECT pg_catalog.set_config('pg_usher.statements', ${quoteLiteral(JSON.stringify(statements))}, true),
  pg_catalog.set_config('pg_usher.as', ${quoteLiteral(as ?? '')}, true),
  pg_catalog.set_config('pg_usher.lock_timeout', '${Math.round(lockTimeout)}', true),
  pg_catalog.set_config('pg_usher.within', '${within}', true)`,
      `DO ${quoteLiteral(tryEachBody)}`,
      `SELECT pg_catalog.current_setting('pg_usher.outcomes') AS outcomes`,
    ],
    {
      onNotice: ({ sqlstate, message }) => {
        if (sqlstate === soFar) onTried?.(before + Number(message))
      },
    },
  )
  const outcomes: unknown = JSON.parse(String(results[2]?.rows[0]?.['outcomes'] ?? '[]'))
  return Array.isArray(outcomes) ? outcomes.map(attemptOf) : []
}

/** For a login on a server where PUBLIC has lost USAGE on plpgsql: the same with savepoints, two trips each. */
async function tryOneByOne(
  session: Session,
  statements: readonly string[],
  { lockTimeout, until, onTried }: AttemptOptions,
): Promise<readonly Attempt[]> {
  await session.query(`SET LOCAL lock_timeout = ${Math.round(lockTimeout)}`)
  const attempts: Attempt[] = []
  for (const statement of statements) {
    if (typeof until === 'number' && performance.now() > until) break
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
    onTried?.(attempts.length)
  }
  return attempts
}

function attemptOf(outcome: unknown): Attempt {
  const [state, message] = Array.isArray(outcome) ? outcome : []
  return { sqlstate: state === wentThrough ? null : String(state), message: String(message ?? '') }
}

/** What the block raises itself to take a statement back that went through, and to say how far it is. */
const wentThrough = 'UG000'
const soFar = 'UG001'

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
  deadline pg_catalog.timestamptz := pg_catalog.clock_timestamp() + pg_catalog.make_interval(
    secs => NULLIF(pg_catalog.current_setting('pg_usher.within'), '')::pg_catalog.float8 / 1000);
  tried pg_catalog.int4 := 0;
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
    EXIT WHEN pg_catalog.clock_timestamp() > deadline;
    BEGIN
      EXECUTE statement;
      RAISE EXCEPTION USING ERRCODE = '${wentThrough}', MESSAGE = '';
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, problem = MESSAGE_TEXT;
      outcomes := outcomes || pg_catalog.json_build_array(state, problem)::pg_catalog.text;
    END;
    tried := tried + 1;
    IF tried % ${attemptsPerNotice} = 0 THEN
      RAISE NOTICE USING ERRCODE = '${soFar}', MESSAGE = tried::pg_catalog.text;
    END IF;
  END LOOP;
  PERFORM pg_catalog.set_config('role', role_before, true);
  PERFORM pg_catalog.set_config('lock_timeout', wait_before, true);
  PERFORM pg_catalog.set_config('pg_usher.outcomes',
    '[' || pg_catalog.array_to_string(outcomes, ',') || ']', true);
END`
