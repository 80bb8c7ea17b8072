import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTerminal } from '../support/terminal.ts'
import type { Wizard } from '../support/wizard.ts'
import { program } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
let wizard: Wizard
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

async function atTables(): Promise<void> {
  wizard = await scene.open()
  await wizard.throughRoles()
  await wizard.chooseSchemas('music_store.public')
  await wizard.waitFor('Which tables?')
  wizard.press('home')
}

const checkedRows = () =>
  wizard
    .screen()
    .split('\n')
    .flatMap((row, at) => (row.includes('◉') ? [at] : []))

describe('keys at the list of tables', () => {
  it('that arrive in one packet act one after the other', async () => {
    await atTables()
    wizard.press(...Array<'down'>(10).fill('down'), 'space', 'up', 'up', 'space')
    await wizard.waitFor(/ 2 tables/)
    const [first = 0, second = 0] = checkedRows()
    expect(second - first).toBe(2)
    expect(wizard.screen().split('\n')[first]?.startsWith('❯')).toBe(true)
    await wizard.leave()
  })

  it('that are typed ahead, through a filter and out of it, all count', async () => {
    await atTables()
    wizard.type('/invoice\ra/\x15album\r n/\x15customer\ra')
    // Of the three filters the last stands; all of the first and the last are chosen, none of the second.
    await wizard.waitFor(/filter customer/)
    await wizard.waitFor(/ 3 tables/)
    await wizard.leave()
  })

  it('keep what a filter says as a rule, through reading again and back', async () => {
    await atTables()
    wizard.type('/!invoice*\rr')
    await wizard.waitFor('by rule: all but invoice*')
    const [summary] = / [0-9]+ tables/.exec(wizard.screen()) ?? []
    for (const keys of [['ctrl-r'], ['esc', 'enter']] as const) {
      wizard.press(...keys)
      await wizard.waitFor('Which tables?')
      await wizard.waitFor('by rule: all but invoice*')
      await wizard.waitFor(summary ?? 'no summary')
    }
    // The rule is taken away, and what it chose stays.
    wizard.type('r')
    await wizard.waitFor(screen => !screen.includes('by rule'))
    expect(wizard.screen()).toContain(summary)
    await wizard.leave()
  })

  it('choose a range, begun by v or by Shift and an arrow', async () => {
    await atTables()
    wizard.press('down')
    wizard.type('v')
    wizard.press('down', 'down')
    wizard.type(' ')
    await wizard.waitFor(/ 3 tables/)
    wizard.write('\x1b[1;2A\x1b[1;2A ')
    await wizard.waitFor(screen => !/ 3 tables/.test(screen))
    expect(checkedRows()).toHaveLength(0)
    await wizard.leave()
  })

  it('that come in pieces over a slow line are what they are', async () => {
    await atTables()
    const before = wizard.screen()
    for (const piece of ['\x1b', '[', 'B']) {
      wizard.write(piece)
      await wait(20)
    }
    await wizard.waitFor(screen => screen !== before)
    // An arrow down: neither Escape, which would lead back, nor letters.
    expect(wizard.screen()).toContain('Which tables?')
    wizard.type(' ')
    await wizard.waitFor(/ 1 table\b/)
    await wizard.leave()
  })
})

describe('a paste', () => {
  it('into no field does nothing, whatever is in it', async () => {
    await atTables()
    const before = wizard.screen()
    wizard.paste('a y\r\x1b[B i\x03\r\ny')
    wizard.type('/x\x1b')
    await wizard.waitFor(screen => screen === before)
    await wizard.leave()
  })

  it('of a megabyte into the filter is text, and the keys behind it count', async () => {
    await atTables()
    wizard.type('/')
    wizard.paste('drop table album; yes\r\n'.repeat(50_000))
    wizard.type('\x15album\r')
    await wizard.waitFor(/filter album {2}/)
    expect(wizard.screen()).toContain('Which tables?')
    expect(checkedRows()).toEqual([])
    wizard.type('a')
    await wizard.waitFor(/ 1 table\b/)
    await wizard.leave()
  })
})

describe('a text that a terminal without bracketed paste sends as keys', () => {
  const script = 'yes\ry\nyou may\r\n'

  it('never says yes to a plan, wherever its y stands', async () => {
    wizard = await scene.open()
    await wizard.throughRoles()
    await wizard.chooseSchemas('music_store.public')
    await wizard.chooseTables('public.album')
    await wizard.throughPlan()
    await wizard.rehearse()
    // A megabyte, then pieces of it: what comes last is a y each time.
    for (const text of [script.repeat(60_000), 'yy', 'y\r', '\ry', 'apply']) {
      wizard.type(`${text}y`)
      await wizard.waitFor('press it alone')
      // Waits until all was dealt with: this screen lies over the plan, and is left again.
      wizard.type('?')
      await wizard.waitFor('Yes: apply the plan as it is shown.')
      wizard.press('esc')
      await wizard.waitFor('The rehearsal held')
    }
    expect(wizard.screen()).toContain('Review')
    expect(await scene.role('atlan_user')).toBeNull()
    // Pressed alone, as it says, it counts.
    await wizard.apply()
    expect(await scene.role('atlan_user')).not.toBeNull()
    await wizard.finish()
  })
})

describe('a server that never answers', () => {
  it('does not hold up the first screen, and Esc ends the attempt', async () => {
    const silent = createServer(() => {})
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const terminal = openTerminal({
      command: process.execPath,
      args: [program, `postgresql://nobody@127.0.0.1:${port}/nothing?sslmode=disable`],
    })
    try {
      await terminal.waitFor('Which tool shall see the database?')
      terminal.press('enter')
      await terminal.waitFor('Connection  2/')
      terminal.press('enter')
      await terminal.waitFor('Esc cancel')
      terminal.press('esc')
      await terminal.waitFor('Not connected: the attempt was cancelled.')
      expect(terminal.screen()).toContain('Connection  2/')
      terminal.press('esc')
      await terminal.waitFor('Which tool shall see the database?')
      terminal.press('ctrl-c', 'ctrl-c')
      await terminal.waitForExit()
    } finally {
      await terminal.close()
      silent.close()
    }
  })
})
