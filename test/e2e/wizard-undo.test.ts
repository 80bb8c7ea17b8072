import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Wizard } from '../support/wizard.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

/** A wizard at its last screen, all done. */
async function atTheEnd(): Promise<Wizard> {
  const wizard = await scene.open()
  await wizard.throughRoles()
  await wizard.chooseSchemas('music_store.public')
  await wizard.chooseTables('public.album')
  await wizard.throughPlan()
  await wizard.rehearse()
  await wizard.apply()
  wizard.press('enter')
  await wizard.at('Done')
  return wizard
}

describe('u on the last screen', () => {
  it('leaves the wizard, shows what goes, and takes it back at a yes; no password is asked for again', async () => {
    const wizard = await atTheEnd()
    expect(wizard.storedPassword('atlan_user')).not.toBeNull()
    wizard.type('u')
    await wizard.waitFor(/Take this back on 127\.0\.0\.1 port \d+\?/)
    expect(wizard.modes()).toMatchObject({ alternateScreen: false, bracketedPaste: false })
    expect(wizard.scrollback()).toMatch(/DROP ROLE|drop.*atlan_user/i)
    expect(await scene.role('atlan_user')).not.toBeNull()
    wizard.type('yes\r')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 0, signal: 0 })
    expect(wizard.scrollback()).not.toContain('Password for')
    expect(await scene.role('atlan_user')).toBeNull()
    expect(await scene.role('atlan_user_role')).toBeNull()
    expect(wizard.storedPassword('atlan_user')).toBeNull()
  })

  it('changes nothing without a yes', async () => {
    const wizard = await atTheEnd()
    wizard.type('u')
    await wizard.waitFor('Take this back on')
    wizard.type('n\r')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 130, signal: 0 })
    expect(wizard.scrollback()).toContain('Nothing was changed.')
    expect(await scene.role('atlan_user')).toMatchObject({ attributes: ['LOGIN'] })
  })
})
