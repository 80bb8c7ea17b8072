import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { decodeContents, encodeContents } from '../../model/hba/contents.ts'
import { withoutBlock } from '../../model/hba/place.ts'
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
  /** Lines in a file of their own, which the first one includes. */
  readonly own: { readonly path: string; readonly text: string } | null
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
}

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
    const now = await way.read()
    if (now === null || !same(now, edit.before)) throw new ProblemError(changedSince(edit.path))
    const faultsBefore = await faultCount(session)
    const backup = await way.backup(edit.before)
    work.onBackup(backup)
    try {
      if (edit.own !== null) await writeOwn(session, way, edit.own)
      await way.replace(edit.after, edit.before)
      await checkRows(session, edit.path, faultsBefore)
      await reload(session, work)
      const problem = await work.tryEffect()
      if (problem !== null) throw new ProblemError(problem)
      return { by: way.by, backup }
    } catch (thrown) {
      await restore(session, way, edit, work, backup, thrown)
      throw thrown
    }
  })
}

/**
 * Takes our lines for this login out of pg_hba.conf again, whatever else has changed there since.
 * @returns whether there were any
 * @throws ProblemError
 */
export async function removeHbaLines(
  {
    path,
    login,
    ownPath,
  }: { readonly path: string; readonly login: string; readonly ownPath: string | null },
  work: Pick<HbaWork, 'open' | 'database' | 'patience'>,
): Promise<boolean> {
  return withSession(work.open, { database: work.database }, async session => {
    const way = await hbaFileWay(session, path)
    const bytes = await way.read()
    if (bytes === null) return false
    const contents = decodeContents(bytes)
    const rest = withoutBlock(contents.text, login)
    if (!rest.ok) throw new ProblemError(rest.problem)
    if (rest.value === contents.text) return false
    const faultsBefore = await faultCount(session)
    const without = encodeContents({ ...contents, text: rest.value })
    await way.replace(without, bytes)
    try {
      await checkRows(session, path, faultsBefore)
      await reload(session, work)
    } catch (thrown) {
      await way.replace(bytes, without)
      await reload(session, work, 'waits').catch(() => {})
      throw thrown
    }
    if (ownPath !== null) await removeOwn(session, ownPath)
    return true
  })
}

/** Whether lines of ours for this login are in the file: any, or these. @throws ProblemError */
export async function hasHbaLines(
  session: Session,
  path: string,
  login: string,
  lines: readonly string[] = [],
): Promise<boolean> {
  const bytes = await serverFile(session, path)
  if (bytes === null) return false
  const { text } = decodeContents(bytes)
  const rest = withoutBlock(text, login)
  const any = !rest.ok || rest.value !== text
  return any && text.replaceAll('\r\n', '\n').includes(lines.join('\n'))
}

async function restore(
  session: Session,
  way: HbaFileWay,
  { before, after, own }: HbaEdit,
  work: HbaWork,
  backup: string,
  because: unknown,
): Promise<void> {
  try {
    const now = await way.read()
    // Through SQL the file is written in place: what is there may be the beginning of ours.
    if (now !== null && !same(now, before) && isBeginning(now, after)) await way.replace(before, now)
    // Nothing of ours is in a file that somebody else has changed before it was our turn.
    else if (problemOf(because).code !== 'hba-changed' && (now === null || !same(now, before))) {
      throw new ProblemError(changedSince(way.path))
    }
    if (own !== null) await removeOwn(session, own.path)
    await reload(session, work, 'waits')
    await way.remove(backup)
  } catch (thrown) {
    throw new ProblemError(
      {
        code: 'hba-not-restored',
        message: `${problemOf(because).message} ${way.path} could not be put back as it was: ${problemOf(thrown).message}`,
        next: `The file as it was is ${backup}. Put it in the place of ${way.path}, then SELECT pg_reload_conf().`,
      },
      { cause: because },
    )
  }
}

async function writeOwn(
  session: Session,
  main: HbaFileWay,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<void> {
  const bytes = new TextEncoder().encode(text)
  await main.create(path, bytes)
  const rows = await session.query(
    'SELECT FROM pg_catalog.pg_stat_file($1, true) AS s WHERE s.isdir IS NOT NULL',
    [path],
  )
  if (rows.length === 0) {
    throw new ProblemError({ code: 'hba-not-written', message: `The server does not see ${path}.` })
  }
}

/** A file of ours that nothing includes any more: removed here, emptied through SQL. */
async function removeOwn(session: Session, path: string): Promise<void> {
  const way = await hbaFileWay(session, path)
  if (await way.remove(path)) return
  const bytes = await way.read()
  if (bytes !== null) await way.replace(new TextEncoder().encode('# pg-usher: not used any more\n'), bytes)
}

/** Every row that is of no use keeps the server from taking the file; some have no error text (hba.c). */
async function faultCount(session: Session): Promise<number> {
  return (await hbaFileRows(session)).filter(({ type }) => type === null).length
}

async function checkRows(session: Session, path: string, faultsBefore: number): Promise<void> {
  if (faultsBefore > 0) {
    throw new ProblemError({
      code: 'hba-faulty',
      message: `${path} had a fault before, so the server takes no change of it.`,
      next: 'Put right what pg_hba_file_rules shows, then try again.',
    })
  }
  const fault = (await hbaFileRows(session)).find(({ type }) => type === null)
  if (fault === undefined) return
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
  { open, database, patience = 15_000 }: Pick<HbaWork, 'open' | 'database' | 'patience'>,
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

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other)
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
