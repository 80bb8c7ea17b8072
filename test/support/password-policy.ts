import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestServerOptions } from './server.ts'

/** What `describeWith` is to be given for tests with a {@link buildPasswordPolicy}. */
export const policyPrograms = ['gcc']

/**
 * A server of version 16 that refuses verifiers, and what removes the policy's file when it has ended.
 * @param quotes whether it says in its message what it refuses, and refuses everything
 */
export function buildPasswordPolicy({ quotes = false } = {}): {
  readonly options: TestServerOptions
  readonly remove: () => void
} {
  const folder = mkdtempSync(join(tmpdir(), 'password-policy-'))
  // The server runs as another user.
  chmodSync(folder, 0o755)
  const library = join(folder, 'policy.so')
  const source = join(import.meta.dirname, 'password-policy.c')
  execFileSync('gcc', [
    ...(quotes ? ['-DQUOTES'] : []),
    '-shared',
    '-fPIC',
    '-nostdlib',
    '-o',
    library,
    source,
  ])
  return {
    options: { major: 16, settings: { shared_preload_libraries: library, log_statement: 'all' } },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
