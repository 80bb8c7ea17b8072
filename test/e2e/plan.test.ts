import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awsAnswers } from '../support/aws-answers.ts'
import { describeWith } from '../support/requires.ts'
import { openTerminal } from '../support/terminal.ts'
import { program, runProgram, stackTrace } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
let before: readonly string[]
beforeAll(async () => {
  scene = await setScene()
  before = await scene.snapshot()
})
afterAll(() => scene.end())

const plan = (answers: unknown, ...more: string[]) =>
  runProgram(['plan', '--answers', scene.save('answers.json', answers), ...more], { env: scene.env })

describe('plan', () => {
  it('prints SQL, and on standard error what to know of it', async () => {
    const end = await plan(scene.answers())
    expect(end.code).toBe(0)
    expect(end.stdout).toContain('\\connect')
    expect(end.stdout).toContain('GRANT SELECT, REFERENCES ON TABLE')
    expect(end.stdout).toContain('reporting."Monthly Sales"')
    expect(end.stdout).not.toContain('customer')
    expect(end.stderr).toContain('Note: ')
    expect(end.stderr).not.toContain('pg-usher: ')
  })

  it('prints JSON that says the same', async () => {
    const end = await plan(scene.answers('atlassian-analytics'), '--format', 'json')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(end.stdout)).toMatchObject({
      login: 'atlassian_read_only_user',
      group: null,
      access: 'read',
    })
  })

  it('prints Markdown', async () => {
    const end = await plan(scene.answers(), '--format', 'markdown')
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.stdout).toMatch(/^# /)
    expect(end.stdout).toContain('```sql')
  })

  it('reads the answers from standard input too', async () => {
    const end = await runProgram(['plan', '--answers', '-'], {
      env: scene.env,
      input: JSON.stringify(scene.answers()),
    })
    expect(end.code).toBe(0)
    expect(end.stdout).toContain('GRANT SELECT')
  })

  it('finds the password in a password file', async () => {
    const { host, port, adminUser, adminPassword } = scene.server
    const passfile = scene.save('.pgpass', `${host}:${port}:*:${adminUser}:${adminPassword}\n`)
    chmodSync(passfile, 0o600)
    const end = await runProgram(['plan', '--answers', scene.save('answers.json', scene.answers())], {
      env: { HOME: scene.folder },
    })
    expect(end.code).toBe(0)
    chmodSync(passfile, 0o644)
    const ignored = await runProgram(['plan', '--answers', scene.save('answers.json', scene.answers())], {
      env: { HOME: scene.folder },
    })
    expect(ignored.code).toBe(1)
    expect(ignored.stderr).toContain(`${passfile} is ignored`)
  })

  it('needs only to read: what this administrator may not do is planned for another', async () => {
    await scene.server.sql("create role reader login password 'reader-password'")
    try {
      const answers = scene.answers()
      const path = scene.save('reader.json', { ...answers, server: { ...answers.server, user: 'reader' } })
      const end = await runProgram(['plan', '--answers', path], {
        env: { ...scene.env, PGPASSWORD: 'reader-password' },
      })
      expect(end.code).toBe(0)
      expect(end.stderr).toContain('reader may not create roles')
      expect(end.stderr).toContain('Another administrator')
      const own = await plan(answers)
      expect(statements(end.stdout)).toEqual(statements(own.stdout))
    } finally {
      await scene.server.sql('drop role reader')
    }
  })

  it('changes nothing', async () => {
    for (const format of ['sql', 'json', 'markdown']) await plan(scene.answers(), '--format', format)
    expect(await scene.snapshot()).toEqual(before)
  })

  it('does not mind a reader that has gone', async () => {
    const path = scene.save('answers.json', scene.answers())
    const { stdout, stderr, status } = spawnSync(
      'bash',
      [
        '-c',
        'set -o pipefail; "$0" "$1" plan --answers "$2" 2>/dev/null | head -c 1',
        process.execPath,
        program,
        path,
      ],
      { env: { ...scene.env, PATH: process.env['PATH'] }, encoding: 'utf8' },
    )
    expect(stdout).toHaveLength(1)
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})

describe('bad answers end with 2, each fault with its place, and no stack', () => {
  const answers = () =>
    structuredClone(scene.answers()) as ReturnType<typeof scene.answers> & Record<string, unknown>
  it.each<[string, () => unknown, RegExp]>([
    ['not JSON', () => '{ "version": 1,', /not JSON from line 1, column 16/],
    ['an empty file', () => '', /empty/],
    ['an unknown key', () => ({ ...answers(), tabels: [] }), /There is no "tabels"/],
    ['a password in it', () => ({ ...answers(), password: 'x' }), /A secret never stands in the answers/],
    ['a missing part', () => ({ ...answers(), roles: undefined }), /roles/],
    ['a tool that nobody knows', () => ({ ...answers(), tool: 'looker' }), /tool: /],
    [
      'no schema',
      () => ({ ...answers(), databases: [{ name: 'music_store', schemas: [] }] }),
      /databases\[0\]/,
    ],
    [
      'a database that is gone',
      () => ({
        ...answers(),
        databases: [{ name: 'gone', schemas: [{ name: 'public', relations: ['a'], laterTablesOf: [] }] }],
      }),
      /databases\[0\]/,
    ],
    [
      'a schema that is gone',
      () => ({
        ...answers(),
        databases: [
          { name: 'music_store', schemas: [{ name: 'gone', relations: ['a'], laterTablesOf: [] }] },
        ],
      }),
      /databases\[0\]\.schemas\[0\]/,
    ],
    [
      'two tables that are gone',
      () => ({
        ...answers(),
        databases: [
          {
            name: 'music_store',
            schemas: [{ name: 'public', relations: ['album', 'gone', 'lost'], laterTablesOf: [] }],
          },
        ],
      }),
      /databases\[0\]\.schemas\[0\]\.relations: .*gone, lost/,
    ],
    [
      'a reserved role name',
      () => ({ ...answers(), roles: { layout: 'login', login: 'pg_mine' } }),
      /roles\.login/,
    ],
    [
      'a superuser as the login',
      () => ({ ...answers(), roles: { layout: 'login', login: 'postgres' } }),
      /roles\.login/,
    ],
    [
      'AWS IAM',
      () => ({ ...answers(), authentication: { method: 'aws-iam', aws: awsAnswers } }),
      /authentication/,
    ],
  ])('%s', async (_what, document, message) => {
    const end = await plan(document())
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toMatch(/^pg-usher: /)
    expect(end.stderr).toMatch(message)
    expect(end.stderr).not.toMatch(stackTrace)
  })

  it('a file that is not there, or a folder', async () => {
    for (const path of ['/nowhere/answers.json', scene.folder]) {
      const end = await runProgram(['plan', '--answers', path], { env: scene.env })
      expect(end).toMatchObject({ code: 2, stdout: '' })
      expect(end.stderr).toContain(`The answers file ${path} cannot be read`)
    }
  })
})

describe('a server that does not let in ends with 1', () => {
  const failing = async (server: object, env: Record<string, string> = scene.env) => {
    const answers = scene.answers()
    const path = scene.save('failing.json', { ...answers, server: { ...answers.server, ...server } })
    const end = await runProgram(['plan', '--answers', path], { env: { HOME: '/nowhere', ...env } })
    expect(end).toMatchObject({ code: 1, stdout: '' })
    expect(end.stderr).not.toMatch(stackTrace)
    return end.stderr
  }

  it('wrong password', async () => {
    const stderr = await failing({}, { PGPASSWORD: 'not-the-password' })
    // Nobody is there to type it.
    expect(stderr).not.toContain('Type it')
    expect(stderr).toContain('The one in PGPASSWORD was refused')
    expect(stderr).toMatch(/^pg-usher: .*password/)
    expect(stderr).not.toContain('not-the-password')
  })

  it('no password, and nobody to ask', async () => {
    const stderr = await failing({}, {})
    expect(stderr).toContain('asks for the password of postgres')
    expect(stderr).toContain('put it into PGPASSWORD')
    expect(stderr).not.toContain('Type it')
  })

  it('nothing listens', async () => {
    const port = await freePort()
    expect(await failing({ port })).toContain('refuses the connection')
  })

  it('no TLS where it is required', async () => {
    expect(await failing({ tls: 'require' })).toContain('speaks no TLS')
  })

  it('no such database', async () => {
    expect(await failing({ database: 'gone' })).toContain('gone')
  })
})

describeWith(['psql'])('the SQL of plan, run by psql', () => {
  it('makes a login that reads what was chosen, and asks for its password', async () => {
    const sql = await plan(scene.answers())
    const path = scene.save('plan.sql', sql.stdout)
    const { host, port, adminUser, adminPassword } = scene.server
    const terminal = openTerminal({
      command: 'psql',
      args: ['-X', '-h', host, '-p', String(port), '-U', adminUser, '-d', 'music_store', '-f', path],
      env: { PGPASSWORD: adminPassword },
      rows: 60,
    })
    try {
      for (const question of [/Enter new password/, /Enter it again/]) {
        await terminal.waitFor(question)
        terminal.type('chosen-by-hand\r')
      }
      expect(await terminal.waitForExit()).toMatchObject({ exitCode: 0 })
    } finally {
      await terminal.close()
    }
    const login = { database: 'music_store', user: 'atlan_user', password: 'chosen-by-hand' }
    const client = await scene.server.client(login)
    try {
      await expect(client.query('select from public.album')).resolves.toMatchObject({ rowCount: 340 })
      await expect(client.query('select from public.customer')).rejects.toThrow('permission denied')
    } finally {
      await client.end()
    }
  })
})

/** The lines of a script without its comments. */
function statements(sql: string): string[] {
  return sql.split('\n').filter(line => !line.startsWith('--'))
}

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
