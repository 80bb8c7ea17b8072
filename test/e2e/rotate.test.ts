import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene({ settings: { log_statement: 'all' } })
  const end = await runProgram(
    ['apply', '--answers', scene.save('answers.json', scene.answers()), '--yes', '--out', scene.folder],
    { env: scene.env },
  )
  expect(end).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => scene.end())

const rotate = (...more: string[]) =>
  runProgram(['rotate', '--answers', scene.save('answers.json', scene.answers()), ...more], {
    env: scene.env,
  })

const logIn = (user: string, password = scene.storedPassword(user)) =>
  scene.server.client({ database: 'music_store', user, password })

async function canRead(user: string): Promise<boolean> {
  const client = await logIn(user)
  try {
    const { rows } = await client.query('select count(*)::int as albums from public.album')
    return rows[0].albums === 340
  } finally {
    await client.end()
  }
}

describe('rotate', () => {
  it('asks, replaces the password, and never shows one', async () => {
    const old = scene.storedPassword('atlan_user')
    const unasked = await rotate()
    expect(unasked).toMatchObject({ code: 2, stdout: '' })
    expect(scene.storedPassword('atlan_user')).toBe(old)

    const end = await rotate('--yes', '--valid-until', '2090-06-30')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    const text = end.stdout.replaceAll(/\s+/g, ' ')
    expect(text).toContain('VALID UNTIL is now infinity, and becomes 2090-06-30T23:59:59.000Z.')
    expect(text).toContain('was tried by logging in')
    const now = scene.storedPassword('atlan_user')
    expect(now).not.toBe(old)
    expect(await canRead('atlan_user')).toBe(true)
    await expect(logIn('atlan_user', old)).rejects.toThrow('password authentication failed')
    for (const secret of [old, now]) {
      expect(end.raw).not.toContain(secret)
      expect(await scene.server.log()).not.toContain(secret)
    }
    expect(readFileSync(scene.passfile, 'utf8')).not.toContain('pg-usher)')
  })

  it('--json has no secret in it', async () => {
    const end = await rotate('--yes', '--json', '--valid-until', 'infinity')
    expect(end.code).toBe(0)
    expect(JSON.parse(end.stdout)).toMatchObject({
      outcome: 'done',
      exitCode: 0,
      plan: {
        validUntil: { from: '2090-06-30T23:59:59.000Z', to: null },
        provable: ['music_store', 'warehouse'],
      },
      result: { outcome: 'done' },
    })
    expect(end.raw).not.toContain(scene.storedPassword('atlan_user'))
    expect(end.raw).not.toContain('SCRAM')
  })

  it.each(['tomorrow', '2027-02-30', '30.6.2027', '2027-06-30T12:00'])(
    'refuses --valid-until %s',
    async day => {
      const end = await rotate('--yes', '--valid-until', day)
      expect(end).toMatchObject({ code: 2, stdout: '' })
      expect(end.stderr).toContain('A day such as 2027-06-30')
    },
  )

  it('says of a login that is not there that it is not', async () => {
    const answers = scene.answers()
    const path = scene.save('other.json', {
      ...answers,
      roles: { ...answers.roles, login: 'nobody' },
    })
    const end = await runProgram(['rotate', '--answers', path, '--yes'], { env: scene.env })
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toContain('There is no login nobody')
  })
})

describe('rotate --no-gap', () => {
  it('a second login works beside the first, and the first goes when the tool has left it', async () => {
    const early = await rotate('--yes', '--finish', 'atlan_user')
    expect(early).toMatchObject({ code: 2, stdout: '' })
    expect(early.stderr).toContain('there is no other login')

    const made = await rotate('--yes', '--no-gap', '--out', scene.folder)
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).not.toContain('GRANT SELECT')
    expect(made.stdout).toContain('GRANT atlan_user_role TO atlan_user_2;')
    expect(made.stdout).toContain('--finish atlan_user\n')
    expect(await canRead('atlan_user')).toBe(true)
    expect(await canRead('atlan_user_2')).toBe(true)
    const [limits] = await scene.server.sql(
      "select count(distinct (rolconnlimit, rolvaliduntil, rolinherit))::int as kinds from pg_roles where rolname ~ '^atlan_user(_2)?$'",
    )
    expect(limits).toEqual({ kinds: 1 })

    const again = await rotate('--yes', '--no-gap')
    expect(again).toMatchObject({ code: 2, stdout: '' })
    expect(again.stderr).toContain('are both there')

    const client = await logIn('atlan_user')
    try {
      const busy = await rotate('--yes', '--finish', 'atlan_user')
      expect(busy).toMatchObject({ code: 2, stdout: '' })
      expect(busy.stderr).toContain('has 1 session open')
      expect(await canRead('atlan_user')).toBe(true)
    } finally {
      await client.end()
    }

    const finished = await rotate('--yes', '--finish', 'atlan_user')
    expect(finished).toMatchObject({ code: 0, stderr: '' })
    expect(finished.stdout).toContain('DROP ROLE atlan_user;')
    expect(await canRead('atlan_user_2')).toBe(true)
    expect(() => scene.storedPassword('atlan_user')).toThrow('no password')
    const roles = await scene.server.sql("select rolname from pg_roles where rolname ~ '^atlan' order by 1")
    expect(roles).toEqual([{ rolname: 'atlan_user_2' }, { rolname: 'atlan_user_role' }])
  })
})
