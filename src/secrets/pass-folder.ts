import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the password store: PASSWORD_STORE_DIR, else `~/.password-store` (pass(1), FILES). */
export function passFolder(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const chosen = environment['PASSWORD_STORE_DIR']
  return chosen !== undefined && chosen !== '' ? chosen : join(home, '.password-store')
}

/** Whether somebody has made a password store there: a look, no proof. */
export function isPassInitialised(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): boolean {
  return existsSync(join(passFolder(environment, home), '.gpg-id'))
}
