import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Wizard } from '../support/wizard.ts'
import { chosenIn, setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

const said = (wizard: Wizard) => wizard.screen().replaceAll(/\s+/g, ' ')

async function atRoles(): Promise<Wizard> {
  const wizard = await scene.open()
  await wizard.chooseTool('Atlan')
  await wizard.connect()
  await wizard.nameAddress()
  return wizard
}

describe('a login that exists', () => {
  it('is shown as it is; only its name, typed, has its password replaced', async () => {
    await scene.server.sql(
      `create role readers nologin;
       create role atlan_user login password 'the-old-one' connection limit 4 valid until '2030-01-01';
       grant readers to atlan_user`,
    )
    const old = { user: 'atlan_user', password: 'the-old-one', database: 'music_store' }
    const session = await scene.server.client(old)
    const wizard = await atRoles()
    await wizard.waitFor('atlan_user: exists.')
    expect(said(wizard)).toMatch(
      /can log in; at most 4 connections; valid until 2030-01-01.*; member of readers;.* 1 session now/,
    )
    wizard.press('enter')
    await wizard.waitFor('Its password will be replaced.')
    wizard.type('yes')
    wizard.press('enter')
    wizard.press('enter')
    await wizard.waitFor(/Name +yes/)
    wizard.press('esc')
    await wizard.waitFor('atlan_user: exists.')
    // Nothing was agreed to.
    wizard.press('enter')
    await wizard.waitFor('Its password will be replaced.')
    expect(wizard.screen()).not.toContain('yes')
    wizard.type('atlan_user')
    wizard.press('enter')
    await wizard.at('Schemas')
    await wizard.chooseSchemas('music_store.public')
    await wizard.chooseTables('public.genre')
    await wizard.throughPlan()
    await wizard.rehearse()
    // The old password works until the person says yes.
    await (await scene.server.client(old)).end()
    await wizard.apply()
    await wizard.finish()
    await session.end()
    await expect(scene.server.client(old)).rejects.toThrow('password authentication failed')
    expect(
      await scene.asLogin(wizard, 'atlan_user', 'music_store', [
        'select from public.genre',
        'select from public.album',
      ]),
    ).toEqual(['done', 'permission denied for table album'])
    expect(await scene.role('atlan_user')).toMatchObject({
      memberOf: ['atlan_user_role', 'readers'],
      attributes: ['LOGIN'],
    })
  })

  it('made by the wizard before has its password replaced when its name is typed; no file of the first time is touched', async () => {
    const first = await scene.open()
    await first.throughRoles()
    await first.chooseSchemas('music_store.public')
    await first.chooseTables('public.genre')
    await first.throughPlan()
    await first.rehearse()
    await first.apply()
    await first.finish()
    const files = first.savedFiles()
    const password = first.storedPassword('atlan_user')
    expect(files).toHaveLength(3)

    // The same again, into the same folder and the same passfile.
    const again = await scene.open({ args: ['--out', first.out] })
    await again.chooseTool('Atlan')
    await again.connect()
    await again.nameAddress()
    await again.waitFor('atlan_user: exists.')
    again.press('enter')
    await again.waitFor('To replace the password, type its name.')
    again.type('atlan_user')
    again.press('enter')
    await again.at('Schemas')
    await again.chooseSchemas('music_store.public')
    await again.chooseTables('public.genre')
    await again.chooseNetwork()
    await again.option('Kept in', 'Passfile')
    await again.fill('Path', first.passfile)
    again.press('enter')
    await again.rehearse()
    // What is granted already is not granted again.
    expect(again.screen()).not.toContain('GRANT SELECT')
    await again.apply()
    await again.finish()
    expect(first.savedFiles()).toEqual(expect.arrayContaining([...files]))
    expect(first.savedFiles()).toHaveLength(6)
    const replaced = first.storedPassword('atlan_user')
    expect(replaced).not.toBe(password)
    expect(await scene.asLogin(first, 'atlan_user', 'music_store', ['select from public.genre'])).toEqual([
      'done',
    ])
  })
})

describe('the question of the roles', () => {
  it('refuses what cannot be a name here, with the reason, and takes one of 63 bytes', async () => {
    const wizard = await atRoles()
    for (const [field, name, reason] of [
      ['Login role', 'postgres', 'postgres exists and has SUPERUSER'],
      ['Login role', 'store_owner', /store_owner exists and owns \d+ objects/],
      ['Login role', 'public', 'public means something else in GRANT'],
      ['Login role', 'pg_reader', 'PostgreSQL keeps role names that begin with pg_'],
      ['Login role', '', 'The role has no name.'],
      ['Login role', 'é'.repeat(32), 'has 64 bytes; PostgreSQL keeps 63'],
      ['Login role', 'atlan_user_role', 'The group and the login need different names.'],
      ['Group role', 'pg_monitor', 'PostgreSQL keeps role names that begin with pg_'],
    ] as const) {
      await wizard.fill(field, name)
      wizard.press('enter')
      await wizard.waitFor(reason)
      await wizard.at('Roles and sign-in')
      await wizard.fill(field, 'a_good_name')
    }
    await wizard.fill('Login role', `${'é'.repeat(31)}x`)
    wizard.press('enter')
    await wizard.at('Schemas')
    await wizard.leave()
  })

  it('says of an address that is none of RDS that AWS knows nothing of it, and leads back to the password', async () => {
    const wizard = await atRoles()
    await wizard.option('Signs in with', 'AWS IAM')
    wizard.press('enter')
    await wizard.at('AWS')
    await wizard.fill('Region', 'eu-central-1')
    wizard.press('esc')
    await wizard.at('Roles and sign-in')
    await wizard.option('Signs in with', 'password')
    wizard.press('enter')
    await wizard.at('Schemas')
    await wizard.leave()
  })
})

describe('names that break what quotes by hand', () => {
  const database = 'mu"sic; drop database music_store --'
  const schema = "it's a.schema 🎟️"
  const login = 'to"ol $1 🎟️ o\'x'
  const group = '"); drop role postgres; --'
  const tables = ['line\nbreak', 'semi;colon"', "quo'te $$", 'ta\tble.dot', 'a'.repeat(63)]
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

  it('go through the whole wizard, from the database to the role', async () => {
    const { server } = scene
    await server.sql(`create database ${quoted(database)}`)
    try {
      await server.sql(
        [
          `create schema ${quoted(schema)}`,
          ...[...tables, 'other'].map(each => `create table ${quoted(schema)}.${quoted(each)} (id int)`),
        ].join(';'),
        database,
      )
      const wizard = await scene.open({ database })
      await wizard.throughRoles('Atlan', { login, group })
      await wizard.waitFor('Which schemas')
      await wizard.checkFound("it's")
      wizard.press('enter')
      await wizard.at('Tables')
      await wizard.waitFor('line\\nbreak')
      await wizard.checkFound('break', 'semi;', "quo'te", 'ble.dot', 'aaaaa')
      wizard.press('enter')
      await wizard.at('Network')
      await wizard.throughPlan()
      await wizard.rehearse()
      await wizard.apply()
      expect(await wizard.finish()).toMatchObject({ exitCode: 0 })
      expect(chosenIn(wizard.savedAnswers()).toSorted()).toEqual(
        tables.map(each => `${database}.${schema}.${each}`).toSorted(),
      )
      expect(
        await scene.asLogin(wizard, login, database, [
          ...tables.map(each => `select from ${quoted(schema)}.${quoted(each)}`),
          `select from ${quoted(schema)}.other`,
        ]),
      ).toEqual([...tables.map(() => 'done'), 'permission denied for table other'])
      expect(await scene.role(login)).toMatchObject({ attributes: ['LOGIN'] })
      expect(await scene.role('postgres')).not.toBeNull()
    } finally {
      await scene.clear()
      await server.sql(`drop database ${quoted(database)} with (force)`)
    }
  })
})
