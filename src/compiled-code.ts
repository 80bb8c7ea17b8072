import { lstatSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** From package.json, by scripts/build.ts. */
declare const PG_USHER_VERSION: string

/**
 * Lets Node keep what V8 makes of the program's files, so that the next start need not compile them again (Node's
 * manual, "Module compile cache"). Whoever can write there has this program run what they like: only a folder
 * that belongs to the user whose process this is, under one that does too, is used; else there is no cache.
 * Node itself knows NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE.
 */
export function keepCompiledCode({ env, platform }: Pick<NodeJS.Process, 'env' | 'platform'>): void {
  try {
    const folder = join(cacheFolder(env, platform), 'pg-usher', PG_USHER_VERSION)
    if (isOurs(folder, platform)) nodeModule.enableCompileCache(folder)
  } catch {
    // Without it the program only starts somewhat later.
  }
}

/** XDG Base Directory Specification 0.8; on macOS ~/Library/Caches, on Windows %LOCALAPPDATA%. */
function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  const chosen = env['XDG_CACHE_HOME'] ?? ''
  return isAbsolute(chosen) ? chosen : join(homedir(), '.cache')
}

/** Makes the folder where it is missing. Under sudo HOME may be another's: nothing is made or read there. */
function isOurs(folder: string, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') {
    mkdirSync(folder, { recursive: true })
    return true
  }
  const user = process.geteuid?.()
  if (statSync(nearest(dirname(folder))).uid !== user) return false
  const isNew = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined
  const made = lstatSync(folder)
  if (!made.isDirectory() || made.uid !== user || (made.mode & 0o022) !== 0) return false
  if (isNew) forgetOthers(folder)
  return true
}

/** The folder, or the nearest one above it that is there. */
function nearest(folder: string): string {
  const there = statSync(folder, { throwIfNoEntry: false }) !== undefined
  return there || dirname(folder) === folder ? folder : nearest(dirname(folder))
}

/** What was kept of other versions of the program goes when a version is new here. */
function forgetOthers(folder: string): void {
  for (const name of readdirSync(dirname(folder)))
    if (name !== basename(folder)) rmSync(join(dirname(folder), name), { recursive: true, force: true })
}
