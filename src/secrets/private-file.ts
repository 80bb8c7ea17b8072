import {
  chmod,
  type FileHandle,
  lstat,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { type Problem, ProblemError } from '../model/problem.ts'
import { shellQuote } from '../model/shell-quote.ts'

/** A private file as it was when it was read: what it is compared with before it is replaced. */
interface PrivateFile {
  /** Symbolic links followed: here the file is, and here it is replaced. */
  readonly path: string
  /** null where there is no file yet. */
  readonly found: { readonly contents: Buffer; readonly inode: bigint; readonly mode: number } | null
}

export interface EditOptions {
  /** Do all of it except for the last step: the file stays as it was. */
  readonly rehearse?: boolean
  /** Milliseconds to wait for another of us; 5000 if not given. One needs a few of them. */
  readonly patience?: number
}

/**
 * The contents of a file that only its owner may touch, as a password file is; null where there is none.
 * @throws ProblemError where it is not safe to use, with the command that makes it so
 */
export async function readPrivateFile(path: string): Promise<Buffer | null> {
  return (await look(path)).found?.contents ?? null
}

/**
 * Changes such a file whole or not at all, and makes it (0600) where there is none: the new contents are
 * written to a new file in the same folder, flushed to the disk, read back, and renamed. `change` is given
 * the contents, and is asked again when another program has written in the meantime. Two of us never write at
 * the same time: the new file has a fixed name and must not exist. Gives whether there was a change.
 * @throws ProblemError with the old file untouched, such as `passfile-disk-full` or `passfile-busy`
 */
export async function editPrivateFile(
  path: string,
  change: (contents: Buffer) => Buffer | Promise<Buffer>,
  options: EditOptions = {},
): Promise<boolean> {
  const before = await look(path)
  const contents = before.found?.contents ?? Buffer.alloc(0)
  if (options.rehearse !== true && contents.equals(await change(contents))) return false
  try {
    const renamed = await withNewFile(before.path, options.patience ?? 5_000, newPath =>
      editThrough(newPath, before.path, change, options.rehearse === true),
    )
    if (renamed) await syncFolder(dirname(before.path))
    return renamed
  } catch (error) {
    throw asProblem(error, path)
  }
}

/** Where the new contents stand for the moment before they are put in place. */
export function newFileOf(path: string): string {
  return `${path}.pg-usher-new`
}

async function editThrough(
  newPath: string,
  path: string,
  change: (contents: Buffer) => Buffer | Promise<Buffer>,
  rehearse: boolean,
): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = await look(path)
    const contents = await change(before.found?.contents ?? Buffer.alloc(0))
    await writeFile(newPath, contents, { flush: true })
    if (!contents.equals(await readFile(newPath))) throw new ProblemError(notWritten(path))
    // An owner's own choice, such as 0400, is kept.
    if (before.found !== null) await chmod(newPath, before.found.mode & 0o700)
    if (rehearse) return false
    if (await isStill(before)) {
      await rename(newPath, path)
      return true
    }
    await chmod(newPath, 0o600)
  }
  throw new ProblemError({
    code: 'passfile-busy',
    message: `${path} is changed by another program again and again. Nothing was changed.`,
    next: 'Find out which one, then try again.',
  })
}

/** Holds the new file while something is done, and leaves none behind: `use` gives true where it renamed it. */
async function withNewFile(
  path: string,
  patience: number,
  use: (newPath: string) => Promise<boolean>,
): Promise<boolean> {
  const newPath = newFileOf(path)
  await (await openNew(newPath, Date.now() + patience)).close()
  let renamed = false
  try {
    renamed = await use(newPath)
    return renamed
  } finally {
    // Once renamed, a file of this name is another's.
    if (!renamed) await rm(newPath, { force: true })
  }
}

/** Waits while there is a file of another of us; when that does not go, its maker was killed. */
async function openNew(path: string, until: number): Promise<FileHandle> {
  for (;;) {
    try {
      // Exclusive: never through a link that somebody laid there, never over a file.
      return await open(path, 'wx', 0o600)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST' || Date.now() > until) throw error
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}

/** @throws ProblemError */
async function look(path: string): Promise<PrivateFile> {
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
