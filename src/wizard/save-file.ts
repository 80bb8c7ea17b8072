import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join, parse } from 'node:path'

/**
 * Writes a new file that only its owner can read. A name that is taken gets a number: nothing is overwritten.
 * @returns the path that it has
 */
export function saveFile(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  const { name: base, ext } = parse(name)
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? name : `${base}-${number}${ext}`)
    try {
      const file = openSync(path, 'wx', 0o600)
      try {
        writeFileSync(file, text)
      } finally {
        closeSync(file)
      }
      return path
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error
    }
  }
}
