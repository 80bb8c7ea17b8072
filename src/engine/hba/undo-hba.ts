import {
  blockIn,
  hasRules,
  isOursAlone,
  sameLines,
  withBlock,
  withoutAdded,
  withoutBlock,
} from '../../model/hba/block.ts'
import type { HbaDone } from '../../model/hba/change.ts'
import { decodeContents, encodeContents } from '../../model/hba/contents.ts'
import { notOurs } from '../../model/hba/place.ts'
import { ProblemError } from '../../model/problem.ts'
import { serverFile } from '../../postgres/hba-queries.ts'
import type { Session } from '../../postgres/session.ts'
import { withSession } from '../with-session.ts'
import { type DoorNow, linesOf, ownText, readDoor } from './door-now.ts'
import { hbaFileWay } from './hba-file.ts'
import { carryOut, type HbaEdit, type HbaWork, type OwnFileEdit, readAgain } from './write-hba.ts'

/** What of a door has to be taken back. */
export interface HbaToUndo extends HbaDone {
  /** All of ours for this login goes, also what earlier runs have put there: the login itself goes. */
  readonly whole?: boolean
}

/** What an undo at the door would do. */
export interface HbaUndo extends HbaToUndo {
  /** Our lines that go. */
  readonly out: readonly string[]
  /** Those of an earlier run that come back. */
  readonly back: readonly string[]
}

/** What the undo would do; null where there is nothing to be done any more. @throws ProblemError */
export async function planHbaUndo(session: Session, done: HbaToUndo): Promise<HbaUndo | null> {
  const planned = await editFor(session, done)
  if (planned === null) return null
  const { now, later } = planned
  return { ...done, out: withoutAdded(now, later, []), back: withoutAdded(later, now, []) }
}

/**
 * Takes our lines for this login out of pg_hba.conf again, whatever else has changed there since, and puts back those
 * that an earlier run had there.
 * @returns whether there was anything to do, and the files of our own that could not be removed
 * @throws ProblemError
 */
export async function undoHbaLines(
  done: HbaToUndo,
  work: Pick<HbaWork, 'open' | 'database' | 'patience'>,
): Promise<{ readonly changed: boolean; readonly left: readonly string[] }> {
  return withSession(work.open, { database: work.database }, async session => {
    const planned = await editFor(session, done)
    if (planned === null) {
      await readAgain(session, done.path, work)
      return { changed: false, left: [] }
    }
    const way = await hbaFileWay(session, done.path)
    const left = await carryOut(session, way, planned.edit, { ...work, backup: null })
    return { changed: true, left }
  })
}

interface Planned {
  readonly edit: HbaEdit
  /** Our lines now, and after it. */
  readonly now: readonly string[]
  readonly later: readonly string[]
}

async function editFor(session: Session, done: HbaToUndo): Promise<Planned | null> {
  const door = await readDoor(session, done.path, done.login)
  if (door === null) return null
  const { block, own, lines } = target(door, done)
  const files = await ownEdits(session, door, done, own)
  const after = await mainAfter(session, door, done, block)
  if (Buffer.from(door.bytes).equals(after) && files.length === 0) return null
  const edit = { path: done.path, login: done.login, before: door.bytes, after, own: files }
  return { edit, now: door.lines, later: lines }
}

interface Target {
  /** What stands in pg_hba.conf of ours. */
  readonly block: readonly string[]
  readonly own: { readonly path: string; readonly text: string } | null
  readonly lines: readonly string[]
}

const nothing: Target = { block: [], own: null, lines: [] }

/** How our lines will be. A run that was broken off may have left them as they were, or half of what it writes. */
function target(door: DoorNow, { whole, lines, former }: HbaToUndo): Target {
  if (whole === true || door.block.length === 0) return nothing
  const before: Target =
    former === undefined
      ? nothing
      : { ...former, lines: former.own === null ? former.block : linesOf(former.own.text) }
  if (sameLines(door.lines, lines) || sameLines(door.lines, before.lines)) return before
  // A later run, or somebody's hand, has made it what it is now.
  const kept = withoutAdded(door.lines, lines, before.lines)
  if (!hasRules(kept)) return nothing
  return door.own === null
    ? { block: kept, own: null, lines: kept }
    : { block: door.block, own: { path: door.own.path, text: `${kept.join('\n')}\n` }, lines: kept }
}

/** Byte for byte as before, where nobody has changed anything else since; else the block alone is another. */
async function mainAfter(
  session: Session,
  { bytes, contents, block: now }: DoorNow,
  { login, backup }: HbaToUndo,
  block: readonly string[],
): Promise<Uint8Array> {
  if (sameText(now, block)) return bytes
  const kept = await serverFile(session, backup).catch(() => null)
  if (kept !== null && isTheSameButFor(login, contents.text, decodeContents(kept).text, block)) return kept
  const text = withBlock(contents.text, login, block)
  if (!text.ok) throw new ProblemError(text.problem)
  return encodeContents({ ...contents, text: text.value })
}

/** Whether `kept` has this block, and all else in it is as in `text`; it may lack the last line's end. */
function isTheSameButFor(login: string, text: string, kept: string, block: readonly string[]): boolean {
  const there = blockIn(kept, login)
  if (!there.ok || !sameText(there.value, block)) return false
  const [rest, restKept] = [text, kept].map(each => withoutBlock(each, login))
  if (!rest?.ok || !restKept?.ok) return false
  return withoutEnd(rest.value) === withoutEnd(restKept.value)
}

/** Each file of our own that any of the runs has to do with, where it changes. */
async function ownEdits(
  session: Session,
  door: DoorNow,
  { login, ownPath, former }: HbaToUndo,
  later: Target['own'],
): Promise<readonly OwnFileEdit[]> {
  const paths = [door.own?.path, ownPath, former?.own?.path].filter(
    path => path !== undefined && path !== null,
  )
  const edits: OwnFileEdit[] = []
  for (const path of new Set(paths)) {
    const before = await ownText(session, path)
    const after = later?.path === path ? later.text : null
    if (before === after) continue
    const isOurs = before === null || isOursAlone(before, login)
    if (!isOurs && (after !== null || hasOurs(before, login))) throw new ProblemError(notOurs(path))
    // Of somebody else, or left by us without any rule.
    if (after === null && (!isOurs || !hasRules(linesOf(before ?? '')))) continue
    edits.push({ path, before: bytesOf(before), after: bytesOf(after) })
  }
  return edits
}

function hasOurs(text: string, login: string): boolean {
  const ours = blockIn(text, login)
  return !ours.ok || ours.value.length > 0
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : new TextEncoder().encode(text)
}

function sameText(some: readonly string[], others: readonly string[]): boolean {
  return some.join('\n') === others.join('\n')
}

function withoutEnd(text: string): string {
  return text.replace(/[\r\n]+$/, '')
}
