import type { ServerInterface } from '../hba/interfaces.ts'

/** What decides where the server listens, as a superuser reads it. */
export interface ListenAtHand {
  /** What the running server was started with. */
  readonly inForce: string
  /** Where that came from (pg_settings.source); `command line` stands above every file. */
  readonly source: string
  /** What ALTER SYSTEM has set it to (postgresql.auto.conf); null where it has not. */
  readonly bySystem: string | null
  readonly dataDirectory: string
  /** The server's own addresses; null where the system does not show them. */
  readonly interfaces: readonly ServerInterface[] | null
}
