import { existsSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startWizard, type Wizard } from '../support/wizard.ts'
import { type PausingProxy, startPausingProxy } from './pausing-proxy.ts'
import { stackTrace } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
let before: readonly string[]
beforeAll(async () => {
  scene = await setWizardScene()
})
beforeEach(async () => {
  before = await scene.snapshot()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

/** Nothing of the wizard is left: on the server, and of the password. */
async function expectUnchanged(wizard: Wizard, login = 'atlan_user'): Promise<void> {
  expect(await scene.role(login)).toBeNull()
  expect(await scene.snapshot()).toEqual(before)
  for (const path of [wizard.passfile, scene.passfile])
    expect(existsSync(path) ? readFileSync(path, 'utf8') : '').not.toContain(login)
}

describe('a table that is dropped', () => {
  const drop = () => scene.server.sql('drop table public.doomed', 'music_store')
  const choose = async (wizard: Wizard) => {
    await scene.server.sql('create table public.doomed (id int)', 'music_store')
    await wizard.throughRoles()
    await wizard.chooseSchemas('music_store.public')
    await wizard.chooseTables('public.album', 'public.doomed')
  }

  it('after it was chosen: no plan, and the choice again without it', async () => {
    const wizard = await scene.open()
    await choose(wizard)
    await drop()
    await wizard.throughPlan()
    await wizard.waitFor('No plan can be made of these answers.')
    expect(wizard.screen()).toMatch(/not in the schema public: doomed/)
    await wizard.leave()
    await expectUnchanged(wizard)
  })

  it('after the rehearsal: said clearly, all rolled back, and back to the choice', async () => {
    const wizard = await scene.open()
    await choose(wizard)
    await wizard.throughPlan()
    await wizard.rehearse()
    await drop()
    await wizard.sayYes()
    await wizard.waitFor('Failed. Everything was rolled back; nothing is changed.')
    expect(wizard.screen()).toMatch(/doomed/)
    await expectUnchanged(wizard)
    wizard.press('enter')
    await wizard.at('Tables')
    await wizard.waitFor('Chosen, and gone or not yours to grant: public.doomed.')
    expect(wizard.screen()).toContain('◉ album')
    expect(wizard.row('◉ doomed') ?? wizard.row('◌ doomed')).toBeUndefined()
    // What is left of the choice can be applied.
    wizard.press('enter')
    await wizard.at('Network')
    wizard.press('enter')
    await wizard.at('Password')
    wizard.press('enter')
    await wizard.at('Review')
    await wizard.rehearse()
    await wizard.apply()
    expect(await wizard.finish()).toMatchObject({ exitCode: 0 })
  })
})

describe('an administrator without every right', () => {
  it('who may create roles and owns one schema: all others are greyed, with the reason', async () => {
    await scene.server.sql(`create role app_admin createrole login password '${scene.server.adminPassword}'`)
    await scene.server.sql(
      `create schema app authorization app_admin; set role app_admin;
       create table app.orders (id int); create table app.invoices (id int)`,
      'music_store',
    )
    try {
      const wizard = await scene.open({ user: 'app_admin' })
      await wizard.throughRoles()
      await wizard.waitFor('Which schemas')
      expect(wizard.screen()).toMatch(/∙ reporting +owned by reporting_owner, who must/)
      // All that can be chosen is one schema.
      wizard.type('a')
      await wizard.waitFor('1 chosen')
      wizard.press('enter')
      await wizard.at('Tables')
      await wizard.waitFor('app  0/2')
      await wizard.chooseTables('app.orders')
      await wizard.throughPlan()
      await wizard.rehearse()
      await wizard.apply()
      expect(await wizard.finish()).toMatchObject({ exitCode: 0 })
      expect(
        await scene.asLogin(wizard, 'atlan_user', 'music_store', [
          'select from app.orders',
          'select from app.invoices',
        ]),
      ).toEqual(['done', 'permission denied for table invoices'])
    } finally {
      await scene.server.sql('drop schema app cascade', 'music_store')
    }
  })

  it('who may not create roles is told so, and gets no plan', async () => {
    await scene.server.sql(`create role plain login password '${scene.server.adminPassword}'`)
    await scene.server.sql(
      'create schema app authorization plain; set role plain; create table app.orders (id int)',
      'music_store',
    )
    try {
      const wizard = await scene.open({ user: 'plain' })
      await wizard.chooseTool('Atlan')
      wizard.press('enter')
      await wizard.waitFor('plain may not create roles')
      wizard.press('enter')
      await wizard.at('Address for the tool')
      await wizard.nameAddress()
      await wizard.nameRoles()
      await wizard.chooseSchemas('music_store.app')
      await wizard.chooseTables('app.orders')
      await wizard.throughPlan()
      await wizard.waitFor(/plain may not create roles \(it has no CREATEROLE\)/)
      wizard.type('r')
      wizard.type('y')
      await wizard.leave()
      expect(await scene.role('atlan_user')).toBeNull()
    } finally {
      await scene.server.sql('drop schema app cascade', 'music_store')
    }
  })
})

describe('in the middle of the apply', () => {
  let proxy: PausingProxy
  beforeEach(async () => {
    proxy = await startPausingProxy(scene.server.port)
  })
  afterEach(() => proxy.close())

  /** A wizard that has said yes and waits for an answer to a statement. */
  const stoppedAt = async (statement: string, times: number): Promise<Wizard> => {
    const answers = scene.answers()
    const wizard = await scene.open({
      connection: 'none',
      args: [
        '--answers',
        scene.save('answers.json', { ...answers, server: { ...answers.server, port: proxy.port } }),
      ],
    })
    await wizard.throughAnswered()
    await wizard.rehearse()
    const reached = proxy.pauseAt(statement, times)
    await wizard.sayYes()
    await reached
    return wizard
  }

  it.each([
    // Nothing is committed yet; roles and one database are.
    ['the roles are made', 'CREATE ROLE atlan_user '],
    ['the second database is granted', 'GRANT USAGE ON SCHEMA stock'],
  ])('Ctrl-C while %s takes everything back', async (_, statement) => {
    const wizard = await stoppedAt(statement, 1)
    const cancelRequest = proxy.nextConnection()
    wizard.press('ctrl-c')
    await cancelRequest
    proxy.resume()
    await wizard.waitFor('Cancelled. Everything was rolled back; nothing is changed.')
    await expectUnchanged(wizard)
    wizard.press('enter')
    await wizard.at('Review')
    expect(await wizard.leave()).toEqual({ exitCode: 130, signal: 0 })
  })

  it.each([
    ['a closed window', (wizard: Wizard) => wizard.hangUp()],
    ['SIGTERM', (wizard: Wizard) => process.kill(wizard.pid, 'SIGTERM')],
  ])('%s ends the program and takes everything back', async (_, end) => {
    const wizard = await stoppedAt('GRANT USAGE ON SCHEMA stock', 1)
    const cancelRequest = proxy.nextConnection()
    end(wizard)
    await cancelRequest
    proxy.resume()
    await wizard.waitForExit()
    expect(() => process.kill(wizard.pid, 0)).toThrow(/ESRCH/)
    expect(wizard.bytes()).not.toMatch(stackTrace)
    await expectUnchanged(wizard)
    const { server, folder } = scene
    const next = startWizard({ server, folder, env: { XDG_STATE_HOME: wizard.state } })
    await next.waitFor(
      /Your apply of [\d: -]+ UTC was cut off and taken back;\s+nothing of it is\s+on the\s+server\./,
    )
    next.press('ctrl-c')
    await next.waitForExit()
  })

  it('SIGKILL leaves a login that cannot log in; the next start says so, and takes it back', async () => {
    const wizard = await stoppedAt('GRANT USAGE ON SCHEMA stock', 1)
    process.kill(wizard.pid, 'SIGKILL')
    await wizard.waitForExit()
    expect(await scene.role('atlan_user')).toMatchObject({ attributes: [] })
    proxy.resume()

    const { server, folder } = scene
    const next = startWizard({ server, folder, env: { XDG_STATE_HOME: wizard.state } })
    await next.waitFor('Go on with it (g), undo it (u) or leave it (l)?')
    expect(next.screen()).toContain('atlan_user')
    next.type('u\r')
    await next.waitFor('taken back; everything is as it was before it.')
    await expectUnchanged(wizard)
    await next.waitFor('Continue with them (c, or Enter)')
    next.type('c\r')
    await next.at('Review')
    await next.waitFor('r rehearses')
    await next.leave()
    expect(next.scrollback()).toMatch(/This start took back the run of [\d: -]+ UTC, as /)
    expect(next.scrollback()).toContain('Nothing else was changed on the server.')
  })

  it('a server that goes away: said, with what is left and how to undo it', async () => {
    const wizard = await stoppedAt('GRANT USAGE ON SCHEMA stock', 1)
    await proxy.close()
    await wizard.waitFor(/Failed/, { timeout: 60_000 })
    expect(wizard.screen()).toMatch(/Still there/)
    wizard.press('enter')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 3, signal: 0 })
    expect(wizard.scrollback()).toContain('DROP ROLE')
    expect(wizard.scrollback()).not.toMatch(stackTrace)
    expect(await scene.role('atlan_user')).toMatchObject({ attributes: [] })
  })
})
