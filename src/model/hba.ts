import type { Endpoint } from './answers.ts'
import { printableName } from './identifier.ts'
import type { Problem } from './problem.ts'
import type { ServerNetworkFacts } from './server-facts.ts'

export interface HbaRequest {
  readonly databases: readonly string[]
  readonly login: string
  /** Normalised networks (cidr.ts); none while they are not known. */
  readonly cidrs: readonly string[]
  /** Whether the server has TLS on: `hostssl` then, since a host line would admit connections without. */
  readonly tls: boolean
  /** server_version_num; from 16 on a name that begins with a slash is read as a regular expression. */
  readonly versionNumber?: number
}

/**
 * Lines for pg_hba.conf that let the login into its databases from these addresses, and nobody else
 * anywhere: aligned, between two comment lines that say whose they are. First match wins in that file
 * (manual, 20.1), so they belong above any wider line.
 */
export function hbaLines(request: HbaRequest): string[] {
  const type = request.tls ? 'hostssl' : 'host'
  const { cidrs, login } = request
  const rows: string[][] = []
  const unwritable: string[] = []
  for (const database of request.databases) {
    if (hbaNameProblem(database) !== null) {
      unwritable.push(`# No line can name the database ${printableName(database)}: it has a line break.`)
      continue
    }
    for (const cidr of cidrs) {
      rows.push([type, hbaName(database, request), hbaName(login, request), cidr, 'scram-sha-256'])
    }
  }
  if (rows.length === 0 && unwritable.length === 0) return []
  return [
    `# pg-usher: ${printableName(login)}, begin`,
    ...aligned([['# TYPE', 'DATABASE', 'USER', 'ADDRESS', 'METHOD'], ...rows]),
    ...unwritable,
    `# pg-usher: ${printableName(login)}, end`,
  ]
}

/** What keeps a name from being written in pg_hba.conf, whose lines no quotes reach across; null when nothing. */
export function hbaNameProblem(name: string): Problem | null {
  if (!/[\n\r]/.test(name)) return null
  return {
    code: 'hba-name',
    message: `${printableName(name)} has a line break, so no line of pg_hba.conf can name it.`,
    next: 'It can be reached only through a line that says "all" for the database.',
  }
}

/** What listen_addresses should be so that the tool can reach the server, and why. */
export interface ListenAdvice {
  /** What it is; null where this administrator may not see it. */
  readonly current: string | null
  /** none: leave it. needed: it cannot work as it is. look: it depends on which address is whose. */
  readonly change: 'none' | 'needed' | 'look'
  /** The line for postgresql.conf, where a change is needed. */
  readonly line: string | null
  readonly why: string
}

/**
 * What to do about listen_addresses. It names the server's own interfaces, never the addresses of a vendor:
 * with those the server does not start again (tried). A change takes a restart, which is not done here.
 */
export function listenAdvice(network: ServerNetworkFacts, endpoint: Endpoint): ListenAdvice {
  const current = network.listenAddresses
  if (current === null) {
    return {
      current,
      change: 'look',
      line: null,
      why: `listen_addresses cannot be seen from here. It has to include the address behind ${endpoint.host}, or be '*'.`,
    }
  }
  const addresses = listed(current)
  if (addresses.includes('*') || (addresses.includes('0.0.0.0') && addresses.includes('::'))) {
    return { current, change: 'none', line: null, why: 'The server listens on all its addresses.' }
  }
  if (addresses.includes(endpoint.host.toLowerCase())) {
    return { current, change: 'none', line: null, why: `The server listens on ${endpoint.host}.` }
  }
  if (addresses.every(isLoopback)) {
    return {
      current,
      change: 'needed',
      line: "listen_addresses = '*'",
      why: `The server listens ${addresses.length === 0 ? 'on no address, only on its socket' : 'to its own machine only'}. With '*', or its own address in the network, it can be reached; who comes in is still said by pg_hba.conf. It takes a restart. Where a proxy or tunnel on the same machine stands behind ${endpoint.host}, leave it as it is.`,
    }
  }
  const families = [
    ...(addresses.includes('0.0.0.0') ? ['all its IPv4 addresses'] : []),
    ...(addresses.includes('::') ? ['all its IPv6 addresses'] : []),
  ]
  const where = families.length > 0 ? families.join(' and ') : addresses.join(', ')
  return {
    current,
    change: 'look',
    line: null,
    why: `The server listens on ${where}. Right if ${endpoint.host} leads there; else add its own address for that network. That takes a restart.`,
  }
}

// Names that mean something else without quotes; the rest is what the reader of the file splits at.
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_.$-]*$/
const keywords: ReadonlySet<string> = new Set(['all', 'replication', 'sameuser', 'samerole', 'samegroup'])
const regularExpressionsSince = 160000

/** A name as pg_hba.conf has it (manual, 20.1): in quotes, which take its meaning from a keyword, + and @. */
function hbaName(name: string, request: HbaRequest): string {
  // Quotes do not take the meaning from a leading slash; an expression that matches this name alone does.
  if (name.startsWith('/') && (request.versionNumber ?? regularExpressionsSince) >= regularExpressionsSince) {
    return quoted(`/^${name.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}$`)
  }
  return plainName.test(name) && !keywords.has(name.toLowerCase()) ? name : quoted(name)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => width(row[column] ?? '')))) ?? []
  return rows.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  )
}

// In code points, which is near enough for columns that no program counts.
function width(text: string): number {
  return [...text].length
}

function listed(setting: string): string[] {
  return setting
    .split(',')
    .map(address =>
      address
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .toLowerCase(),
    )
    .filter(address => address !== '')
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.')
}
