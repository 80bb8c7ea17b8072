import pg from 'pg'
import { type Problem, ProblemError } from '../model/problem.ts'
import type { ServerCertificate } from '../model/server-certificate.ts'
import { copyIn, runScript } from './copy-in.ts'
import type { ScriptOptions, Session } from './session.ts'
import { inlined, type Notice, rowsOf, StatementError, type StatementResult } from './statement.ts'

/** A session together with what its connection said while it began. */
export interface ServerSession extends Session {
  readonly connection: ConnectionFacts
}

export interface ConnectionFacts {
  /** The process that BackendKeyData named; null where none did. A pooler names one of its own. */
  readonly processId: number | null
  readonly tls: boolean
  /** What the server showed under TLS; null without. */
  readonly certificate: ServerCertificate | null
  /** Whether the server asked for the password. Where it did not, the login says nothing about that. */
  readonly passwordAsked: boolean
  /** `refused`: something before the server did not know the parameters of our startup packet. */
  readonly startup: 'accepted' | 'refused'
}

/** How long a polite goodbye may take before the socket is closed, in milliseconds. */
const closeTimeout = 2000

/**
 * A session over a connected client. One statement runs at a time, in the order of the calls.
 * @param sendCancel sends the CancelRequest for this client's backend
 */
export function sessionOver(
  client: pg.Client,
  facts: { readonly database: string; readonly user: string; readonly connection: ConnectionFacts },
  sendCancel: () => Promise<void>,
): ServerSession {
  let notices: Notice[] = []
  let lost: Problem | null = null
  let closing: Promise<void> | null = null
  let last: Promise<unknown> = Promise.resolve()

  /** Where a notice belongs that comes now. */
  let onNotice = (notice: Notice): void => void notices.push(notice)

  client.on('notice', ({ severity = 'NOTICE', code = '00000', message = '' }) => {
    onNotice({ severity, sqlstate: code, message })
  })
  client.on('error', error => {
    lost ??= lostProblem(error)
  })
  client.on('end', () => {
    lost ??= lostProblem(undefined)
  })

  let running = 0

  /** Runs after all that was asked for before, whether that worked or not. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    running += 1
    const answered = last.then(async () => {
      if (closing !== null) throw new ProblemError(closedProblem)
      if (lost !== null) throw new ProblemError(lost)
      try {
        return await run()
      } catch (thrown) {
        const problem = statementProblem(thrown, lost)
        if (problem === null || thrown instanceof StatementError) throw thrown
        if (problem.code === 'connection-lost') lost ??= problem
        throw new ProblemError(problem, { cause: thrown })
      }
    })
    // Before anybody hears of the result: who does may give the session on at once.
    const result = answered.finally(() => {
      running -= 1
    })
    last = result.catch(() => {})
    return result
  }

  const script: Session['script'] = (statements, options = {}) =>
    inTurn(async () => {
      const toList = onNotice
      const progress = progressOf(statements.length, options)
      onNotice = progress.notice
      client.connection.on('commandComplete', progress.completed)
      try {
        const results = await runScript(client, statements.map(inlined).join(';\n'), options.copyData)
        return results.map(({ rows }, at): StatementResult => ({ rows, notices: progress.notices[at] ?? [] }))
      } catch (thrown) {
        const problem = statementProblem(thrown, lost)
        if (problem === null || problem.code === 'connection-lost') throw thrown
        throw new StatementError(problem, progress.done(), { cause: thrown })
      } finally {
        onNotice = toList
        client.connection.off('commandComplete', progress.completed)
      }
    })

  return {
    ...facts,
    query: <Row>(sql: string, values?: readonly unknown[]) =>
      inTurn(async () => {
        const results: pg.QueryResult | pg.QueryResult[] = await client.query(sql, values && [...values])
        const result = Array.isArray(results) ? results.at(-1) : results
        return (result?.rows ?? []) as Row[]
      }),
    script,
    queryEach: async <Rows>(statements: readonly string[]) => rowsOf<Rows>(await script(statements)),
    copyIn: (sql, data) => inTurn(() => copyIn(client, sql, data)),
    isIdle: () => lost === null && closing === null && running === 0 && client.getTransactionStatus() === 'I',
    takeNotices: () => {
      const taken = notices
      notices = []
      return taken
    },
    cancel: sendCancel,
    close: () => {
      closing ??= endOf(client)
      return closing
    },
  }
}

/** How far the server is with several statements, each of which ends with one CommandComplete (manual, 54.2.2). */
function progressOf(count: number, { onDone, onNotice }: ScriptOptions) {
  const notices: Notice[][] = Array.from({ length: count }, () => [])
  let done = 0
  return {
    notices,
    done: () => done,
    completed: () => {
      done += 1
      onDone?.(done)
    },
    notice: (notice: Notice) => {
      notices[done]?.push(notice)
      onNotice?.(notice)
    },
  }
}

/** What a failed statement means: the server's words, or that the connection is gone; null for neither. */
function statementProblem(thrown: unknown, lost: Problem | null): Problem | null {
  if (thrown instanceof pg.DatabaseError) {
    return endsTheConnection(thrown) ? lostProblem(thrown) : serverProblem(thrown)
  }
  if (lost !== null) return lost
  if (!(thrown instanceof Error)) return null
  const { code } = thrown as { code?: unknown }
  const fromSocket = typeof code === 'string' && /^E[A-Z]+$/.test(code)
  return fromSocket || /^(Connection terminated|Client )/.test(thrown.message) ? lostProblem(thrown) : null
}

/** Class 57P (the operator ends it), 25P03 and 25P04 (left open too long), 08 (the connection itself). */
function endsTheConnection(error: pg.DatabaseError): boolean {
  return /^(57P0[1-5]|25P0[34]|08...)$/.test(error.code ?? '') || /^(FATAL|PANIC)$/.test(error.severity ?? '')
}

function serverProblem(error: pg.DatabaseError): Problem {
  const detail = error.detail ? ` (${error.detail})` : ''
  return {
    code: codes[error.code ?? ''] ?? 'statement-failed',
    message: `${error.message}${detail}`,
    ...(error.hint ? { next: error.hint } : {}),
    ...(error.code === undefined ? {} : { sqlstate: error.code }),
  }
}

/** SQLSTATEs that callers or people treat apart; all others are `statement-failed`. */
const codes: Readonly<Record<string, string>> = {
  '42501': 'permission-denied',
  '57014': 'statement-cancelled',
  '55P03': 'lock-timeout',
  '40P01': 'deadlock',
  '53200': 'out-of-locks',
  '25006': 'read-only',
}

function lostProblem(error: Error | undefined): Problem {
  const because =
    error === undefined || /^(Connection terminated|Client )/.test(error.message) ? '' : `: ${error.message}`
  const sqlstate =
    error instanceof pg.DatabaseError && error.code !== undefined ? { sqlstate: error.code } : {}
  return {
    code: 'connection-lost',
    message: `The connection to the server is lost${because}.`,
    next: 'Check that the server runs and that the network holds; what was not committed is undone by the server.',
    ...sqlstate,
  }
}

const closedProblem: Problem = { code: 'connection-lost', message: 'The connection is closed.' }

async function endOf(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), closeTimeout)
  try {
    await client.end()
  } finally {
    clearTimeout(timer)
  }
}
