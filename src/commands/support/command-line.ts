import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { SecretAnswer, TlsMode } from '../../model/answers.ts'
import { deadlineBounds, defaultDeadline } from '../../model/deadline.ts'
import { type ExitCode, exitCodes } from '../../model/exit-code.ts'
import type { Secret } from '../../model/secret.ts'
import type { Draft } from '../../steps/step.ts'
import { type ResumeChoice, resumeChoices } from './apply-run-options.ts'
import { declareSecrets } from './declare-secrets.ts'
import { didYouMean } from './did-you-mean.ts'

/** The wizard's options, as typed. */
export interface WizardOptions {
  /** A URL or a libpq connection string. */
  readonly argument?: string | undefined
  /** An answers file to open it prefilled with. */
  readonly answers?: string | undefined
  readonly flags: ConnectionFlags
  /** The folder for files that it saves. */
  readonly outDir?: string | undefined
  /** No colour and ASCII glyphs. */
  readonly plain: boolean
  /** What the demo knows already. */
  readonly prefill?: WizardPrefill | undefined
  /** Where journals and half-given answers are kept; the person's own place when left out. */
  readonly stateFolder?: string | undefined
}

/** Answers to begin with, and the administrator's password, which is no answer. */
export interface WizardPrefill {
  readonly draft: Draft
  readonly password: Secret
  /** What stands beside the program's name, so that nobody takes it for the real thing. */
  readonly label?: string | undefined
  /** The demo's folder: it is removed when the wizard is left. */
  readonly passingFolder?: string | undefined
}

/** Connection parameters named as psql names them. */
export interface ConnectionFlags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly database?: string | undefined
  readonly user?: string | undefined
  readonly tls?: TlsMode | undefined
  readonly service?: string | undefined
}

export interface PlanOptions {
  readonly answers: string
  readonly format: 'sql' | 'json' | 'markdown' | 'aws-cli' | 'cloudformation' | 'terraform'
  /** Receipts of earlier runs: what they granted and is not chosen any more is taken away. */
  readonly receipts?: readonly string[] | undefined
  /** Only what this role has to grant, since the administrator may not. */
  readonly owner?: string | undefined
}

export interface ApplyOptions {
  readonly answers: string
  readonly yes: boolean
  readonly json: boolean
  /** The folder for the receipt. */
  readonly outDir?: string | undefined
  /** What to do with a run on the same server that was broken off. */
  readonly resume?: ResumeChoice | undefined
  /** Receipts of earlier runs: what they granted and is not chosen any more is taken away. */
  readonly receipts?: readonly string[] | undefined
  /** How long each transaction may last, in milliseconds. */
  readonly deadline?: number | undefined
}

export interface UndoOptions {
  /** The receipt in JSON, or the one in Markdown beside it. */
  readonly receipt: string
  readonly yes: boolean
  /** End the sessions of a login that goes. */
  readonly endSessions: boolean
  readonly json: boolean
  /** The administrator's, where it is known already. */
  readonly password?: Secret | undefined
  /** Where what is under way is noted; the person's own place when left out. */
  readonly stateFolder?: string | undefined
}

export interface VerifyOptions {
  readonly answers: string
  readonly json: boolean
  /** Without an administrator: only the login looks. */
  readonly asUser: boolean
}

export interface RotateOptions {
  readonly answers: string
  /** ISO 8601; null for no end, left out to keep it. */
  readonly validUntil?: string | null
  /** Make a second login instead of replacing the password. */
  readonly noGap: boolean
  /** The login that is to be dropped after --no-gap. */
  readonly finish?: string | undefined
  readonly yes: boolean
  readonly endSessions: boolean
  readonly json: boolean
  readonly outDir?: string | undefined
}

export type SecretsOptions =
  | { readonly action: 'list'; readonly json: boolean }
  | (SecretNamed & { readonly action: 'show' | 'copy' | 'delete' })
  | (SecretNamed & { readonly action: 'move'; readonly to: SecretAnswer })

interface SecretNamed {
  /** The whole account or an unmistakable part of it. */
  readonly account: string
  /** The kind of place, where it is in several. */
  readonly in?: string | undefined
}

export interface ConnectorsOptions {
  readonly json: boolean
}

export interface DemoOptions {
  readonly yes: boolean
  readonly tool: 'atlan' | 'atlassian-analytics'
  /** Through what Atlan is let in by AWS IAM; null for a password. */
  readonly iam: 'user' | 'role' | null
}

/** What each command does; a function loads its command only when it is called. */
export interface Commands {
  readonly wizard: (options: WizardOptions) => Promise<ExitCode>
  readonly plan: (options: PlanOptions) => Promise<ExitCode>
  readonly apply: (options: ApplyOptions) => Promise<ExitCode>
  readonly undo: (options: UndoOptions) => Promise<ExitCode>
  readonly verify: (options: VerifyOptions) => Promise<ExitCode>
  readonly rotate: (options: RotateOptions) => Promise<ExitCode>
  readonly secrets: (options: SecretsOptions) => Promise<ExitCode>
  readonly connectors: (options: ConnectorsOptions) => Promise<ExitCode>
  readonly demo: (options: DemoOptions) => Promise<ExitCode>
}

export interface CommandLineOutput {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

const tlsModes: readonly TlsMode[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']

const exitCodeHelp = `
Exit codes: 0 done; 1 failed, nothing changed; 2 bad usage or answers;
3 failed, and what is changed is named; 4 drift; 5 done, but the login could
not be proved from here; 130 cancelled.`

/**
 * Parses the arguments (without node and script) and runs what they ask for.
 * Bad usage is said on `err` and gives 2; help and version give 0.
 */
export async function runCommandLine(
  args: readonly string[],
  version: string,
  commands: Commands,
  output: CommandLineOutput,
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const program = declareProgram(args, version, commands, output, given => {
    code = given
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCodes.done : exitCodes.badUsage
  }
  return code
}

function declareProgram(
  args: readonly string[],
  version: string,
  commands: Commands,
  output: CommandLineOutput,
  end: (code: ExitCode) => void,
): Command {
  const program = new Command('pg-usher')
    .description(
      'Lets a data tool into a PostgreSQL database and shows it to its seat:\nexactly the tables you chose, nothing else.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: output.out,
      writeErr: output.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'pg-usher: ')),
    })
    // -h is the host, as with psql.
    .helpOption('--help', 'show this help')
    .helpCommand('help [command]', 'show this help, or that of a command')
    .showHelpAfterError('pg-usher --help shows how it is used.')
    .version(version, '--version', 'show the version')
    // Without this an option of the wizard would be taken from behind a subcommand that has it too (--answers).
    .enablePositionalOptions()
    .usage('[options] [URL]\n       pg-usher <command> [options]')
    .addArgument(
      new Argument(
        '[URL]',
        'the server, for the wizard: postgresql://admin@host/db, or "host=… dbname=…"',
      ).argParser(connectionArgument),
    )
    .option('-h, --host <host>', 'server host, address or socket folder')
    .option('-p, --port <port>', 'server port')
    .option('-d, --dbname <name>', 'database to connect to first')
    .option('-U, --username <name>', 'administrator to connect as')
    .addOption(new Option('--tls <mode>', 'encryption, as sslmode of libpq').choices(tlsModes))
    .option('--service <name>', 'an entry of pg_service.conf')
    .option('--answers <file>', 'open the wizard with the answers of this file')
    .option('--out <dir>', 'the folder for files that are saved; this one if left out')
    .option('--plain', 'no colour, ASCII only')
    .addHelpText(
      'after',
      `
Without a command the wizard opens. A password is asked for when the server
wants one, or comes from PGPASSWORD or .pgpass; it is never an argument.
${exitCodeHelp}`,
    )
    .action(async (argument: string | undefined, options: TypedWizardOptions) => {
      end(await commands.wizard(wizardOptions(argument, options)))
    })

  if (!isForWizard(args)) declareCommands(program, commands, end)
  for (const command of program.commands) pointToOwnHelp(command, 'pg-usher')
  return program

  /** What is no connection is a mistyped command. */
  function connectionArgument(text: string): string {
    if (isConnection(text)) return text
    const near = didYouMean(
      text,
      program.commands.map(command => command.name()),
    )
    const question = near === null ? '' : `, did you mean '${near}'?`
    return program.error(`pg-usher: unknown command '${text}'${question}`, {
      code: 'commander.unknownCommand',
    })
  }
}

/** A usage error of a command points to that command's help. */
function pointToOwnHelp(command: Command, parent: string): void {
  const name = `${parent} ${command.name()}`
  command.showHelpAfterError(`${name} --help shows how it is used.`)
  for (const each of command.commands) pointToOwnHelp(each, name)
}

/**
 * Whether the arguments can only be the wizard's: options in one word, and connection strings. The commands need
 * not be declared then, which takes as long as all else that is done with the arguments.
 */
function isForWizard(args: readonly string[]): boolean {
  return args.every(arg => (arg.startsWith('-') ? arg !== '--help' : isConnection(arg)))
}

function isConnection(text: string): boolean {
  return text.includes('://') || text.includes('=')
}

function declareCommands(program: Command, commands: Commands, end: (code: ExitCode) => void): void {
  program
    .command('demo')
    .description('a real PostgreSQL of its own with sample data, and the wizard on it; removed on leaving')
    .option('--yes', 'no wizard: do the whole job from shipped answers and print it')
    .addOption(
      new Option('--tool <id>', 'the tool to let in')
        .choices(['atlan', 'atlassian-analytics'])
        .default('atlan'),
    )
    .addOption(
      new Option(
        '--iam [way]',
        'let Atlan in by AWS IAM: a stand-in for AWS on this machine, nothing of the real one',
      )
        .choices(['user', 'role'])
        .preset('user'),
    )
    .action(async (options: { yes?: true; tool: DemoOptions['tool']; iam?: DemoOptions['iam'] }) => {
      const { tool, iam = null } = options
      if (iam !== null && tool !== 'atlan')
        program.error('pg-usher: --iam is for Atlan', { exitCode: exitCodes.badUsage })
      end(await commands.demo({ yes: options.yes === true, tool, iam }))
    })

  program
    .command('plan')
    .description('print what would be done for an answers file; changes nothing, needs only read access')
    .requiredOption('--answers <file>', 'the answers, as the wizard saves them; - is standard input')
    .addOption(
      new Option('--format <format>', 'as what')
        .choices(['sql', 'json', 'markdown', 'aws-cli', 'cloudformation', 'terraform'])
        .default('sql'),
    )
    .option(receiptFlag, receiptHelp, collected)
    .option('--owner <role>', 'only what this role has to grant, for it to run')
    .action(async (options: TypedPlanOptions) => {
      const { answers, format, receipt: receipts, owner } = options
      end(await commands.plan({ answers, format, receipts, owner }))
    })

  program
    .command('apply')
    .description('plan, rehearse, ask, apply and prove what an answers file says')
    .requiredOption('--answers <file>', 'the answers, as the wizard saves them')
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option('--json', 'one JSON document on standard output, progress on standard error')
    .option('--out <dir>', 'the folder for the receipt; this one if left out')
    .option(receiptFlag, receiptHelp, collected)
    .addOption(
      new Option('--resume <how>', 'with a run on this server that was broken off').choices(resumeChoices),
    )
    .addOption(
      new Option(
        '--deadline <seconds>',
        `how long each transaction may last, and others wait for it; ${defaultDeadline / 1000} if left out`,
      ).argParser(deadlineArgument),
    )
    .action(async (options: TypedApplyOptions) => {
      end(
        await commands.apply({
          answers: options.answers,
          yes: options.yes === true,
          json: options.json === true,
          outDir: options.out,
          resume: options.resume,
          receipts: options.receipt,
          deadline: options.deadline,
        }),
      )
    })

  program
    .command('undo')
    .description('take back what an apply granted, as its receipt says it; asks first')
    .requiredOption('--receipt <file>', 'the receipt that the apply wrote')
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option('--end-sessions', 'end the sessions that the login has open')
    .option('--json', 'one JSON document on standard output, progress on standard error')
    .action(async (options: { receipt: string; yes?: true; endSessions?: true; json?: true }) => {
      end(
        await commands.undo({
          receipt: options.receipt,
          yes: options.yes === true,
          endSessions: options.endSessions === true,
          json: options.json === true,
        }),
      )
    })

  program
    .command('verify')
    .description('compare what the login reaches with what an answers file chose; changes nothing')
    .requiredOption('--answers <file>', 'the answers, as the wizard saves them; - is standard input')
    .option('--as-user', 'ask as the login alone, without an administrator')
    .option('--json', 'one JSON document on standard output')
    .action(async (options: { answers: string; asUser?: true; json?: true }) => {
      end(
        await commands.verify({
          answers: options.answers,
          asUser: options.asUser === true,
          json: options.json === true,
        }),
      )
    })

  program
    .command('rotate')
    .description('give the login a new password, tried before the old one is forgotten; asks first')
    .requiredOption('--answers <file>', 'the answers with which the login was made')
    .addOption(
      new Option('--valid-until <date>', 'renew VALID UNTIL: a day, an instant or infinity').argParser(
        validUntilArgument,
      ),
    )
    .option('--no-gap', 'a second login beside the first, so that the tool can move when it suits')
    .option('--finish <login>', 'after --no-gap: drop this login, which the tool has left')
    .option('--end-sessions', 'with --finish: end the sessions that the login has open')
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option('--json', 'one JSON document on standard output, progress on standard error')
    .option('--out <dir>', 'with --no-gap: the folder for the receipt; this one if left out')
    .action(async (options: TypedRotateOptions) => {
      const { answers, finish, out, validUntil } = options
      end(
        await commands.rotate({
          answers,
          ...(validUntil === undefined ? {} : { validUntil: validUntil === 'infinity' ? null : validUntil }),
          // commander has `gap` for an option that begins with --no-.
          noGap: !options.gap,
          finish,
          endSessions: options.endSessions === true,
          yes: options.yes === true,
          json: options.json === true,
          outDir: out,
        }),
      )
    })

  declareSecrets(program, options => commands.secrets(options).then(end))

  program
    .command('connectors')
    .description('list the tools that can be let in')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => {
      end(await commands.connectors({ json: options.json === true }))
    })
}

interface TypedApplyOptions {
  readonly answers: string
  readonly yes?: true
  readonly json?: true
  readonly out?: string
  readonly resume?: ResumeChoice
  readonly receipt?: readonly string[]
  readonly deadline?: number
}

/** Seconds, as milliseconds. @throws InvalidArgumentError */
function deadlineArgument(text: string): number {
  const { least, most } = deadlineBounds
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(seconds >= least && seconds <= most))
    throw new InvalidArgumentError(`Seconds, from ${least} to ${most}.`)
  return Math.round(seconds * 1000)
}

interface TypedPlanOptions extends Pick<PlanOptions, 'answers' | 'format'> {
  readonly receipt?: readonly string[]
  readonly owner?: string
}

const receiptFlag = '--receipt <file>'
const receiptHelp =
  'the receipt of an earlier run: what it granted and is not chosen now is taken away; may be repeated'

/** An option that may be given more than once. */
function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

interface TypedRotateOptions {
  readonly answers: string
  readonly validUntil?: string
  readonly gap: boolean
  readonly finish?: string
  readonly endSessions?: true
  readonly yes?: true
  readonly json?: true
  readonly out?: string
}

/** @throws InvalidArgumentError */
function validUntilArgument(text: string): string {
  if (text === 'infinity') return text
  // A day means its end, as in the wizard.
  const instant = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.000Z` : text)
  const isDay = /^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  if (
    !isDay ||
    Number.isNaN(instant.getTime()) ||
    (!text.includes('T') && !instant.toISOString().startsWith(text))
  )
    throw new InvalidArgumentError(
      'A day such as 2027-06-30, an instant such as 2027-06-30T12:00:00Z, or infinity.',
    )
  return instant.toISOString()
}

interface TypedWizardOptions {
  readonly host?: string
  readonly port?: string
  readonly dbname?: string
  readonly username?: string
  readonly tls?: TlsMode
  readonly service?: string
  readonly answers?: string
  readonly out?: string
  readonly plain?: true
}

function wizardOptions(argument: string | undefined, typed: TypedWizardOptions): WizardOptions {
  const { host, port, dbname: database, username: user, tls, service } = typed
  return {
    argument,
    answers: typed.answers,
    flags: { host, port, database, user, tls, service },
    outDir: typed.out,
    plain: typed.plain === true,
  }
}
