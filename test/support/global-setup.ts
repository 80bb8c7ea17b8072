import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const program = join(root, 'dist', 'pg-usher.cjs')

/**
 * Runs once before the tests (vitest's globalSetup): builds the program, which the end-to-end tests start,
 * where a source is newer than it. `npm test` has just built it; this is for a test run on its own.
 */
export default function buildWhereStale(): void {
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (newest(join(root, 'src')) <= built && newest(join(root, 'scripts')) <= built) return
  try {
    execFileSync(process.execPath, [join(root, 'scripts', 'build.ts')], {
      stdio: ['ignore', 'inherit', 'pipe'],
    })
  } catch (error) {
    // Tests of single parts can go on; those of the program must not pass with an old one.
    rmSync(join(root, 'dist'), { recursive: true, force: true })
    const { stderr } = error as { stderr?: Buffer }
    console.error(`The program could not be built; every test that starts it will fail.\n${stderr ?? error}`)
  }
}

/** When the newest file in a folder was written, in milliseconds since the epoch. */
function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Math.max(0, ...files.map(file => statSync(join(file.parentPath, file.name)).mtimeMs))
}
