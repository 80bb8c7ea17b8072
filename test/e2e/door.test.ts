import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { HbaApply } from '../../src/model/answers.ts'
import { probe } from '../support/hba/probe.ts'
import { isCi } from '../support/requires.ts'
import { type Major, majorsInDepth } from '../support/server.ts'
import { runProgram, startProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

const rules = [
  'local all all scram-sha-256',
  'host all postgres 127.0.0.1/32 scram-sha-256',
  'host all all 127.77.0.0/16 reject',
  'host all all 127.0.0.0/8 scram-sha-256',
]

/** Each way with CI=true; a person's run takes the one that has more to it. */
function applies(major: Major): readonly HbaApply[] {
  if (major < 16) return ['write']
  return isCi() ? ['write', 'include'] : ['include']
}

describe.each(majorsInDepth)('the door of PostgreSQL %i', major => {
  let scene: Scene
  let path: string
  beforeAll(async () => {
    scene = await setScene({ major, tls: true, hba: rules })
    path = join(scene.server.dataDirectory, 'pg_hba.conf')
  })
  afterEach(async () => {
    await scene.server.setHba(rules)
    await scene.server.sql('DROP OWNED BY atlan_user_role', 'music_store').catch(() => {})
    await scene.server.sql('DROP OWNED BY atlan_user_role', 'warehouse').catch(() => {})
    await scene.server.sql('DROP ROLE IF EXISTS atlan_user, atlan_user_role').catch(() => {})
    rmSync(scene.passfile, { force: true })
  })
  afterAll(() => scene.end())

  const answers = (apply: HbaApply) => ({
    ...scene.answers(),
    network: { from: 'typed' as const, cidrs: ['127.77.1.0/24', '127.77.2.5/32'], apply },
  })
  const run = (command: string, apply: HbaApply, ...more: string[]) =>
    runProgram([command, '--answers', scene.save(`${apply}.json`, answers(apply)), ...more], {
      env: scene.env,
    })
  const out = () => join(scene.folder, 'out')
  const knock = async (from: string) =>
    (
      await probe({
        host: '127.0.0.1',
        port: scene.server.port,
        from,
        tls: true,
        user: 'atlan_user',
        database: 'music_store',
      })
    ).says
  const text = () => readFileSync(path, 'utf8')
  const receipt = () => join(out(), readdirSync(out()).find(name => name.endsWith('.json')) ?? '')

  it('is told by plan: who decides today, who would, and that a person has to write it', async () => {
    const end = await run('plan', 'print', '--format', 'json')
    expect(end.code).toBe(0)
    const { network } = JSON.parse(end.stdout)
    expect(network.door).toMatchObject({ open: false, change: null, unread: null })
    expect(network.door.above).toMatch(/^line 3: host all all 127\.77\.0\.0\/16 reject$/)
    expect(network.door.ways[0]).toMatchObject({
      addresses: '127.77.1.0/24',
      letsIn: false,
      text: 'rejected (line 3: host all all 127.77.0.0/16 reject)',
      after: 'asks for the password, with TLS (our line)',
    })
    const markdown = await run('plan', 'print', '--format', 'markdown')
    expect(markdown.stdout).toContain('today: rejected (line 3: host all all 127.77.0.0/16 reject).')
    expect(text()).toBe(`${rules.join('\n')}\n`)
  })

  it.each(applies(major))('is opened by apply, shown before, and closed again by undo (%s)', async apply => {
    rmSync(out(), { recursive: true, force: true })
    const mode = statSync(path).mode
    const end = await run('apply', apply, '--yes', '--out', out())
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toMatch(/From all 2 ranges, today: rejected \(line 3:/)
    expect(end.stdout).toMatch(/\d+\. So that the tool comes in/)
    expect(await knock('127.77.1.9')).toBe('sasl')
    expect(await knock('127.77.2.5')).toBe('sasl')
    expect(await knock('127.77.2.6')).toBe('reject')
    expect(statSync(path).mode).toBe(mode)
    const again = await run('apply', apply, '--yes')
    expect(again).toMatchObject({ code: 0 })
    expect(again.stdout).toContain('Nothing to do')

    const undone = await runProgram(['undo', '--receipt', receipt(), '--yes'], { env: scene.env })
    expect(undone).toMatchObject({ code: 0, stderr: '' })
    expect(undone.stdout).toContain('pg-usher: atlan_user, begin')
    expect(text()).toBe(`${rules.join('\n')}\n`)
    expect(await knock('127.77.1.9')).toBe('reject')
    expect(readdirSync(scene.server.dataDirectory).filter(name => /pg-usher\.atlan/.test(name))).toEqual([])
  })

  it('is as it was when a later start takes back a run that was killed while it opened it', async () => {
    const file = scene.save('killed.json', answers('write'))
    const state = { ...scene.env, XDG_STATE_HOME: join(scene.folder, 'state') }
    const program = startProgram(['apply', '--answers', file, '--yes', '--out', out()], { env: state })
    await program.until(
      new Promise<void>(resolve => {
        const look = setInterval(() => {
          if (!text().includes('pg-usher')) return
          clearInterval(look)
          resolve()
        }, 1)
      }),
    )
    program.kill('SIGKILL')
    expect((await program.end).signal).toBe('SIGKILL')
    const settled = await runProgram(['apply', '--answers', file, '--yes', '--resume', 'undo'], {
      env: state,
    })
    expect((settled.stdout + settled.stderr).replaceAll(/\s+/g, ' ')).toMatch(/the file as it was: \S+\.bak/)
    expect(text()).toBe(`${rules.join('\n')}\n`)
    expect(await knock('127.77.1.9')).toBe('reject')
  })

  it('is not touched for an administrator who is no superuser, and print is offered instead', async () => {
    await scene.server.sql(`CREATE ROLE lesser LOGIN CREATEROLE PASSWORD 'lesser'`)
    await scene.server.setHba(['host all all 127.0.0.1/32 scram-sha-256'])
    const lesser = { ...answers('write'), server: { ...answers('write').server, user: 'lesser' } }
    const end = await runProgram(['plan', '--answers', scene.save('lesser.json', lesser)], {
      env: { ...scene.env, PGPASSWORD: 'lesser' },
    })
    expect(end.stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /pg_hba\.conf cannot be read by this administrator .* Choose "print"/,
    )
    await scene.server.sql('DROP ROLE lesser')
  })
})
