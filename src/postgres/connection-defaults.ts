import { join } from 'node:path'
import type { TlsMode } from '../model/answers.ts'
import { matchesPassfileLine, type PassfileTarget, parsePassfileLine } from '../model/passfile.ts'
import type { Problem } from '../model/problem.ts'
import { type Secret, secret } from '../model/secret.ts'
import { serviceStanza } from '../model/service-stanza.ts'
import { type ConnectionString, fieldsOf, portOf, tlsModeOf } from './connection-string.ts'

/** What the computer says; functions, so that tests can have one of their own. */
export interface ConnectionSurroundings {
  /** The connection string of the command line. */
  readonly argument?: ConnectionString | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDirectory: string
  /** The operating system's name of the user. */
  readonly user: string
  /** A file's text; null where it is not there or may not be read. */
  readonly readFile: (path: string) => string | null
  readonly exists: (path: string) => boolean
  /** A file's permission bits, such as 0o600; null where it is not a regular file. Left out on Windows. */
  readonly modeOf?: (path: string) => number | null
}

/** A value, and where it comes from in words: `command line`, `PGHOST`, `service NAME in FILE`, `default`. */
export interface Sourced<T> {
  readonly value: T
  readonly source: string
}

export interface ConnectionDefaults {
  readonly host: Sourced<string>
  readonly port: Sourced<number>
  readonly database: Sourced<string>
  readonly user: Sourced<string>
  readonly tls: Sourced<TlsMode>
  readonly caFile: Sourced<string | null>
  /** What could not be used, such as a service that is defined nowhere. */
  readonly problems: readonly Problem[]
}

/**
 * What to put into the fields of the connection: the command line, then the service file, then the PG*
 * variables, then defaults. That is libpq's order (conninfo_add_defaults in fe-connect.c; psql agrees): a
 * service beats the variables.
 */
export function connectionDefaults(surroundings: ConnectionSurroundings): ConnectionDefaults {
  const { argument, env, homeDirectory } = surroundings
  const problems: Problem[] = []
  const service = readService(surroundings, problems)
  const variables = readVariables(env, problems)

  const pick = <Key extends PickedField>(key: Key): Sourced<NonNullable<ConnectionString[Key]>> | null => {
    const given = argument?.[key]
    if (given !== undefined) return { value: given, source: 'command line' }
    const served = service?.fields[key]
    if (service !== null && served !== undefined) return { value: served, source: service.source }
    return variables[key] ?? null
  }

  const user = pick('user') ?? { value: surroundings.user, source: 'default' }
  const authority = join(homeDirectory, '.postgresql', 'root.crt')
  return {
    host: pick('host') ?? {
      value: defaultHost(surroundings, pick('port')?.value ?? 5432),
      source: 'default',
    },
    port: pick('port') ?? { value: 5432, source: 'default' },
    database: pick('database') ?? { value: user.value, source: 'default' },
    user,
    tls: pick('tls') ?? { value: 'prefer', source: 'default' },
    caFile: pick('caFile') ?? { value: surroundings.exists(authority) ? authority : null, source: 'default' },
    problems,
  }
}

/**
 * The password that libpq would use without asking (manual, 32.16): of the command line, the service,
 * PGPASSWORD, then the password file's first line that matches, if the file is nobody else's to read.
 * @returns with `problem` where a password file was passed over for its permissions
 */
export function findPassword(
  target: PassfileTarget,
  surroundings: ConnectionSurroundings,
): {
  readonly found: { readonly password: Secret; readonly source: string } | null
  readonly problem: Problem | null
} {
  const { argument, env } = surroundings
  const found = (password: Secret, source: string) => ({ found: { password, source }, problem: null })
  if (argument?.password !== undefined) return found(argument.password, 'command line')
  const service = readService(surroundings, [])
  if (service?.fields.password !== undefined) return found(service.fields.password, service.source)
  const variable = env['PGPASSWORD']
  if (variable !== undefined && variable !== '') return found(secret(variable), 'PGPASSWORD')

  const path =
    argument?.passfile ??
    service?.fields.passfile ??
    notEmpty(env['PGPASSFILE']) ??
    join(surroundings.homeDirectory, '.pgpass')
  const text = surroundings.readFile(path)
  if (text === null) return { found: null, problem: null }
  if (surroundings.modeOf !== undefined) {
    const mode = surroundings.modeOf(path)
    if (mode === null) return passedOver(path, 'is not a plain file', 'Make it one.')
    if ((mode & 0o077) !== 0) return passedOver(path, 'may be read by others', `chmod 600 ${path}`)
  }
  for (const line of text.split('\n')) {
    const entry = parsePassfileLine(line)
    if (entry !== null && matchesPassfileLine(entry, target)) return found(entry.password, path)
  }
  return { found: null, problem: null }
}

type PickedField = 'host' | 'port' | 'database' | 'user' | 'tls' | 'caFile'

function passedOver(path: string, why: string, next: string) {
  return {
    found: null,
    problem: { code: 'passfile-ignored', message: `${path} is ignored: it ${why}.`, next },
  }
}

/** Debian's and Red Hat's folder of the socket, then upstream's; localhost where no socket of that port is. */
function defaultHost(surroundings: ConnectionSurroundings, port: number): string {
  const folder = ['/var/run/postgresql', '/tmp'].find(path => surroundings.exists(`${path}/.s.PGSQL.${port}`))
  return folder ?? 'localhost'
}

interface Service {
  readonly fields: ConnectionString
  readonly source: string
}

/** libpq looks into the user's file first, then into the system's. */
function readService(surroundings: ConnectionSurroundings, problems: Problem[]): Service | null {
  const { argument, env, homeDirectory, readFile } = surroundings
  const name = argument?.service ?? notEmpty(env['PGSERVICE'])
  if (name === undefined) return null
  const own = notEmpty(env['PGSERVICEFILE'])
  const system = notEmpty(env['PGSYSCONFDIR'])
  const paths = [
    own ?? join(homeDirectory, '.pg_service.conf'),
    ...(system === undefined ? systemFolders : [system]).map(folder => join(folder, 'pg_service.conf')),
  ]
  for (const path of paths) {
    const parameters = serviceStanza((readFile(path) ?? '').split('\n'), name)
    if (parameters === null) continue
    const fields = fieldsOf(parameters)
    if (fields.ok) return { fields: fields.value, source: `service ${name} in ${path}` }
    problems.push({
      code: 'bad-service',
      message: `Service ${name} in ${path} cannot be used.`,
      next: fields.problem.next ?? 'Check its lines: KEY=VALUE, without spaces.',
    })
    return null
  }
  problems.push({
    code: 'service-missing',
    message: `Service ${name} is defined in none of ${paths.join(', ')}.`,
    next: 'Check PGSERVICE, or add the service to ~/.pg_service.conf.',
  })
  return null
}

/** pg_config --sysconfdir of the packages: Debian's, Red Hat's, upstream's, Homebrew's. */
const systemFolders: readonly string[] = [
  '/etc/postgresql-common',
  '/etc/sysconfig/pgsql',
  '/usr/local/pgsql/etc',
  '/usr/local/etc/postgresql',
  '/opt/homebrew/etc/postgresql',
]

type Variables = { readonly [Key in PickedField]?: Sourced<NonNullable<ConnectionString[Key]>> }

function readVariables(env: ConnectionSurroundings['env'], problems: Problem[]): Variables {
  const text = (name: string): Sourced<string> | undefined => {
    const value = notEmpty(env[name])
    return value === undefined ? undefined : { value, source: name }
  }
  const parsed = <T>(
    name: string,
    parse: (value: string) => T | null,
    what: string,
  ): Sourced<T> | undefined => {
    const raw = notEmpty(env[name])
    if (raw === undefined) return undefined
    const value = parse(raw)
    if (value !== null) return { value, source: name }
    problems.push({
      code: 'bad-variable',
      message: `${name} is ignored: it is not ${what}.`,
      next: `Correct ${name}.`,
    })
    return undefined
  }
  const oneHost = (value: string) => (value.includes(',') ? null : value)
  const all = {
    host:
      parsed('PGHOST', oneHost, 'the name of one host') ??
      parsed('PGHOSTADDR', oneHost, 'the address of one host'),
    port: parsed('PGPORT', portOf, 'a port number'),
    database: text('PGDATABASE'),
    user: text('PGUSER'),
    tls: parsed('PGSSLMODE', tlsModeOf, 'a TLS mode'),
    caFile: text('PGSSLROOTCERT'),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function notEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
