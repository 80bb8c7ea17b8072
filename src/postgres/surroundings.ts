import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import type { ConnectionSurroundings } from './connection-defaults.ts'
import type { ConnectionString } from './connection-string.ts'

/** The surroundings of this process: its environment, its user, the real files. */
export function surroundingsHere(argument?: ConnectionString): ConnectionSurroundings {
  return {
    argument,
    env: process.env,
    homeDirectory: homedir(),
    user: userInfo().username,
    readFile: path => {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return null
      }
    },
    exists: existsSync,
    ...(process.platform === 'win32' ? {} : { modeOf }),
  }
}

function modeOf(path: string): number | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() ? stat.mode & 0o777 : null
}
