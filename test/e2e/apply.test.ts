import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Answers } from '../../src/model/answers.ts'
import { qualifiedName, quoteIdentifier } from '../../src/model/identifier.ts'
import { hostileNames } from '../support/hostile-names.ts'
import { startPausingProxy } from './pausing-proxy.ts'
import { program, runProgram, stackTrace, startProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await setScene()
})
afterAll(() => scene.end())

const logins = ['atlan_user', 'atlan_user_role', 'atlassian_read_only_user']
/** Takes back all that a test has applied. */
afterEach(async () => {
  rmSync(scene.passfile, { force: true })
  // The journals of runs that a test has broken off.
  rmSync(join(scene.folder, '.local'), { recursive: true, force: true })
  for (const login of logins) {
    const [found] = await scene.server.sql('select from pg_roles where rolname = $1', 'postgres', [login])
    if (found === undefined) continue
    for (const database of ['music_store', 'warehouse', 'postgres']) {
      await scene.server.sql(`drop owned by ${login}`, database)
    }
    await scene.server.sql(`drop role ${login}`)
  }
})

const apply = (answers: unknown, ...more: string[]) =>
  runProgram(['apply', '--answers', scene.save('answers.json', answers), ...more], { env: scene.env })

describe('apply --yes', () => {
  it('says how a transaction may take longer, and then it may', { timeout: 240_000 }, async () => {
    await scene.server.sql(slowGrantsSql, 'music_store')
    try {
      const short = await apply(scene.answers('atlan'), '--yes', '--out', scene.folder)
      expect(short).toMatchObject({ code: 1 })
      expect(short.stderr).toContain('not done within 2000 ms')
      expect(short.stderr).toContain('--deadline 10')
      const long = await apply(scene.answers('atlan'), '--yes', '--deadline', '60', '--out', scene.folder)
      expect(long).toMatchObject({ code: 0 })
    } finally {
      await scene.server.sql('DROP EVENT TRIGGER slow; DROP FUNCTION public.slow()', 'music_store')
    }
  })

  it.each([
    ['atlan', 'atlan_user'],
    ['atlassian-analytics', 'atlassian_read_only_user'],
  ] as const)('lets %s in, proves it and says how to read the password', async (tool, login) => {
    const end = await apply(scene.answers(tool), '--yes', '--out', scene.folder)
    expect(end).toMatchObject({ code: 0 })
    for (const part of ['Plan', 'Rehearsal', 'Proof', 'Receipt', 'Still to do', scene.passfile]) {
      expect(end.stdout).toContain(part)
    }
    expect(end.stdout).toContain('logged in as the user')
    const password = scene.storedPassword(login)
    expect(end.stdout + end.stderr).not.toContain(password)
    expect(await scene.server.log()).not.toContain(password)

    const client = await scene.server.client({ database: 'music_store', user: login, password })
    try {
      await expect(client.query('select count(*) from public.album')).resolves.toMatchObject({
        rows: [{ count: '340' }],
      })
      await expect(client.query('select from public.customer')).rejects.toThrow('permission denied')
      await expect(client.query('select from reporting.newsletter_subscriber')).rejects.toThrow(
        'permission denied',
      )
    } finally {
      await client.end()
    }
  })

  it('a second time has nothing to do and keeps the password, unless told to replace it', async () => {
    await apply(scene.answers(), '--yes', '--out', scene.folder)
    const before = await scene.snapshot()
    const password = scene.storedPassword('atlan_user')
    const again = await apply(scene.answers(), '--yes', '--out', scene.folder)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('Nothing to do')
    expect(await scene.snapshot()).toEqual(before)
    expect(scene.storedPassword('atlan_user')).toBe(password)

    const replaced = await apply(
      { ...scene.answers(), replacePassword: true },
      '--yes',
      '--out',
      scene.folder,
    )
    expect(replaced.code).toBe(0)
    expect(replaced.stdout).not.toContain('GRANT SELECT')
    expect(scene.storedPassword('atlan_user')).not.toBe(password)
  })

  it('--json prints one document, and progress on standard error', async () => {
    const end = await apply(scene.answers(), '--yes', '--json', '--out', scene.folder)
    expect(end.code).toBe(0)
    const record = JSON.parse(end.stdout)
    expect(record).toMatchObject({
      outcome: 'done',
      exitCode: 0,
      problems: [],
      plan: { login: 'atlan_user', group: 'atlan_user_role' },
      rehearsal: { outcome: 'held' },
      result: { outcome: 'done' },
      delivered: { login: 'proved', password: { store: 'passfile', place: scene.passfile } },
    })
    expect(end.stderr).toContain('Logging in as the new user, trying what it reaches')
    expect(end.stdout + end.stderr).not.toContain(scene.storedPassword('atlan_user'))
  })

  it('says with 5 that the login cannot be proved from here, and the line that is missing', async () => {
    await scene.server.setHba(['host all postgres 127.0.0.1/32 scram-sha-256'])
    try {
      const end = await apply(scene.answers(), '--yes', '--out', scene.folder)
      expect(end.code).toBe(5)
      expect(end.stdout).toContain('Login: not provable from here')
      expect(end.stdout).toMatch(/host\s+music_store\s+atlan_user\s+127\.0\.0\.1\/32\s+scram-sha-256/)
    } finally {
      await scene.server.setHba(['host all all 127.0.0.1/32 scram-sha-256'])
    }
  })
})

describe('apply that may not or cannot', () => {
  let before: readonly string[]
  const unchanged = async () => {
    expect(await scene.snapshot()).toEqual(before)
    expect(existsSync(scene.passfile) ? readFileSync(scene.passfile, 'utf8') : '').not.toContain('atlan_user')
  }
  beforeAll(async () => {
    before = await scene.snapshot()
  })

  it('without a terminal and without --yes ends with 2', async () => {
    const end = await apply(scene.answers())
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toContain('--yes')
    await unchanged()
  })

  it('refuses to show the password once where nobody looks', async () => {
    const end = await apply({ ...scene.answers(), secret: { store: 'show-once' } }, '--yes')
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toContain('secret.store')
    await unchanged()
  })

  it('ends with 2 and no change where the administrator lacks the right, and says which', async () => {
    await scene.server.sql("create role plain login password 'plain-password'")
    try {
      const answers: Answers = scene.answers()
      const path = scene.save('plain.json', { ...answers, server: { ...answers.server, user: 'plain' } })
      const end = await runProgram(['apply', '--answers', path, '--yes'], {
        env: { ...scene.env, PGPASSWORD: 'plain-password' },
      })
      expect(end).toMatchObject({ code: 2, stdout: '' })
      expect(end.stderr).toContain('plain may not create roles')
      expect(end.stderr).toContain('belong to store_owner: album, artist')
      expect(end.stderr).not.toMatch(stackTrace)
    } finally {
      await scene.server.sql('drop role plain')
    }
    await unchanged()
  })

  it('with --json says bad answers in the document too', async () => {
    const end = await apply({ ...scene.answers(), tool: 'looker' }, '--yes', '--json')
    expect(end.code).toBe(2)
    expect(JSON.parse(end.stdout)).toMatchObject({
      outcome: 'refused',
      exitCode: 2,
      problems: [{ path: 'tool' }],
    })
    await unchanged()
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s in the middle ends with 130 and no change',
    async signal => {
      const proxy = await startPausingProxy(scene.server.port)
      try {
        const answers = scene.answers()
        const path = scene.save('proxied.json', {
          ...answers,
          server: { ...answers.server, port: proxy.port },
        })
        const running = startProgram(['apply', '--answers', path, '--yes'], { env: scene.env })
        // Each rehearsal of a database makes the login once; the third time is the apply.
        await running.until(proxy.pauseAt('CREATE ROLE atlan_user NOLOGIN', 3))
        const cancelRequest = proxy.nextConnection()
        running.kill(signal)
        await running.until(cancelRequest)
        proxy.resume()
        const end = await running.end
        expect(end).toMatchObject({ code: 130, signal: null })
        expect(end.stdout).toContain('Cancelled. Everything was rolled back; nothing is changed.')
        expect(end.stderr).not.toMatch(stackTrace)
      } finally {
        await proxy.close()
      }
      await unchanged()
    },
  )
})

describe('apply when the world changes under it', () => {
  it('a table that is dropped after the plan was made ends it with 1 and no change', async () => {
    await scene.server.sql('create table public.fleeting ()', 'music_store')
    const before = await scene.snapshot()
    const proxy = await startPausingProxy(scene.server.port)
    try {
      const answers = scene.answers()
      const path = scene.save('fleeting.json', {
        ...answers,
        server: { ...answers.server, port: proxy.port },
        databases: [
          {
            name: 'music_store',
            schemas: [{ name: 'public', relations: ['album', 'fleeting'], laterTablesOf: [] }],
          },
        ],
      })
      const running = startProgram(['apply', '--answers', path, '--yes'], { env: scene.env })
      await running.until(proxy.pauseAt('CREATE ROLE atlan_user NOLOGIN', 1))
      await scene.server.sql('drop table public.fleeting', 'music_store')
      proxy.resume()
      const end = await running.end
      expect(end.code).toBe(1)
      expect(end.stderr).toContain('fleeting')
      expect(end.stderr).not.toMatch(stackTrace)
      expect(end.stdout).toContain('nothing is changed')
    } finally {
      await proxy.close()
    }
    const gone = /fleeting/
    expect(await scene.snapshot()).toEqual(before.filter(fact => !gone.test(fact)))
  })

  it('a server that goes away for good ends it with 3, and says what is left and how to undo it', async () => {
    const proxy = await startPausingProxy(scene.server.port)
    const answers = scene.answers()
    const path = scene.save('lost.json', { ...answers, server: { ...answers.server, port: proxy.port } })
    const running = startProgram(['apply', '--answers', path, '--yes'], { env: scene.env })
    try {
      // Once in the rehearsal, then in the apply, when the roles are committed.
      await running.until(proxy.pauseAt('GRANT CONNECT ON DATABASE music_store', 2))
    } finally {
      await proxy.close()
    }
    const end = await running.end
    expect(end.code).toBe(3)
    expect(end.stdout).toContain('Still there')
    expect(end.stdout).toContain('DROP ROLE atlan_user;')
    expect(end.stderr).not.toMatch(stackTrace)
    const [role] = await scene.server.sql("select rolcanlogin from pg_roles where rolname = 'atlan_user'")
    expect(role).toEqual({ rolcanlogin: false })
    expect(existsSync(scene.passfile) ? readFileSync(scene.passfile, 'utf8') : '').not.toContain('atlan_user')
  })

  it('a reader of its output that has gone does not stop it', async () => {
    const path = scene.save('answers.json', scene.answers())
    const { stdout, status } = spawnSync(
      'bash',
      [
        '-c',
        '"$0" "$1" apply --yes --answers "$2" --out "$3" 2>/dev/null | head -c 4; exit $PIPESTATUS',
      ].concat(process.execPath, program, path, scene.folder),
      { env: { ...scene.env, PATH: process.env['PATH'] }, encoding: 'utf8' },
    )
    expect(stdout).toBe('Plan')
    expect(status).toBe(0)
    expect(scene.storedPassword('atlan_user')).toHaveLength(32)
  })
})

it('names that break careless programs go through, and none reaches the terminal raw', async () => {
  const database = 'base "1"; \\ $$'
  const schema = "sch'e\nma 🎟️"
  const tables = [...hostileNames, 'red \u001b[31m']
  await scene.server.sql(`create database ${quoteIdentifier(database)}`)
  try {
    await scene.server.sql(`create schema ${quoteIdentifier(schema)}`, database)
    for (const table of tables)
      await scene.server.sql(`create table ${qualifiedName(schema, table)} ()`, database)
    const end = await apply(
      {
        ...scene.answers(),
        databases: [
          { name: database, schemas: [{ name: schema, relations: tables.slice(1), laterTablesOf: [] }] },
        ],
      },
      '--yes',
      '--out',
      scene.folder,
    )
    expect(end).toMatchObject({ code: 0, stderr: '' })
    expect(end.raw).not.toMatch(/[^\P{Cc}\n]/u)
    expect(end.stdout).toContain(`${tables.length - 1} chosen tables readable, 1 other tried and refused`)
  } finally {
    await scene.server.sql(`drop database ${quoteIdentifier(database)}`)
  }
})

/** Each GRANT on tables takes longer than a transaction may. */
const slowGrantsSql = `
CREATE FUNCTION public.slow() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() AS c WHERE c.object_type = 'TABLE')
  THEN PERFORM pg_sleep(2.5); END IF;
END $$;
CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('GRANT') EXECUTE FUNCTION public.slow()`
