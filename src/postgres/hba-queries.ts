import { addressText, numericAddress } from '../model/hba/address.ts'
import type { Session } from './session.ts'

/** A row of pg_hba_file_rules: the file on the disk, as the server would read it now. */
export interface HbaFileRow {
  readonly line: number
  /** null where the line is of no use: then `error` says why, or the server's log alone. */
  readonly type: string | null
  readonly error: string | null
}

/** Reads the file as the server would on a reload. @throws ProblemError where this role may not */
export function hbaFileRows(session: Session): Promise<HbaFileRow[]> {
  return session.query<HbaFileRow>(
    'SELECT line_number AS line, type, error FROM pg_catalog.pg_hba_file_rules',
  )
}

/** A file of the server, as a superuser or a member of pg_read_server_files reads it; null where it is missing. */
export async function serverFile(session: Session, path: string): Promise<Uint8Array | null> {
  const [row] = await session.query<{ bytes: Buffer | null }>(
    'SELECT pg_catalog.pg_read_binary_file($1, 0, $2, true) AS bytes',
    [path, mostBytes],
  )
  return row?.bytes ?? null
}

// Nobody has a pg_hba.conf of that size; without an end the missing_ok form cannot be called.
const mostBytes = 64 * 1024 * 1024

/** The names in a folder of the server without its subfolders; null where it is missing. */
export async function serverFolder(session: Session, path: string): Promise<readonly string[] | null> {
  const [there] = await session.query<{ folder: boolean }>(
    'SELECT s.isdir AS folder FROM pg_catalog.pg_stat_file($1, true) AS s WHERE s.isdir IS NOT NULL',
    [path],
  )
  if (there === undefined) return null
  const rows = await session.query<{ name: string }>(
    `SELECT n.name FROM pg_catalog.pg_ls_dir($1) AS n (name)
    WHERE NOT coalesce((pg_catalog.pg_stat_file($1 || '/' || n.name, true)).isdir, true)`,
    [path],
  )
  return rows.map(({ name }) => name)
}

/** What of the server decides how pg_hba.conf is read. */
export interface HbaSettings {
  readonly path: string
  readonly versionNumber: number
  readonly ssl: boolean
  readonly oauthValidators: readonly string[]
  /** Where this very session comes from, as the server sees it; null over a socket. */
  readonly clientAddress: string | null
  readonly tls: boolean
  readonly dataDirectory: string
}

/** Whether this role may read all of it; asked first, so that no refusal stands in the server's log. */
export async function mayReadHba(session: Session): Promise<boolean> {
  const [row] = await session.query<{ may: boolean }>(mayReadSql)
  return row?.may ?? false
}

/** @throws ProblemError where this role may not see the path */
export async function hbaSettings(session: Session): Promise<HbaSettings> {
  const [row] = await session.query<Omit<HbaSettings, 'oauthValidators'> & { validators: string | null }>(
    settingsSql,
  )
  if (row === undefined) throw new Error('a query without FROM gives one row')
  const { validators, clientAddress, ...settings } = row
  const numeric = clientAddress === null ? null : numericAddress(clientAddress)
  return {
    ...settings,
    clientAddress: numeric === null ? null : addressText(numeric),
    oauthValidators: (validators ?? '').split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()])),
  }
}

/** Whatever the roles are members of, through any number of steps, and themselves; roles that are not there are left out. */
export async function membershipsOf(
  session: Session,
  roles: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ name: string }>(membershipsSql, [roles])
  return new Set(rows.map(({ name }) => name))
}

/** What the server's own regular expressions say of a name. */
export async function matchesRegex(
  session: Session,
  { pattern, name }: { readonly pattern: string; readonly name: string },
): Promise<boolean> {
  const [row] = await session.query<{ matches: boolean }>(
    'SELECT $1::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) $2::pg_catalog.text AS matches',
    [name, pattern],
  )
  return row?.matches ?? false
}

/** When this session's server last read its files; a new session has them as they are now. */
export async function loadedAt(session: Session): Promise<string> {
  const [row] = await session.query<{ at: string }>('SELECT pg_catalog.pg_conf_load_time()::text AS at')
  return row?.at ?? ''
}

const mayReadSql = `
SELECT pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
  AND pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE')
  AND pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text,bigint,bigint,boolean)', 'EXECUTE')
  AND pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text,boolean)', 'EXECUTE')
  AND pg_catalog.has_function_privilege('pg_catalog.pg_ls_dir(text)', 'EXECUTE') AS may`

const settingsSql = `
SELECT pg_catalog.current_setting('hba_file') AS path,
  pg_catalog.current_setting('data_directory') AS "dataDirectory",
  pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS "versionNumber",
  pg_catalog.current_setting('ssl')::pg_catalog.bool AS ssl,
  pg_catalog.current_setting('oauth_validator_libraries', true) AS validators,
  pg_catalog.host(pg_catalog.inet_client_addr()) AS "clientAddress",
  coalesce((SELECT s.ssl FROM pg_catalog.pg_stat_ssl AS s WHERE s.pid = pg_catalog.pg_backend_pid()), false) AS tls`

// Not pg_has_role(): for a superuser that is true of every role, which pg_hba.conf does not hold it for.
const membershipsSql = `
WITH RECURSIVE above AS (
  SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ($1::pg_catalog.text[])
  UNION
  SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN above AS a ON m.member = a.oid
)
SELECT r.rolname::pg_catalog.text AS name FROM pg_catalog.pg_roles AS r JOIN above AS a ON a.oid = r.oid`
