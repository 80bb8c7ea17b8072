import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }

const program = join(import.meta.dirname, '..', 'dist', 'pg-usher.cjs')

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'compiled-code-'))
})
afterEach(() => rmSync(cache, { recursive: true, force: true }))

/** Runs the built program; gives the files that it has kept there. */
function keptBy(env: Readonly<Record<string, string>> = {}): string[] {
  const { status } = spawnSync(process.execPath, [program, '--version'], {
    env: { PATH: process.env['PATH'], HOME: cache, XDG_CACHE_HOME: cache, ...env },
    stdio: 'ignore',
  })
  expect(status).toBe(0)
  return readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}

describe('what is compiled', () => {
  it('is kept for the next start, for its owner alone, and used there', () => {
    const kept = keptBy()
    expect(kept.length).toBeGreaterThan(0)
    expect(statSync(join(cache, 'pg-usher')).mode & 0o777).toBe(0o700)
    expect(kept.map(path => statSync(path).mode & 0o077)).toEqual(kept.map(() => 0))
    const writtenAt = kept.map(path => statSync(path).mtimeMs)
    expect(keptBy()).toEqual(kept)
    expect(kept.map(path => statSync(path).mtimeMs)).toEqual(writtenAt)
  })

  it('is kept in ~/.cache where nothing else is said', () => {
    const home = mkdtempSync(join(cache, 'home-'))
    keptBy({ HOME: home, XDG_CACHE_HOME: 'no-whole-path' })
    expect(readdirSync(join(home, '.cache'))).toEqual(['pg-usher'])
  })

  it('is kept nowhere where others could put something in its place', () => {
    const folder = join(cache, 'pg-usher', packageJson.version)
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o777)
    expect(keptBy()).toEqual([])
    chmodSync(folder, 0o700)
    expect(keptBy().length).toBeGreaterThan(0)
  })

  it('of another version goes when this one is new', () => {
    mkdirSync(join(cache, 'pg-usher', '0.0.1', 'v24'), { recursive: true })
    mkdirSync(join(cache, 'another', '0.0.1'), { recursive: true })
    keptBy()
    expect(readdirSync(join(cache, 'pg-usher'))).toEqual([packageJson.version])
    expect(readdirSync(join(cache, 'another'))).toEqual(['0.0.1'])
    // Two versions that are used in turns do not take each other's away at every start.
    mkdirSync(join(cache, 'pg-usher', '0.0.2'))
    keptBy()
    expect(readdirSync(join(cache, 'pg-usher'))).toEqual(['0.0.2', packageJson.version])
  })

  it('is kept nowhere when it is switched off', () => {
    expect(keptBy({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual([])
  })
})

// Only root can make a folder that is another's.
if (process.geteuid?.() === 0)
  it("is not kept in another user's home, as under sudo", () => {
    chownSync(cache, 65534, 65534)
    expect(keptBy()).toEqual([])
    expect(readdirSync(cache)).toEqual([])
  })
