import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import { parsePassfileLine } from '../../src/model/passfile.ts'
import { reveal } from '../../src/model/secret.ts'
import type { TestServer } from './server.ts'
import { type DrivenTerminal, type Exit, openTerminal } from './terminal.ts'

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
  writeFileSync(adminPassfile, `*:*:*:*:${server.adminPassword}\n`, { mode: 0o600 })
  const terminal = openTerminal({
    command: process.execPath,
    args: [
      program,
      ...(options.connection === 'none' ? [] : connectionArgs(options)),
      ...['--out', out, ...(options.args ?? [])],
    ],
    env: { PGPASSFILE: adminPassfile, XDG_STATE_HOME: join(folder, 'state'), ...options.env },
    ...(options.cols === undefined ? {} : { cols: options.cols }),
    ...(options.rows === undefined ? {} : { rows: options.rows }),
  })
  onTestFinished(() => terminal.close())
  return driven(terminal, { out, passfile })
}

function connectionArgs({ server, user, database }: WizardOptions): readonly string[] {
  const { host, port, adminUser } = server
  return ['-h', host, '-p', String(port), '-U', user ?? adminUser, '-d', database ?? 'music_store']
}

const pointers = ['❯', '>']
const checkedBoxes = ['◉', '[x]']

/** The line of the screen with the cursor, from 0. */
function pointedLine(screen: string): number {
  return screen.split('\n').findIndex(row => pointers.includes(row.charAt(0)))
}

/** The row with the cursor, without its mark: `Host  127.0.0.1`. */
export function pointedRow(screen: string): string | undefined {
  return screen.split('\n')[pointedLine(screen)]?.slice(1).trim()
}

function driven(terminal: DrivenTerminal, { out, passfile }: { out: string; passfile: string }): Wizard {
  const { press, type, waitFor } = terminal

  const row = (label: string) =>
    terminal
      .screen()
      .split('\n')
      .map(each => (pointers.includes(each.charAt(0)) ? each.slice(1) : each).trim())
      .find(each => each === label || each.startsWith(`${label} `))

  /** Presses a key until it has led there. What the key changes is looked at each time before the next one. */
  const pressUntil = async (
    key: 'tab' | 'up' | 'down' | 'right',
    there: () => boolean,
    { what, changes }: { what: string; changes: (screen: string) => unknown },
  ) => {
    const lost = () => new Error(`${key} does not lead to ${what}:\n${terminal.screen()}`)
    for (let pressed = 0; !there(); pressed++) {
      if (pressed === 100) throw lost()
      const before = changes(terminal.screen())
      press(key)
      // A key at the end of a form changes nothing, and nothing is to be waited for.
      await waitFor(screen => changes(screen) !== before, { timeout: 5_000 }).catch(() =>
        Promise.reject(lost()),
      )
    }
  }

  const isOn = (label: string) => {
    const pointed = pointedRow(terminal.screen())
    return pointed === label || pointed?.startsWith(`${label} `) === true
  }

  const filter = async (text: string) => {
    type('/')
    press('ctrl-u')
    type(text)
    press('enter')
    await waitFor(screen => screen.split('\n').some(row => row.includes('filter ') && row.includes(text)))
  }

  const clearFilter = async () => {
    type('/')
    press('ctrl-u', 'enter')
    await waitFor('/ filters')
  }

  const toggle = async () => {
    press('space')
    await waitFor(screen => checkedBoxes.some(box => pointedRow(screen)?.startsWith(box) === true))
  }

  const wizard: Wizard = {
    ...terminal,
    out,
    passfile,
    row,

    at: title => waitFor(screen => isAt(screen, title)),

    focus: async label => {
      const rows = terminal.screen().split('\n')
      const there = rows.findIndex(each => each.slice(1).trim().startsWith(label))
      const now = pointedLine(terminal.screen())
      await pressUntil(there < now ? 'up' : 'tab', () => isOn(label), { what: label, changes: pointedLine })
    },

    fill: async (label, value) => {
      await wizard.focus(label)
      press('ctrl-e', 'ctrl-u')
      if (value !== '') type(value)
    },

    option: async (label, option) => {
      await wizard.focus(label)
      const chosen = () => checkedBoxes.some(box => row(label)?.includes(`${box} ${option}`) === true)
      await pressUntil('right', chosen, { what: option, changes: () => row(label) })
    },

    chooseTool: async name => {
      await wizard.at('Tool')
      await pressUntil('down', () => isOn(name), { what: name, changes: pointedLine })
      press('enter')
      await wizard.at('Connection')
    },

    connect: async () => {
      press('enter')
      await waitFor('Connected:')
      press('enter')
      await wizard.at('Address for the tool')
    },

    nameAddress: async (host = 'db.example.com', port) => {
      await wizard.fill('Host', host)
      if (port !== undefined) await wizard.fill('Port', port)
      press('enter')
      await wizard.at('Roles and sign-in')
    },

    nameRoles: async (choice = {}) => {
      if (choice.layout !== undefined) await wizard.option('Privileges on', choice.layout)
      if (choice.group !== undefined) await wizard.fill('Group role', choice.group)
      if (choice.login !== undefined) await wizard.fill('Login role', choice.login)
      if (choice.connections !== undefined) await wizard.fill('Connections', choice.connections)
      if (choice.validUntil !== undefined) await wizard.fill('Valid until', choice.validUntil)
      if (choice.timeout !== undefined) await wizard.fill('Statement timeout', choice.timeout)
      if (choice.readOnly !== undefined) await wizard.option('Read-only by default', choice.readOnly)
      press('enter')
      await wizard.at('Schemas')
    },

    check: async (...names) => {
      for (const name of names) {
        const label = name.slice(name.lastIndexOf('.') + 1)
        await filter(name)
        await pressUntil('down', () => isOnItem(terminal.screen(), label), {
          what: label,
          changes: pointedRow,
        })
        await toggle()
      }
      await clearFilter()
    },

    checkFound: async (...words) => {
      for (const word of words) {
        await filter(word)
        await waitFor(/ 1 match/)
        await toggle()
      }
      await clearFilter()
    },

    chooseSchemas: async (...names) => {
      await waitFor('Which schemas may it see into?')
      await wizard.check(...names)
      press('enter')
      await wizard.at('Tables')
    },

    chooseTables: async (...names) => {
      await waitFor('Which tables?')
      await wizard.check(...names)
      press('enter')
      await wizard.at('Network')
    },

    chooseNetwork: async () => {
      press('enter')
      await wizard.at('Password')
    },

    keepInPassfile: async () => {
      await wizard.option('Kept in', 'Passfile')
      await wizard.fill('Path', passfile)
      press('enter')
      await wizard.at('Review')
    },

    rehearse: async () => {
      await waitFor('r rehearses')
      type('r')
      await waitFor('The rehearsal held')
    },

    apply: async () => {
      type('y')
      await wizard.at('Apply')
      await waitFor('Done, and proved by logging in as the new user.')
    },

    finish: async () => {
      press('enter')
      await wizard.at('Done')
      press('enter')
      return terminal.waitForExit()
    },

    throughRoles: async (tool = 'Atlan', roles = {}) => {
      await wizard.chooseTool(tool)
      await wizard.connect()
      await wizard.nameAddress()
      await wizard.nameRoles(roles)
    },

    throughPlan: async () => {
      await wizard.chooseNetwork()
      await wizard.keepInPassfile()
    },

    throughAnswered: async (tool = 'Atlan') => {
      await wizard.chooseTool(tool)
      await wizard.connect()
      for (const title of [
        'Roles and sign-in',
        'Schemas',
        'Tables',
        'Network',
        'Password',
        'Review',
      ] as const) {
        press('enter')
        await wizard.at(title)
        if (title === 'Schemas') await waitFor('Which schemas')
        if (title === 'Tables') await waitFor('Which tables')
      }
    },

    leave: async () => {
      press('ctrl-c')
      await waitFor('Leave pg-usher?')
      press('ctrl-c')
      return terminal.waitForExit()
    },

    storedPassword: login => passwordIn(passfile, login),
    savedFiles: () => readdirSync(out).sort(),
    savedAnswers: () => {
      const names = readdirSync(out).filter(name => /-answers(-\d+)?\.json$/.test(name))
      const number = (name: string) => Number(/-(\d+)\.json$/.exec(name)?.[1] ?? 1)
      const last = names.sort((one, other) => number(one) - number(other)).at(-1)
      if (last === undefined) throw new Error(`no answers were saved in ${out}`)
      return JSON.parse(readFileSync(join(out, last), 'utf8')) as Answers
    },
  }
  return wizard
}

/** Whether the head of the screen names this step. */
export function isAt(screen: string, title: Title): boolean {
  const [head = ''] = screen.split('\n')
  return head.startsWith('pg-usher') && new RegExp(` ${title}  \\d+/11$`).test(head)
}

/** Whether the cursor is on the item of a list with this name; its box and what follows are left out. */
function isOnItem(screen: string, label: string): boolean {
  const item = pointedRow(screen)?.replace(/^(\[.\]|- |[◉◌◒∙])\s*/u, '')
  return item === label || item?.startsWith(`${label} `) === true
}

function passwordIn(path: string, login: string): string | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  for (const line of text.split('\n')) {
    const parsed = parsePassfileLine(line)
    if (parsed?.user === login) return reveal(parsed.password)
  }
  return null
}
