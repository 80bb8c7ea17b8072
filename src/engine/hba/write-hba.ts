import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { isOursAlone, retiredBlock } from '../../model/hba/block.ts'
import { notOurs } from '../../model/hba/place.ts'
import { type Problem, ProblemError, problemOf } from '../../model/problem.ts'
import { hbaFileRows, loadedAt, serverFile } from '../../postgres/hba-queries.ts'
import type { OpenSession, Session } from '../../postgres/session.ts'
import { withSession } from '../with-session.ts'
import { type HbaFileWay, hbaFileWay } from './hba-file.ts'

/** A change of pg_hba.conf as it was shown. */
export interface HbaEdit {
  readonly path: string
  readonly login: string
  /** The whole file, as it was when the plan was made, and as it will be. */
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** Files of our own beside it. */
  readonly own: readonly OwnFileEdit[]
}

/** A file of our own, which pg_hba.conf includes; null: it is not there. */
export interface OwnFileEdit {
  readonly path: string
  readonly before: Uint8Array | null
  readonly after: Uint8Array | null
}

export interface HbaWork {
  readonly open: OpenSession
  readonly database: string
  /** Tries the effect by a real connection; gives what is wrong with it, or null. */
  readonly tryEffect: () => Promise<Problem | null>
  /** Called before the first byte is written, with the backup's path: from then on a later start can put it right. */
  readonly onBackup: (backup: string) => void
  /** How long the server may take to read its files again, in milliseconds. */
  readonly patience?: number
}

/** What was written. */
export interface HbaWritten {
  readonly by: HbaFileWay['by']
  readonly backup: string
  /** Files of our own that could not be removed; they say nothing any more. */
  readonly left: readonly string[]
}

type Reloading = Pick<HbaWork, 'open' | 'database' | 'patience'>

/**
 * Writes pg_hba.conf: a backup, the new file in the old one's place, the server's own check of it, a reload, a new
 * session of the administrator and a connection that shows the effect. Whatever fails, the old file is put back and
 * read again.
 * @throws ProblemError; `hba-not-restored` where the old file could not be put back
 */
export async function writeHba(edit: HbaEdit, work: HbaWork): Promise<HbaWritten> {
  // Held open to the end: should the new rules lock the administrator out, this session puts the old ones back.
  return withSession(work.open, { database: work.database }, async session => {
    const way = await hbaFileWay(session, edit.path)
    await mustBeAsPlanned(way, edit)
    await mustHaveNoFault(session, edit.path, 'before')
    const backup = await way.backup(edit.before)
    work.onBackup(backup)
    const left = await carryOut(session, way, edit, { ...work, backup })
    return { by: way.by, backup, left }
  })
}

/**
 * Makes the edit and has the server read it; whatever fails, all files are put back and read again.
 * @param backup of the first file, which goes where it is put back; null where there is none
 * @returns files of our own that could not be removed
 * @throws ProblemError; `hba-not-restored` where something could not be put back
 */
export async function carryOut(
  session: Session,
  way: HbaFileWay,
  edit: HbaEdit,
  work: Reloading & { readonly tryEffect?: HbaWork['tryEffect']; readonly backup: string | null },
): Promise<readonly string[]> {
  const { path, login, before, after, own } = edit
  try {
    for (const file of own) if (file.after !== null) await put(session, way, file, login)
    if (!same(before, after)) {
      await way.replace(after, before)
      await mustBeSeen(session, path, after)
    }
    await mustHaveNoFault(session, path, 'now')
    await reload(session, work)
    const problem = (await work.tryEffect?.()) ?? null
    if (problem !== null) throw new ProblemError(problem)
    const left: string[] = []
    // Last: until here the rules in force may include them.
    for (const file of own) {
      if (file.after !== null || file.before === null) continue
      if (!(await way.at(file.path).retire(file.before, retired(login)))) left.push(file.path)
    }
    if (own.some(file => file.after === null)) await mustHaveNoFault(session, path, 'now')
    return left
  } catch (thrown) {
    const left = await restore(session, way, edit, work, thrown)
    throw left.length === 0 ? thrown : withLeft(thrown, left)
  }
}

/**
 * Has the server read files that are as they should be: a run that was broken off may have put them back on the disk
 * and not in force. @throws ProblemError where the server does not take them
 */
export async function readAgain(session: Session, path: string, work: Reloading): Promise<void> {
  await mustHaveNoFault(session, path, 'now')
  await reload(session, work)
}

async function restore(
  session: Session,
  way: HbaFileWay,
  { before, after, own, login, path }: HbaEdit,
  work: Reloading & { readonly backup: string | null },
  because: unknown,
): Promise<readonly string[]> {
  try {
    if (!same(before, after)) {
      const now = await way.read()
      // Through SQL the file is written in place: what is there may be the beginning of ours.
      if (now !== null && !same(now, before) && isBeginning(now, after)) await way.replace(before, now)
      // Nothing of ours is in a file that somebody else has changed before it was our turn.
      else if (problemOf(because).code !== 'hba-changed' && (now === null || !same(now, before))) {
        throw new ProblemError(changedSince(way.path))
      }
    }
    // All are tried; the first that cannot be put back is told.
    const failed: unknown[] = []
    const left: string[] = []
    for (const file of own) {
      try {
        if (!(await putBack(session, way, file, { login, because }))) left.push(file.path)
      } catch (thrown) {
        failed.push(thrown)
      }
    }
    if (failed.length > 0) throw failed[0]
    await mustHaveNoFault(session, path, 'now')
    await reload(session, work, 'waits')
    if (work.backup !== null) await way.remove(work.backup)
    return left
  } catch (thrown) {
    const next =
      work.backup === null
        ? ''
        : `The file as it was is ${work.backup}. Put it in the place of ${path}, then `
    throw new ProblemError(
      {
        code: 'hba-not-restored',
        message: `${problemOf(because).message} ${path} could not be put back as it was: ${problemOf(thrown).message}`,
        next: `${next}SELECT pg_reload_conf().`,
      },
      { cause: because },
    )
  }
}

/** A file of our own as it will be; what is not ours is not overwritten. */
async function put(
  session: Session,
  main: HbaFileWay,
  { path, before, after }: OwnFileEdit,
  login: string,
): Promise<void> {
  if (after === null || (before !== null && same(before, after))) return
  if (before === null) await main.create(path, after)
  else {
    mustBeOurs(path, before, login)
    await main.at(path).replace(after, before)
  }
  await mustBeSeen(session, path, after)
}

/** @returns false where it could only be left without any rule, since it cannot be removed */
async function putBack(
  session: Session,
  main: HbaFileWay,
  { path, before, after }: OwnFileEdit,
  { login, because }: { readonly login: string; readonly because: unknown },
): Promise<boolean> {
  const way = main.at(path)
  const now = await way.read()
  if (isSame(now, before)) return true
  // As it was left by us: whole, or through SQL the beginning of it, or without any rule.
  const isLeftByUs =
    now === null ? after === null : isBeginning(now, after ?? retired(login)) || same(now, retired(login))
  if (!isLeftByUs) {
    // Nothing of ours is in it: somebody else has changed it before it was our turn.
    if (after === null || problemOf(because).code === 'hba-changed') return true
    throw new ProblemError(changedSince(path))
  }
  if (now === null) {
    if (before !== null) await main.create(path, before)
  } else if (before === null) return way.retire(now, retired(login))
  else await way.replace(before, now)
  if (before !== null) await mustBeSeen(session, path, before)
  return true
}

/** @throws ProblemError where any of the files is not as the edit was made from */
async function mustBeAsPlanned(way: HbaFileWay, { path, login, before, own }: HbaEdit): Promise<void> {
  if (!isSame(await way.read(), before)) throw new ProblemError(changedSince(path))
  for (const file of own) {
    if (!isSame(await way.at(file.path).read(), file.before)) throw new ProblemError(changedSince(file.path))
    if (file.before !== null) mustBeOurs(file.path, file.before, login)
  }
}

function mustBeOurs(path: string, bytes: Uint8Array, login: string): void {
  if (!isOursAlone(new TextDecoder().decode(bytes), login)) throw new ProblemError(notOurs(path))
}

/** The folder may be another one here than for the server, such as that of a container. */
async function mustBeSeen(session: Session, path: string, bytes: Uint8Array): Promise<void> {
  if (isSame(await serverFile(session, path), bytes)) return
  throw new ProblemError({
    code: 'hba-not-written',
    message: `${path} was written, and the server does not read there what was written.`,
    next: 'It may run in a container that has another file there. Run pg-usher inside, or choose "print".',
  })
}

/** Every row that is of no use keeps the server from taking the file; some have no error text (hba.c). */
async function mustHaveNoFault(session: Session, path: string, when: 'before' | 'now'): Promise<void> {
  const fault = (await hbaFileRows(session)).find(({ type }) => type === null)
  if (fault === undefined) return
  if (when === 'before') {
    throw new ProblemError({
      code: 'hba-faulty',
      message: `${path} had a fault before, so the server takes no change of it.`,
      next: 'Put right what pg_hba_file_rules shows, then try again.',
    })
  }
  throw new ProblemError({
    code: 'hba-faulty',
    message: `The server does not take line ${fault.line} of the new ${path}: ${fault.error ?? 'see its log'}.`,
  })
}

/**
 * Has the server read its files, and waits until a new session finds that it did: the postmaster reads
 * pg_hba.conf before it lets in anybody new, and whoever comes in now has passed the new rules.
 * @param refusal of the administrator: under new rules it fails, before old ones are back it is waited for
 */
async function reload(
  session: Session,
  { open, database, patience = 15_000 }: Reloading,
  refusal: 'fails' | 'waits' = 'fails',
): Promise<void> {
  const now = () => withSession(open, { database }, loadedAt)
  const nowOrRefused = () => now().catch(() => null)
  const before = await nowOrRefused()
  await session.query('SELECT pg_catalog.pg_reload_conf()')
  const end = performance.now() + patience
  for (let wait = 5; ; wait = Math.min(wait * 2, 200)) {
    const loaded = refusal === 'fails' ? await now() : await nowOrRefused()
    if (loaded !== null && loaded !== before) return
    if (performance.now() > end) {
      throw new ProblemError({
        code: 'hba-not-loaded',
        message: `The server has not read its files again within ${Math.round(patience / 1000)} seconds.`,
        next: 'Look at its log for the reason.',
      })
    }
    await pause(wait)
  }
}

/** Of a file of our own that the server could only overwrite. */
export function retiredText(path: string): string {
  return `${path} is not used any more and has no rule in it; on the server it can be removed.`
}

function withLeft(thrown: unknown, left: readonly string[]): ProblemError {
  const problem = problemOf(thrown)
  const next = [...(problem.next === undefined ? [] : [problem.next]), ...left.map(retiredText)].join(' ')
  return new ProblemError({ ...problem, next }, { cause: thrown })
}

function retired(login: string): Uint8Array {
  return new TextEncoder().encode(`${retiredBlock(login).join('\n')}\n`)
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other)
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : same(one, other)
}

function isBeginning(part: Uint8Array, whole: Uint8Array): boolean {
  return same(part, whole.subarray(0, part.length))
}

function changedSince(path: string): Problem {
  return {
    code: 'hba-changed',
    message: `${path} has been changed by somebody else since the plan was made.`,
    next: 'Look at the plan again: it is made from the file as it is now.',
  }
}
