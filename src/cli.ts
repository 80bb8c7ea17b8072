import type { CommandIo } from './commands/support/command-io.ts'
import { runCommandLine } from './commands/support/command-line.ts'
import { problemText } from './commands/support/report-problem.ts'
import { terminalNeeded } from './commands/support/terminal-needed.ts'
import { guardProcess } from './guard-process.ts'
import { type ExitCode, exitCodes } from './model/exit-code.ts'
import { problemOf } from './model/problem.ts'

/** From package.json, by scripts/build.ts. */
declare const PG_USHER_VERSION: string

guardProcess(process.argv.slice(2))
const { stdin, stdout, stderr, env } = process
const cancelled = new AbortController()
const io: CommandIo = { stdin, stdout, stderr, env, signal: cancelled.signal }

// A reader that has gone (`| head`), a terminal that was closed: what is under way still ends in order.
for (const stream of [stdout, stderr]) stream.on('error', ignoreClosed)
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    // The first one lets the command undo and tidy up, a second Ctrl-C leaves at once. The wizard, while it is
    // open, listens too: it knows what is changed by then.
    const alone = process.listenerCount(name) === 1
    if (cancelled.signal.aborted && name === 'SIGINT' && alone) process.exit(exitCodes.cancelled)
    cancelled.abort()
  })
}
process.on('uncaughtException', error => {
  // The wizard listens too: it gives the terminal back first, and then throws what it was.
  if (process.listenerCount('uncaughtException') === 1) leave(failed(error))
})

run().then(leave, (error: unknown) => leave(failed(error)))

async function run(): Promise<ExitCode> {
  try {
    return await runCommandLine(
      process.argv.slice(2),
      PG_USHER_VERSION,
      {
        wizard: async options => {
          const problem = terminalNeeded(io)
          if (problem !== null) {
            stderr.write(problemText([problem]))
            return exitCodes.badUsage
          }
          return (await loadWizard())(options, io)
        },
        plan: async options => (await import('./commands/plan.ts')).run(options, io),
        apply: async options => (await import('./commands/apply.ts')).run(options, io),
        undo: async options => (await import('./commands/undo.ts')).run(options, io),
        verify: async options => (await import('./commands/verify.ts')).run(options, io),
        rotate: async options => (await import('./commands/rotate.ts')).run(options, io),
        secrets: async options => (await import('./commands/secrets.ts')).run(options, io),
        connectors: async options => (await import('./commands/connectors.ts')).run(options, io),
        demo: async options => (await import('./commands/demo.ts')).run({ ...options, loadWizard }, io),
      },
      { out: text => stdout.write(text), err: text => stderr.write(text) },
    )
  } catch (error) {
    return failed(error)
  }
}

async function loadWizard() {
  return (await import('./commands/wizard.tsx')).run
}

function failed(error: unknown): ExitCode {
  if (cancelled.signal.aborted) return exitCodes.cancelled
  stderr.write(problemText([problemOf(error)]))
  return exitCodes.failedUnchanged
}

/** The one place where the process ends: after what was written has left. */
function leave(code: ExitCode): void {
  stdout.write('', () => stderr.write('', () => process.exit(code)))
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}
