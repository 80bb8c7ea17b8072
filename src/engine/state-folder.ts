import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Where what is under way is kept: $XDG_STATE_HOME/pg-usher, else ~/.local/state/pg-usher (XDG Base Directory
 * Specification 0.8: a relative path there counts as none); on Windows %LOCALAPPDATA%\pg-usher.
 */
export function stateFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  if (platform === 'win32')
    return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'pg-usher')
  const state = environment['XDG_STATE_HOME']
  const base = state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state')
  return join(base, 'pg-usher')
}
