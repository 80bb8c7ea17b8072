import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openTerminal } from '../support/terminal.ts'
import { program } from './program.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

let scene: WizardScene
beforeAll(async () => {
  scene = await setWizardScene()
})
afterAll(() => scene.end())

const folder = mkdtempSync(join(tmpdir(), 'connect-ahead-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Sessions of ours, oldest first. */
async function sessions(): Promise<readonly number[]> {
  const rows = await scene.server.sql(
    "select pid from pg_stat_activity where application_name = 'pg-usher' order by backend_start",
  )
  return rows.map(({ pid }) => Number(pid))
}

const waitFor = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 20 })

describe('a server that is named at the start', () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise(resolve => server.close(resolve))
  })

  /** Accepts and never answers. */
  async function silentServer(): Promise<{ readonly port: number; readonly accepted: Socket[] }> {
    const accepted: Socket[] = []
    const server = createServer(socket => accepted.push(socket.on('error', () => {})))
    servers.push(server)
    onTestFinished(() => {
      for (const socket of accepted) socket.destroy()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return { port: (server.address() as AddressInfo).port, accepted }
  }

  it('is on its way before the screen is loaded, and the screen does not wait for its answer', async () => {
    const { port, accepted } = await silentServer()
    const list = join(folder, 'order')
    const hook = join(folder, 'hook.cjs')
    writeFileSync(
      hook,
      `const said = []
      const note = what => said.includes(what) || said.push(what)
      const { Socket } = require('node:net')
      const { connect } = Socket.prototype
      Socket.prototype.connect = function (...all) { note('connect'); return connect.apply(this, all) }
      const { Instance } = WebAssembly
      WebAssembly.Instance = function (...all) { note('layout engine'); return new Instance(...all) }
      const { write } = process.stdout
      process.stdout.write = function (text, ...all) {
        if (String(text).includes('Which tool')) note('first frame')
        return write.call(this, text, ...all)
      }
      process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, said.join()))`,
    )
    const terminal = openTerminal({
      command: process.execPath,
      args: ['--require', hook, program, `postgresql://admin@127.0.0.1:${port}/shop`],
    })
    onTestFinished(() => terminal.close())
    await terminal.waitFor('Which tool shall see the database?')
    await waitFor(async () => expect(accepted.length).toBe(1))
    // It says something as soon as what speaks to it is loaded: SSLRequest (manual, 54.2.10).
    const [socket] = accepted
    const first = await new Promise<Buffer>(resolve => socket?.once('data', resolve))
    expect(first.readInt32BE(4)).toBe(80_877_103)
    terminal.press('ctrl-c', 'ctrl-c')
    await terminal.waitForExit()
    expect(readFileSync(list, 'utf8')).toBe('connect,layout engine,first frame')
    expect(accepted.length).toBe(1)
  })

  it('is not asked for where nobody has named one', async () => {
    const { port, accepted } = await silentServer()
    // The port alone names no server.
    const terminal = openTerminal({
      command: process.execPath,
      args: [program],
      env: { PGPORT: String(port) },
    })
    onTestFinished(() => terminal.close())
    await terminal.waitFor('Which tool shall see the database?')
    terminal.press('enter')
    await terminal.waitFor(/Port +\S*\d/)
    expect(accepted.length).toBe(0)
    terminal.press('ctrl-c', 'ctrl-c')
    await terminal.waitForExit()
  })

  it.each(['options', 'variables', 'URL', 'service'] as const)('is connected to: %s', async by => {
    const { host, port, adminUser, adminPassword } = scene.server
    const service = scene.save(
      'pg_service.conf',
      `[here]\nhost=${host}\nport=${port}\nuser=${adminUser}\npassword=${adminPassword}\ndbname=music_store\n`,
    )
    const wizard = await scene.open({
      connection: by === 'options' ? 'options' : 'none',
      ...(by === 'URL' ? { args: [`postgresql://${adminUser}@${host}:${port}/music_store`] } : {}),
      ...(by === 'service' ? { args: ['--service', 'here'], env: { PGSERVICEFILE: service } } : {}),
      ...(by === 'variables'
        ? { env: { PGHOST: host, PGPORT: String(port), PGUSER: adminUser, PGDATABASE: 'music_store' } }
        : {}),
    })
    await waitFor(async () => expect((await sessions()).length).toBe(1))
    const [begun] = await sessions()
    await wizard.chooseTool('Atlan')
    wizard.press('enter')
    await wizard.waitFor('Connected: PostgreSQL 18')
    // Of others the databases are read; one that was not taken would have been closed before.
    expect(await sessions()).toContain(begun)
    await wizard.leave()
    await waitFor(async () => expect(await sessions()).toEqual([]))
  })

  it('is left alone again where another one is asked for, and where the person leaves', async () => {
    const wizard = await scene.open()
    await waitFor(async () => expect((await sessions()).length).toBe(1))
    const [begun] = await sessions()
    await wizard.chooseTool('Atlan')
    await wizard.fill('Database', 'postgres')
    wizard.press('enter')
    await wizard.waitFor('Connected: PostgreSQL 18')
    expect(await sessions()).not.toContain(begun)
    await wizard.leave()
    await waitFor(async () => expect(await sessions()).toEqual([]))
    const second = await scene.open()
    await waitFor(async () => expect((await sessions()).length).toBe(1))
    await second.leave()
    await waitFor(async () => expect(await sessions()).toEqual([]))
  })

  it('is connected to anew where the connection was lost before anybody asked', async () => {
    const wizard = await scene.open()
    await waitFor(async () => expect((await sessions()).length).toBe(1))
    const [begun] = await sessions()
    await scene.server.sql('select pg_terminate_backend($1)', 'postgres', [begun])
    await waitFor(async () => expect(await sessions()).toEqual([]))
    await wizard.chooseTool('Atlan')
    wizard.press('enter')
    await wizard.waitFor('Connected: PostgreSQL 18')
    await wizard.leave()
  })

  it('is told a wrong password once, not once ahead and once more', async () => {
    const failures = async () => (await scene.server.log()).split('password authentication failed').length - 1
    const before = await failures()
    const wizard = await scene.open({ env: { PGPASSWORD: 'wrong' } })
    await waitFor(async () => expect(await failures()).toBe(before + 1))
    await wizard.chooseTool('Atlan')
    wizard.press('enter')
    await wizard.waitFor('refuses the password of postgres')
    expect(await failures()).toBe(before + 1)
    wizard.type(scene.server.adminPassword)
    wizard.press('enter')
    await wizard.waitFor('Connected: PostgreSQL 18')
    await wizard.leave()
  })
})
