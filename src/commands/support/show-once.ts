import { printableName } from '../../model/identifier.ts'
import { reveal, type Secret } from '../../model/secret.ts'
import type { CommandIo } from './command-io.ts'
import { askLine } from './prompt.ts'
import { withSecretScreen } from './secret-screen.ts'

/**
 * Shows a password, or another secret, on the alternate screen until Enter, so that it does not stay in the scrollback. For a
 * terminal only. Ctrl-C ends it as Enter does: the login is made, and the password stays gone.
 * @param whose such as {@link passwordOf}
 */
export async function showOnce(io: CommandIo, whose: string, password: Secret | null): Promise<void> {
  if (password === null) return
  const lines = [`${whose}, shown once and kept nowhere:`, '', `  ${reveal(password)}`, '', '']
  await withSecretScreen(io, lines, () =>
    askLine(io, 'Enter takes it off the screen for good. ').catch(() => {}),
  )
}

/** Whose password it is, as a heading. */
export function passwordOf(login: string): string {
  return `The password of ${printableName(login)}`
}
