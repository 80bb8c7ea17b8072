import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '../support/server.ts'
import { chosenIn, setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterEach(() => scene.clear())
afterAll(() => scene.end())

describe('the way back', () => {
  it('leads from every screen, and every answer is kept', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles('Atlassian Analytics', {
      layout: 'the login itself',
      login: 'charts',
      connections: '4',
      validUntil: '2031-08-31',
      timeout: '45',
      readOnly: 'no',
    })
    await wizard.chooseSchemas('music_store.reporting')
    await wizard.chooseTables('reporting.artist_sales')
    await wizard.option('Addresses', 'typed in')
    await wizard.fill('Ranges', '192.0.2.7, 2001:db8::/48')
    wizard.press('enter')
    await wizard.waitFor('Enter again takes these all the same.')
    await wizard.chooseNetwork()
    await wizard.keepInPassfile()
    await wizard.waitFor('r rehearses')

    wizard.press('esc')
    await wizard.at('Password')
    expect(wizard.row('Path')).toContain(wizard.passfile)
    wizard.press('shift-tab')
    await wizard.at('Network')
    expect(wizard.row('Ranges')).toContain('192.0.2.7, 2001:db8::/48')
    wizard.press('esc')
    await wizard.at('Tables')
    expect(wizard.screen()).toContain('◉ artist_sales')
    expect(wizard.screen()).toContain('music_store.reporting  1/10')
    wizard.press('shift-tab')
    await wizard.at('Schemas')
    expect(wizard.screen()).toContain('◉ reporting')
    expect(wizard.screen()).toContain('1 chosen')
    wizard.press('esc')
    await wizard.at('Roles and sign-in')
    for (const [label, value] of [
      ['Privileges on', '◉ the login itself'],
      ['Login role', 'charts'],
      ['Connections', '4'],
      ['Valid until', '2031-08-31'],
      ['Statement timeout', '45'],
      ['Read-only by default', '◉ no'],
    ] as const)
      expect(wizard.row(label)).toContain(value)
    wizard.press('shift-tab')
    await wizard.at('Address for the tool')
    expect(wizard.row('Host')).toContain('db.example.com')
    wizard.press('esc')
    await wizard.at('Connection')
    expect(wizard.screen()).toContain('Connected: PostgreSQL')
    wizard.press('shift-tab')
    await wizard.at('Tool')
    expect(wizard.screen()).toContain('❯ Atlassian Analytics')

    // And forward again with Enter alone.
    for (const title of [
      'Connection',
      'Address for the tool',
      'Roles and sign-in',
      'Schemas',
      'Tables',
      'Network',
      'Password',
      'Review',
    ] as const) {
      wizard.press('enter')
      await wizard.at(title)
    }
    await wizard.waitFor('r rehearses')
    // Nothing is written before one says so.
    expect(wizard.savedFiles()).toEqual([])
    expect(await wizard.saveAnswers()).toMatchObject({
      roles: { layout: 'login', login: 'charts' },
      limits: {
        connectionLimit: 4,
        validUntil: '2031-08-31T23:59:59.000Z',
        statementTimeout: 45,
        readOnly: false,
      },
      network: { from: 'typed', cidrs: ['192.0.2.7/32', '2001:db8::/48'] },
      endpoint: { host: 'db.example.com', port: 5432 },
    })
    expect(chosenIn(wizard.savedAnswers())).toEqual(['music_store.reporting.artist_sales'])
    expect(wizard.savedFiles()).toEqual(['atlassian-analytics-answers.json', 'atlassian-analytics.sql'])
  })

  it('is open from a field that is not valid, and keeps what was typed', async () => {
    const wizard = await scene.open()
    await wizard.chooseTool('Atlan')
    await wizard.fill('Port', 'abc')
    wizard.press('enter')
    await wizard.waitFor('A port is a number from 1 to 65535.')
    wizard.press('esc')
    await wizard.chooseTool('Atlan')
    expect(wizard.row('Port')).toContain('abc')
    await wizard.fill('Port', String(scene.server.port))
    await wizard.connect()
    await wizard.fill('Host', '/var/run/postgresql')
    wizard.press('enter')
    await wizard.waitFor('A host name or an address, not a socket or a URL.')
    wizard.press('shift-tab')
    await wizard.at('Connection')
    wizard.press('enter')
    await wizard.at('Address for the tool')
    expect(wizard.row('Host')).toContain('/var/run/postgresql')
    await wizard.nameAddress()
    await wizard.fill('Valid until', '2031-02-30')
    wizard.press('enter')
    await wizard.waitFor('A date such as 2027-06-30')
    wizard.press('esc')
    await wizard.at('Address for the tool')
    wizard.press('enter')
    await wizard.at('Roles and sign-in')
    expect(wizard.row('Valid until')).toContain('2031-02-30')
    await wizard.leave()
  })

  it('is a list of the steps reached, back and forward', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles()
    await wizard.chooseSchemas('music_store.public')
    await wizard.waitFor('Which tables?')
    await wizard.check('public.genre')
    wizard.press('ctrl-g')
    await wizard.waitFor('Go to')
    expect(wizard.screen()).toContain('❯ 6 Tables')
    expect(wizard.screen()).not.toContain('7 Network')
    wizard.press('home', 'enter')
    await wizard.at('Tool')
    wizard.press('ctrl-g', 'end', 'enter')
    await wizard.at('Tables')
    expect(wizard.screen()).toContain('◉ genre')
    // A changed field is never passed over: it is checked before the jump.
    wizard.press('ctrl-g', 'up', 'up', 'enter')
    await wizard.at('Roles and sign-in')
    await wizard.fill('Connections', '0')
    wizard.press('ctrl-g', 'end', 'enter')
    await wizard.waitFor('A number of connections from 1')
    await wizard.at('Roles and sign-in')
    await wizard.leave()
  })
})

describe('an answers file', () => {
  it('opens the wizard with everything answered: Enter leads to the plan, and Ctrl-S saves its SQL', async () => {
    const answers = scene.answers('atlassian-analytics')
    const wizard = await scene.open({
      connection: 'none',
      args: ['--answers', scene.save('given.json', answers)],
    })
    await wizard.throughAnswered('Atlassian Analytics')
    await wizard.waitFor('r rehearses')
    const saved = await wizard.saveAnswers()
    // In the order of the screen.
    expect(chosenIn(saved).toSorted()).toEqual(chosenIn(answers).toSorted())
    expect({ ...saved, databases: [] }).toEqual({ ...answers, databases: [] })
    expect(saved.databases[0]?.schemas[0]).toMatchObject({ name: 'public', laterTablesOf: ['store_owner'] })
    await wizard.waitFor(/Saved .*atlassian-analytics\.sql/s)
    wizard.press('ctrl-s')
    await wizard.waitFor('-2.sql')
    expect(wizard.savedFiles()).toEqual([
      'atlassian-analytics-2.sql',
      'atlassian-analytics-answers.json',
      'atlassian-analytics.sql',
    ])
    await wizard.leave()
    expect(await scene.role('atlassian_read_only_user')).toBeNull()
  })
})

describe('an early answer that is changed', () => {
  it('clears what no longer fits, and says so: another tool', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles('Atlan', { layout: 'the login itself', login: 'mine' })
    wizard.press('ctrl-g', 'home', 'enter')
    await wizard.chooseTool('Atlassian Analytics')
    await wizard.waitFor('No longer fits and was cleared: role names, access and network.')
    wizard.press('enter')
    await wizard.at('Address for the tool')
    expect(wizard.row('Host')).toContain('db.example.com')
    wizard.press('enter')
    await wizard.at('Roles and sign-in')
    expect(wizard.row('Login role')).toContain('atlassian_read_only_user')
    await wizard.leave()
  })

  it('clears what no longer fits, and says so: a schema taken out', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles()
    await wizard.chooseSchemas('music_store.public', 'music_store.reporting')
    await wizard.chooseTables('public.genre', 'reporting.artist_sales', 'reporting.daily_revenue')
    wizard.press('ctrl-g', 'up', 'up', 'enter')
    await wizard.at('Schemas')
    // From public on to reporting, and out with it.
    wizard.press('down', 'space', 'enter')
    await wizard.waitFor('cleared: 2 chosen in reporting')
    await wizard.at('Tables')
    await wizard.waitFor('music_store.public  1/11')
    wizard.press('enter')
    await wizard.at('Network')
    await wizard.throughPlan()
    await wizard.waitFor('r rehearses')
    expect(chosenIn(await wizard.saveAnswers())).toEqual(['music_store.public.genre'])
    await wizard.leave()
  })

  it('clears what no longer fits, and says so: another server', async () => {
    const other = await startServer()
    try {
      const wizard = await scene.open()
      await wizard.throughRoles()
      await wizard.chooseSchemas('music_store.public')
      await wizard.waitFor('Which tables?')
      await wizard.check('public.genre')
      wizard.press('ctrl-g', 'home', 'down', 'enter')
      await wizard.at('Connection')
      await wizard.fill('Port', String(other.port))
      await wizard.fill('Database', 'postgres')
      wizard.press('enter')
      await wizard.waitFor('cleared: the address for the tool; schemas and tables.')
      wizard.press('enter')
      await wizard.at('Address for the tool')
      await wizard.nameAddress('db2.example.com')
      await wizard.nameRoles()
      await wizard.waitFor('0 chosen')
      expect(wizard.screen()).not.toContain('music_store')
      await wizard.leave()
    } finally {
      await other.stop()
    }
  })
})

describe('leaving', () => {
  it('asks once; a second Ctrl-C leaves with 130, the terminal and its scrollback as before', async () => {
    const wizard = await scene.open()
    const before = await scene.snapshot()
    await wizard.throughRoles()
    expect(wizard.modes()).toMatchObject({ alternateScreen: true, bracketedPaste: true })
    wizard.press('ctrl-c')
    await wizard.waitFor('Leave pg-usher?')
    wizard.press('esc')
    await wizard.waitFor('Which schemas may it see into?')
    expect(await wizard.leave()).toEqual({ exitCode: 130, signal: 0 })
    expect(wizard.modes()).toEqual({
      alternateScreen: false,
      cursorVisible: true,
      bracketedPaste: false,
      mouseTracking: false,
      focusEvents: false,
    })
    expect(wizard.scrollback()).toBe(
      'Nothing was changed on the server.\nYour answers are kept: the next start of pg-usher offers them.',
    )
    expect(await scene.snapshot()).toEqual(before)
  })

  it('by two Ctrl-C in one packet', async () => {
    const wizard = await scene.open()
    wizard.press('ctrl-c', 'ctrl-c')
    expect(await wizard.waitForExit()).toEqual({ exitCode: 130, signal: 0 })
  })

  it('by Esc on the first screen asks too', async () => {
    const wizard = await scene.open()
    wizard.press('esc')
    await wizard.waitFor('Leave pg-usher?')
    wizard.type('n')
    await wizard.waitFor('Which tool shall see the database?')
    await wizard.leave()
  })
})

describe('keys that arrive in one packet', () => {
  it('act one after the other: ten arrow-downs and a Space choose the eleventh table', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles()
    await wizard.chooseSchemas('music_store.public')
    await wizard.waitFor('Which tables?')
    // The cursor begins on the first of eleven tables in the order of their names: the eleventh is `track`.
    wizard.press(...Array.from({ length: 10 }, () => 'down' as const), 'space', 'enter')
    await wizard.at('Network')
    await wizard.throughPlan()
    await wizard.rehearse()
    await wizard.apply()
    await wizard.finish()
    expect(chosenIn(wizard.savedAnswers())).toEqual(['music_store.public.track'])
    expect(
      await scene.server.sql(
        "select relname from pg_class where relacl::text like '%atlan_user_role=r%'",
        'music_store',
      ),
    ).toEqual([{ relname: 'track' }])
  })

  it('may be typed ahead over several screens', async () => {
    const wizard = await scene.open()
    wizard.press('down', 'enter')
    await wizard.at('Connection')
    expect(wizard.screen()).toContain('Atlassian Analytics')
    await wizard.leave()
  })
})
