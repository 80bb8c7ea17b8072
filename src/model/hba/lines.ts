import { printableName } from '../identifier.ts'
import type { Problem } from '../problem.ts'

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
  const { begin, end } = hbaMarks(login)
  return [
    begin,
    ...aligned([['# TYPE', 'DATABASE', 'USER', 'ADDRESS', 'METHOD'], ...rows]),
    ...unwritable,
    end,
  ]
}

/** The comment lines around what is ours. */
export function hbaMarks(login: string): { readonly begin: string; readonly end: string } {
  return {
    begin: `# pg-usher: ${printableName(login)}, begin`,
    end: `# pg-usher: ${printableName(login)}, end`,
  }
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
