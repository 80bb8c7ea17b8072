import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'vitest'

/** The path of a program in PATH, or null. */
export function findProgram(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not here.
    }
  }
  return null
}

/**
 * A `describe` for tests that need programs of the operating system. Where one is missing the tests are
 * skipped and their title says which; with CI=true they run all the same, and fail, because CI installs all.
 *
 *     describeWith(['gnome-keyring-daemon', 'dbus-daemon'])('a Secret Service', () => { ... })
 */
export function describeWith(programs: readonly string[]): (title: string, tests: () => void) => void {
  const missing = programs.filter(program => findProgram(program) === null)
  if (missing.length === 0 || isCi()) return (title, tests) => void describe(title, tests)
  return (title, tests) => void describe.skip(`${title} (needs ${missing.join(', ')})`, tests)
}

/** As {@link describeWith}, for what takes long: with CI=true; else it is skipped by name. */
export function describeInCiWith(programs: readonly string[]): (title: string, tests: () => void) => void {
  return isCi() ? describeWith(programs) : (title, tests) => void describe.skip(title, tests)
}

/** Whether a skip is a failure: CI=true, as CI services set it. */
export function isCi(): boolean {
  return process.env['CI'] === 'true'
}

/** `it` for what takes long and says little more than a shorter test does: with CI=true; else it is skipped by name. */
export const itInCi = it.runIf(isCi())
