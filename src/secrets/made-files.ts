import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Which files were made by pg-usher: one that it empties again goes, one that was there before it stays. */
export interface MadeFiles {
  note(path: string): void
  has(path: string): boolean
  forget(path: string): void
}

/** Those made since the program began. */
export function filesMadeNow(): MadeFiles {
  const paths = new Set<string>()
  return {
    note: path => void paths.add(path),
    has: path => paths.has(path),
    forget: path => void paths.delete(path),
  }
}

/**
 * Also those made by earlier runs, an entry each in a folder of the state. Never throws: where it cannot be
 * remembered, an empty file stays.
 */
export function filesMade(stateFolder: string): MadeFiles {
  const folder = join(stateFolder, 'made-files')
  const now = filesMadeNow()
  const entryOf = (path: string) => join(folder, createHash('sha256').update(path).digest('hex').slice(0, 32))
  const quietly = (work: () => void) => {
    try {
      work()
    } catch {
      // A convenience: nobody's access depends on it.
    }
  }
  return {
    note: path => {
      now.note(path)
      quietly(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        writeFileSync(entryOf(path), `${path}\n`, { mode: 0o600 })
      })
    },
    has: path => now.has(path) || existsSync(entryOf(path)),
    forget: path => {
      now.forget(path)
      quietly(() => rmSync(entryOf(path), { force: true }))
    },
  }
}
