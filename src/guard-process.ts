import { writeFileSync } from 'node:fs'

/** What a command line with a password in it looks like: a URL, or libpq's `password=`. */
const passwordInArgument = /:\/\/[^/@\s]*:[^/\s]*@|\bpassword\s*=/

/**
 * Keeps what is in the memory of this process in it, as far as a process can do that for itself:
 * - a core dump has no memory in it (core(5), "Controlling which mappings are written to the core dump"; children
 *   inherit that),
 * - a diagnostic report (Node.js, `--report-on-fatalerror` and the like) has no variables of the environment,
 *   among which PGPASSWORD may be,
 * - a password that was typed into the command line does not stay in the list of processes.
 */
export function guardProcess(args: readonly string[]): void {
  if (process.platform === 'linux') {
    try {
      writeFileSync('/proc/self/coredump_filter', '0')
    } catch {
      // Some containers forbid it, and have no core dumps either.
    }
  }
  if (process.report !== undefined) process.report.excludeEnv = true
  if (args.some(argument => passwordInArgument.test(argument))) process.title = 'pg-usher'
}
