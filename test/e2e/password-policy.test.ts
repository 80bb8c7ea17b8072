import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import { buildPasswordPolicy, policyPrograms } from '../support/password-policy.ts'
import { describeInCiWith } from '../support/requires.ts'
import { runProgram } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

describeInCiWith(policyPrograms)('a server with a policy for passwords, which takes no verifier', () => {
  let scene: WizardScene
  let policy: ReturnType<typeof buildPasswordPolicy>
  beforeAll(async () => {
    policy = buildPasswordPolicy()
    scene = await setWizardScene(policy.options)
  })
  afterEach(() => scene.clear())
  afterAll(async () => {
    await scene.end()
    policy.remove()
  })

  const run = (command: string, answers: Answers, ...more: string[]) =>
    runProgram([command, '--answers', scene.save('answers.json', answers), '--yes', ...more], {
      env: scene.env,
    })
  const apply = (answers: Answers) => run('apply', answers, '--out', scene.folder)
  const stored = async () =>
    (await scene.server.sql("select rolpassword from pg_authid where rolname = 'atlan_user'"))[0]?.[
      'rolpassword'
    ]

  it('is never sent the password unasked: apply says so, and changes nothing', async () => {
    const before = await scene.snapshot()
    const end = await apply(scene.answers())
    expect(end.code).toBe(1)
    expect(end.stderr).toContain('password must be given in plain text to be checked')
    expect(end.stderr).toContain('"sendPlainPassword": true')
    expect(await scene.snapshot()).toEqual(before)
    // Only a verifier was tried.
    expect(await scene.server.log()).not.toMatch(/PASSWORD '[A-Za-z0-9]{32}'/)
  })

  it('gets it where the answers allow it, in no statement that is logged; and again at a rotation', async () => {
    const allowed = { ...scene.answers(), sendPlainPassword: true }
    const end = await apply(allowed)
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toMatch(/sent as\s+it is, since this server refuses\s+verifiers/)
    const first = scene.storedPassword('atlan_user')
    expect(await stored()).toMatch(/^SCRAM-SHA-256\$/)

    const refused = await run('rotate', scene.answers())
    expect(refused.stderr).toContain('"sendPlainPassword": true')
    expect(scene.storedPassword('atlan_user')).toBe(first)

    const rotated = await run('rotate', allowed)
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    const second = scene.storedPassword('atlan_user')
    expect(second).not.toBe(first)
    const client = await scene.server.client({
      user: 'atlan_user',
      password: second,
      database: 'music_store',
    })
    await client.end()
    const log = await scene.server.log()
    for (const password of [first, second]) expect(log).not.toContain(password)
  })

  it('makes the wizard ask after the rehearsal, and only the typed word is a yes', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles()
    await wizard.chooseSchemas('music_store.public')
    await wizard.chooseTables('public.genre')
    await wizard.chooseNetwork()
    await wizard.keepInPassfile()
    await wizard.waitFor('r rehearses')
    wizard.type('r')
    await wizard.waitFor('Type plain to agree')
    wizard.press('esc')
    await wizard.waitFor("The server refuses the password's SCRAM verifier")
    wizard.type('r')
    await wizard.waitFor('Type plain to agree')
    wizard.type('yes')
    wizard.press('enter')
    await wizard.waitFor(/Word +yes/)
    for (const _ of 'yes') wizard.press('backspace')
    wizard.type('plain')
    wizard.press('enter')
    await wizard.waitFor(screen => !screen.includes('Type plain'))
    await wizard.waitFor('r rehearses')
    await wizard.rehearse()
    await wizard.apply()
    wizard.press('enter')
    await wizard.at('Done')
    expect(await stored()).toMatch(/^SCRAM-SHA-256\$/)
    const password = wizard.storedPassword('atlan_user') ?? ''
    expect(await scene.server.log()).not.toContain(password)
    wizard.press('enter')
    await wizard.waitForExit()
  })
})
