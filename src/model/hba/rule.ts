import { type HostAddress, isPrefix, maskOf, numericAddress, prefixMask } from './address.ts'
import type { HbaFields } from './files.ts'
import { type HbaOption, optionsOf } from './options.ts'
import { type RegexReading, readRegex } from './regex.ts'
import { type HbaServer, type HbaType, hbaTypes } from './server.ts'
import type { HbaToken } from './tokens.ts'

/** One line of pg_hba.conf that the server can use. */
export interface HbaRule {
  readonly kind: 'rule'
  readonly file: string
  readonly line: number
  /** The line of the first file that it came by: its own, or that of the include. */
  readonly at: number
  /** As it stands there, continuations joined. */
  readonly raw: string
  readonly type: HbaType
  readonly databases: readonly HbaName[]
  readonly users: readonly HbaName[]
  /** null for `local`. */
  readonly address: HbaAddress | null
  readonly method: string
  readonly options: readonly HbaOption[]
  /** What pg_hba_file_rules says of it although it is in force, such as that TLS is off. */
  readonly warning: string | null
}

/** One that it cannot: with it in the file, the server keeps the rules that it has, and does not start anew. */
export interface HbaFault {
  readonly kind: 'fault'
  readonly file: string
  readonly line: number
  readonly at: number
  readonly raw: string
  readonly message: string
  /** false where pg_hba_file_rules shows a row without an error: only the log of the server says it. */
  readonly shown: boolean
}

/** A word of the DATABASE or the USER column; with what it matches where it is a regular expression. */
export interface HbaName extends HbaToken {
  readonly regex: Exclude<RegexReading, { readonly reads: 'invalid' }> | null
}

export type HbaAddress =
  | { readonly match: 'all' | 'samehost' | 'samenet' }
  | { readonly match: 'mask'; readonly address: HostAddress; readonly mask: bigint }
  /** A host name, or the end of one when it begins with a dot. */
  | { readonly match: 'name'; readonly name: string }

const methods: readonly string[] = [
  'trust',
  'ident',
  'peer',
  'password',
  'gss',
  'sspi',
  'reject',
  'md5',
  'scram-sha-256',
  'pam',
  'bsd',
  'ldap',
  'cert',
  'radius',
]

class Fault extends Error {}

/** Reads the fields of one line, with the messages that the server has. */
export function hbaRule(fields: HbaFields, server: HbaServer): HbaRule | HbaFault {
  const { file, line, at, raw } = fields
  const faulty = (message: string, shown: boolean): HbaFault => ({
    kind: 'fault',
    file,
    line,
    at,
    raw,
    message,
    shown,
  })
  if (fields.fault !== null) return faulty(fields.fault, true)
  try {
    return { kind: 'rule', file, line, at, raw, ...partsOf(fields.fields, server) }
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    const type = hbaTypes.find(each => each === fields.fields[0]?.[0]?.text)
    const warned = type !== undefined && warningOf(type, server) !== null
    return faulty(thrown.message, warned || !notShown.test(thrown.message))
  }
}

// The server writes these into its log alone: the row of the view has neither a type nor an error.
const notShown =
  /^(invalid value for client|could not (parse|translate) RADIUS (server|secret|identifier)|invalid RADIUS port number: ".*" in the list)/

function partsOf(
  all: HbaFields['fields'],
  server: HbaServer,
): Omit<HbaRule, 'kind' | 'file' | 'line' | 'at' | 'raw'> {
  const fields = [...all]
  const type = typeOf(single(fields.shift() ?? [], 'connection type').text)
  const databases = namesOf(fields.shift(), 'database', server)
  const users = namesOf(fields.shift(), 'role', server)
  const address = type === 'local' ? null : addressOf(fields)
  const method = methodOf(fields.shift(), type, server)
  const options = optionsOf(fields.flat(), { type, method, server })
  if (!options.ok) throw new Fault(options.fault)
  return {
    type,
    databases,
    users,
    address,
    method,
    options: options.options,
    warning: warningOf(type, server),
  }
}

function typeOf(text: string): HbaType {
  const type = hbaTypes.find(each => each === text)
  if (type === undefined) throw new Fault(`invalid connection type "${text}"`)
  return type
}

function warningOf(type: HbaType, { ssl, missing }: HbaServer): string | null {
  if (type === 'hostssl' && !ssl) return 'hostssl record cannot match because SSL is disabled'
  if (type === 'hostgssenc' && missing.has('gss')) {
    return 'hostgssenc record cannot match because GSSAPI is not supported by this build'
  }
  return null
}

function namesOf(
  field: readonly HbaToken[] | undefined,
  what: 'database' | 'role',
  { versionNumber }: HbaServer,
): readonly HbaName[] {
  if (field === undefined) throw new Fault(`end-of-line before ${what} specification`)
  return field.map(({ text, quoted }): HbaName => {
    // Quotes do not take this meaning away (regcomp_auth_token).
    if (versionNumber < 160000 || !text.startsWith('/')) return { text, quoted, regex: null }
    const regex = readRegex(text.slice(1))
    if (regex.reads === 'invalid') {
      throw new Fault(`invalid regular expression "${text.slice(1)}": ${regex.why}`)
    }
    return { text, quoted, regex }
  })
}

function single(field: readonly HbaToken[], what: string): HbaToken {
  const [first] = field
  if (first === undefined || field.length > 1) throw new Fault(`multiple values specified for ${what}`)
  return first
}

/** Takes one field, or two where the mask stands apart. */
function addressOf(fields: (readonly HbaToken[])[]): HbaAddress {
  const field = fields.shift()
  if (field === undefined) throw new Fault('end-of-line before IP address specification')
  const { text, quoted } = single(field, 'host address')
  if (!quoted && (text === 'all' || text === 'samehost' || text === 'samenet')) return { match: text }
  const slash = text.indexOf('/')
  const address = numericAddress(slash < 0 ? text : text.slice(0, slash))
  if (slash >= 0) {
    if (address === null) throw new Fault(`specifying both host name and CIDR mask is invalid: "${text}"`)
    const mask = prefixMask(text.slice(slash + 1), address.bits)
    if (mask === null) throw new Fault(`invalid CIDR mask in address "${text}"`)
    return { match: 'mask', address, mask }
  }
  if (address === null) return { match: 'name', name: text }
  const maskField = fields.shift()
  if (maskField === undefined) throw new Fault('end-of-line before netmask specification')
  const maskText = single(maskField, 'netmask').text
  const mask = numericAddress(maskText)
  if (mask === null) throw new Fault(`invalid IP mask "${maskText}": Name or service not known`)
  if (mask.bits !== address.bits) throw new Fault('IP address and mask do not match')
  return { match: 'mask', address, mask: mask.value }
}

function methodOf(
  field: readonly HbaToken[] | undefined,
  type: HbaType,
  { versionNumber, missing }: HbaServer,
): string {
  if (field === undefined) throw new Fault('end-of-line before authentication method')
  const { text } = single(field, 'authentication type')
  const known = methods.includes(text) || (text === 'oauth' && versionNumber >= 180000)
  if (!known) throw new Fault(`invalid authentication method "${text}"`)
  if (missing.has(text))
    throw new Fault(`invalid authentication method "${text}": not supported by this build`)
  const method = type === 'local' && text === 'ident' ? 'peer' : text
  if (type === 'local' && method === 'gss') {
    throw new Fault('gssapi authentication is not supported on local sockets')
  }
  if (type !== 'local' && method === 'peer') {
    throw new Fault('peer authentication is only supported on local sockets')
  }
  if (type !== 'hostssl' && method === 'cert') {
    throw new Fault('cert authentication is only supported on hostssl connections')
  }
  return method
}

/** The prefix length of a mask, or null where it is none. */
export function prefixLength(mask: bigint, bits: HostAddress['bits']): number | null {
  if (!isPrefix(mask, bits)) return null
  for (let length = 0; length <= bits; length += 1) if (maskOf(length, bits) === mask) return length
  return null
}
