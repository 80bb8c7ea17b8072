import { writeFileSync } from 'node:fs'

/** What a command line with a password in it may look like: a URL, or libpq's `password=`. Rather too often. */
const passwordInArgument = /:\/\/[^/@]*:.*@|password\s*=/s

/**
 * Keeps what is in the memory of this process in it, as far as a process can do that for itself:
 * - a core dump has no memory in it (core(5), "Controlling which mappings are written to the core dump"; children
 *   inherit that),
 * - a diagnostic report (Node.js, `--report-on-fatalerror` and the like) has no variables of the environment,
 *   among which PGPASSWORD may be,
 * - a password that was typed into the command line does not stay in the list of processes; and since a report has
 *   the command line as it was typed, there are no reports then.
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
  if (!args.some(argument => passwordInArgument.test(argument))) return
  process.title = 'pg-usher'
  if (process.report === undefined) return
  if (process.report.reportOnSignal) {
    process.report.reportOnSignal = false
    // With nobody listening, whoever asks for a report would end the program.
    process.on(process.report.signal, () => undefined)
  }
  process.report.reportOnFatalError = false
  process.report.reportOnUncaughtException = false
}
