import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram, stackTrace } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene()
  const applied = await runProgram(
    ['apply', '--yes', '--answers', scene.save('answers.json', scene.answers()), '--out', scene.folder],
    { env: scene.env },
  )
  expect(applied).toMatchObject({ code: 0 })
})
afterAll(() => scene?.end())

const verify = (...more: string[]) =>
  runProgram(['verify', '--answers', scene.save('answers.json', scene.answers()), ...more], {
    env: scene.env,
  })

describe('verify', () => {
  it('says 0 and "As chosen." after an apply, by logging in with the kept password', async () => {
    const end = await verify()
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toContain('13 chosen tables readable')
    // A line may break anywhere in it.
    expect(end.stdout.replaceAll(/\s+/g, ' ')).toContain('logged in as the user')
    expect(end.stdout).toContain('TEMPORARY on database music_store through PUBLIC')
    expect(end.stdout).toMatch(/^As chosen\.$/m)
    expect(end.stdout).not.toContain(scene.storedPassword('atlan_user'))
  })

  it('--as-user needs no administrator', async () => {
    const env = { ...scene.env, PGPASSWORD: 'not the one of the administrator' }
    const answers = scene.save('answers.json', scene.answers())
    const end = await runProgram(['verify', '--as-user', '--answers', answers], { env })
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toContain('Read by the login alone')
    const asAdmin = await runProgram(['verify', '--answers', answers], { env })
    expect(asAdmin).toMatchObject({ code: 1, stdout: '' })
  })

  it('says 4 and the statement for what was changed by hand, as text and as JSON', async () => {
    await scene.server.sql('revoke select on public.album from atlan_user_role', 'music_store')
    const text = await verify()
    expect(text).toMatchObject({ code: 4, stderr: '' })
    expect(text.stdout).toMatch(/^ +GRANT SELECT ON TABLE public\.album TO atlan_user_role;$/m)
    expect(text.stdout).toContain('1 thing differs from what was chosen. Nothing was changed.')

    const json = await verify('--json')
    expect(json.code).toBe(4)
    const record = JSON.parse(json.stdout)
    expect(record).toMatchObject({
      outcome: 'drift',
      exitCode: 4,
      problems: [],
      result: { readAs: 'administrator', drift: [{ code: 'grant-missing', database: 'music_store' }] },
    })
    await scene.server.sql(record.result.drift[0].mend.join(';'), 'music_store')
    expect(await verify('--json')).toMatchObject({ code: 0 })
  })

  it('says 5 where the login cannot be tried from here, and what lets it in', async () => {
    await scene.server.setHba(['host all postgres 127.0.0.1/32 scram-sha-256'])
    const end = await verify()
    const asUser = await verify('--as-user', '--json')
    await scene.server.setHba(['host all all 127.0.0.1/32 scram-sha-256'])
    expect(end).toMatchObject({ code: 5, stderr: '' })
    expect(end.stdout).toContain('tried with SET ROLE')
    expect(end.stdout).toMatch(/host\s+music_store\s+atlan_user\s+127\.0\.0\.1\/32\s+scram-sha-256/)
    expect(asUser.code).toBe(5)
    expect(JSON.parse(asUser.stdout)).toMatchObject({ result: { databases: [], readAs: 'login' } })
  })

  it('--as-user says 4 where the server refuses the kept password', async () => {
    await scene.server.sql(`alter role atlan_user password 'another'`)
    const end = await verify('--as-user', '--json')
    expect(end.code).toBe(4)
    expect(JSON.parse(end.stdout)).toMatchObject({ result: { drift: [{ code: 'login-refused' }] } })
    await scene.server.sql(`alter role atlan_user password '${scene.storedPassword('atlan_user')}'`)
    expect(await verify('--as-user')).toMatchObject({ code: 0 })
  })

  it('says 2 for answers that are none, and 5 without the password', async () => {
    const end = await runProgram(['verify', '--answers', scene.save('broken.json', '{')], { env: scene.env })
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).not.toMatch(stackTrace)
    rmSync(scene.passfile)
    const without = await verify()
    expect(without.code).toBe(5)
    expect(without.stdout.replace(/\s+/g, ' ')).toContain('is not in the store that the answers name')
  })
})
