import { printableName } from '../identifier.ts'
import type { Problem, Result } from '../problem.ts'
import type { HbaSurroundings, HbaVerdict } from './decide.ts'
import type { HbaFiles } from './files.ts'
import { type HbaRequest, hbaLines, hbaMarks } from './lines.ts'
import { faultsOf, parseHba, rulesOf } from './parse.ts'
import { decideRange, type RangePart } from './range.ts'
import type { HbaRule } from './rule.ts'
import type { HbaServer } from './server.ts'

/** What is decided about one database and one network, before and after our lines. */
export interface WayIn {
  readonly database: string
  readonly cidr: string
  readonly before: readonly RangePart[]
  readonly after: readonly RangePart[]
  /** Who decides without TLS once our lines are there: where it lets in, the tool may come unencrypted. */
  readonly withoutTls: readonly RangePart[]
}

/** How pg_hba.conf would be changed. */
export interface HbaPlacement {
  /** The whole file, as it would be; the same text where nothing has to change. */
  readonly text: string
  /** Our block as it stands in it. */
  readonly lines: readonly string[]
  /** The line of the file before which they go; null: at its end. */
  readonly above: HbaRule | null
  readonly ways: readonly WayIn[]
}

export interface HbaPlacementRequest {
  /** Of the first file. */
  readonly path: string
  readonly files: HbaFiles
  readonly server: HbaServer
  readonly surroundings: HbaSurroundings
  readonly wanted: HbaRequest
  /** The login and all it is or will be a member of. */
  readonly memberOf: ReadonlySet<string>
  /** Our lines in a file of their own, by include (16 and later): its name, beside the first file. */
  readonly ownFile?: string
}

/**
 * Where our lines belong: before the first line that would decide about any of the connections. Lines that an
 * earlier run has put there for this login are replaced. The file itself has to be readable (`files.file`).
 */
export function placeHba(request: HbaPlacementRequest): Result<HbaPlacement> {
  const { path, files, wanted, ownFile } = request
  const file = files.file(path)
  if (file.found !== 'text') return refused('hba-unreadable', `${path} cannot be read.`)
  const earlier = withoutBlock(file.text, wanted.login)
  if (!earlier.ok) return earlier
  const now = parseHba(path, files, request.server)
  const [fault] = faultsOf(now)
  if (fault !== undefined) {
    return refused(
      'hba-faulty',
      `${fault.file}, line ${fault.line}: ${fault.message}. With that the server takes no change of this file.`,
      'Put that line right first; pg_hba_file_rules shows what is wrong with it.',
    )
  }
  const bare = rulesOf(parseHba(path, replaced(files, { [path]: earlier.value }), request.server))
  const before = waysOf(request, rulesOf(now))
  const catching = firstCatching(bare, waysOf(request, bare))
  const block = hbaLines(wanted)
  const { begin, end } = hbaMarks(wanted.login)
  const lines = ownFile === undefined ? block : [begin, `include "${ownFile.replaceAll('"', '""')}"`, end]
  const text = inserted(earlier.value, lines, catching?.at ?? null)
  const ownPath = ownFile === undefined ? null : `${path.slice(0, path.lastIndexOf('/') + 1)}${ownFile}`
  const texts = { [path]: text, ...(ownPath === null ? {} : { [ownPath]: `${block.join('\n')}\n` }) }
  const rules = rulesOf(parseHba(path, replaced(files, texts), request.server))
  const after = waysOf(request, rules)
  const plain = waysOf(request, rules, false)
  return {
    ok: true,
    value: {
      text,
      lines: block,
      above: catching,
      ways: before.map(({ database, cidr, parts }, index) => ({
        database,
        cidr,
        before: parts,
        after: after[index]?.parts ?? [],
        withoutTls: plain[index]?.parts ?? [],
      })),
    },
  }
}

/**
 * The text without what is marked as ours for this login.
 * @returns a problem where a mark stands alone: then nobody can say what is ours
 */
export function withoutBlock(text: string, login: string): Result<string> {
  const { begin, end } = hbaMarks(login)
  const lines = text.split('\n')
  const is = (line: string, mark: string) => line.replace(/\r$/, '') === mark
  const kept: string[] = []
  let inside = false
  for (const line of lines) {
    if (is(line, begin) || is(line, end)) {
      if (is(line, end) !== inside) return refused('hba-marks', brokenMarks(login))
      inside = !inside
    } else if (!inside) kept.push(line)
  }
  return inside ? refused('hba-marks', brokenMarks(login)) : { ok: true, value: kept.join('\n') }
}

/** Whether a verdict lets the login in by the password that it will have. */
export function letsIn(verdict: HbaVerdict): boolean {
  return verdict.by === 'rule' && passwordMethods.has(verdict.rule.method) && !wantsCertificate(verdict.rule)
}

// A line for md5 asks a login with a SCRAM verifier for SCRAM (manual, 20.5).
const passwordMethods: ReadonlySet<string> = new Set(['scram-sha-256', 'md5', 'password'])

function wantsCertificate({ options }: HbaRule): boolean {
  return options.some(({ name }) => name === 'clientcert')
}

interface Ways {
  readonly database: string
  readonly cidr: string
  readonly parts: readonly RangePart[]
}

function waysOf(
  { wanted, memberOf, surroundings }: HbaPlacementRequest,
  rules: readonly HbaRule[],
  tls = wanted.tls,
): readonly Ways[] {
  return wanted.databases.flatMap(database =>
    wanted.cidrs.map(cidr => ({
      database,
      cidr,
      parts: decideRange(rules, { database, user: wanted.login, memberOf, tls }, cidr, surroundings),
    })),
  )
}

/** The first line, in the server's order, that decides about any of the ways, for certain or perhaps. */
function firstCatching(rules: readonly HbaRule[], ways: readonly Ways[]): HbaRule | null {
  const deciding = new Set(ways.flatMap(({ parts }) => parts.flatMap(({ verdict }) => rulesIn(verdict))))
  return rules.find(rule => deciding.has(rule)) ?? null
}

function rulesIn(verdict: HbaVerdict): readonly HbaRule[] {
  switch (verdict.by) {
    case 'nobody':
      return []
    case 'rule':
      return [verdict.rule]
    case 'unknown':
      return [verdict.rule, ...rulesIn(verdict.otherwise)]
  }
}

/** Puts lines before that line (from 1), or at the end; in the file's own way of ending lines. */
function inserted(text: string, lines: readonly string[], before: number | null): string {
  if (lines.length === 0) return text
  const ends = /\r\n/.test(text) && !/[^\r]\n/.test(text) ? '\r\n' : '\n'
  const block = lines.map(line => `${line}${ends}`).join('')
  if (before === null) {
    const whole = text === '' || text.endsWith('\n') ? text : `${text}${ends}`
    // A backslash at the very end would take our first line for its own.
    return /\\\r?\n$/.test(whole) ? `${whole}${ends}${block}` : whole + block
  }
  const at =
    text
      .split('\n')
      .slice(0, before - 1)
      .join('\n').length + (before > 1 ? 1 : 0)
  return text.slice(0, at) + block + text.slice(at)
}

/** The files with other texts at some of their paths. */
export function replaced(files: HbaFiles, texts: Readonly<Record<string, string>>): HbaFiles {
  return {
    ...files,
    file: path => {
      const text = texts[path]
      return text === undefined ? files.file(path) : { found: 'text', text }
    },
  }
}

function brokenMarks(login: string): string {
  return `The lines "# pg-usher: ${printableName(login)}, begin" and "…, end" in pg_hba.conf are not in pairs, so what is ours cannot be told.`
}

function refused(code: string, message: string, next?: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { code, message, ...(next === undefined ? {} : { next }) } }
}
