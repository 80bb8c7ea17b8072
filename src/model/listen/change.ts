import { quoteLiteral } from '../identifier.ts'

/**
 * listen_addresses set by ALTER SYSTEM, as a change that a plan has. It cannot be part of a transaction (PostgreSQL
 * manual, ALTER SYSTEM), so it has steps of its own to be made and taken back; and it waits for a restart, which is
 * never done here.
 */
export interface ListenChange {
  readonly kind: 'listen-addresses'
  readonly why: string
  /** To what it is set: `*`, or addresses with commas. */
  readonly value: string
  /** What ALTER SYSTEM had set it to before; null where it had not. */
  readonly former: string | null
  /** What the running server listens on, until somebody restarts it. */
  readonly inForce: string
  /** The server's data directory, for the words about the restart. */
  readonly dataDirectory: string
}

/** What was set, and what it was before: for the receipt. */
export type ListenDone = Pick<ListenChange, 'value' | 'former'>

/** The change in a few words. */
export function listenTitle({ value }: Pick<ListenChange, 'value'>): string {
  return `listen_addresses to ${value}, above what postgresql.conf says`
}

/** What sets it. */
export function listenStatement(value: string): string {
  return `ALTER SYSTEM SET listen_addresses = ${quoteLiteral(value)}`
}

/** What takes it back. */
export function listenUndo({ former }: ListenDone): string {
  return former === null ? 'ALTER SYSTEM RESET listen_addresses' : listenStatement(former)
}

/** How a restart is done by the person whose server it is, at a time of that person's choice. */
export function restartWords({ dataDirectory }: Pick<ListenChange, 'dataDirectory'>): string {
  return `It is in force after a restart, which ends every session: do it at a time of your choice, in the way this server is restarted (systemctl restart postgresql and the like, or pg_ctl restart -D ${dataDirectory}).`
}
