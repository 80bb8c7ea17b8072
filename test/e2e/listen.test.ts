import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type CrashingServer, crashing } from '../support/crash-server.ts'
import { probe } from '../support/hba/probe.ts'
import { majorsInDepth } from '../support/server.ts'
import { startPausingProxy } from './pausing-proxy.ts'
import { runProgram, startProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

/** An address of this machine in its network; where it has none, one that only `*` opens. */
const own = Object.values(networkInterfaces())
  .flatMap(all => all ?? [])
  .find(({ address, family }) => family === 'IPv4' && !address.startsWith('127.'))?.address

describe.each(majorsInDepth)('where PostgreSQL %i listens', major => {
  let scene: Scene
  let crash: CrashingServer
  beforeAll(async () => {
    scene = await setScene({ major })
    crash = crashing(scene.server)
  })
  afterEach(async () => {
    await scene.server.sql('ALTER SYSTEM RESET listen_addresses')
    for (const database of ['music_store', 'warehouse'])
      await scene.server.sql('DROP OWNED BY atlan_user_role', database).catch(() => {})
    await scene.server.sql('DROP ROLE IF EXISTS atlan_user, atlan_user_role')
    rmSync(scene.passfile, { force: true })
    rmSync(out(), { recursive: true, force: true })
  })
  afterAll(async () => {
    await crash.stop()
    await scene.end()
  })

  const elsewhere = own ?? '127.0.0.2'
  const value = own === undefined ? '*' : `127.0.0.1,${own}`
  const out = () => join(scene.folder, 'out')
  const answers = (listen: string) => ({
    ...scene.answers(),
    network: { from: 'typed' as const, cidrs: ['203.0.113.0/28'], listen },
  })
  const run = (command: string, listen: string, ...more: string[]) =>
    runProgram([command, '--answers', scene.save('listen.json', answers(listen)), ...more], {
      env: scene.env,
    })
  const restart = async () => {
    await crash.kill()
    await crash.start()
  }
  const says = () =>
    probe({
      host: elsewhere,
      port: scene.server.port,
      tls: false,
      user: 'anybody',
      database: 'postgres',
    }).then(
      answer => answer.says,
      error => error.code,
    )
  const file = () => readFileSync(join(scene.server.dataDirectory, 'postgresql.auto.conf'), 'utf8')
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ')

  it('is shown, set, announced; the server starts with it, and an undo puts it back', async () => {
    const sql = await run('plan', value)
    expect(sql).toMatchObject({ code: 0 })
    expect(sql.stdout).toContain(`ALTER SYSTEM SET listen_addresses = '${value}';`)
    expect(file()).not.toContain('listen_addresses')

    const end = await run('apply', value, '--yes', '--out', out())
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toContain(`ALTER SYSTEM SET listen_addresses = '${value}';`)
    expect(flat(end.stdout)).toContain(`listen_addresses is set to ${value}. It is in force after a restart`)
    // Nothing was restarted.
    expect(await says()).toBe('ECONNREFUSED')
    const again = await run('apply', value, '--yes')
    expect(again).toMatchObject({ code: 0 })
    expect(again.stdout).toContain('Nothing to do')
    expect(flat(again.stdout)).toContain('until somebody restarts the server it listens as before')
    await restart()
    expect(await says()).toBe('nobody')

    const receipt = readdirSync(out()).find(name => name.endsWith('.json')) ?? ''
    const undone = await runProgram(['undo', '--receipt', join(out(), receipt), '--yes'], { env: scene.env })
    expect(undone).toMatchObject({ code: 0, stderr: '' })
    expect(undone.stdout).toContain('ALTER SYSTEM RESET listen_addresses;')
    expect(file()).not.toContain('listen_addresses')
    expect(await says()).toBe('nobody')
    await restart()
    expect(await says()).toBe('ECONNREFUSED')
  })

  it('is not set to what would keep the server from starting', async () => {
    for (const wrong of ['203.0.113.7', '13.52.5.96 13.236.8.224', 'db.example.com']) {
      const end = await run('apply', wrong, '--yes')
      expect(end).toMatchObject({ code: 2 })
      expect(end.stderr).toContain('network.listen')
    }
    expect(file()).not.toContain('listen_addresses')
  })

  it('is not set for whom cannot see what the server makes of it', async () => {
    await scene.server.sql(`CREATE ROLE lesser LOGIN CREATEROLE PASSWORD 'lesser'`)
    const asked = answers('*')
    const document = scene.save('lesser.json', { ...asked, server: { ...asked.server, user: 'lesser' } })
    const env = { ...scene.env, PGPASSWORD: 'lesser' }
    const end = await runProgram(['plan', '--answers', document], { env })
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(flat(end.stderr)).toContain(
      'cannot be seen here, so it is not set either. Leave network.listen out',
    )
    await scene.server.sql('DROP ROLE lesser')
  })

  it('is as it was when a later start takes back a run that was killed after setting it', async () => {
    const proxy = await startPausingProxy(scene.server.port)
    const state = { ...scene.env, XDG_STATE_HOME: join(scene.folder, 'state') }
    const asked = answers(value)
    const document = scene.save('killed.json', { ...asked, server: { ...asked.server, port: proxy.port } })
    try {
      const program = startProgram(['apply', '--answers', document, '--yes'], { env: state })
      await program.until(proxy.pauseAt('ALTER SYSTEM', 1))
      // It looks at what it has set.
      const looks = proxy.pauseAt('pg_file_settings', 1)
      proxy.resume()
      await program.until(looks)
      expect(file()).toContain(`listen_addresses = '${value}'`)
      program.kill('SIGKILL')
      expect((await program.end).signal).toBe('SIGKILL')
      proxy.resume()
      const settled = await runProgram(['apply', '--answers', document, '--yes', '--resume', 'undo'], {
        env: state,
      })
      expect(flat(settled.stderr)).toContain(`listen_addresses may be set to ${value}`)
      expect(file()).not.toContain('listen_addresses')
    } finally {
      await proxy.close()
    }
  })
})
