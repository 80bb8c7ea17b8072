import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, parse, resolve } from 'node:path'
import { ProblemError, problemOf } from '../model/problem.ts'
import { redacted } from '../model/redact.ts'

/**
 * Writes a new file that only its owner can read. A name that is taken gets a number: nothing is overwritten.
 * @returns the whole path that it has
 * @throws ProblemError where the folder takes no file; then none is left behind
 */
export function saveFile(folder: string, name: string, text: string): string {
  try {
    mkdirSync(folder, { recursive: true })
    const { name: base, ext } = parse(name)
    for (let number = 1; ; number++) {
      const path = resolve(join(folder, number === 1 ? name : `${base}-${number}${ext}`))
      if (writeNew(path, text)) return path
    }
  } catch (thrown) {
    throw new ProblemError(
      {
        code: 'not-saved',
        message: `${name} could not be saved: ${problemOf(thrown).message}.`,
        next: 'Open the wizard with --out and a folder that takes it.',
      },
      { cause: thrown },
    )
  }
}

/** A file that this run has saved. */
export interface SavedFile {
  readonly path: string
  readonly text: string
}

/** Writes a file of this run's own anew; false where it cannot, or somebody has changed the file since. */
export function saveAgain({ path, text: former }: SavedFile, text: string): boolean {
  try {
    if (readFileSync(path, 'utf8') !== redacted(former)) return false
    if (!writeNew(`${path}.new`, text)) return false
    renameSync(`${path}.new`, path)
    return true
  } catch {
    return false
  }
}

/** Whether the file was written; false where one of this name is there. */
function writeNew(path: string, text: string): boolean {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  try {
    writeFileSync(file, redacted(text))
    return true
  } catch (error) {
    // Half a plan is worse than none.
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}
