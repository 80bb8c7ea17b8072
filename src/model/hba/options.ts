import { numericAddress } from './address.ts'
import type { HbaServer, HbaType } from './server.ts'
import type { HbaToken } from './tokens.ts'

/** What follows the method: `name=value`. */
export interface HbaOption {
  readonly name: string
  readonly value: string
}

interface OptionContext {
  readonly type: HbaType
  readonly method: string
  readonly server: HbaServer
}

type ReadOptions =
  | { readonly ok: true; readonly options: readonly HbaOption[] }
  | { readonly ok: false; readonly fault: string }

/** The options of a line, or what the server has against them (parse_hba_auth_opt and the end of parse_hba_line). */
export function optionsOf(tokens: readonly HbaToken[], context: OptionContext): ReadOptions {
  const options: HbaOption[] = []
  for (const { text } of tokens) {
    const equals = text.indexOf('=')
    if (equals < 0) {
      return { ok: false, fault: `authentication option not in name=value format: ${text}` }
    }
    const option = { name: text.slice(0, equals), value: text.slice(equals + 1) }
    const fault = optionFault(option, context)
    if (fault !== null) return { ok: false, fault }
    options.push(option)
  }
  const fault = togetherFault(options, context)
  return fault === null ? { ok: true, options } : { ok: false, fault }
}

/** The methods that an option is for, and how the server names them; the rest is checked apart. */
const methodsOf: Readonly<Record<string, { readonly methods: readonly string[]; readonly named: string }>> = {
  pamservice: { methods: ['pam'], named: 'pam' },
  pam_use_hostname: { methods: ['pam'], named: 'pam' },
  ...Object.fromEntries(
    [
      'ldapurl',
      'ldaptls',
      'ldapscheme',
      'ldapserver',
      'ldapport',
      'ldapbinddn',
      'ldapbindpasswd',
      'ldapsearchattribute',
      'ldapsearchfilter',
      'ldapbasedn',
      'ldapprefix',
      'ldapsuffix',
    ].map(name => [name, { methods: ['ldap'], named: 'ldap' }]),
  ),
  krb_realm: { methods: ['gss', 'sspi'], named: 'gssapi and sspi' },
  include_realm: { methods: ['gss', 'sspi'], named: 'gssapi and sspi' },
  compat_realm: { methods: ['sspi'], named: 'sspi' },
  upn_username: { methods: ['sspi'], named: 'sspi' },
  ...Object.fromEntries(
    ['radiusservers', 'radiusports', 'radiussecrets', 'radiusidentifiers'].map(name => [
      name,
      { methods: ['radius'], named: 'radius' },
    ]),
  ),
}

const oauthOptions: ReadonlySet<string> = new Set(['issuer', 'scope', 'validator', 'delegate_ident_mapping'])

function optionFault(option: HbaOption, { type, method, server }: OptionContext): string | null {
  const { name, value } = option
  const onlyFor = (named: string) =>
    `authentication option "${name}" is only valid for authentication methods ${named}`
  const isFor = methodsOf[name]
  if (isFor !== undefined) {
    return isFor.methods.includes(method) ? valueFault(option) : onlyFor(isFor.named)
  }
  const oauth = server.versionNumber >= 180000
  if (oauth && oauthOptions.has(name)) return method === 'oauth' ? null : onlyFor('oauth')
  switch (name) {
    case 'map': {
      const methods = ['ident', 'peer', 'gss', 'sspi', 'cert', ...(oauth ? ['oauth'] : [])]
      if (methods.includes(method)) return null
      return onlyFor(
        oauth ? 'ident, peer, gssapi, sspi, cert, and oauth' : 'ident, peer, gssapi, sspi, and cert',
      )
    }
    case 'clientcert':
      if (type !== 'hostssl') return 'clientcert can only be configured for "hostssl" rows'
      if (value === 'verify-ca' && method === 'cert') {
        return 'clientcert can only be set to "verify-full" when using "cert" authentication'
      }
      return ['verify-full', 'verify-ca'].includes(value) ? null : `invalid value for clientcert: "${value}"`
    case 'clientname':
      if (type !== 'hostssl') return 'clientname can only be configured for "hostssl" rows'
      return ['CN', 'DN'].includes(value) ? null : `invalid value for clientname: "${value}"`
    default:
      return `unrecognized authentication option name: "${name}"`
  }
}

function valueFault({ name, value }: HbaOption): string | null {
  switch (name) {
    case 'ldapport':
      return toInt(value) === 0 ? `invalid LDAP port number: "${value}"` : null
    case 'radiusservers': {
      const servers = listOf(value)
      if (servers === null) return `could not parse RADIUS server list "${value}"`
      // A host name is looked up when the file is read: here it is taken to be right.
      const empty = servers.find(server => server === '' && numericAddress(server) === null)
      return empty === undefined ? null : `could not translate RADIUS server name "${empty}" to address`
    }
    case 'radiusports': {
      const ports = listOf(value)
      if (ports === null) return `invalid RADIUS port number: "${value}"`
      return ports.some(port => toInt(port) === 0)
        ? `invalid RADIUS port number: "${value}" in the list`
        : null
    }
    case 'radiussecrets':
      return listOf(value) === null ? `could not parse RADIUS secret list "${value}"` : null
    case 'radiusidentifiers':
      return listOf(value) === null ? `could not parse RADIUS identifiers list "${value}"` : null
    default:
      return null
  }
}

function togetherFault(options: readonly HbaOption[], { method, server }: OptionContext): string | null {
  const last = (name: string) => options.findLast(option => option.name === name)?.value
  const missing = (name: string) => `authentication method "${method}" requires argument "${name}" to be set`
  switch (method) {
    case 'ldap':
      return ldapFault(last)
    case 'radius': {
      for (const name of ['radiusservers', 'radiussecrets'])
        if (last(name) === undefined) return missing(name)
      const count = (name: string) => listOf(last(name) ?? '')?.length ?? 0
      const servers = count('radiusservers')
      if (servers === 0) return 'list of RADIUS servers cannot be empty'
      if (count('radiussecrets') === 0) return 'list of RADIUS secrets cannot be empty'
      const lists = { radiussecrets: 'secrets', radiusports: 'ports', radiusidentifiers: 'identifiers' }
      for (const [name, words] of Object.entries(lists)) {
        const many = count(name)
        if (many > 1 && many !== servers) {
          return `the number of RADIUS ${words} (${many}) must be 1 or the same as the number of RADIUS servers (${servers})`
        }
      }
      return null
    }
    case 'oauth': {
      for (const name of ['scope', 'issuer']) if (last(name) === undefined) return missing(name)
      return oauthFault(last, server)
    }
    default:
      return null
  }
}

function ldapFault(last: (name: string) => string | undefined): string | null {
  const has = (name: string) => last(name) !== undefined
  const search = ['ldapbasedn', 'ldapbinddn', 'ldapbindpasswd', 'ldapsearchattribute', 'ldapsearchfilter']
  if (has('ldapprefix') || has('ldapsuffix')) {
    return search.some(has) ? 'cannot mix options for simple bind and search+bind modes' : null
  }
  // A URL brings its own base.
  if (!has('ldapbasedn') && !has('ldapurl')) {
    return 'authentication method "ldap" requires argument "ldapbasedn", "ldapprefix", or "ldapsuffix" to be set'
  }
  return has('ldapsearchattribute') && has('ldapsearchfilter')
    ? 'cannot use ldapsearchattribute together with ldapsearchfilter'
    : null
}

function oauthFault(last: (name: string) => string | undefined, server: HbaServer): string | null {
  const libraries = server.oauthValidators ?? []
  const validator = last('validator')
  if (libraries.length === 0) {
    return 'oauth_validator_libraries must be set for authentication method oauth'
  }
  if (validator === undefined) {
    return libraries.length === 1
      ? null
      : 'authentication method "oauth" requires argument "validator" to be set when oauth_validator_libraries contains multiple options'
  }
  if (!libraries.includes(validator)) {
    return `validator "${validator}" is not permitted by oauth_validator_libraries`
  }
  return last('delegate_ident_mapping') === '1' && last('map') !== undefined
    ? 'map cannot be used together with delegate_ident_mapping'
    : null
}

/** A list as SplitGUCList cuts it: commas, blanks around, quotes; null where it refuses. */
function listOf(text: string): readonly string[] | null {
  if (text.trim() === '') return []
  const entries: string[] = []
  const entry = /\s*(?:"((?:[^"]|"")*)"|([^",\s][^,\s]*))\s*(,|$)/y
  for (;;) {
    const found = entry.exec(text)
    if (found === null) return null
    entries.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'))
    if (found[3] === '') return entries
  }
}

/** atoi(): the number at the beginning, 0 where there is none. */
function toInt(text: string): number {
  return Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0)
}
