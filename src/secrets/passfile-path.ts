import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The file that libpq reads when it is told of no other (PostgreSQL manual, "The Password File"): PGPASSFILE,
 * else `~/.pgpass`, on Windows `%APPDATA%\postgresql\pgpass.conf`.
 */
export function defaultPassfilePath(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home = homedir(),
): string {
  const chosen = environment['PGPASSFILE']
  if (chosen !== undefined && chosen !== '') return chosen
  if (platform !== 'win32') return join(home, '.pgpass')
  return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'postgresql', 'pgpass.conf')
}
