import { printableName } from '../identifier.ts'
import type { Problem, Result } from '../problem.ts'
import { hbaMarks } from './lines.ts'
import { scanToken } from './tokens.ts'

/**
 * The lines of a file that are marked as ours for this login, with their marks; none where there are none.
 * @returns a problem where a mark stands alone: then nobody can say what is ours
 */
export function blockIn(text: string, login: string): Result<readonly string[]> {
  const parts = partsOf(text, login)
  return parts.ok ? { ok: true, value: parts.value.ours.map(withoutReturn) } : parts
}

/** The text with other lines in the place of what is marked as ours for this login; none: without it. */
export function withBlock(text: string, login: string, lines: readonly string[]): Result<string> {
  const parts = partsOf(text, login)
  if (!parts.ok) return parts
  const { before, ours, after } = parts.value
  const ends = ours[0]?.endsWith('\r') ? '\r' : ''
  return { ok: true, value: [...before, ...lines.map(line => line + ends), ...after].join('\n') }
}

/** The text without what is marked as ours for this login. */
export function withoutBlock(text: string, login: string): Result<string> {
  return withBlock(text, login, [])
}

/** Whether a file holds our lines for this login and nothing else, so that it is ours to overwrite and remove. */
export function isOursAlone(text: string, login: string): boolean {
  const parts = partsOf(text, login)
  if (!parts.ok || parts.value.ours.length === 0) return false
  return [...parts.value.before, ...parts.value.after].every(line => line.trim() === '')
}

/** A block that has the server read a file of our own. */
export function includingBlock(login: string, ownFile: string): readonly string[] {
  const { begin, end } = hbaMarks(login)
  return [begin, `include "${ownFile.replaceAll('"', '""')}"`, end]
}

/** The file of our own that a block has the server read; null where its lines stand in it. */
export function includedBy(block: readonly string[]): string | null {
  for (const line of block) {
    const [, name] = /^include "((?:[^"]|"")*)"$/.exec(line) ?? []
    if (name !== undefined) return name.replaceAll('""', '"')
  }
  return null
}

/** What stands in a file of our own that cannot be removed (through SQL): it is ours, and says nothing. */
export function retiredBlock(login: string): readonly string[] {
  const { begin, end } = hbaMarks(login)
  return [begin, '# Not used any more.', end]
}

/** Whether these lines of ours let anybody in. */
export function hasRules(lines: readonly string[]): boolean {
  return lines.some(line => keyOf(line) !== null)
}

/**
 * Our lines without those that a run has added to the former ones. What else stands there now, of a later run or of
 * somebody's hand, stays.
 */
export function withoutAdded(
  now: readonly string[],
  added: readonly string[],
  former: readonly string[],
): readonly string[] {
  const before = new Set(former.map(keyOf))
  const out = new Set(added.map(keyOf).filter(key => key !== null && !before.has(key)))
  return now.filter(line => !out.has(keyOf(line)))
}

/** Whether they say the same, however they are aligned. */
export function sameLines(some: readonly string[], others: readonly string[]): boolean {
  const [one, other] = [some, others].map(lines => lines.map(keyOf).filter(key => key !== null))
  return JSON.stringify(one) === JSON.stringify(other)
}

/** The words of a line; null for a comment. */
function keyOf(line: string): string | null {
  const words: unknown[] = []
  for (let at = 0; ; ) {
    const token = scanToken(line, at)
    if (token === null) break
    words.push([token.text, token.quoted, token.comma])
    at = token.end
  }
  return words.length === 0 ? null : JSON.stringify(words)
}

interface Parts {
  readonly before: readonly string[]
  readonly ours: readonly string[]
  readonly after: readonly string[]
}

function partsOf(text: string, login: string): Result<Parts> {
  const { begin, end } = hbaMarks(login)
  const before: string[] = []
  const ours: string[] = []
  const after: string[] = []
  let inside = false
  for (const line of text.split('\n')) {
    const isEnd = withoutReturn(line) === end
    if (isEnd || withoutReturn(line) === begin) {
      if (isEnd !== inside) return { ok: false, problem: brokenMarks(login) }
      inside = !inside
      ours.push(line)
    } else if (inside) ours.push(line)
    else if (ours.length === 0) before.push(line)
    else after.push(line)
  }
  if (inside) return { ok: false, problem: brokenMarks(login) }
  return { ok: true, value: { before, ours, after } }
}

function withoutReturn(line: string): string {
  return line.replace(/\r$/, '')
}

function brokenMarks(login: string): Problem {
  return {
    code: 'hba-marks',
    message: `The lines "# pg-usher: ${printableName(login)}, begin" and "…, end" in pg_hba.conf are not in pairs, so what is ours cannot be told.`,
  }
}
