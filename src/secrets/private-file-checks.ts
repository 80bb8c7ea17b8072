import type { Stats } from 'node:fs'
import { lstat, realpath, stat } from 'node:fs/promises'
import { ProblemError } from '../model/problem.ts'
import { shellQuote } from '../model/shell-quote.ts'
import { errorCode } from './private-file-problem.ts'
import { userName } from './user-name.ts'

/** A pipe would keep a reader waiting, and libpq passes over what is no regular file. */
export function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return
  throw new ProblemError({
    code: 'file-not-a-file',
    message: `${path} is not a regular file.`,
    next: 'Choose another path.',
  })
}

/** Someone who owns a link can turn it to another file at any time. */
export async function followOwnLink(path: string): Promise<string> {
  const link = await lstat(path).catch(error => {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  })
  if (link?.isSymbolicLink() !== true) return path
  if (!isOurs(link.uid)) {
    throw new ProblemError({
      code: 'file-foreign-link',
      message: `${path} is a symbolic link of another user, who could turn it elsewhere at any time.`,
      next: 'Choose another path.',
    })
  }
  try {
    return await realpath(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    throw new ProblemError({
      code: 'file-dangling-link',
      message: `${path} is a symbolic link to a file that does not exist.`,
      next: `Make the file, or remove the link: \`rm ${shellQuote(path)}\`.`,
    })
  }
}

/** Whoever may write into a folder can put another file in place of one's own. */
export async function checkFolder(folder: string): Promise<void> {
  const { mode } = await stat(folder)
  // Windows has no such modes. With the sticky bit (/tmp) only an owner may rename or remove.
  if (process.platform === 'win32' || (mode & 0o002) === 0 || (mode & 0o1000) !== 0) return
  throw new ProblemError({
    code: 'file-open-folder',
    message: `Everybody may write into the folder ${folder}, and so put another file in place of this one.`,
    next: `\`chmod o-w ${shellQuote(folder)}\`, or choose another path.`,
  })
}

/** libpq ignores a password file that group or others may touch (PostgreSQL manual, "The Password File"). */
export function checkPrivate(path: string, mode: number, uid: number): void {
  checkOwner(path, uid)
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  throw new ProblemError({
    code: 'file-readable-by-others',
    message: `Others may read ${path} (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): it is no place for a secret, and PostgreSQL's programs ignore a password file of that mode.`,
    next: `\`chmod 600 ${shellQuote(path)}\``,
  })
}

/** Also root leaves the files of others alone: what it would write there, they could read. */
export function checkOwner(path: string, uid: number): void {
  if (isOurs(uid)) return
  throw new ProblemError({
    code: 'file-foreign',
    message: `${path} belongs to another user (uid ${uid}), not to ${userName()}.`,
    next: 'Choose another path, or run pg-usher as that user.',
  })
}

/** Windows has no user ids: there a file in one's profile is one's own. */
function isOurs(uid: number): boolean {
  return process.geteuid === undefined || uid === process.geteuid()
}
