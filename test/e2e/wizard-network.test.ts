import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Wizard } from '../support/wizard.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

/** At the field for the ranges. */
async function atRanges(): Promise<Wizard> {
  const wizard = await scene.open()
  await wizard.throughRoles()
  await wizard.chooseSchemas('music_store.public')
  await wizard.chooseTables('public.genre')
  await wizard.option('Addresses', 'typed in')
  await wizard.focus('Ranges')
  return wizard
}

describe('addresses that are pasted into a terminal', () => {
  it('are all taken, whatever comments stand between them', async () => {
    const wizard = await atRanges()
    wizard.paste('# Atlan tenant\n52.215.192.7 # one\n13.52.5.96/28 # two\n2600:1f00::/40\n')
    await wizard.waitFor('2600:1f00::/40')
    expect(wizard.row('Ranges')).not.toContain('#')
    await wizard.chooseNetwork()
    await wizard.keepInPassfile()
    await wizard.waitFor('r rehearses')
    wizard.press('ctrl-s')
    await wizard.waitFor('Saved SQL')
    expect(wizard.savedAnswers().network).toEqual({
      from: 'typed',
      cidrs: ['52.215.192.7/32', '13.52.5.96/28', '2600:1f00::/40'],
    })
    await wizard.leave()
  })

  it('that let everybody knock are asked about by their word, a private one by another Enter', async () => {
    const wizard = await atRanges()
    wizard.paste('0.0.0.0/1\n128.0.0.0/1\n10.0.0.0/8')
    await wizard.waitFor('Together these ranges are 0.0.0.0/0')
    wizard.press('enter')
    await wizard.waitFor('Type 0.0.0.0/0 to let everybody knock')
    wizard.type('0.0.0.0/0')
    wizard.press('enter')
    await wizard.waitFor('Enter again takes these all the same.')
    await wizard.chooseNetwork()
    await wizard.leave()
  })
})
