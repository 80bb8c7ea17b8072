import { performance } from 'node:perf_hooks'
import { deadlineBounds } from '../model/deadline.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'
import { rowsOf, StatementError } from '../postgres/statement.ts'

/**
 * How long one statement waits for a lock, in milliseconds: at most 2 s, and less than the deadline, so that
 * the server says what it waited for.
 */
function lockTimeoutOf(deadline: number): number {
  return Math.max(1, Math.min(2000, deadline - Math.min(200, deadline / 4)))
}

/** After a cancel the server has this long to answer, in milliseconds; then the connection counts as lost. */
const answerGrace = 5000

export interface TransactionOptions {
  /** Milliseconds from BEGIN to the end of the work. With a lock_timeout alone, others would wait as long as we stay. */
  readonly deadline: number
  readonly end: 'commit' | 'rollback'
  /** Whether a person can allow more (`apply --deadline`): it is said where the time was too short. */
  readonly mayBeLonger?: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs `work` in one transaction and ends it as told; whatever `work` throws rolls it back. BEGIN travels with
 * the first that `work` asks for. The session that it is given cancels what runs at the deadline or when the
 * signal says so.
 * @returns what `work` gave, and how long the transaction was open, in milliseconds
 * @throws ProblemError `deadline`, `cancelled`, `connection-lost`; `commit-unknown` where the connection went
 *   while COMMIT was under way, so that nobody knows; else what `work` threw
 */
export async function inTransaction<T>(
  session: Session,
  options: TransactionOptions,
  work: (bounded: Session) => Promise<T>,
): Promise<{ readonly value: T; readonly tookMs: number }> {
  const began = performance.now()
  const bounds = bound(session, options)
  let value: T
  try {
    value = await work(bounds.session)
    bounds.check()
  } catch (thrown) {
    await bounds.lift()
    if (bounds.begun()) await rollBack(session)
    throw bounds.explain(thrown)
  }
  await bounds.lift()
  if (!bounds.begun()) return { value, tookMs: performance.now() - began }
  if (options.end === 'rollback') await rollBack(session)
  else await commit(session, options.signal)
  return { value, tookMs: performance.now() - began }
}

/**
 * BEGIN and the settings of every transaction. Names are written in full, so search_path is empty. NOTICE brings
 * the warnings 01007 and 01006 and the progress of attempts.ts, whatever the role's own setting.
 * The server ends a transaction whose client has gone: idle_in_transaction_session_timeout everywhere,
 * transaction_timeout from 17 on; both a little later than we do it ourselves, because they end the session.
 * What is committed must outlive a crash of the server, or what comes next would stand on nothing.
 */
function beginStatements(deadline: number): readonly string[] {
  return [
    'BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE',
    'SET LOCAL standard_conforming_strings = on',
    "SET LOCAL search_path = ''",
    'SET LOCAL client_min_messages = notice',
    'SET LOCAL row_security = on',
    `SET LOCAL lock_timeout = ${Math.round(lockTimeoutOf(deadline))}`,
    `SET LOCAL statement_timeout = ${Math.round(deadline) + 500}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${Math.round(deadline) + 500}`,
    `SELECT pg_catalog.set_config('transaction_timeout', '${Math.round(deadline) + 1000}', true)
WHERE pg_catalog.current_setting('server_version_num')::int >= 170000`,
    `SELECT pg_catalog.set_config('synchronous_commit', 'on', true)
WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`,
  ]
}

interface Bounds {
  readonly session: Session
  /** Whether BEGIN was sent. */
  begun(): boolean
  /** @throws ProblemError when the time is over or the person has cancelled */
  check(): void
  /** Ends the watch; a cancel on its way has arrived when this resolves. */
  lift(): Promise<void>
  /** The reason of ours behind what the server said when it was cancelled. */
  explain(thrown: unknown): unknown
}

function bound(session: Session, options: TransactionOptions): Bounds {
  let why: Problem | null = null
  let cancelling: Promise<void> = Promise.resolve()
  let running = false
  let giveUp: (() => void) | null = null
  let graceTimer: NodeJS.Timeout | undefined

  const stop = (problem: Problem) => {
    if (why !== null) return
    why = problem
    if (!running) return
    // A cancel that fails is no news: the grace below or the server's own timeouts end it.
    cancelling = Promise.race([session.cancel().catch(() => {}), wait(answerGrace)])
    graceTimer = setTimeout(() => giveUp?.(), answerGrace)
  }
  const onAbort = () => stop(cancelledProblem)
  const timer = setTimeout(() => stop(deadlineProblem(options)), options.deadline)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) why = cancelledProblem

  const check = () => {
    if (why !== null) throw new ProblemError(why)
  }
  async function guarded<T>(run: () => Promise<T>): Promise<T> {
    check()
    running = true
    try {
      return await new Promise<T>((resolve, reject) => {
        giveUp = () => {
          session.close().catch(() => {})
          reject(new ProblemError(lostProblem))
        }
        run().then(resolve, reject)
      })
    } finally {
      running = false
      giveUp = null
      clearTimeout(graceTimer)
    }
  }

  let begun = false
  /** BEGIN and the settings, the first time; then nothing. */
  const beginning = (): readonly string[] => {
    if (begun) return []
    begun = true
    return beginStatements(options.deadline)
  }

  return {
    session: {
      ...session,
      query: (sql, values) =>
        guarded(async () => {
          const begin = beginning()
          if (begin.length === 0) return session.query(sql, values)
          if (values === undefined) return session.query([...begin, sql].join(';\n'))
          await session.script(begin)
          return session.query(sql, values)
        }),
      script: (statements, scriptOptions = {}) =>
        guarded(() => scriptAfter(session, beginning(), statements, scriptOptions)),
      queryEach: <Rows>(statements: readonly string[]) =>
        guarded(async () => rowsOf<Rows>(await scriptAfter(session, beginning(), statements, {}))),
      copyIn: (sql, data) =>
        guarded(async () => {
          const begin = beginning()
          if (begin.length > 0) await session.script(begin)
          await session.copyIn(sql, data)
        }),
      takeNotices: () => session.takeNotices(),
      cancel: () => session.cancel(),
      close: () => session.close(),
    },
    begun: () => begun,
    check,
    async lift() {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      await cancelling
    },
    explain(thrown) {
      if (why === null) return thrown
      const problem = problemOf(thrown)
      return problem.sqlstate === '57014' || problem.code === 'unexpected' ? new ProblemError(why) : thrown
    },
  }
}

/** Statements behind others, told as if they were alone. */
async function scriptAfter(
  session: Session,
  before: readonly string[],
  ...[statements, options]: Required<Parameters<Session['script']>>
): ReturnType<Session['script']> {
  const skipped = before.length
  const { onDone } = options
  try {
    const results = await session.script([...before, ...statements], {
      ...options,
      ...(onDone && {
        onDone: done => {
          if (done > skipped) onDone(done - skipped)
        },
      }),
    })
    return results.slice(skipped)
  } catch (thrown) {
    if (!(thrown instanceof StatementError)) throw thrown
    throw new StatementError(thrown.problem, thrown.at - skipped, { cause: thrown })
  }
}

async function rollBack(session: Session): Promise<void> {
  try {
    await session.query('ROLLBACK')
  } catch (thrown) {
    // A cancel that came late hits the ROLLBACK itself: once more. A lost connection has rolled back by itself.
    if (problemOf(thrown).sqlstate === '57014') await session.query('ROLLBACK').catch(() => {})
  }
}

/**
 * A COMMIT waits for synchronous standbys, maybe for ever; a cancel then ends the wait and the transaction is
 * committed, while one that comes before rolls it back and says 57014. Both are certain; only a server that
 * does not answer the cancel either leaves it open.
 */
async function commit(session: Session, signal: AbortSignal | undefined): Promise<void> {
  let graceTimer: NodeJS.Timeout | undefined
  let giveUp = () => {}
  const onAbort = () => {
    session.cancel().catch(() => {})
    graceTimer = setTimeout(() => giveUp(), answerGrace)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await new Promise<unknown>((resolve, reject) => {
      giveUp = () => {
        session.close().catch(() => {})
        reject(new ProblemError(lostProblem))
      }
      session.query('COMMIT').then(resolve, reject)
    })
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (problem.sqlstate === '57014') throw new ProblemError(cancelledProblem, { cause: thrown })
    if (!isLost(problem)) throw thrown
    throw new ProblemError(commitUnknown, { cause: thrown })
  } finally {
    clearTimeout(graceTimer)
    signal?.removeEventListener('abort', onAbort)
  }
}

const commitUnknown: Problem = {
  code: 'commit-unknown',
  message: 'The connection went while the server was committing, so it is not known whether it did.',
}

/** Whether the connection is gone, and with it the transaction that was open. */
export function isLost(problem: Problem): boolean {
  return problem.code === 'connection-lost' || problem.code === 'commit-unknown'
}

const cancelledProblem: Problem = { code: 'cancelled', message: 'Cancelled.' }

const lostProblem: Problem = {
  code: 'connection-lost',
  message: 'The server did not answer any more.',
  next: 'Look whether the server runs and can be reached, then try again.',
}

function deadlineProblem({ deadline, mayBeLonger = false }: TransactionOptions): Problem {
  const { most } = deadlineBounds
  const longer = Math.min(most, Math.ceil(deadline / 1000) * 5)
  const byOption =
    mayBeLonger && deadline < most * 1000
      ? ` Where others can wait longer: save the answers, then \`pg-usher apply --answers FILE --deadline ${longer}\` allows ${longer} s.`
      : ''
  return {
    code: 'deadline',
    message: `The transaction was not done within ${deadline} ms and was rolled back, so that nobody waits for its locks.`,
    next: mayBeLonger
      ? `Try at a quieter time, or choose fewer tables at once.${byOption}`
      : 'Try again at a quieter time.',
  }
}

function wait(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}
