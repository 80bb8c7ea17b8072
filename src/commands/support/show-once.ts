import { printableName } from '../../model/identifier.ts'
import { reveal, type Secret } from '../../model/secret.ts'
import type { CommandIo } from './command-io.ts'
import { askLine } from './prompt.ts'

const enterAlternateScreen = '\x1b[?1049h\x1b[H'
const leaveAlternateScreen = '\x1b[2J\x1b[?1049l'

/**
 * Shows the password on the alternate screen until Enter, so that it does not stay in the scrollback. For a
 * terminal only. Ctrl-C ends it as Enter does: the login is made, and the password stays gone.
 */
export async function showOnce(io: CommandIo, login: string, password: Secret | null): Promise<void> {
  if (password === null) return
  io.stdout.write(enterAlternateScreen)
  try {
    io.stdout.write(
      `The password of ${printableName(login)}, shown once and kept nowhere:\r\n\r\n  ${reveal(password)}\r\n\r\n`,
    )
    await askLine(io, 'Enter takes it off the screen for good. ').catch(() => {})
  } finally {
    io.stdout.write(leaveAlternateScreen)
  }
}
