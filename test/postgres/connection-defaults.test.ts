import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import {
  type ConnectionSurroundings,
  connectionDefaults,
  findPassword,
} from '../../src/postgres/connection-defaults.ts'
import { parseConnectionString } from '../../src/postgres/connection-string.ts'
import { surroundingsHere } from '../../src/postgres/surroundings.ts'
import { describeWith } from '../support/requires.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pg-usher-defaults-'))
})
afterAll(() => rmSync(home, { recursive: true }))

/** Real files in a home of its own, an environment of its own. */
function surroundings(env: Record<string, string> = {}, argument?: string): ConnectionSurroundings {
  const parsed = argument === undefined ? undefined : parseConnectionString(argument)
  if (parsed?.ok === false) throw new Error(parsed.problem.message)
  const here = surroundingsHere(parsed?.value)
  return {
    ...here,
    env,
    homeDirectory: home,
    user: 'ada',
    exists: path => path.startsWith(home) && here.exists(path),
  }
}

function write(name: string, text: string, mode = 0o600): string {
  const path = join(home, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe('the defaults of the connection', () => {
  it('are of this machine where nothing is said', () => {
    expect(connectionDefaults(surroundings())).toEqual({
      host: { value: 'localhost', source: 'default' },
      port: { value: 5432, source: 'default' },
      database: { value: 'ada', source: 'default' },
      user: { value: 'ada', source: 'default' },
      tls: { value: 'prefer', source: 'default' },
      caFile: { value: null, source: 'default' },
      problems: [],
    })
  })

  it.each(['/var/run/postgresql', '/tmp'])('are the socket in %s where there is one', folder => {
    const exists = (path: string) => path === `${folder}/.s.PGSQL.5433`
    const { host } = connectionDefaults({ ...surroundings({ PGPORT: '5433' }), exists })
    expect(host).toEqual({ value: folder, source: 'default' })
  })

  it('come from the variables, each with its name', () => {
    const env = {
      PGHOST: 'db.example.com',
      PGPORT: '6000',
      PGDATABASE: 'shop',
      PGUSER: 'admin',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/ca.pem',
    }
    expect(connectionDefaults(surroundings(env))).toEqual({
      host: { value: 'db.example.com', source: 'PGHOST' },
      port: { value: 6000, source: 'PGPORT' },
      database: { value: 'shop', source: 'PGDATABASE' },
      user: { value: 'admin', source: 'PGUSER' },
      tls: { value: 'verify-full', source: 'PGSSLMODE' },
      caFile: { value: '/ca.pem', source: 'PGSSLROOTCERT' },
      problems: [],
    })
  })

  it('take the database from the user, wherever that comes from', () => {
    expect(connectionDefaults(surroundings({ PGUSER: 'admin' })).database).toEqual({
      value: 'admin',
      source: 'default',
    })
  })

  it('prefer the command line to a service, and a service to the variables', () => {
    const file = write(
      'services',
      '[other]\nhost=wrong\n# comment\n[mine]\nhost=served\nport=1111\nuser=server-user\n[mine]\nhost=late\n',
    )
    const env = {
      PGSERVICEFILE: file,
      PGSERVICE: 'mine',
      PGHOST: 'variable',
      PGUSER: 'variable',
      PGDATABASE: 'variable',
    }
    const defaults = connectionDefaults(surroundings(env, 'postgresql://:2222/'))
    expect(defaults).toMatchObject({
      host: { value: 'served', source: `service mine in ${file}` },
      port: { value: 2222, source: 'command line' },
      user: { value: 'server-user', source: `service mine in ${file}` },
      database: { value: 'variable', source: 'PGDATABASE' },
      problems: [],
    })
  })

  it('find the service of the command line in ~/.pg_service.conf', () => {
    const file = write('.pg_service.conf', '[home]\ndbname=here\n')
    expect(connectionDefaults(surroundings({ PGSERVICE: 'no' }, 'service=home')).database).toEqual({
      value: 'here',
      source: `service home in ${file}`,
    })
  })

  it('say which service, variable or line is of no use', () => {
    const file = write('services-bad', '[bad]\nport=many\n')
    const env = { PGSERVICEFILE: file, PGPORT: '0', PGSSLMODE: 'maybe', PGHOST: 'a,b' }
    const codes = (service: string) =>
      connectionDefaults(surroundings({ ...env, PGSERVICE: service, PGSYSCONFDIR: home })).problems.map(
        p => p.code,
      )
    expect(codes('bad')).toEqual(['bad-service', 'bad-variable', 'bad-variable', 'bad-variable'])
    expect(codes('gone')[0]).toBe('service-missing')
  })
})

describe('the password found', () => {
  const target = { host: 'db.example.com', port: 5432, database: 'shop', user: 'ada' }
  const find = (env: Record<string, string> = {}, argument?: string) => {
    const { found, problem } = findPassword(target, surroundings(env, argument))
    return { password: found && reveal(found.password), source: found?.source, problem: problem?.code }
  }

  it('is none where there is none', () => {
    expect(find()).toEqual({ password: null, source: undefined, problem: undefined })
  })

  it('is the first line of the password file that matches, unescaped', () => {
    const file = write('pass', '# a comment\nother:*:*:*:no\n*:5432:shop:ada:co\\:lon\\\\\n*:*:*:*:late\n')
    expect(find({ PGPASSFILE: file })).toEqual({ password: 'co:lon\\', source: file, problem: undefined })
  })

  it('is in ~/.pgpass without any variable', () => {
    const file = write('.pgpass', 'db.example.com:*:*:ada:home\n')
    expect(find()).toMatchObject({ password: 'home', source: file })
    rmSync(file)
  })

  it('is not read from a file that others may read', () => {
    const file = write('open', '*:*:*:*:readable\n', 0o640)
    expect(find({ PGPASSFILE: file })).toEqual({
      password: null,
      source: undefined,
      problem: 'passfile-ignored',
    })
    expect(find({ PGPASSFILE: home })).toMatchObject({ password: null })
  })

  it('comes from the command line, then the service, then PGPASSWORD, then the file', () => {
    const passfile = write('order', '*:*:*:*:of-file\n')
    const services = write('services-with-password', '[s]\npassword=of-service\n')
    const env: Record<string, string> = { PGPASSFILE: passfile }
    expect(find(env).password).toBe('of-file')
    env['PGPASSWORD'] = 'of-variable'
    expect(find(env)).toMatchObject({ password: 'of-variable', source: 'PGPASSWORD' })
    env['PGSERVICEFILE'] = services
    env['PGSERVICE'] = 's'
    expect(find(env)).toMatchObject({ password: 'of-service', source: `service s in ${services}` })
    expect(find(env, 'password=of-line')).toMatchObject({ password: 'of-line', source: 'command line' })
  })

  it('comes from the passfile that a service names', () => {
    const passfile = write('service-passfile', '*:*:*:*:private\n')
    const services = write('services-with-passfile', `[s]\npassfile=${passfile}\n`)
    expect(find({ PGSERVICEFILE: services, PGSERVICE: 's' })).toMatchObject({
      password: 'private',
      source: passfile,
    })
  })

  it('never shows', () => {
    const found = findPassword(target, {
      ...surroundings(),
      argument: { password: secret('hush'), ignored: [] },
    })
    expect(JSON.stringify(found)).not.toContain('hush')
  })
})

describeWith(['psql'])('psql, with the same surroundings', () => {
  /** psql names host and port in its error, as nothing listens on them. */
  function placeOfPsql(env: Record<string, string>, argument: string): string {
    try {
      execFileSync('psql', ['-w', '-d', argument, '-c', ''], {
        env: { PATH: process.env['PATH'], HOME: home, ...env },
        stdio: 'pipe',
      })
    } catch (error) {
      const { stderr } = error as { stderr: Buffer }
      const [, host, port] = /server at "([^"]+)".*port (\d+)/.exec(stderr.toString()) ?? []
      return `${host}:${port}`
    }
    throw new Error('psql connected')
  }

  it.each([
    ['', {}],
    ['port=3', {}],
    ['port=3', { PGPORT: '2' }],
    ['', { PGPORT: '2' }],
    ['', { PGPORT: '2', PGSERVICE: 'psql' }],
    ['service=psql', { PGPORT: '2', PGSERVICE: 'gone' }],
    ['service=psql port=4', { PGPORT: '2' }],
    ['postgresql://127.0.0.1:5/?service=psql', { PGHOST: '127.0.0.2' }],
    ['postgresql://127.0.0.1:5/?port=6', {}],
    ['host=127.0.0.1 host=127.0.0.4', {}],
  ])('goes to the same place: %s %j', (argument, more) => {
    const env = {
      PGHOST: '127.0.0.3',
      PGSERVICEFILE: write('services-psql', '[psql]\nport=1\nhost=127.0.0.9\n'),
      ...more,
    }
    const { host, port } = connectionDefaults(surroundings(env, argument))
    expect(`${host.value}:${port.value}`).toBe(placeOfPsql(env, argument))
  })
})
