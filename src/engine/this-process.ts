import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Which process a journal is of. */
export interface ProcessName {
  readonly host: string
  readonly pid: number
  /** When it began, in the kernel's own clock ticks (proc(5), field 22); null where that cannot be read. */
  readonly began: string | null
}

/** The process that this is. */
export function thisProcess(): ProcessName {
  return { host: hostname(), pid: process.pid, began: beganOf(process.pid) }
}

/** Whether it still runs; null where that cannot be seen from this machine. A pid that is used again is another's. */
export function stillRuns({ host, pid, began }: ProcessName): boolean | null {
  if (host !== hostname()) return null
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    // Somebody else's process may be there, and not be ours to signal.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM')) return false
  }
  return began === null || beganOf(pid) === began
}

function beganOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name in parentheses and may hold both spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
