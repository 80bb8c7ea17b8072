import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import type { TestServer } from './server.ts'
import { type DrivenTerminal, type Exit, openTerminal } from './terminal.ts'
import { driveWizard } from './wizard-driver.ts'

/** The built program; test/support/global-setup.ts keeps it up to date. */
const program = join(import.meta.dirname, '..', '..', 'dist', 'pg-usher.cjs')

export interface WizardOptions {
  readonly server: Pick<TestServer, 'host' | 'port' | 'adminUser' | 'adminPassword'>
  /** Where the wizard gets a folder of its own. */
  readonly folder: string
  /** The administrator's database; `music_store` when left out. */
  readonly database?: string
  /** Who runs it; the server's administrator when left out. */
  readonly user?: string
  /** 80 when left out. */
  readonly cols?: number
  /** 24 when left out. */
  readonly rows?: number
  /** Beside PGPASSFILE, where the administrator's password is; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** More of the command line. */
  readonly args?: readonly string[]
  /** `options`: -h, -p, -U and -d, as when left out; `none`: what `args` says. */
  readonly connection?: 'options' | 'none'
}

export type Title =
  | 'Tool'
  | 'Connection'
  | 'Address for the tool'
  | 'Roles and sign-in'
  | 'AWS'
  | 'Schemas'
  | 'Tables'
  | 'Network'
  | 'Password'
  | 'Review'
  | 'Apply'
  | 'Done'

export interface RolesChoice {
  readonly layout?: 'a group role' | 'the login itself'
  readonly group?: string
  readonly login?: string
  readonly connections?: string
  readonly validUntil?: string
  readonly timeout?: string
  readonly readOnly?: 'yes' | 'no'
}

/** The wizard in a terminal, as a person goes through it: by what the screen says. */
export interface Wizard extends DrivenTerminal {
  /** The passfile that {@link keepInPassfile} names. */
  readonly passfile: string
  /** The folder for saved files (`--out`). */
  readonly out: string
  /** XDG_STATE_HOME: what one wizard has left is told by the next one that is given it. */
  readonly state: string

  /** Waits until a step's screen is there. */
  at(title: Title): Promise<void>
  /** Moves to a field of the form by its label. */
  focus(label: string): Promise<void>
  /** Replaces the text of a field; leaves the keys on it. */
  fill(label: string, value: string): Promise<void>
  /** Chooses an option of a field. */
  option(label: string, option: string): Promise<void>
  /** The row of a label, without what marks the cursor; undefined where none is shown. */
  row(label: string): string | undefined

  chooseTool(name: 'Atlan' | 'Atlassian Analytics'): Promise<void>
  /** Connects with what stands in the fields, and goes on. */
  connect(): Promise<void>
  nameAddress(host?: string, port?: string): Promise<void>
  nameRoles(choice?: RolesChoice): Promise<void>
  /** Checks rows of the list: those of a name that the filter finds, as `music_store.public` or `public.album`. */
  check(...names: readonly string[]): Promise<void>
  /** Checks the one row that each of these words finds. */
  checkFound(...words: readonly string[]): Promise<void>
  chooseSchemas(...names: readonly string[]): Promise<void>
  chooseTables(...names: readonly string[]): Promise<void>
  chooseNetwork(): Promise<void>
  keepInPassfile(): Promise<void>
  /** Waits for the plan, rehearses it and waits until the rehearsal held. */
  rehearse(): Promise<void>
  /** Says yes as a hand does: not in one rush with the keys before it. */
  sayYes(): Promise<void>
  /** Says yes, and waits for the step that applies. */
  agree(): Promise<void>
  /** Says yes, and waits for the proof. */
  apply(): Promise<void>
  /** From the proof over the form to the shell. */
  finish(): Promise<Exit>
  /** From the first key to the schemas. */
  throughRoles(tool?: 'Atlan' | 'Atlassian Analytics', roles?: RolesChoice): Promise<void>
  /** From the tables to the plan. */
  throughPlan(): Promise<void>
  /** From the first key to the plan where everything is answered already: Enter on each screen. */
  throughAnswered(tool?: 'Atlan' | 'Atlassian Analytics'): Promise<void>
  /** Ctrl-C, and yes. */
  leave(): Promise<Exit>

  /** The password of a login in the passfile, or null. */
  storedPassword(login: string): string | null
  /** Has the answers saved at the review, and gives them. */
  saveAnswers(): Promise<Answers>
  /** The answers that the wizard saved last. */
  savedAnswers(): Answers
  /** Names of the saved files. */
  savedFiles(): readonly string[]
}

/** Opens the wizard on its first question; it is closed when the test ends. */
export async function openWizard(options: WizardOptions): Promise<Wizard> {
  const wizard = startWizard(options)
  await wizard.at('Tool')
  return wizard
}

/** As {@link openWizard}, without waiting for the first screen. */
export function startWizard(options: WizardOptions): Wizard {
  const { server } = options
  const folder = mkdtempSync(join(options.folder, 'wizard-'))
  const out = join(folder, 'out')
  mkdirSync(out, { mode: 0o700 })
  const passfile = join(folder, 'secret')
  const adminPassfile = join(folder, 'admin')
  const state = join(folder, 'state')
  writeFileSync(adminPassfile, `*:*:*:*:${server.adminPassword}\n`, { mode: 0o600 })
  const terminal = openTerminal({
    command: process.execPath,
    args: [
      program,
      ...(options.connection === 'none' ? [] : connectionArgs(options)),
      ...['--out', out, ...(options.args ?? [])],
    ],
    env: { PGPASSFILE: adminPassfile, XDG_STATE_HOME: state, ...options.env },
    ...(options.cols === undefined ? {} : { cols: options.cols }),
    ...(options.rows === undefined ? {} : { rows: options.rows }),
  })
  onTestFinished(() => terminal.close())
  return driveWizard(terminal, { out, passfile, state })
}

function connectionArgs({ server, user, database }: WizardOptions): readonly string[] {
  const { host, port, adminUser } = server
  return ['-h', host, '-p', String(port), '-U', user ?? adminUser, '-d', database ?? 'music_store']
}
