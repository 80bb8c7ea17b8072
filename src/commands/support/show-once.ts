import { printableName } from '../../model/identifier.ts'
import { reveal, type Secret } from '../../model/secret.ts'
import type { CommandIo } from './command-io.ts'
import { askLine } from './prompt.ts'
import { withSecretScreen } from './secret-screen.ts'

/**
 * Shows the password on the alternate screen until Enter, so that it does not stay in the scrollback. For a
 * terminal only. Ctrl-C ends it as Enter does: the login is made, and the password stays gone.
 */
export async function showOnce(io: CommandIo, login: string, password: Secret | null): Promise<void> {
  if (password === null) return
  const lines = [
    `The password of ${printableName(login)}, shown once and kept nowhere:`,
    '',
    `  ${reveal(password)}`,
    '',
    '',
  ]
  await withSecretScreen(io, lines, () =>
    askLine(io, 'Enter takes it off the screen for good. ').catch(() => {}),
  )
}
