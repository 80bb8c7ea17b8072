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
  const stage = await setStage(options, io)
  try {
    if (io.signal.aborted) return exitCodes.cancelled
    return plain ? await applyShipped(stage, io) : await openWizard(stage, options, io)
  } finally {
    await stage.stop()
    io.stderr.write('The demo is over: its server and its files are removed.\n')
  }
}

/** The server of a demo, its folder, and the answers that come with it. */
interface Stage {
  readonly server: EmbeddedServer
  readonly files: string
  readonly answers: Answers
  /** What is not the real thing; null where all of it is. */
  readonly label: string | null
  stop(): Promise<void>
}

async function setStage({ tool, iam }: DemoRunOptions, io: CommandIo): Promise<Stage> {
  const rds = iam === null ? null : await import('../demo/aws/iam-demo.ts')
  const server = await startEmbeddedServer(rds === null ? {} : { hba: rds.iamDemoHba })
  try {
    await createSample(server)
    const files = join(server.folder, 'files')
    await mkdir(files, { mode: 0o700 })
    const answers = demoAnswers(tool, server, join(files, 'passfile'))
    if (iam === null || rds === null)
      return { server, files, answers, label: null, stop: () => server.stop() }
    const demo = await rds.startIamDemo(server, files)
    onlyThisAws(demo.environment)
    io.stderr.write(
      'AWS is a stand-in on this machine, with an account that is none, and the server stands for an RDS instance.\nNothing of the real AWS is asked, and no credentials of yours are read.\n',
    )
    return {
      server,
      files,
      answers: {
        ...answers,
        server: { ...answers.server, port: demo.port, user: demo.administrator, tls: 'require' },
        endpoint: demo.endpoint,
        authentication: { method: 'aws-iam', aws: rds.iamDemoAnswers(iam) },
        secret: iam === 'user' ? { store: 'aws-credentials' } : answers.secret,
      },
      label: 'demo: AWS is a stand-in',
      stop: async () => {
        await demo.close()
        await server.stop()
      },
    }
  } catch (thrown) {
    await server.stop()
    throw thrown
  }
}

/** The SDK of AWS looks into the program's own environment: what is there of a person's goes first. */
function onlyThisAws(environment: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, environment)
}

async function applyShipped({ answers, server, files }: Stage, io: CommandIo) {
  const { host, port } = answers.server
  io.stdout.write(`PostgreSQL at ${host}:${port}; the answers are those that come with the demo.\n\n`)
  return runApply(
    async () => answers,
    { yes: true, json: false, outDir: files, password: server.password, stateFolder: join(files, 'state') },
    io,
  )
}

/** What to choose is left to the person: databases, tables, and where the tool comes from. */
async function openWizard({ answers, server, files, label }: Stage, options: DemoRunOptions, io: CommandIo) {
  const { version: _version, databases: _databases, network: _network, ...draft } = answers
  const wizard = await options.loadWizard()
  return wizard(
    {
      flags: {},
      outDir: files,
      plain: false,
      prefill: {
        draft,
        password: server.password,
        passingFolder: server.folder,
        ...(label === null ? {} : { label }),
      },
      stateFolder: join(files, 'state'),
    },
    io,
  )
}
