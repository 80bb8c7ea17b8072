import type { Secret } from '../model/secret.ts'
import type { Notice, Statement, StatementResult } from './statement.ts'

/** One connection to one database. Nothing outside src/postgres knows the driver. */
export interface Session {
  readonly database: string
  readonly user: string
  /**
   * Runs one statement (with values) or several (without) and gives the last one's rows.
   * @throws ProblemError with the server's SQLSTATE; `connection-lost` when the connection is gone
   */
  query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /**
   * Runs several statements, without values, in one round trip and gives the rows of each; they are one
   * transaction (manual, 54.2.2.1). @throws ProblemError as query does
   */
  queryEach<Rows = Record<string, unknown>[][]>(statements: readonly string[]): Promise<Rows>
  /**
   * As queryEach, with values and with all that each gave: after one that fails none is run.
   * @throws StatementError, which says which one failed; ProblemError `connection-lost`
   */
  script(statements: readonly Statement[], options?: ScriptOptions): Promise<readonly StatementResult[]>
  /** Warnings and notices of `query` since the last call, oldest first; taking them empties the list. */
  takeNotices(): readonly Notice[]
  /**
   * Runs one `COPY ... FROM STDIN` and sends it `data` (text format): the way of a value that must not stand
   * in the server's log. @throws ProblemError as query does
   */
  copyIn(sql: string, data: string): Promise<void>
  /** Whether the connection stands, with nothing under way and no transaction open. */
  isIdle(): boolean
  /** Asks the server to cancel what runs now (through a connection of its own). */
  cancel(): Promise<void>
  close(): Promise<void>
}

export interface ScriptOptions {
  /** For the one `COPY ... FROM STDIN` among the statements; sent behind them without waiting for the server to ask. */
  readonly copyData?: string
  /** Called as the server reports: how many statements are done. */
  readonly onDone?: (done: number) => void
  /** Called with each notice as it comes. */
  readonly onNotice?: (notice: Notice) => void
}

/** Opens a session in a database of the server at hand: as the administrator, or as the new login. */
export type OpenSession = (request: {
  readonly database: string
  /** `tls`: with it, where the administrator comes without. */
  readonly as?: { readonly user: string; readonly password: Secret; readonly tls?: 'require' }
}) => Promise<Session>
