import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTerminal } from '../test/support/terminal.ts'

const program = join(import.meta.dirname, '..', 'dist', 'pg-usher.cjs')

/**
 * Opens the wizard and goes on with Enter as soon as each screen is there, until the tree of databases and schemas,
 * with their counts, is on the screen.
 * @param answers the file with what is to be gone through
 * @param cache where compiled code is kept from one start to the next
 */
export async function untilTree(answers: string, password: string, cache: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'first-tree-'))
  const terminal = openTerminal({
    command: process.execPath,
    args: [program, '--answers', answers],
    cols: 120,
    rows: 40,
    env: { PGPASSWORD: password, XDG_CACHE_HOME: cache, XDG_STATE_HOME: folder },
  })
  const enterAt = async (shown: string | RegExp) => {
    await terminal.waitFor(shown)
    terminal.press('enter')
  }
  try {
    await enterAt('Which tool shall see the database?')
    await enterAt(/Connection +2\/11/)
    await enterAt('Connected: PostgreSQL')
    await enterAt(/Address for the tool +3\/11/)
    await enterAt(/Roles and sign-in +4\/11/)
    await terminal.waitFor(screen => /Schemas +\d+\/11/.test(screen) && screen.includes('warehouse'))
  } finally {
    await terminal.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
