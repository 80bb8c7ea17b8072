import { interfacesOf, type ServerInterface } from '../model/hba/interfaces.ts'
import type { ListenAtHand } from '../model/listen/at-hand.ts'
import type { Session } from './session.ts'

/** What decides where the server listens; null where this role may not see it. */
export async function readListening(session: Session): Promise<ListenAtHand | null> {
  const [may] = await session.query<{ may: boolean }>(mayReadSql)
  if (may?.may !== true) return null
  const [row] = await session.query<Omit<ListenAtHand, 'interfaces'>>(settingsSql)
  return row === undefined ? null : { ...row, interfaces: await readInterfaces(session) }
}

/** The server's own addresses, where its system is Linux; null elsewhere. */
export async function readInterfaces(session: Session): Promise<readonly ServerInterface[] | null> {
  const [row] = await session.query<{ ipv4: string | null; ipv6: string | null }>(interfacesSql)
  return row === undefined ? null : interfacesOf(row.ipv4, row.ipv6)
}

/** What ALTER SYSTEM has set it to, as the file has it now; null where it has not. */
export async function listenBySystem(session: Session): Promise<string | null> {
  const [row] = await session.query<{ value: string | null }>(`SELECT ${bySystemSql} AS value`)
  return row?.value ?? null
}

const mayReadSql = `
SELECT pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
  AND pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
  AND pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE')
  AND pg_catalog.has_function_privilege('pg_catalog.pg_read_file(text,bigint,bigint,boolean)', 'EXECUTE') AS may`

// The last of several counts.
const bySystemSql = `(
  SELECT f.setting FROM pg_catalog.pg_file_settings AS f
  WHERE f.name = 'listen_addresses' AND f.sourcefile LIKE '%/postgresql.auto.conf'
  ORDER BY f.seqno DESC LIMIT 1)`

const settingsSql = `
SELECT s.setting AS "inForce", s.source, ${bySystemSql} AS "bySystem",
  pg_catalog.current_setting('data_directory') AS "dataDirectory"
FROM pg_catalog.pg_settings AS s WHERE s.name = 'listen_addresses'`

// Files of the kernel have no size, so that an end has to be named.
const interfacesSql = `
SELECT pg_catalog.pg_read_file('/proc/net/fib_trie', 0, 4194304, true) AS ipv4,
  pg_catalog.pg_read_file('/proc/net/if_inet6', 0, 4194304, true) AS ipv6`
