import { userInfo } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer, tlsFiles } from '../support/server.ts'
import { openWizard, type Wizard } from '../support/wizard.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

/** It has TLS; the sample is on it. */
let scene: WizardScene
let withoutTls: TestServer
beforeAll(async () => {
  ;[scene, withoutTls] = await Promise.all([setWizardScene({ tls: true }), startServer()])
  await scene.server.sql(`create role boss superuser login password '${scene.server.adminPassword}'`)
})
afterAll(() => Promise.all([scene.end(), withoutTls.stop()]))

/** What a screen says, without the lines in which it wraps. */
const said = (wizard: Wizard) => wizard.screen().replaceAll(/\s+/g, ' ')

describe('the password of the administrator', () => {
  it('is asked for when the server wants one, masked, wrong once and then right', async () => {
    const wizard = await scene.open({ env: { PGPASSFILE: undefined } })
    await wizard.chooseTool('Atlan')
    wizard.press('enter')
    await wizard.waitFor('asks for the password of postgres')
    expect(wizard.row('Password')).toContain('used now, never kept')
    wizard.type('not-the-password')
    await wizard.waitFor(/Password +∙{16}/)
    wizard.press('enter')
    await wizard.waitFor('refuses the password of postgres')
    expect(wizard.row('Password')).not.toContain('∙')
    wizard.paste(`${scene.server.adminPassword}\n`)
    wizard.press('enter')
    await wizard.waitFor('Connected: PostgreSQL 18')
    expect(wizard.row('Password')).toBeUndefined()
    wizard.press('enter')
    await wizard.at('Address for the tool')
    await wizard.leave()
    expect(wizard.bytes()).not.toContain('not-the-password')
    expect(wizard.bytes()).not.toContain(scene.server.adminPassword)
  })

  it('in a passfile that others can read is not used, and that is said', async () => {
    const wizard = await scene.open({
      env: { PGPASSFILE: scene.save('open-passfile', `*:*:*:*:${scene.server.adminPassword}\n`) },
    })
    await wizard.chooseTool('Atlan')
    wizard.press('enter')
    await wizard.waitFor(/is ignored: it may be\s+read by others/)
    await wizard.leave()
  })
})

describe('a connection that fails says why, and the next try goes through', () => {
  it('unknown host, refused port, missing database', async () => {
    const wizard = await scene.open()
    await wizard.chooseTool('Atlan')
    await wizard.fill('Host', 'no-such-host.invalid')
    wizard.press('enter')
    await wizard.waitFor(
      /There is no host named no-such-host|The name no-such-host\.invalid cannot be looked up/,
    )
    await wizard.fill('Host', scene.server.host)
    await wizard.fill('Port', '1')
    wizard.press('enter')
    await wizard.waitFor('127.0.0.1:1 refuses the connection: nothing listens there.')
    await wizard.fill('Port', String(scene.server.port))
    await wizard.fill('Database', 'no_such_database')
    wizard.press('enter')
    await wizard.waitFor('There is no database no_such_database')
    await wizard.fill('Database', 'music_store')
    wizard.press('enter')
    await wizard.waitFor('Connected: PostgreSQL 18')
    expect(wizard.screen()).toContain('with TLS')
    await wizard.leave()
  })

  it('no line of pg_hba.conf without TLS: shows the line, and TLS as the other way', async () => {
    await scene.server.setHba(['hostssl all boss 127.0.0.1/32 scram-sha-256', letsTheTestsIn])
    try {
      const wizard = await scene.open({ user: 'boss' })
      await wizard.chooseTool('Atlan')
      await wizard.option('TLS', 'off')
      wizard.press('enter')
      await wizard.waitFor('pg_hba.conf')
      expect(said(wizard)).toContain('host music_store boss 127.0.0.1/32 scram-sha-256')
      expect(said(wizard)).toContain('Or connect with TLS')
      await wizard.option('TLS', 'if offered')
      await wizard.connect()
      await wizard.leave()
    } finally {
      await scene.server.setHba([letsAllIn])
    }
  })

  it('a line that rejects: shows the line to put above it', async () => {
    await scene.server.setHba(['host all boss 127.0.0.1/32 reject', letsTheTestsIn])
    try {
      const wizard = await scene.open({ user: 'boss' })
      await wizard.chooseTool('Atlan')
      wizard.press('enter')
      await wizard.waitFor('above the line that rejects it')
      expect(said(wizard)).toContain('hostssl music_store boss 127.0.0.1/32 scram-sha-256')
      await wizard.leave()
    } finally {
      await scene.server.setHba([letsAllIn])
    }
  })

  it('TLS required of a server without it', async () => {
    const wizard = await openWizard({ server: withoutTls, folder: scene.folder, database: 'postgres' })
    await wizard.chooseTool('Atlan')
    await wizard.option('TLS', 'required')
    wizard.press('enter')
    await wizard.waitFor('speaks no TLS')
    // The keys stand where the answer is to be changed.
    await wizard.option('TLS', 'off')
    await wizard.connect()
    await wizard.leave()
  })

  it('a certificate whose authority is not known, and then is', async () => {
    const wizard = await scene.open()
    await wizard.chooseTool('Atlan')
    await wizard.option('TLS', 'verified')
    wizard.press('enter')
    await wizard.waitFor(/is not\s+trusted: its authority is not known\s+here/)
    await wizard.fill('CA file', tlsFiles.authorityFile)
    await wizard.connect()
    await wizard.leave()
  })
})

describe('where the fields have their values from', () => {
  it('the variables of libpq, each named', async () => {
    const { host, port, adminUser } = scene.server
    const wizard = await scene.open({
      connection: 'none',
      env: { PGHOST: host, PGPORT: String(port), PGUSER: adminUser, PGDATABASE: 'warehouse' },
    })
    await wizard.chooseTool('Atlan')
    expect(wizard.row('Host')).toMatch(/127\.0\.0\.1\S* +from PGHOST$/)
    expect(wizard.row('Port')).toMatch(/\d +from PGPORT$/)
    expect(wizard.row('User')).toMatch(/postgres +from PGUSER$/)
    expect(wizard.row('Database')).toMatch(/warehouse +from PGDATABASE$/)
    await wizard.connect()
    await wizard.leave()
  })

  it('a service, with its password', async () => {
    const { host, port, adminUser, adminPassword } = scene.server
    const service = scene.save(
      'pg_service.conf',
      `[music]\nhost=${host}\nport=${port}\nuser=${adminUser}\ndbname=music_store\npassword=${adminPassword}\n`,
    )
    const wizard = await scene.open({
      connection: 'none',
      args: ['service=music'],
      env: { PGSERVICEFILE: service, PGPASSFILE: undefined },
    })
    await wizard.chooseTool('Atlan')
    expect(wizard.row('Host')).toMatch(/127\.0\.0\.1\S* +from service music in /)
    await wizard.connect()
    await wizard.leave()
  })

  it('the system user, over the socket: peer needs no password, and the tool is given no socket', async () => {
    const { username } = userInfo()
    const { server } = scene
    await server.sql(`create role "${username}" superuser login`)
    await server.setHba(['local all all peer', letsAllIn])
    try {
      const wizard = await scene.open({
        server: { ...server, host: server.socketDirectory },
        user: username,
        env: { PGPASSFILE: undefined },
      })
      await wizard.chooseTool('Atlan')
      wizard.press('enter')
      await wizard.waitFor(`${username} is a superuser.`)
      wizard.press('enter')
      await wizard.at('Address for the tool')
      expect(wizard.row('Host')).not.toContain(server.socketDirectory)
      wizard.press('enter')
      await wizard.waitFor('The name or address by which the tool reaches this server')
      await wizard.nameAddress()
      await wizard.leave()
    } finally {
      await server.setHba([letsAllIn])
    }
  })
})

describe('a URL', () => {
  it('on the command line fills the fields, each with where it is from', async () => {
    const { host, port } = scene.server
    const wizard = await openWizard({
      server: scene.server,
      folder: scene.folder,
      args: [`postgresql://boss@${host}:${port}/warehouse?sslmode=require`],
      connection: 'none',
    })
    await wizard.chooseTool('Atlan')
    expect(wizard.row('User')).toMatch(/boss +from the command line/)
    expect(wizard.row('Database')).toMatch(/warehouse +from the command line/)
    expect(wizard.row('TLS')).toContain('◉ required')
    await wizard.connect()
    await wizard.leave()
  })

  it('with a password in it is warned about, and the password is not shown', async () => {
    const { host, port, adminPassword } = scene.server
    const wizard = await openWizard({
      server: scene.server,
      folder: scene.folder,
      args: [`postgresql://boss:${adminPassword}@${host}:${port}/warehouse`],
      env: { PGPASSFILE: undefined },
      connection: 'none',
    })
    await wizard.waitFor("The password in the URL stands in your shell's history")
    await wizard.chooseTool('Atlan')
    await wizard.connect()
    await wizard.leave()
    expect(wizard.scrollback()).toMatch(/^pg-usher: The password in the URL stands/)
    expect(wizard.bytes()).not.toContain(adminPassword)
  })

  it('pasted into Host fills the fields', async () => {
    const { host, port } = scene.server
    const wizard = await scene.open()
    await wizard.chooseTool('Atlan')
    await wizard.fill('Host', '')
    wizard.paste(`postgresql://boss@${host}:${port}/warehouse?sslmode=require`)
    await wizard.waitFor(/User +boss/)
    expect(wizard.row('Host')).toContain(host)
    expect(wizard.row('Database')).toContain('warehouse')
    expect(wizard.row('TLS')).toContain('◉ required')
    await wizard.connect()
    await wizard.leave()
  })
})

describe('a server or an administrator that cannot do it', () => {
  it('read-only: said at once, and no plan is applied', async () => {
    await scene.server.sql('alter role boss set default_transaction_read_only = on')
    try {
      const wizard = await scene.open({ user: 'boss' })
      await wizard.chooseTool('Atlan')
      wizard.press('enter')
      await wizard.waitFor('it cannot be applied here')
      expect(said(wizard)).toMatch(/read-only/)
      await wizard.leave()
    } finally {
      await scene.server.sql('alter role boss reset all')
    }
  })

  it('nothing chosen: no schema, then no table', async () => {
    const wizard = await scene.open()
    await wizard.throughRoles()
    await wizard.waitFor('Which schemas')
    wizard.press('enter')
    await wizard.waitFor('No schema is chosen yet: the tool would see nothing.')
    // A schema without any table.
    await wizard.chooseSchemas('warehouse.public')
    await wizard.waitFor('Which tables?')
    wizard.press('enter')
    await wizard.waitFor('The chosen schemas have no table: the tool would see nothing.')
    await wizard.at('Tables')
    await wizard.leave()
  })

  it('a database without any schema', async () => {
    await scene.server.sql('create database bare')
    try {
      await scene.server.sql('drop schema public', 'bare')
      const wizard = await scene.open({ database: 'bare' })
      await wizard.throughRoles()
      await wizard.waitFor('bare  0/0')
      await wizard.leave()
    } finally {
      await scene.server.sql('drop database bare with (force)')
    }
  })
})

const letsTheTestsIn = 'host all postgres 127.0.0.1/32 scram-sha-256'
const letsAllIn = 'host all all 127.0.0.1/32 scram-sha-256'
