import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, type FileHandle, link, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Problem, ProblemError, problemOf } from '../../model/problem.ts'
import { serverFile } from '../../postgres/hba-queries.ts'
import type { Session } from '../../postgres/session.ts'

/** A way to the server's pg_hba.conf, or to another file beside it. */
export interface HbaFileWay {
  /** file: here, replaced as a whole by rename. sql: through the server, which writes it in place. */
  readonly by: 'file' | 'sql'
  readonly path: string
  read(): Promise<Uint8Array | null>
  /**
   * Puts `bytes` there, if `expected` is what is there at that moment.
   * @throws ProblemError `hba-changed` where somebody else has changed it
   */
  replace(bytes: Uint8Array, expected: Uint8Array): Promise<void>
  /** A copy beside what it is of, for its owner alone; gives its path. */
  backup(bytes: Uint8Array): Promise<string>
  /** The same way to another file. */
  at(path: string): HbaFileWay
  /**
   * A further file of ours, with the owner and mode of this one.
   * @throws ProblemError `hba-changed` where there is one already
   */
  create(path: string, bytes: Uint8Array): Promise<void>
  /**
   * Takes away a file of ours, if `expected` is what is there; through SQL it can only be left, with `instead` in
   * it. Gives whether it is gone.
   * @throws ProblemError `hba-changed`
   */
  retire(expected: Uint8Array, instead: Uint8Array): Promise<boolean>
  /** A backup that is no longer needed; through SQL it can only be left. */
  remove(path: string): Promise<void>
}

/**
 * The best way there is: the file itself, where it is this machine's and the server reads the same bytes; else
 * through a superuser's session.
 */
export async function hbaFileWay(session: Session, path: string): Promise<HbaFileWay> {
  const here = await fileHere(path, await serverFile(session, path))
  return here === null ? sqlWay(session, path) : fileWay(here)
}

/** Which way that is, where the server reads `seen` there. */
export async function wayBy(path: string, seen: Uint8Array | null): Promise<HbaFileWay['by']> {
  return (await fileHere(path, seen)) === null ? 'sql' : 'file'
}

async function fileHere(path: string, seen: Uint8Array | null): Promise<string | null> {
  const here = await ownFile(path)
  return here !== null && seen !== null && Buffer.from(seen).equals(await readFile(here)) ? here : null
}

/** The file behind the path (links followed), where this process may replace it. */
async function ownFile(path: string): Promise<string | null> {
  try {
    const real = await realpath(path)
    await access(real, constants.R_OK | constants.W_OK)
    await access(dirname(real), constants.W_OK)
    const { uid } = await stat(real)
    // Only root can give the new file to another owner.
    return uid === process.geteuid?.() || process.geteuid?.() === 0 ? real : null
  } catch {
    return null
  }
}

/** The file of this machine. */
export function fileWay(path: string): HbaFileWay {
  return {
    by: 'file',
    path,
    read: async () => {
      try {
        return await readFile(path)
      } catch (thrown) {
        if (isMissing(thrown)) return null
        throw notWritten(path, thrown)
      }
    },
    replace: (bytes, expected) => replaceFile(path, bytes, expected),
    backup: bytes =>
      writeBeside(path, bytes, join(dirname(path), `${basename(path)}.pg-usher-${stamp()}.bak`)),
    at: fileWay,
    create: (other, bytes) => createFile(path, other, bytes),
    retire: async expected => {
      if (!(await readFile(path)).equals(expected)) throw new ProblemError(changed(path))
      await rm(path)
      await syncFolder(dirname(path))
      return true
    },
    remove: other => rm(other, { force: true }),
  }
}

async function createFile(like: string, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = await writeBeside(like, bytes, temporaryFor(path))
  try {
    // Unlike a rename, a link takes nobody's file away.
    await link(temporary, path)
    await syncFolder(dirname(path))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') {
      throw new ProblemError(changed(path))
    }
    throw notWritten(path, thrown)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function replaceFile(path: string, bytes: Uint8Array, expected: Uint8Array): Promise<void> {
  const temporary = await writeBeside(path, bytes, temporaryFor(path))
  try {
    // As late as can be: what comes in between these two lines is the one thing that is not noticed.
    if (!(await readFile(path)).equals(expected)) throw new ProblemError(changed(path))
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (thrown) {
    await rm(temporary, { force: true })
    throw notWritten(path, thrown)
  }
}

function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.pg-usher-${stamp()}.new`)
}

/** A new file with the owner and the mode of the one at `path`, flushed. */
async function writeBeside(path: string, bytes: Uint8Array, target: string): Promise<string> {
  let file: FileHandle | null = null
  try {
    const { uid, gid, mode } = await stat(path)
    file = await open(target, 'wx', 0o600)
    await file.chown(uid, gid)
    await file.chmod(mode & 0o7777)
    await file.writeFile(bytes)
    await file.sync()
    await file.close()
    return target
  } catch (thrown) {
    await file?.close().catch(() => {})
    if (file !== null) await rm(target, { force: true })
    throw notWritten(path, thrown)
  }
}

/** Through a superuser's session: a large object is written byte for byte, where COPY would change some. */
export function sqlWay(session: Session, path: string): HbaFileWay {
  /** null: nothing may be there. */
  const write = async (target: string, bytes: Uint8Array, expected: Uint8Array | null) => {
    await session.query('BEGIN')
    try {
      const now = await serverFile(session, target)
      const isExpected =
        now === null || expected === null ? now === expected : Buffer.from(now).equals(expected)
      if (!isExpected) throw new ProblemError(changed(target))
      const [made] = await session.query<{ object: string }>(
        'SELECT pg_catalog.lo_from_bytea(0, $1::pg_catalog.bytea)::pg_catalog.text AS object',
        [Buffer.from(bytes)],
      )
      const object = made?.object ?? '0'
      await session.query('SELECT pg_catalog.lo_export($1::pg_catalog.oid, $2)', [object, target])
      await session.query('SELECT pg_catalog.lo_unlink($1::pg_catalog.oid)', [object])
      await session.query('COMMIT')
    } catch (thrown) {
      await session.query('ROLLBACK').catch(() => {})
      throw thrown
    }
    const written = await serverFile(session, target)
    if (written !== null && Buffer.from(written).equals(bytes)) return
    throw new ProblemError({
      code: 'hba-not-written',
      message: `The server wrote ${target}, and reads something else there.`,
      next: 'See whether its disk is full, and put the backup in its place.',
    })
  }
  return {
    by: 'sql',
    path,
    read: () => serverFile(session, path),
    replace: (bytes, expected) => write(path, bytes, expected),
    backup: async bytes => {
      // The server makes new files readable for others (0644); the folder of its data is closed to them.
      const [row] = await session.query<{ folder: string }>(
        "SELECT pg_catalog.current_setting('data_directory') AS folder",
      )
      const target = `${row?.folder ?? ''}/pg_hba.conf.pg-usher-${stamp()}.bak`
      await write(target, bytes, null)
      return target
    },
    at: other => sqlWay(session, other),
    create: (other, bytes) => write(other, bytes, null),
    retire: async (expected, instead) => {
      await write(path, instead, expected)
      return false
    },
    remove: async () => {},
  }
}

function stamp(): string {
  return `${new Date().toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(3).toString('hex')}`
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch {
    // Not every file system can; the file itself is flushed.
  } finally {
    await folder.close()
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
}

function changed(path: string): Problem {
  return {
    code: 'hba-changed',
    message: `${path} has been changed by somebody else since it was read.`,
    next: 'Look at the plan again: it is made from the file as it is now.',
  }
}

function notWritten(path: string, thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown
  return new ProblemError(
    { code: 'hba-not-written', message: `${path} could not be written: ${problemOf(thrown).message}.` },
    { cause: thrown },
  )
}
