import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { demoAnswers } from '../demo/answers.ts'
import { type EmbeddedServer, startEmbeddedServer } from '../demo/embedded-server.ts'
import { createSample } from '../demo/sample.ts'
import type { Answers } from '../model/answers.ts'
import { exitCodes } from '../model/exit-code.ts'
import type { CommandIo, RunCommand } from './support/command-io.ts'
import type { DemoOptions, WizardOptions } from './support/command-line.ts'
import { runApply } from './support/run-apply.ts'
import { terminalNeeded } from './support/terminal-needed.ts'

export interface DemoRunOptions extends DemoOptions {
  /** Loads the wizard, when it is wanted. */
  readonly loadWizard: () => Promise<RunCommand<WizardOptions>>
}

/**
 * Starts a PostgreSQL of its own with the sample, and on it the wizard; without a terminal or with `--yes`
 * the whole job from shipped answers, as text. Stops and removes all of it afterwards.
 * @throws ProblemError where the server cannot be started
 */
export const run: RunCommand<DemoRunOptions> = async (options, io) => {
  const plain = options.yes || terminalNeeded(io) !== null
  io.stderr.write('Starting a PostgreSQL of its own, with a sample music store …\n')
  const server = await startEmbeddedServer()
  try {
    await createSample(server)
    if (io.signal.aborted) return exitCodes.cancelled
    const files = join(server.folder, 'files')
    await mkdir(files, { mode: 0o700 })
    const answers = demoAnswers(options.tool, server, join(files, 'passfile'))
    return plain
      ? await applyShipped(answers, server, files, io)
      : await openWizard(answers, server, files, options, io)
  } finally {
    await server.stop()
    io.stderr.write('The demo is over: its server and its files are removed.\n')
  }
}

async function applyShipped(answers: Answers, server: EmbeddedServer, files: string, io: CommandIo) {
  io.stdout.write(
    `PostgreSQL at ${server.host}:${server.port}; the answers are those that come with the demo.\n\n`,
  )
  return runApply(
    async () => answers,
    { yes: true, json: false, outDir: files, password: server.password, stateFolder: join(files, 'state') },
    io,
  )
}

/** What to choose is left to the person: databases, tables, and where the tool comes from. */
async function openWizard(
  answers: Answers,
  server: EmbeddedServer,
  files: string,
  options: DemoRunOptions,
  io: CommandIo,
) {
  const { version: _version, databases: _databases, network: _network, ...draft } = answers
  const wizard = await options.loadWizard()
  return wizard(
    {
      flags: {},
      outDir: files,
      plain: false,
      prefill: { draft, password: server.password },
      stateFolder: join(files, 'state'),
    },
    io,
  )
}
