import type { Problem, Result } from '../problem.ts'
import { blockIn, includingBlock, isOursAlone, withoutBlock } from './block.ts'
import type { HbaSurroundings, HbaVerdict } from './decide.ts'
import { configLocation, type HbaFiles } from './files.ts'
import { type HbaRequest, hbaLines } from './lines.ts'
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
  /** Our lines, which stand in it or in the file of our own. */
  readonly lines: readonly string[]
  /** What an earlier run has put into the first file for this login, with its marks. */
  readonly former: readonly string[]
  /** The file of our own, as it would be; null where our lines stand in the first file. */
  readonly own: { readonly path: string; readonly text: string } | null
  /** Whether any file has to be written. */
  readonly changes: boolean
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
  const former = blockIn(file.text, wanted.login)
  if (!former.ok) return former
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
  const lines = ownFile === undefined ? block : includingBlock(wanted.login, ownFile)
  const text = inserted(earlier.value, lines, catching?.at ?? null)
  const own =
    ownFile === undefined ? null : { path: configLocation(ownFile, path), text: `${block.join('\n')}\n` }
  const there = own === null ? null : files.file(own.path)
  if (own !== null && there?.found === 'text' && !isOursAlone(there.text, wanted.login)) {
    return { ok: false, problem: notOurs(own.path) }
  }
  const texts = { [path]: text, ...(own === null ? {} : { [own.path]: own.text }) }
  const rules = rulesOf(parseHba(path, replaced(files, texts), request.server))
  const after = waysOf(request, rules)
  const plain = waysOf(request, rules, false)
  return {
    ok: true,
    value: {
      text,
      lines: block,
      former: former.value,
      own,
      changes: text !== file.text || (own !== null && (there?.found !== 'text' || there.text !== own.text)),
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

/** That a file at the place of our own is somebody else's. */
export function notOurs(path: string): Problem {
  return {
    code: 'hba-not-ours',
    message: `${path} has lines that are not marked as ours for this login, so it is neither overwritten nor removed.`,
    next: 'Look what it is, and move those lines to another file; or choose "write" or "print".',
  }
}

function refused(code: string, message: string, next?: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { code, message, ...(next === undefined ? {} : { next }) } }
}
