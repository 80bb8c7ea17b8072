import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { createAgeStore } from '../../src/secrets/age.ts'
import { gnupgPrograms, makeGnupgHome } from '../support/gnupg.ts'
import { keyringPrograms, startKeyringSession } from '../support/keyring.ts'
import { describeInCiWith, describeWith } from '../support/requires.ts'
import type { Wizard } from '../support/wizard.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

/** As far as the question where the password is kept. */
async function toPassword(wizard: Wizard): Promise<void> {
  await wizard.throughRoles()
  await wizard.chooseSchemas('music_store.public')
  await wizard.chooseTables('public.genre')
  await wizard.chooseNetwork()
}

/** From a store that works to the form. */
async function toForm(wizard: Wizard): Promise<void> {
  await wizard.rehearse()
  await wizard.apply()
  wizard.press('enter')
  await wizard.at('Done')
}

/** Every file that the wizard has saved, as one text. */
const saved = (wizard: Wizard) =>
  wizard
    .savedFiles()
    .map(name => readFileSync(join(wizard.out, name), 'utf8'))
    .join('\n')

describe('the password', () => {
  it('is on the screen only while p shows it, and in no file but its own', async () => {
    const wizard = await scene.open()
    await toPassword(wizard)
    await wizard.keepInPassfile()
    await toForm(wizard)
    const password = wizard.storedPassword('atlan_user') ?? ''
    expect(password).toMatch(/^[A-Za-z0-9]{32}$/)
    expect(wizard.bytes()).not.toContain(password)

    wizard.type('p')
    await wizard.waitFor(password)
    wizard.type('p')
    await wizard.waitFor(screen => !screen.includes(password))
    expect(wizard.screen()).toContain('(hidden: p shows it)')
    wizard.type('p')
    await wizard.waitFor(password)
    wizard.press('ctrl-s')
    await wizard.waitFor(/Saved .*connection-form\.md/)
    wizard.press('enter')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 0, signal: 0 })

    expect(wizard.scrollback()).toContain(wizard.passfile.slice(0, 20))
    expect(wizard.scrollback()).not.toContain(password)
    expect(saved(wizard)).not.toContain(password)
    expect(await scene.server.log()).not.toContain(password)
    expect(wizard.savedFiles()).toEqual([
      'atlan-answers.json',
      'connection-form.md',
      expect.stringMatching(/^pg-usher-atlan-atlan_user-.*\.json$/),
      expect.stringMatching(/^pg-usher-atlan-atlan_user-.*\.md$/),
    ])
    for (const path of [...wizard.savedFiles().map(name => join(wizard.out, name)), wizard.passfile])
      expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('goes into a passfile that has other lines, and they stay', async () => {
    const wizard = await scene.open()
    writeFileSync(wizard.passfile, '# mine\nother.example:5432:*:me:kept\n', { mode: 0o600 })
    await toPassword(wizard)
    await wizard.keepInPassfile()
    await toForm(wizard)
    wizard.press('enter')
    await wizard.waitForExit()
    expect(readFileSync(wizard.passfile, 'utf8')).toMatch(
      /^# mine\nother\.example:5432:\*:me:kept\ndb\.example\.com:5432:music_store:atlan_user:[A-Za-z0-9]{32}\n$/,
    )
  })

  it('does not go into a passfile that others can read: said before anything is made', async () => {
    const wizard = await scene.open()
    writeFileSync(wizard.passfile, '', { mode: 0o644 })
    await toPassword(wizard)
    await wizard.option('Kept in', 'Passfile')
    await wizard.fill('Path', wizard.passfile)
    wizard.press('enter')
    await wizard.waitFor('`chmod 600 ')
    await wizard.at('Password')
    await wizard.leave()
    expect(await scene.role('atlan_user')).toBeNull()
  })

  it('may be shown once, where nothing keeps it', async () => {
    const wizard = await scene.open()
    await toPassword(wizard)
    await wizard.option('Kept in', 'Show once')
    wizard.press('enter')
    await wizard.at('Review')
    await toForm(wizard)
    // Nobody has seen it yet, and nothing keeps it.
    wizard.press('enter')
    await wizard.waitFor('Leaving loses it for good.')
    wizard.press('esc')
    await wizard.waitFor('(hidden: p shows it)')
    wizard.type('p')
    await wizard.waitFor(/Password +[A-Za-z0-9]{32}/)
    const [, password = ''] = /Password +([A-Za-z0-9]{32})/.exec(wizard.screen()) ?? []
    wizard.type('p')
    await wizard.waitFor(screen => !screen.includes(password))
    wizard.press('enter')
    await wizard.waitForExit()
    expect(wizard.scrollback()).not.toContain(password)
    expect(saved(wizard)).not.toContain(password)
    const client = await scene.server.client({ user: 'atlan_user', password, database: 'music_store' })
    await client.query('select from public.genre')
    await client.end()
  })
})

describe('another place', () => {
  it('is an age file, whose passphrase goes nowhere; and is the first that is offered the next time', async () => {
    const state = join(scene.folder, 'state-of-age')
    const wizard = await scene.open({ env: { XDG_STATE_HOME: state } })
    const folder = join(scene.folder, 'age')
    await toPassword(wizard)
    await wizard.option('Kept in', 'age file')
    await wizard.fill('Folder', folder)
    await wizard.fill('Passphrase', 'a good passphrase')
    await wizard.fill('Once more', 'a good passphrasE')
    wizard.press('enter')
    await wizard.waitFor('This is not what was typed above.')
    await wizard.fill('Once more', 'a good passphrase')
    wizard.press('enter')
    await wizard.at('Review')
    await toForm(wizard)
    const kept = createAgeStore({ folder, askPassphrase: async () => secret('a good passphrase') })
    const entry = { user: 'atlan_user', host: 'db.example.com', port: 5432, databases: ['music_store'] }
    const password = await kept.read(entry)
    wizard.type('p')
    await wizard.waitFor(password === null ? 'nothing was kept' : reveal(password))
    wizard.press('enter')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 0, signal: 0 })
    expect(wizard.bytes()).not.toContain('good passphrase')
    expect(saved(wizard)).not.toContain('good passphrase')
    const stateFiles = readdirSync(state, { recursive: true }).map(name => join(state, String(name)))
    for (const path of stateFiles.filter(each => statSync(each).isFile()))
      expect(readFileSync(path, 'utf8')).not.toContain('good passphrase')

    await scene.clear()
    const again = await scene.open({ env: { XDG_STATE_HOME: state } })
    await toPassword(again)
    expect(again.row('Kept in')).toContain('◉ age file')
    expect(again.row('Folder')).toContain(folder)
    await again.leave()
  })

  it('is a passfile with a service, named after the login', async () => {
    const wizard = await scene.open()
    await toPassword(wizard)
    await wizard.option('Kept in', 'Passfile')
    expect(wizard.row('Service')).toContain('atlan_user')
    await wizard.keepInPassfile()
    await toForm(wizard)
    expect(wizard.screen()).toContain('psql service=atlan_user')
    expect(readFileSync(join(wizard.home, '.pg_service.conf'), 'utf8')).toBe(
      `[atlan_user]\nhost=db.example.com\nport=5432\ndbname=music_store\nuser=atlan_user\npassfile=${wizard.passfile}\n`,
    )
    // On the way out a password that was sent is followed by its blank.
    wizard.type('c')
    await wizard.waitFor('Password sent; whether it was taken cannot be seen.')
    const sent = (text: string) => `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`
    expect(wizard.bytes()).toContain(sent(wizard.storedPassword('atlan_user') ?? ''))
    expect(wizard.bytes()).not.toContain(sent(' '))
    wizard.press('enter')
    await wizard.waitForExit()
    expect(wizard.bytes()).toContain(sent(' '))
  })
})

describeInCiWith(gnupgPrograms)('pass', () => {
  it('is offered first where it is set up, and keeps the password', async () => {
    const gnupg = await makeGnupgHome()
    try {
      const wizard = await scene.open({ env: { ...gnupg.environment, PATH: process.env['PATH'] } })
      await toPassword(wizard)
      expect(wizard.row('Kept in')).toContain('◉ pass')
      wizard.press('enter')
      await wizard.at('Review')
      await toForm(wizard)
      const found = await gnupg.run('pass', 'show', 'pg-usher/atlan_user@db.example.com:5432/music_store')
      expect(found).toMatch(/^[A-Za-z0-9]{32}\n$/)
      wizard.press('enter')
      await wizard.waitForExit()
      expect(wizard.scrollback()).toContain('pass show pg-usher/atlan_user@db.example.com:5432')
      expect(wizard.bytes()).not.toContain(found.trim())
    } finally {
      gnupg.stop()
    }
  })
})

describeWith(keyringPrograms)('the keychain', () => {
  it('is tried before anything is made, keeps the password, and gives it back', async () => {
    const session = await startKeyringSession('unlocked')
    try {
      const wizard = await scene.open({ env: session.environment })
      await toPassword(wizard)
      expect(wizard.row('Kept in')).toContain('◉ Keychain')
      wizard.press('enter')
      await wizard.at('Review')
      await toForm(wizard)
      wizard.type('p')
      await wizard.waitFor(/Password +[A-Za-z0-9]{32}/)
      const [, password = ''] = /Password +([A-Za-z0-9]{32})/.exec(wizard.screen()) ?? []
      wizard.press('enter')
      await wizard.waitForExit()
      // The command that the summary names reads it back.
      const [command = ''] =
        /secret-tool .*?(?=Receipt:)/s.exec(wizard.scrollback().replaceAll('\n', '')) ?? []
      const read = await promisify(execFile)('sh', ['-c', command], { env: session.environment })
      expect(read.stdout.trim()).toBe(password)
      const client = await scene.server.client({ user: 'atlan_user', password, database: 'music_store' })
      await client.query('select from public.genre')
      await client.end()
    } finally {
      await session.stop()
    }
  })

  it('that is not there is said, and the passfile is another way', async () => {
    const session = await startKeyringSession('no-bus')
    try {
      const wizard = await scene.open({ env: session.environment })
      await toPassword(wizard)
      // It is not the first that is offered here, and says why.
      expect(wizard.row('Kept in')).toContain('◉ Passfile')
      await wizard.option('Kept in', 'Keychain')
      await wizard.waitFor('There is no session bus')
      wizard.press('enter')
      await wizard.waitFor('There is no keychain here')
      await wizard.at('Password')
      expect(await scene.role('atlan_user')).toBeNull()
      await wizard.keepInPassfile()
      await wizard.waitFor('r rehearses')
      await wizard.leave()
    } finally {
      await session.stop()
    }
  })
})

describe('a pg_hba.conf that admits only the vendor', () => {
  it('ends with 5: not provable from here, and the line that would let this machine try', async () => {
    await scene.server.setHba([
      'host all postgres 127.0.0.1/32 scram-sha-256',
      'host music_store atlan_user 203.0.113.0/24 scram-sha-256',
    ])
    try {
      const wizard = await scene.open()
      await toPassword(wizard)
      await wizard.keepInPassfile()
      await wizard.rehearse()
      await wizard.sayYes()
      await wizard.waitFor('Done; the login is not provable from here.')
      const line = /host\s+music_store\s+atlan_user\s+127\.0\.0\.1\/32\s+scram-sha-256/
      expect(wizard.screen()).toContain('Login: not provable from here')
      expect(wizard.screen()).toMatch(line)
      expect(wizard.screen()).toContain('tried with SET ROLE')
      wizard.press('enter')
      await wizard.at('Done')
      expect(wizard.screen()).toContain('Login: not provable from here.')
      wizard.press('enter')
      expect(await wizard.waitForExit()).toEqual({ exitCode: 5, signal: 0 })
      expect(wizard.scrollback()).toContain('atlan_user is set up; its login is not provable from here.')
      expect(wizard.scrollback()).toMatch(line)
      const receipt = JSON.parse(
        readFileSync(
          join(wizard.out, wizard.savedFiles().find(name => /^pg-usher.*json$/.test(name)) ?? ''),
          'utf8',
        ),
      )
      expect(receipt).toMatchObject({ outcome: 'done-unproved', unproved: [{ database: 'music_store' }] })
    } finally {
      await scene.server.setHba(['host all all 127.0.0.1/32 scram-sha-256'])
    }
    expect(await scene.role('atlan_user')).toMatchObject({ attributes: ['LOGIN'], until: null })
  })
})
