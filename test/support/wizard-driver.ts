import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answers } from '../../src/model/answers.ts'
import { parsePassfileLine } from '../../src/model/passfile.ts'
import { reveal } from '../../src/model/secret.ts'
import type { DrivenTerminal } from './terminal.ts'
import type { Title, Wizard } from './wizard.ts'

const pointers = ['❯', '>']
const checkedBoxes = ['◉', '[x]', '(x)']

/** The line of the screen with the cursor, from 0. */
function pointedLine(screen: string): number {
  return screen.split('\n').findIndex(row => pointers.includes(row.charAt(0)))
}

/** The row with the cursor, without its mark: `Host  127.0.0.1`. */
function pointedRow(screen: string): string | undefined {
  return screen.split('\n')[pointedLine(screen)]?.slice(1).trim()
}

/** A terminal with the wizard in it, as a person works it: what is on the screen decides the next key. */
export function driveWizard(
  terminal: DrivenTerminal,
  files: Pick<Wizard, 'out' | 'passfile' | 'state'>,
): Wizard {
  const { out, passfile } = files
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
      await waitFor(screen => changes(screen) !== before).catch(() => Promise.reject(lost()))
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
    ...files,
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

    sayYes: () => terminal.typeAlone('y'),

    agree: async () => {
      await wizard.sayYes()
      await wizard.at('Apply')
    },

    apply: async () => {
      await wizard.agree()
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
    saveAnswers: async () => {
      press('ctrl-s')
      await waitFor('Saved SQL:')
      return wizard.savedAnswers()
    },
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
function isAt(screen: string, title: Title): boolean {
  const [head = ''] = screen.split('\n')
  return head.startsWith('pg-usher') && new RegExp(` ${title}  \\d+/1[12]$`).test(head)
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
