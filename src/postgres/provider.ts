import { isClusterName, isRdsName } from '../model/aws/rds-host.ts'
import type { Provider } from '../model/server-facts.ts'

/** Roles that only one provider's servers have; the most particular first. */
const roles: readonly (readonly [role: string, provider: Provider])[] = [
  ['alloydbsuperuser', 'alloydb'],
  ['cloudsqlsuperuser', 'cloud-sql'],
  ['azure_pg_admin', 'azure'],
  ['supabase_admin', 'supabase'],
  ['neon_superuser', 'neon'],
  ['rds_superuser', 'rds'],
  ['doadmin', 'digitalocean'],
  ['avnadmin', 'aiven'],
]

const settingPrefixes: readonly (readonly [prefix: string, provider: Provider])[] = [
  ['alloydb.', 'alloydb'],
  ['cloudsql.', 'cloud-sql'],
  ['azure.', 'azure'],
  ['neon.', 'neon'],
  ['rds.', 'rds'],
  ['supautils.', 'supabase'],
]

const hostSuffixes: readonly (readonly [suffix: string, provider: Provider])[] = [
  ['.postgres.database.azure.com', 'azure'],
  ['.supabase.co', 'supabase'],
  ['.pooler.supabase.com', 'supabase'],
  ['.neon.tech', 'neon'],
  ['.postgresbridge.com', 'crunchy-bridge'],
  ['.db.ondigitalocean.com', 'digitalocean'],
  ['.aivencloud.com', 'aiven'],
]

/** The names that Heroku gives: `d` and a dozen small letters and digits. */
const herokuDatabase = /^d[a-z0-9]{12,}$/

/** The names to ask the server for. */
export const providerRoles: readonly string[] = roles.map(([role]) => role)

/**
 * Who runs the server: by a role of theirs, then by a setting of theirs, then by the host's name. The role
 * wins, because an alias in the DNS hides the host. Heroku has none of these, and runs on the machines or on the
 * Aurora of AWS: it is told by three signs at once, since a database that was moved away takes the schema with it.
 */
export function providerOf(signs: {
  readonly host: string
  readonly roles: readonly string[]
  readonly settings: readonly string[]
  /** Whether there is a function aurora_version(). */
  readonly aurora: boolean
  /** The database's name, and whether it has a schema heroku_ext, which Heroku makes in all of them. */
  readonly database?: string
  readonly herokuSchema?: boolean
}): Provider {
  const host = signs.host.toLowerCase().replace(/\.$/, '')
  const { database = '', herokuSchema = false } = signs
  if (herokuSchema && host.endsWith('.amazonaws.com') && herokuDatabase.test(database)) return 'heroku'
  const provider =
    roles.find(([role]) => signs.roles.includes(role))?.[1] ??
    settingPrefixes.find(([prefix]) => signs.settings.some(name => name.startsWith(prefix)))?.[1] ??
    (isRdsName(host) ? 'rds' : undefined) ??
    hostSuffixes.find(([suffix]) => host.endsWith(suffix))?.[1] ??
    'self-run'
  const isAurora = signs.aurora || isClusterName(host)
  return provider === 'rds' && isAurora ? 'aurora' : provider
}
