import { chmod, type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ProblemError } from '../model/problem.ts'
import type { MadeFiles } from './made-files.ts'
import { checkFolder, checkOwner, checkPrivate, checkRegular, followOwnLink } from './private-file-checks.ts'
import { asProblem, errorCode, newFileOf, notWritten } from './private-file-problem.ts'

/** A private file as it was when it was read: what it is compared with before it is replaced. */
interface PrivateFile {
  /** Symbolic links followed: here the file is, and here it is replaced. */
  readonly path: string
  /** null where there is no file yet. */
  readonly found: { readonly contents: Buffer; readonly inode: bigint; readonly mode: number } | null
}

export interface EditOptions {
  /** Others may read it, since no secret is in it: its mode stays as it is. */
  readonly shared?: boolean
  /** Make its folder (0700) where there is none. */
  readonly makeFolder?: boolean
  /** Do all of it except for the last step: the file stays as it was. */
  readonly rehearse?: boolean
  /** Which files we made: one of them that is emptied again is removed. */
  readonly made?: MadeFiles | undefined
  /** Milliseconds to wait for another of us; 5000 if not given. One needs a few of them. */
  readonly patience?: number
}

/**
 * The contents of a file that only its owner may touch, as a password file is; null where there is none.
 * @throws ProblemError where it is not safe to use, with the command that makes it so
 */
export async function readPrivateFile(
  path: string,
  options: Pick<EditOptions, 'shared'> = {},
): Promise<Buffer | null> {
  return (await look(path, options)).found?.contents ?? null
}

/**
 * Removes such a file; gives whether there was one. A symbolic link is left, the file behind it goes.
 * @throws ProblemError
 */
export async function removePrivateFile(path: string): Promise<boolean> {
  const { path: real, found } = await look(path, {})
  if (found === null) return false
  try {
    await rm(real)
    await syncFolder(dirname(real))
    return true
  } catch (error) {
    throw asProblem(error, path)
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw asProblem(error, path)
  }
}

/**
 * Changes such a file whole or not at all, and makes it (0600) where there is none: the new contents are
 * written to a new file in the same folder, flushed to the disk, read back, and renamed. `change` is given
 * the contents, and is asked again when another program has written in the meantime. Two of us never write at
 * the same time: the new file has a fixed name and must not exist. Gives whether there was a change.
 * @throws ProblemError with the old file untouched, such as `file-disk-full` or `file-busy`
 */
export async function editPrivateFile(
  path: string,
  change: (contents: Buffer) => Buffer | Promise<Buffer>,
  options: EditOptions = {},
): Promise<boolean> {
  if (options.makeFolder === true) await makeFolder(path)
  const before = await look(path, options)
  const contents = before.found?.contents ?? Buffer.alloc(0)
  if (options.rehearse !== true && contents.equals(await change(contents))) return false
  try {
    const changed = await withNewFile(before.path, options.patience ?? 5_000, newPath =>
      editThrough(newPath, before.path, change, options),
    )
    if (changed !== 'nothing') await syncFolder(dirname(before.path))
    return changed !== 'nothing'
  } catch (error) {
    throw asProblem(error, path)
  }
}

async function editThrough(
  newPath: string,
  path: string,
  change: (contents: Buffer) => Buffer | Promise<Buffer>,
  options: EditOptions,
): Promise<Changed> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = await look(path, options)
    const contents = await change(before.found?.contents ?? Buffer.alloc(0))
    await writeFile(newPath, contents, { flush: true })
    if (!contents.equals(await readFile(newPath))) throw new ProblemError(notWritten(path))
    // An owner's own choice, such as 0400, is kept.
    if (before.found !== null)
      await chmod(newPath, before.found.mode & (options.shared === true ? 0o777 : 0o700))
    if (options.rehearse === true) return 'nothing'
    if (await isStill(before)) {
      if (contents.length === 0 && options.made?.has(path) === true) {
        await rm(path, { force: true })
        options.made.forget(path)
        return 'removed'
      }
      await rename(newPath, path)
      if (before.found === null) options.made?.note(path)
      return 'renamed'
    }
    await chmod(newPath, 0o600)
  }
  throw new ProblemError({
    code: 'file-busy',
    message: `${path} is changed by another program again and again. Nothing was changed.`,
    next: 'Find out which one, then try again.',
  })
}

/** What became of the file: the new one is in its place, or it is gone. */
type Changed = 'renamed' | 'removed' | 'nothing'

/** Holds the new file while something is done, and leaves none behind but where `use` has renamed it. */
async function withNewFile(
  path: string,
  patience: number,
  use: (newPath: string) => Promise<Changed>,
): Promise<Changed> {
  const newPath = newFileOf(path)
  await (await openNew(newPath, Date.now() + patience)).close()
  let changed: Changed = 'nothing'
  try {
    changed = await use(newPath)
    return changed
  } finally {
    // Once renamed, a file of this name is another's.
    if (changed !== 'renamed') await rm(newPath, { force: true })
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
async function look(path: string, { shared = false }: Pick<EditOptions, 'shared'>): Promise<PrivateFile> {
  try {
    const real = await followOwnLink(path)
    await checkFolder(dirname(real))
    const handle = await openIfThere(real)
    if (handle === null) return { path: real, found: null }
    try {
      const { ino, mode, uid } = await handle.stat({ bigint: true })
      if (shared) checkOwner(real, Number(uid))
      else checkPrivate(real, Number(mode), Number(uid))
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
    const stats = await stat(path)
    checkRegular(path, stats)
    checkOwner(path, stats.uid)
    return await open(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
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
