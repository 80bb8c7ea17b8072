import ipaddr from 'ipaddr.js'
import { cidrBounds, cidrUnion } from './cidr-union.ts'
import type { Problem, Result } from './problem.ts'

/** What a list of addresses, however it was pasted, comes to. */
export interface CidrList {
  /** Normalised, each once, in the order of the text. */
  readonly cidrs: readonly string[]
  /** How many entries said again what another had said. */
  readonly duplicates: number
  readonly problems: readonly Problem[]
  /** What to think about before these are let in. */
  readonly flags: readonly CidrFlag[]
}

export interface CidrFlag {
  readonly cidr: string
  readonly flag: 'everybody' | 'wide' | 'private' | 'reserved'
  readonly message: string
}

/**
 * An address or a network in CIDR notation, normalised: a single address gets /32 or /128, IPv6 is written
 * short (RFC 5952). Strict where lenient readers guess: no octal or missing parts, no zone, and no bits set
 * beyond the prefix, because then one of the two numbers is a mistake.
 */
export function parseCidr(text: string): Result<string> {
  const trimmed = text.trim()
  const [address = '', prefixText, ...more] = trimmed.split('/')
  if (more.length > 0) return refused('cidr-syntax', `${shown(trimmed)} has more than one slash.`)
  const parsed = parseAddress(address)
  if (parsed === null) {
    return refused(
      'cidr-syntax',
      `${shown(trimmed)} is no IPv4 or IPv6 address.`,
      'Write an address such as 203.0.113.7 or a network such as 203.0.113.0/28 or 2001:db8::/48.',
    )
  }
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) {
    return refused(
      'cidr-mapped',
      `${shown(trimmed)} is an IPv4 address in IPv6 dress, which PostgreSQL never sees.`,
      `Write ${parsed.toIPv4Address().toString()} instead.`,
    )
  }
  const bits = parsed instanceof ipaddr.IPv6 ? 128 : 32
  if (prefixText === undefined) return { ok: true, value: `${written(parsed)}/${bits}` }
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixText) || Number(prefixText) > bits) {
    return refused('cidr-prefix', `${shown(trimmed)}: after the slash comes a number from 0 to ${bits}.`)
  }
  const prefix = Number(prefixText)
  const network = networkOf(parsed, prefix)
  if (written(network) !== written(parsed)) {
    return refused(
      'cidr-host-bits',
      `${shown(trimmed)} is an address inside a network, not a network.`,
      `Write ${written(network)}/${prefix} for the network, or ${written(parsed)}/${bits} for this address alone.`,
    )
  }
  return { ok: true, value: `${written(network)}/${prefix}` }
}

/**
 * All addresses of a pasted text: separated by spaces, lines, commas, semicolons or bars, with or without
 * quotes and brackets around them; from # to the end of a line is comment.
 */
export function parseCidrList(text: string): CidrList {
  const entries = entriesOf(withoutComments(text))
  const cidrs = new Set<string>()
  const problems: Problem[] = []
  let duplicates = 0
  for (const entry of entries) {
    const parsed = parseCidr(entry)
    if (!parsed.ok) problems.push(parsed.problem)
    else if (cidrs.has(parsed.value)) duplicates += 1
    else cidrs.add(parsed.value)
  }
  const list = [...cidrs]
  return { cidrs: list, duplicates, problems, flags: cidrListFlags(list) }
}

/** The text without what stands from # to the end of each line; to be done before its lines become one. */
export function withoutComments(text: string): string {
  return text
    .split(lineEnd)
    .map(line => line.replace(/#.*$/, ''))
    .join('\n')
}

/** The addresses that are not read since they stand in comments, as they are written. */
export function cidrsInComments(text: string): readonly string[] {
  return text
    .split(lineEnd)
    .flatMap(line => entriesOf(/#.*$/.exec(line)?.[0].replaceAll('#', ' ') ?? ''))
    .filter(entry => parseCidr(entry).ok)
}

const lineEnd = /\r\n|\r|\n/

function entriesOf(text: string): readonly string[] {
  return text.split(/[\s,;|"'`[\](){}]+/).filter(entry => entry !== '')
}

// Wider than any vendor's own range is likely to be.
const wideFrom = { ipv4: 16, ipv6: 32 } as const

/**
 * What to think about before all of these are let in: what there is about each, and where together they are all
 * addresses that there are.
 */
export function cidrListFlags(cidrs: readonly string[]): CidrFlag[] {
  const together = everybodyOf(cidrs).filter(cidr => !cidrs.includes(cidr))
  return [
    ...together.map(
      (cidr): CidrFlag => ({
        cidr,
        flag: 'everybody',
        message: `Together these ranges are ${cidr}, which lets the whole internet knock: only the password stands between.`,
      }),
    ),
    ...cidrs.flatMap(cidrFlags),
  ]
}

/** Of 0.0.0.0/0 and ::/0, those whose addresses are all in these networks, however they are cut. */
export function everybodyOf(cidrs: readonly string[]): readonly string[] {
  return cidrUnion(cidrs).filter(cidr => cidr.endsWith('/0'))
}

/** What to think about before a normalised network is let in; empty for an ordinary public one. */
export function cidrFlags(cidr: string): CidrFlag[] {
  const [address, prefix] = ipaddr.parseCIDR(cidr)
  const flags: CidrFlag[] = []
  if (prefix === 0) {
    return [
      {
        cidr,
        flag: 'everybody',
        message: `${cidr} lets the whole internet knock: only the password stands between.`,
      },
    ]
  }
  if (prefix < wideFrom[address.kind()]) {
    flags.push({
      cidr,
      flag: 'wide',
      message: `${cidr} is very wide (${addressCount(address, prefix)} addresses).`,
    })
  }
  const range = rangeOfAll(cidr)
  if (privateRanges.has(range)) {
    flags.push({
      cidr,
      flag: 'private',
      message: `${cidr} is not public: right for a peering or a private link, never seen from the internet.`,
    })
  } else if (range !== 'unicast') {
    flags.push({
      cidr,
      flag: 'reserved',
      message: `${cidr} is set aside (${range}): no connection comes from there.`,
    })
  }
  return flags
}

/** What all of a network is for, by its first and its last address; one that reaches beyond is as the rest of the internet. */
function rangeOfAll(cidr: string): string {
  const { first, last } = cidrBounds(cidr)
  const range = ipaddr.parse(first).range()
  return ipaddr.parse(last).range() === range ? range : 'unicast'
}

const privateRanges: ReadonlySet<string> = new Set([
  'private',
  'uniqueLocal',
  'loopback',
  'linkLocal',
  'carrierGradeNat',
])

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) return ipaddr.IPv6.parse(text)
  return null
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): ipaddr.IPv4 | ipaddr.IPv6 {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8))
    return byte & (0xff << (8 - kept)) & 0xff
  })
  return ipaddr.fromByteArray(bytes)
}

function written(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

function addressCount(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): string {
  const bits = (address.kind() === 'ipv6' ? 128 : 32) - prefix
  return bits > 40 ? `2^${bits}` : String(2 ** bits)
}

function shown(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}...` : text
  return JSON.stringify(short)
}

function refused(code: string, message: string, next?: string): Result<string> {
  return { ok: false, problem: { code, message, ...(next === undefined ? {} : { next }) } }
}
