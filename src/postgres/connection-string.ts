import type { TlsMode } from '../model/answers.ts'
import type { Problem, Result } from '../model/problem.ts'
import { type Secret, secret } from '../model/secret.ts'

/** What a connection string says; what it leaves out is undefined. */
export interface ConnectionString {
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  readonly password?: Secret
  readonly tls?: TlsMode
  readonly caFile?: string
  readonly service?: string
  readonly passfile?: string
  /** Parameters that libpq knows and that are not used here; to be told, not to be dropped in silence. */
  readonly ignored: readonly string[]
}

/**
 * Reads `postgresql://…`, `postgres://…`, `jdbc:postgresql://…` or `key=value …`, as libpq does (manual
 * 32.1.1). More lenient in one point: an unencoded `@` in the password is understood. Our own, because
 * pg-connection-string knows no `key=value` form, and opens certificate files while it parses. A problem
 * never quotes the text, which may hold a password.
 */
export function parseConnectionString(text: string): Result<ConnectionString> {
  const trimmed = text.trim()
  const pairs = trimmed.includes('://') ? pairsOfUrl(trimmed) : pairsOfKeyValues(trimmed)
  return 'code' in pairs ? { ok: false, problem: pairs } : fieldsOf(pairs)
}

/**
 * The fields that libpq's parameters stand for, from a connection string or a service file.
 * @param pairs a parameter that comes twice counts as the last says
 */
export function fieldsOf(pairs: readonly Pair[]): Result<ConnectionString> {
  const fields: { -readonly [Key in keyof ConnectionString]: ConnectionString[Key] } = { ignored: [] }
  const ignored: string[] = []
  for (const [key, value] of pairs) {
    if (value === '') continue
    switch (key) {
      case 'host':
        if (value.includes(',')) return bad('It names several hosts.', 'Give the one that is the primary.')
        fields.host = value
        break
      case 'hostaddr':
        fields.host ??= value
        break
      case 'port': {
        const port = portOf(value)
        if (port === null) {
          return bad(
            'Its port is not a number from 1 to 65535.',
            'If the password has a / or a : in it, write %2F or %3A for it.',
          )
        }
        fields.port = port
        break
      }
      case 'dbname':
        fields.database = value
        break
      case 'user':
        fields.user = value
        break
      case 'password':
        fields.password = secret(value)
        break
      case 'sslmode': {
        const tls = tlsModeOf(value)
        if (tls === null) return bad('Its sslmode is not one that PostgreSQL knows.', knownModes)
        fields.tls = tls
        break
      }
      case 'sslrootcert':
        fields.caFile = value
        break
      case 'service':
        fields.service = value
        break
      case 'passfile':
        fields.passfile = value
        break
      default:
        if (!unusedParameters.has(key)) {
          return bad(
            'It has a parameter that PostgreSQL does not know.',
            'Check its parameters for a typing error.',
          )
        }
        ignored.push(key)
    }
  }
  return { ok: true, value: { ...fields, ignored } }
}

/** A parameter of libpq and its value. */
export type Pair = readonly [key: string, value: string]

/** A TCP port from text; null where it is none. */
export function portOf(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65535 ? port : null
}

/**
 * libpq's sslmode. `allow` (plain first, then TLS) becomes `prefer`, which protects no less and ends with the
 * same servers; null where it is not a mode.
 */
export function tlsModeOf(text: string): TlsMode | null {
  switch (text) {
    case 'disable':
    case 'prefer':
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return text
    case 'allow':
      return 'prefer'
    default:
      return null
  }
}

const knownModes = 'It is one of disable, prefer, require, verify-ca, verify-full.'

/** The rest of PQconninfoOptions in PostgreSQL 18's fe-connect.c. */
const unusedParameters: ReadonlySet<string> = new Set([
  'application_name',
  'channel_binding',
  'client_encoding',
  'connect_timeout',
  'fallback_application_name',
  'gssdelegation',
  'gssencmode',
  'gsslib',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'load_balance_hosts',
  'max_protocol_version',
  'min_protocol_version',
  'options',
  'replication',
  'require_auth',
  'requirepeer',
  'requiressl',
  'scram_client_key',
  'scram_server_key',
  'servicefile',
  'ssl_max_protocol_version',
  'ssl_min_protocol_version',
  'sslcert',
  'sslcertmode',
  'sslcompression',
  'sslcrl',
  'sslcrldir',
  'sslkey',
  'sslkeylogfile',
  'sslnegotiation',
  'sslpassword',
  'sslsni',
  'target_session_attrs',
  'tcp_user_timeout',
  'oauth_client_id',
  'oauth_client_secret',
  'oauth_issuer',
  'oauth_scope',
])

function bad<T>(message: string, next: string): Result<T> {
  return { ok: false, problem: badString(message, next) }
}

function badString(message: string, next: string): Problem {
  return { code: 'bad-connection-string', message: `The connection string cannot be read. ${message}`, next }
}

function pairsOfUrl(url: string): Pair[] | Problem {
  const match = /^(?:jdbc:)?postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url)
  if (match === null) {
    return badString('It does not begin with postgresql://.', 'postgresql://USER@HOST:PORT/DATABASE')
  }
  const [, authority = '', path = '', query = ''] = match
  const at = authority.lastIndexOf('@')
  const [user, password] = splitAtFirst(at < 0 ? '' : authority.slice(0, at), ':')
  const place = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/s.exec(authority.slice(at + 1))
  if (place === null) {
    return badString(
      'Its host cannot be told from its port.',
      'An IPv6 address stands in brackets: [::1]:5432.',
    )
  }
  const [, host = '', port = ''] = place
  if (authority.slice(at + 1).includes(',')) {
    return badString('It names several hosts.', 'Give the one that is the primary.')
  }
  const raw: (readonly [string, string])[] = [
    ['user', user],
    ['password', password],
    ['host', host.replace(/^\[(.*)\]$/s, '$1')],
    ['port', port],
    ['dbname', path],
  ]
  for (const parameter of query.split('&').filter(part => part !== '')) {
    if (!parameter.includes('='))
      return badString('A parameter of it has no value.', 'KEY=VALUE, joined by &')
    raw.push(splitAtFirst(parameter, '='))
  }
  const pairs: Pair[] = []
  for (const [key, value] of raw) {
    const decoded = decodePercent(value)
    if (decoded === null) {
      return badString(
        'It has a % that begins no two-digit code.',
        'Write %25 for a percent sign; a password is best left out, it is asked for.',
      )
    }
    // JDBC's and libpq's own short form (conninfo_uri_parse_params).
    pairs.push(
      key === 'ssl' && decoded === 'true' ? ['sslmode', 'require'] : [decodePercent(key) ?? key, decoded],
    )
  }
  return pairs
}

/** conninfo_parse: `key = 'quoted \' value' key=plain`. */
function pairsOfKeyValues(text: string): Pair[] | Problem {
  const pairs: Pair[] = []
  const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*)?)(?=\s|$)/gsy
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text)
    if (match === null) {
      return badString(
        'It is neither a URL nor KEY=VALUE pairs.',
        "host=HOST port=5432 dbname=DATABASE user='A USER'",
      )
    }
    const [, key = '', quoted, plain = ''] = match
    pairs.push([key, (quoted ?? plain).replace(/\\(.)/gs, '$1')])
  }
  return pairs
}

function splitAtFirst(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}

function decodePercent(text: string): string | null {
  try {
    const decoded = decodeURIComponent(text)
    return decoded.includes('\0') ? null : decoded
  } catch {
    return null
  }
}
