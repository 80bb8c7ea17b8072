import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTerminal } from '../support/terminal.ts'
import { startWizard, type Wizard } from '../support/wizard.ts'
import { program, runProgram, stackTrace } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

/** From the first screen to the last; `look` is called on each, on what lies over one, and on the end of a long one. */
async function onEveryScreen(wizard: Wizard, look: (wizard: Wizard, part?: 'end') => unknown): Promise<void> {
  await look(wizard)
  wizard.type('?')
  await wizard.waitFor('Choose the row under the cursor.')
  await look(wizard)
  wizard.press('esc')
  await wizard.waitFor('Which tool shall see the database?')
  await wizard.chooseTool('Atlan')
  await look(wizard)
  wizard.press('enter')
  await wizard.waitFor('Enter goes on.')
  await wizard.waitFor(screen => !screen.includes('reading its databases'))
  await look(wizard)
  wizard.press('enter')
  await wizard.at('Address for the tool')
  await look(wizard)
  await wizard.nameAddress()
  await wizard.waitFor('atlan_user: free.')
  await look(wizard)
  await wizard.nameRoles()
  await wizard.waitFor('Which schemas')
  await look(wizard)
  wizard.press('ctrl-g')
  await wizard.waitFor('Go to')
  await look(wizard)
  wizard.press('esc')
  await wizard.chooseSchemas('music_store.public', 'warehouse.stock')
  await wizard.waitFor('Which tables?')
  wizard.press('home')
  wizard.type('a')
  // What is known of the columns comes after the names.
  await wizard.waitFor(/16 tables, 10 personal columns/)
  await look(wizard)
  wizard.press('enter')
  await wizard.at('Network')
  await look(wizard)
  await wizard.chooseNetwork()
  await wizard.option('Kept in', 'Passfile')
  await look(wizard)
  await wizard.keepInPassfile()
  await wizard.waitFor('r rehearses')
  await look(wizard)
  // Its last page has what the vendor's page says wrong.
  wizard.press('end')
  await wizard.waitFor('Its placeholders were lost')
  await look(wizard, 'end')
  await wizard.rehearse()
  await look(wizard)
  wizard.press('ctrl-c')
  await wizard.waitFor('Leave pg-usher?')
  await look(wizard)
  wizard.press('esc')
  await wizard.waitFor('The rehearsal held')
  await wizard.apply()
  // Told when it is done.
  await wizard.waitFor('Saved answers')
  await look(wizard)
  wizard.press('enter')
  await wizard.at('Done')
  await look(wizard)
}

describe('resizing', () => {
  it('on every screen leaves nothing behind and cuts nothing off', async () => {
    const wizard = await scene.open()
    await onEveryScreen(wizard, async (_, part) => {
      // A larger screen shows more of the end, and a smaller one then begins where that one did.
      if (part === 'end') return
      const before = wizard.screen()
      for (const [cols, rows] of [
        [60, 16],
        [200, 60],
      ] as const) {
        wizard.resize(cols, rows)
        await wizard.waitFor(screen => fills(screen, cols, rows))
      }
      wizard.resize(39, 9)
      await wizard.waitFor(screen => screen === 'Too small: 39x9, needs 40x10.')
      wizard.resize(80, 24)
      await wizard.waitFor(screen => screen === before)
    })
    wizard.press('enter')
    await wizard.waitForExit()
  })
})

/** Whether a screen is drawn for this size and for no other: head and rule as wide as it is, the foot where it belongs. */
function fills(screen: string, cols: number, rows: number): boolean {
  const lines = screen.split('\n')
  const [head = '', rule = ''] = lines
  return (
    head.length === cols &&
    /\d+\/11$/.test(head) &&
    (/^╌+$/.test(rule) ? rule.length === cols : rule.startsWith('∙ ')) &&
    lines.filter(line => line.startsWith('pg-usher  ')).length === 1 &&
    // The last row stays empty.
    lines.length === rows - 1 &&
    /Ctrl-|Esc|Enter/.test(lines.at(-1) ?? '')
  )
}

describe('what is written to the terminal', () => {
  it('has no colour with NO_COLOR and nothing but ASCII with LANG=C, on every screen', async () => {
    const wizard = await scene.open({ env: { NO_COLOR: '1', LANG: 'C' } })
    const seen = new Set<string>()
    await onEveryScreen(wizard, () => {
      for (const line of wizard.screen().match(/.*[^\n -~].*/g) ?? []) seen.add(line)
    })
    expect([...seen]).toEqual([])
    wizard.press('enter')
    await wizard.waitForExit()
    expect(wizard.bytes().match(/[^\0-\x7f]/gu)).toBeNull()
  })

  it('has colour and better signs where neither is said', async () => {
    const wizard = await scene.open()
    await wizard.chooseTool('Atlan')
    expect(wizard.bytes()).toMatch(sgrColour)
    expect(wizard.screen()).toContain('◉ if offered')
    await wizard.leave()
  })
})

/** A foreground or background, of the eight, the bright eight, 256 or all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
const sgrColour = /\x1b\[(?:[0-9;:]*[;:])?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:][0-9;:]*)?m/

describe('where no wizard can be shown', () => {
  it.each(['dumb', 'unknown'])('TERM=%j ends with 2 and says the way without', async TERM => {
    const terminal = openTerminal({ command: process.execPath, args: [program], env: { TERM }, cols: 120 })
    try {
      expect(await terminal.waitForExit()).toEqual({ exitCode: 2, signal: 0 })
      expect(terminal.scrollback()).toContain('pg-usher apply --answers FILE --yes')
      expect(terminal.bytes()).not.toContain('\x1b')
    } finally {
      await terminal.close()
    }
  })

  it('piped keys end with 2 and say the way without', async () => {
    const end = await runProgram([], { input: '\r\r\r', env: { TERM: 'xterm' } })
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toContain('standard input is none')
    expect(end.stderr).toContain('pg-usher apply --answers FILE --yes')
    expect(end.stderr).not.toMatch(stackTrace)
  })
})

describe('an end from outside', () => {
  it('SIGTERM gives the terminal back and ends with 130', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles()
    process.kill(wizard.pid, 'SIGTERM')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 130, signal: 0 })
    expect(wizard.modes()).toMatchObject({
      alternateScreen: false,
      cursorVisible: true,
      bracketedPaste: false,
    })
    expect(wizard.scrollback()).toBe(
      'Nothing was changed on the server.\nYour answers are kept: the next start of pg-usher offers them.',
    )
  })

  it('a closed window ends the program', async () => {
    const wizard = await scene.open()
    await wizard.chooseTool('Atlan')
    wizard.press('enter')
    await wizard.waitFor('Connected:')
    wizard.hangUp()
    expect(await wizard.waitForExit()).toMatchObject({ signal: 0 })
  })

  it('keys typed before the first screen are not echoed into it', async () => {
    const wizard = startWizard({ server: scene.server, folder: scene.folder })
    wizard.press('down', 'enter')
    await wizard.at('Connection')
    expect(wizard.screen()).toContain('Atlassian Analytics')
    await wizard.leave()
  })
})
