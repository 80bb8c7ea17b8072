import { allOnes, type HostAddress, isPrefix } from './address.ts'
import type { ServerInterface } from './interfaces.ts'
import type { HbaAddress, HbaName, HbaRule } from './rule.ts'

/** A connection as the server sees it. */
export interface HbaConnection {
  readonly database: string
  readonly user: string
  /** The roles that the user is, itself and all it is a member of through any number of steps; null: no such role. */
  readonly memberOf: ReadonlySet<string> | null
  /** null over a Unix socket. */
  readonly address: HostAddress | null
  /** For many addresses at once: the bits in which they differ. */
  readonly varying?: bigint
  readonly tls: boolean
  /** Encrypted by GSSAPI. */
  readonly gss?: boolean
  /** A connection for physical replication: only the word `replication` is for it. */
  readonly replication?: boolean
}

/** What of the world around the server a line may ask for. */
export interface HbaSurroundings {
  /** The server's own addresses, for samehost and samenet; null where they are not known. */
  readonly interfaces: readonly ServerInterface[] | null
  /**
   * The client's name, as looked up from its address, if the addresses looked up from that name include it; null
   * where they do not. undefined where nobody has looked.
   */
  readonly hostName?: string | null
  /** What the server answers for regular expressions that cannot be read here, by regexKey. */
  readonly regexes?: ReadonlyMap<string, boolean>
}

/** Which line decides. */
export type HbaVerdict =
  | { readonly by: 'rule'; readonly rule: HbaRule }
  /** No line: refused. */
  | { readonly by: 'nobody' }
  /** It depends on what is not known here whether this line matches; if not, the rest decides. */
  | {
      readonly by: 'unknown'
      readonly rule: HbaRule
      readonly because: string
      readonly otherwise: HbaVerdict
    }

/** Nothing known around the server. */
export const noSurroundings: HbaSurroundings = { interfaces: null }

/** The line that decides about a connection: the first that matches (manual, 20.1). */
export function decide(
  rules: readonly HbaRule[],
  connection: HbaConnection,
  surroundings: HbaSurroundings,
): HbaVerdict {
  for (const [index, rule] of rules.entries()) {
    const match = matches(rule, connection, surroundings)
    if (match === true) return { by: 'rule', rule }
    if (match === false) continue
    const otherwise = decide(rules.slice(index + 1), connection, surroundings)
    return { by: 'unknown', rule, because: match.unknown, otherwise }
  }
  return { by: 'nobody' }
}

/** The key of a regular expression and a name in `regexes`. */
export function regexKey(pattern: string, name: string): string {
  return `${pattern}\0${name}`
}

/** The regular expressions that only the server can try on these names. */
export function unreadRegexes(
  rules: readonly HbaRule[],
  { database, user }: Pick<HbaConnection, 'database' | 'user'>,
): readonly { readonly pattern: string; readonly name: string }[] {
  const of = (names: readonly HbaName[], name: string) =>
    names.flatMap(({ text, regex }) => (regex?.reads === 'unknown' ? [{ pattern: text.slice(1), name }] : []))
  return rules.flatMap(rule => [...of(rule.databases, database), ...of(rule.users, user)])
}

/** Whether one line matches; `unknown` says why that cannot be said here. */
type Match = boolean | { readonly unknown: string }

function matches(rule: HbaRule, connection: HbaConnection, surroundings: HbaSurroundings): Match {
  return allOf([
    () => matchesType(rule, connection),
    () => rule.address === null || matchesAddress(rule.address, connection, surroundings),
    () => anyOf(rule.databases, token => matchesDatabase(token, connection, surroundings)),
    () => anyOf(rule.users, token => matchesUser(token, connection, surroundings)),
  ])
}

function matchesType({ type }: HbaRule, { address, tls, gss = false }: HbaConnection): boolean {
  if (address === null) return type === 'local'
  switch (type) {
    case 'local':
      return false
    case 'host':
      return true
    case 'hostssl':
      return tls
    case 'hostnossl':
      return !tls
    case 'hostgssenc':
      return gss
    case 'hostnogssenc':
      return !gss
  }
}

function matchesAddress(
  wanted: HbaAddress,
  { address, varying = 0n }: HbaConnection,
  { interfaces, hostName }: HbaSurroundings,
): Match {
  if (address === null) return false
  switch (wanted.match) {
    case 'all':
      return true
    case 'mask':
      if (isPrefix(wanted.mask, wanted.address.bits) || (wanted.mask & varying) === 0n)
        return within(address, wanted.address, wanted.mask)
      return within(address, wanted.address, wanted.mask & ~varying)
        ? { unknown: 'its mask has gaps, so it takes some of these addresses and not others' }
        : false
    case 'samehost':
    case 'samenet': {
      if (interfaces === null) return { unknown: "the server's own addresses are not known here" }
      return interfaces.some(each =>
        within(address, each.address, wanted.match === 'samehost' ? allOnes(each.address.bits) : each.mask),
      )
    }
    case 'name':
      if (hostName === undefined) return { unknown: 'which name the address has is not known here' }
      return hostName !== null && isNamed(wanted.name, hostName)
  }
}

function within(address: HostAddress, network: HostAddress, mask: bigint): boolean {
  return address.bits === network.bits && ((address.value ^ network.value) & mask) === 0n
}

/** A pattern that begins with a dot matches the end of a name; letter case does not matter. */
function isNamed(pattern: string, name: string): boolean {
  const [wanted, actual] = [lowerAscii(pattern), lowerAscii(name)]
  return wanted.startsWith('.') ? actual.endsWith(wanted) : wanted === actual
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}

function matchesDatabase(token: HbaName, connection: HbaConnection, surroundings: HbaSurroundings): Match {
  const { database, user, memberOf, replication = false } = connection
  const keyword = token.quoted ? null : token.text
  if (replication) return keyword === 'replication'
  switch (keyword) {
    case 'all':
      return true
    case 'sameuser':
      return database === user
    case 'samerole':
    case 'samegroup':
      return memberOf?.has(database) ?? false
    case 'replication':
      return false
    default:
      return matchesName(token, database, surroundings)
  }
}

function matchesUser(
  token: HbaName,
  { user, memberOf }: HbaConnection,
  surroundings: HbaSurroundings,
): Match {
  if (!token.quoted && token.text.startsWith('+')) return memberOf?.has(token.text.slice(1)) ?? false
  if (!token.quoted && token.text === 'all') return true
  return matchesName(token, user, surroundings)
}

function matchesName({ text, regex }: HbaName, name: string, { regexes }: HbaSurroundings): Match {
  if (regex === null) return text === name
  if (regex.reads === 'same') return regex.test(name)
  const known = regexes?.get(regexKey(text.slice(1), name))
  return known ?? { unknown: `only the server can say whether ${text} matches ${name}: ${regex.why}` }
}

function allOf(conditions: readonly (() => Match)[]): Match {
  let unknown: Match = true
  for (const condition of conditions) {
    const match = condition()
    if (match === false) return false
    if (match !== true && unknown === true) unknown = match
  }
  return unknown
}

function anyOf<T>(items: readonly T[], condition: (item: T) => Match): Match {
  let unknown: Match = false
  for (const item of items) {
    const match = condition(item)
    if (match === true) return true
    if (match !== false) unknown = match
  }
  return unknown
}
