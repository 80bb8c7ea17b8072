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
    await scene.server.sql('DROP OWNED BY a_b', 'music_store').catch(() => {})
    await scene.server.sql('DROP OWNED BY a_b', 'warehouse').catch(() => {})
    await scene.server.sql('DROP ROLE IF EXISTS atlan_user, atlan_user_role, a_b').catch(() => {})
    for (const [name = ''] of own()) rmSync(join(scene.server.dataDirectory, name))
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
  const runFor = (apply: HbaApply, cidrs: readonly string[], login?: string) => {
    const roles = login === undefined ? {} : { roles: { layout: 'login' as const, login } }
    const document = { ...scene.answers(), ...roles, network: { from: 'typed' as const, cidrs, apply } }
    const file = scene.save('some.json', document)
    return runProgram(['apply', '--answers', file, '--yes', '--out', out()], { env: scene.env })
  }
  /** The files of our own, as they are. */
  const own = () =>
    readdirSync(scene.server.dataDirectory)
      .filter(name => /^pg_hba\.pg-usher.*\.conf$/.test(name))
      .map(name => [name, readFileSync(join(scene.server.dataDirectory, name), 'utf8')])
  const decided = async () => [
    await knock('127.77.1.9'),
    await knock('127.77.2.9'),
    await knock('127.77.3.5'),
  ]
  async function killedAtTheDoor(apply: HbaApply) {
    const file = scene.save('killed.json', answers(apply))
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
    return { file, state }
  }
  const knock = async (from: string, user = 'atlan_user') =>
    (
      await probe({
        host: '127.0.0.1',
        port: scene.server.port,
        from,
        tls: true,
        user,
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

  it.each(applies(major))(
    'has other addresses by a second run, whose undo brings back those of the first (%s)',
    async apply => {
      rmSync(out(), { recursive: true, force: true })
      const first = await runFor(apply, ['127.77.1.0/24'])
      expect(first).toMatchObject({ code: 0, stderr: '' })
      const [main, beside] = [text(), own()]
      const earlier = readdirSync(out())
      // Nothing of it is said to be done already.
      const second = await runFor(apply, ['127.77.2.0/24', '127.77.3.5/32'])
      expect(second).toMatchObject({ code: 0, stderr: '' })
      expect(second.stdout).not.toContain('Nothing to do')
      expect(await decided()).toEqual(['reject', 'sasl', 'sasl'])
      const later = readdirSync(out()).find(name => name.endsWith('.json') && !earlier.includes(name)) ?? ''
      const undone = await runProgram(['undo', '--receipt', join(out(), later), '--yes'], { env: scene.env })
      expect(undone).toMatchObject({ code: 0, stderr: '' })
      expect(undone.stdout).toMatch(/hostssl +music_store +atlan_user +127\.77\.2\.0\/24/)
      expect(undone.stdout).toMatch(/of an earlier run, come back:\n(.*\n){2} +hostssl.* 127\.77\.1\.0\/24 /)
      expect([text(), own()]).toEqual([main, beside])
      expect(await decided()).toEqual(['sasl', 'reject', 'reject'])

      const receipts = earlier.find(name => name.endsWith('.json')) ?? ''
      const all = await runProgram(['undo', '--receipt', join(out(), receipts), '--yes'], { env: scene.env })
      expect(all).toMatchObject({ code: 0, stderr: '' })
      expect([text(), own()]).toEqual([`${rules.join('\n')}\n`, []])
    },
  )

  if (major >= 16) {
    it('keeps logins apart whose names are alike', async () => {
      rmSync(out(), { recursive: true, force: true })
      const first = await runFor('include', ['127.77.1.0/24'], 'a.b')
      expect(first).toMatchObject({ code: 0, stderr: '' })
      const [receiptOfFirst = ''] = readdirSync(out()).filter(name => name.endsWith('.json'))
      expect(await runFor('include', ['127.77.1.0/24'], 'a_b')).toMatchObject({ code: 0, stderr: '' })
      expect(own()).toHaveLength(2)
      const both = [await knock('127.77.1.9', 'a.b'), await knock('127.77.1.9', 'a_b')]
      expect(both).toEqual(['sasl', 'sasl'])
      const undone = await runProgram(['undo', '--receipt', join(out(), receiptOfFirst), '--yes'], {
        env: scene.env,
      })
      expect(undone).toMatchObject({ code: 0, stderr: '' })
      expect(await scene.server.sql('SELECT FROM pg_hba_file_rules WHERE error IS NOT NULL')).toEqual([])
      expect(await knock('127.77.1.9', 'a_b')).toBe('sasl')
      expect(own()).toHaveLength(1)
    })
  }

  it.each(applies(major))('is gone on with where a run was killed while it opened it (%s)', async apply => {
    rmSync(out(), { recursive: true, force: true })
    const { file, state } = await killedAtTheDoor(apply)
    const settled = await runProgram(
      ['apply', '--answers', file, '--yes', '--resume', 'go-on', '--out', out()],
      {
        env: state,
      },
    )
    expect(settled).toMatchObject({ code: 0 })
    expect([await knock('127.77.1.9'), await knock('127.77.2.6')]).toEqual(['sasl', 'reject'])
    const undone = await runProgram(['undo', '--receipt', receipt(), '--yes'], { env: state })
    expect(undone).toMatchObject({ code: 0 })
    expect([text(), own()]).toEqual([`${rules.join('\n')}\n`, []])
  })

  it('proves the login through the line just written, where it is for us', async () => {
    await scene.server.setHba(rules.slice(0, 2))
    // This administrator comes without TLS, and the line is for TLS, as the tool will come.
    const end = await runFor('write', ['127.0.0.1/32'])
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).not.toContain('The line of pg_hba.conf that would let this machine in')
    expect(end.stdout).not.toContain('tried with SET ROLE')
    expect(await knock('127.0.0.1')).toBe('sasl')
  })

  it('is as it was when a later start takes back a run that was killed while it opened it', async () => {
    const { file, state } = await killedAtTheDoor('write')
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
