import { type FileHandle, lstat, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { type Problem, ProblemError } from '../model/problem.ts'
import { shellQuote } from '../model/shell-quote.ts'

/** A private file as it was when it was read: what a later write is compared with. */
export interface PrivateFile {
  /** Symbolic links followed: here the file is, and here it is replaced. */
  readonly path: string
  /** null where there is no file yet. */
  readonly found: { readonly contents: Buffer; readonly inode: bigint; readonly mode: number } | null
}

/**
 * Reads a file that only its owner may read, as a password file is. A file that is not there is fine.
 * @throws ProblemError where it is not safe to use, with the command that makes it so
 */
export async function readPrivateFile(path: string): Promise<PrivateFile> {
  try {
    const real = await followOwnLink(path)
    await checkFolder(dirname(real))
    const handle = await openIfThere(real)
    if (handle === null) return { path: real, found: null }
    try {
      const { ino, mode, uid } = await handle.stat({ bigint: true })
      checkPrivate(real, Number(mode), Number(uid))
      return { path: real, found: { contents: await handle.readFile(), inode: ino, mode: Number(mode) } }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw asProblem(error, path)
  }
}

/**
 * Puts new contents in the place of a file that was read before, whole or not at all: written to a new file
 * in the same folder (0600, or the old file's mode), flushed to the disk, read back, and renamed. Gives
 * `changed`, and leaves everything as it is, when the file is no longer what was read.
 *
 * The new file has a fixed name and must not exist: so two of us never write at the same time.
 * @throws ProblemError with the old file untouched, such as `passfile-disk-full` or `passfile-busy`
 */
export function replacePrivateFile(before: PrivateFile, contents: Buffer): Promise<'replaced' | 'changed'> {
  return withNewFile(before, contents, async newPath => {
    if (!(await isStill(before))) return 'changed'
    await rename(newPath, before.path)
    await syncFolder(dirname(before.path))
    return 'replaced'
  })
}

/**
 * Does all that {@link replacePrivateFile} does, except for the last step: the file stays as it was.
 * @throws ProblemError
 */
export async function rehearseReplacement(before: PrivateFile, contents: Buffer): Promise<void> {
  await withNewFile(before, contents, async () => undefined)
}

/** Where the new contents stand for the moment before they are put in place. */
export function newFileOf(path: string): string {
  return `${path}.pg-usher-new`
}

async function withNewFile<T>(
  before: PrivateFile,
  contents: Buffer,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const newPath = newFileOf(before.path)
  try {
    const handle = await openNew(newPath)
    try {
      try {
        // The mode given to open() is cut by the umask; an owner's own choice, such as 0400, is kept.
        await handle.chmod(before.found === null ? 0o600 : before.found.mode & 0o700)
        await handle.writeFile(contents)
        await handle.sync()
      } finally {
        await handle.close()
      }
      if (!contents.equals(await readFile(newPath))) throw new ProblemError(notWritten(before.path))
      return await use(newPath)
    } finally {
      await rm(newPath, { force: true })
    }
  } catch (error) {
    throw asProblem(error, before.path)
  }
}

/** Waits for another of us, which needs milliseconds; longer than that it was killed. */
async function openNew(path: string): Promise<FileHandle> {
  const patience = Date.now() + 5_000
  for (;;) {
    try {
      // Exclusive: never through a link that somebody laid there, never over a file.
      return await open(path, 'wx', 0o600)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || Date.now() > patience) throw error
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}

async function isStill(before: PrivateFile): Promise<boolean> {
  const handle = await openIfThere(before.path)
  if (handle === null) return before.found === null
  try {
    if (before.found === null) return false
    const { ino } = await handle.stat({ bigint: true })
    return ino === before.found.inode && before.found.contents.equals(await handle.readFile())
  } finally {
    await handle.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    // Looked at before it is opened: a pipe would wait for a writer.
    const { uid } = await stat(path).then(checkRegular(path))
    checkOwner(path, uid)
    return await open(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

function checkRegular<Stats extends { isFile(): boolean }>(path: string): (stats: Stats) => Stats {
  return stats => {
    if (stats.isFile()) return stats
    throw new ProblemError({
      code: 'passfile-not-a-file',
      message: `${path} is not a regular file; PostgreSQL's programs would pass over it.`,
      next: 'Choose another path.',
    })
  }
}

/** Someone who owns a link can turn it to another file at any time. */
async function followOwnLink(path: string): Promise<string> {
  const link = await lstat(path).catch(error => {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  })
  if (link?.isSymbolicLink() !== true) return path
  if (!isOurs(link.uid)) {
    throw new ProblemError({
      code: 'passfile-foreign-link',
      message: `${path} is a symbolic link of another user, who could turn it elsewhere at any time.`,
      next: 'Choose another path.',
    })
  }
  try {
    return await realpath(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    throw new ProblemError({
      code: 'passfile-dangling-link',
      message: `${path} is a symbolic link to a file that does not exist.`,
      next: `Make the file, or remove the link: \`rm ${shellQuote(path)}\`.`,
    })
  }
}

async function checkFolder(folder: string): Promise<void> {
  const { mode } = await stat(folder)
  // Windows has no such modes. With the sticky bit (/tmp) only an owner may rename or remove.
  if (process.platform === 'win32' || (mode & 0o002) === 0 || (mode & 0o1000) !== 0) return
  throw new ProblemError({
    code: 'passfile-open-folder',
    message: `Everybody may write into the folder ${folder}, and so put another file in place of this one.`,
    next: `\`chmod o-w ${shellQuote(folder)}\`, or choose another path.`,
  })
}

/** libpq ignores a password file that group or others may touch (PostgreSQL manual, "The Password File"). */
function checkPrivate(path: string, mode: number, uid: number): void {
  checkOwner(path, uid)
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  throw new ProblemError({
    code: 'passfile-readable-by-others',
    message: `Others may read ${path} (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): it is no place for a password, and PostgreSQL's programs ignore it.`,
    next: `\`chmod 600 ${shellQuote(path)}\``,
  })
}

function checkOwner(path: string, uid: number): void {
  if (isOurs(uid)) return
  throw new ProblemError({
    code: 'passfile-foreign',
    message: `${path} belongs to another user (uid ${uid}), not to ${userInfo().username}.`,
    next: 'Choose another path, or run pg-usher as that user.',
  })
}

/** Windows has no user ids: there a file in one's profile is one's own. */
function isOurs(uid: number): boolean {
  return process.geteuid === undefined || uid === process.geteuid()
}

/** So that the new name survives a power failure; not every system can flush a folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync().catch(error => {
      if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(errorCode(error))) throw error
    })
  } finally {
    await handle.close()
  }
}

function asProblem(error: unknown, path: string): ProblemError {
  if (error instanceof ProblemError) return error
  return new ProblemError(systemProblem(errorCode(error), path, String(error)), { cause: error })
}

function systemProblem(code: string, path: string, message: string): Problem {
  const folder = dirname(path)
  const next = 'Choose another path.'
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return {
        code: 'passfile-disk-full',
        message: `There is no room for ${path}. Nothing was changed.`,
        next: `Make room (\`df -h ${shellQuote(folder)}\`), or choose another path.`,
      }
    case 'EEXIST':
      return {
        code: 'passfile-busy',
        message: `${newFileOf(path)} is there: another pg-usher is writing, or one was killed at it.`,
        next: `If no other runs, remove it, for there may be passwords in it: \`rm ${shellQuote(newFileOf(path))}\`.`,
      }
    case 'ENOENT':
      return {
        code: 'passfile-no-folder',
        message: `The folder ${folder} does not exist.`,
        next: `\`mkdir -p -m 700 ${shellQuote(folder)}\`, or choose another path.`,
      }
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return {
        code: 'passfile-not-writable',
        message: `${userInfo().username} may not write ${path}${code === 'EROFS' ? ', which is mounted read-only' : ''}.`,
        next,
      }
    default:
      return { code: 'passfile-failed', message: `${path} could not be written: ${message}`, next }
  }
}

function notWritten(path: string): Problem {
  return {
    code: 'passfile-lied',
    message: `What was written beside ${path} could not be read back as it was. Nothing was changed.`,
    next: 'Choose another path: this disk or network folder is not to be relied on.',
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
