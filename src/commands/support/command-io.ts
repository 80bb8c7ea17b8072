import type { ReadStream, WriteStream } from 'node:tty'
import type { ExitCode } from '../../model/exit-code.ts'

/** What a command may touch of the process it runs in; passed in, so that a command never ends the process. */
export interface CommandIo {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal
}

/** One subcommand: gives the exit code, leaves ending the process to the command line. */
export type RunCommand<Options> = (options: Options, io: CommandIo) => Promise<ExitCode>
