import { userInfo } from 'node:os'

/** Who this process runs as; `uid 1234` where the system knows no name for it, as in some containers. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.geteuid?.() ?? 'unknown'}`
  }
}
