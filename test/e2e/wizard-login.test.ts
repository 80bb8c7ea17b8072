import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { itInCi } from '../support/requires.ts'
import { chosenIn, setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

const groupRole = 'a group role'
const loginItself = 'the login itself'
const small = [60, 16] as const
const usual = [80, 24] as const
const names = {
  Atlan: { login: 'atlan_user', group: 'atlan_user_role' },
  'Atlassian Analytics': { login: 'atlassian_read_only_user', group: 'atlassian_read_only' },
} as const

interface Run {
  readonly tool: keyof typeof names
  readonly layout: typeof groupRole | typeof loginItself
  readonly size: typeof small | typeof usual
}

async function run({ tool, layout, size }: Run): Promise<void> {
  const { login, group } = names[tool]
  const wizard = await scene.open({ cols: size[0], rows: size[1] })
  await wizard.throughRoles(tool, { layout, connections: '7', validUntil: '2031-08-31', timeout: '45' })
  await wizard.chooseSchemas('music_store.public')
  await wizard.chooseTables('public.album', 'public.track')
  await wizard.throughPlan()
  await wizard.rehearse()
  await wizard.apply()
  expect(await wizard.finish()).toEqual({ exitCode: 0, signal: 0 })
  // Wrapped by a narrow terminal.
  expect(wizard.scrollback().replaceAll('\n', '')).toContain(
    `${login} can log in and reaches what was chosen; proved by logging in.`,
  )

  const said = await scene.asLogin(wizard, login, 'music_store', [
    'select * from public.album limit 1',
    'select * from public.track limit 1',
    'select from public.customer',
    'select from reporting.newsletter_subscriber',
    "insert into public.album values (9999, 'x', 1, now())",
    'set default_transaction_read_only = off',
    "insert into public.album values (9999, 'x', 1, now())",
    'delete from public.track',
    'create table public.mine (id int)',
    'create schema mine',
  ])
  expect(said).toEqual([
    'done',
    'done',
    'permission denied for table customer',
    'permission denied for schema reporting',
    'cannot execute INSERT in a read-only transaction',
    'done',
    'permission denied for table album',
    'permission denied for table track',
    'permission denied for schema public',
    'permission denied for database music_store',
  ])
  expect(await scene.role(login)).toEqual({
    attributes: ['LOGIN'],
    limit: 7,
    until: '2031-08-31T23:59:59.000Z',
    memberOf: layout === groupRole ? [group] : [],
    settings: ['default_transaction_read_only=on', 'statement_timeout=45s'],
  })
  expect(await scene.role(group)).toEqual(
    layout === groupRole ? { attributes: [], limit: -1, until: null, memberOf: [], settings: [] } : null,
  )
}

describe('from the first key to a login that works', () => {
  // Each tool, layout and size twice; in CI every combination.
  const title = '$tool, privileges on $layout, at $size.0 by $size.1'
  it.each<Run>([
    { tool: 'Atlan', layout: groupRole, size: usual },
    { tool: 'Atlan', layout: loginItself, size: small },
    { tool: 'Atlassian Analytics', layout: groupRole, size: small },
    { tool: 'Atlassian Analytics', layout: loginItself, size: usual },
  ])(title, run)
  itInCi.each<Run>([
    { tool: 'Atlan', layout: groupRole, size: small },
    { tool: 'Atlan', layout: loginItself, size: usual },
    { tool: 'Atlassian Analytics', layout: groupRole, size: usual },
    { tool: 'Atlassian Analytics', layout: loginItself, size: small },
  ])(title, run)

  it('over two databases, with tables made later by the owner, and nobody else', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles('Atlan')
    await wizard.chooseSchemas('music_store.public', 'warehouse.stock')
    await wizard.waitFor('Which tables?')
    await wizard.check('public.album', 'stock.to_reorder')
    // The cursor stands on the heading of the first schema.
    wizard.press('home')
    wizard.type('l')
    await wizard.waitFor('and tables made later by store_owner')
    wizard.press('enter')
    await wizard.at('Network')
    await wizard.throughPlan()
    await wizard.rehearse()
    await wizard.apply()
    await wizard.finish()

    expect(chosenIn(wizard.savedAnswers())).toEqual([
      'music_store.public.album',
      'warehouse.stock.to_reorder',
    ])
    try {
      await scene.server.sql(
        `set role store_owner; create table public.made_later (id int);
         reset role; create table public.made_by_another (id int)`,
        'music_store',
      )
      await scene.server.sql('set role store_owner; create table stock.made_later (id int)', 'warehouse')
      expect(
        await scene.asLogin(wizard, 'atlan_user', 'music_store', [
          'select from public.album',
          'select from public.made_later',
          'select from public.made_by_another',
          'select from public.artist',
        ]),
      ).toEqual([
        'done',
        'done',
        'permission denied for table made_by_another',
        'permission denied for table artist',
      ])
      expect(
        await scene.asLogin(wizard, 'atlan_user', 'warehouse', [
          'select from stock.to_reorder',
          'select from stock.product',
          'select from stock.made_later',
        ]),
      ).toEqual(['done', 'permission denied for table product', 'permission denied for table made_later'])
    } finally {
      await scene.server.sql('drop table public.made_later, public.made_by_another', 'music_store')
      await scene.server.sql('drop table stock.made_later', 'warehouse')
    }
  })

  it.each([
    // genre has two columns. REFERENCES shows them, and no rows.
    { access: 'metadata', keys: 't', heading: 'Names, no rows.', columns: 2 },
    { access: 'usage', keys: 'tt', heading: 'None is seen.', columns: 0 },
  ])('with $access alone: $columns columns in information_schema, and no rows', async each => {
    const wizard = await scene.open()
    await wizard.throughRoles('Atlan')
    await wizard.chooseSchemas('music_store.public')
    await wizard.waitFor('Which tables? With rows.')
    wizard.type(each.keys)
    await wizard.waitFor(each.heading)
    await wizard.chooseTables('public.invoiceline', 'public.genre')
    await wizard.throughPlan()
    await wizard.rehearse()
    await wizard.apply()
    await wizard.finish()
    expect(wizard.savedAnswers().access).toBe(each.access)
    const client = await scene.server.client({
      database: 'music_store',
      user: 'atlan_user',
      password: wizard.storedPassword('atlan_user') ?? '',
    })
    try {
      const { rows } = await client.query(
        "select from information_schema.columns where table_schema = 'public' and table_name = 'genre'",
      )
      expect(rows).toHaveLength(each.columns)
      await expect(client.query('select from public.genre')).rejects.toThrow('permission denied')
    } finally {
      await client.end()
    }
  })
})
