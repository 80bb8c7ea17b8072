import { execFile, execFileSync } from 'node:child_process'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reveal, secret } from '../../src/model/secret.ts'
import { filesMade } from '../../src/secrets/made-files.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { defaultPassfilePath } from '../../src/secrets/passfile-path.ts'
import type { SecretEntry, SecretStore } from '../../src/secrets/store.ts'
import { hostileNames, hostileRoleNames } from '../support/hostile-names.ts'
import { everyPrintable } from '../support/printable.ts'
import { describeWith } from '../support/requires.ts'
import { startServer, type TestServer } from '../support/server.ts'

const run = promisify(execFile)
const isRoot = process.geteuid?.() === 0
const entry: SecretEntry = {
  user: 'reader',
  host: 'db.example.com',
  port: 5432,
  databases: ['music', 'shop'],
}
const linesOfEntry = 'db.example.com:5432:music:reader:pw\ndb.example.com:5432:shop:reader:pw\n'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passfile-'))
  path = join(folder, '.pgpass')
  return () => rm(folder, { recursive: true, force: true })
})

function store(at = path): SecretStore {
  return createPassfileStore({ path: at, platform: 'linux', patience: 200 })
}

/** A passfile with these lines, and the store on it. */
async function given(text: string | Buffer, mode = 0o600): Promise<SecretStore> {
  await writeFile(path, text, { mode })
  await chmod(path, mode)
  return store()
}

const contents = () => readFile(path, 'latin1')

describe('the passfile', () => {
  it('is made for its owner alone, with one line a database', async () => {
    const umask = process.umask(0)
    try {
      await store().save(entry, secret('pw'))
    } finally {
      process.umask(umask)
    }
    expect(await contents()).toBe(linesOfEntry)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['.pgpass'])
  })

  it('gives back what it keeps, and removes only that', async () => {
    const both = await given('# mine\nother:5432:music:me:secret\n')
    expect(await both.read(entry)).toBeNull()
    expect(await both.remove(entry)).toBe(false)
    await both.save(entry, secret('pw'))
    const kept = await both.read(entry)
    expect(kept && reveal(kept)).toBe('pw')
    expect(await both.remove(entry)).toBe(true)
    expect(await contents()).toBe('# mine\nother:5432:music:me:secret\n')
  })

  it('does not take the password of a wildcard for its own', async () => {
    expect(await (await given('*:*:*:*:w\n')).read(entry)).toBeNull()
  })

  it('keeps all other lines byte for byte, in whatever encoding, and ends the last', async () => {
    const others = Buffer.from('# caf\xe9\r\n\r\n  odd\n:::\nh:1:d:u:\xff\xfe\\\n\\', 'latin1')
    await (await given(others)).save(entry, secret('pw'))
    expect(await contents()).toBe(`${others.toString('latin1')}\n${linesOfEntry}`)
  })

  it('keeps the mode that an owner has chosen', async () => {
    await (await given('', 0o400)).save(entry, secret('pw'))
    expect((await stat(path)).mode & 0o777).toBe(0o400)
  })

  it('replaces the lines for the same four fields, wherever they are and however they are written', async () => {
    const old = 'db.example.com:5432:music:reader:old\n'
    await (await given(`# a\n${old}h:1:d:u:p\n\\db.example.com:5432:music:reader:older\n`)).save(
      { ...entry, databases: ['music'] },
      secret('pw'),
    )
    expect(await contents()).toBe('# a\ndb.example.com:5432:music:reader:pw\nh:1:d:u:p\n')
  })

  it('writes nothing when all is there already', async () => {
    const same = await given(linesOfEntry)
    const before = await stat(path)
    await same.save(entry, secret('pw'))
    expect((await stat(path)).ino).toBe(before.ino)
  })

  it.each([
    ['everything', '*:*:*:*:w'],
    ['the host', 'db.example.com:*:*:*:w'],
    ['the user', '*:5432:*:reader:w'],
  ])('stands above a wildcard for %s', async (_, wildcard) => {
    const above = await given(`other:1:d:u:p\n${wildcard}\nlast:1:d:u:p\n`)
    await above.save(entry, secret('pw'))
    expect(await contents()).toBe(`other:1:d:u:p\n${linesOfEntry}${wildcard}\nlast:1:d:u:p\n`)
  })

  it('moves its own line above a wildcard that hid it', async () => {
    await (await given(`*:*:*:reader:w\ndb.example.com:5432:music:reader:old`)).save(entry, secret('pw'))
    expect(await contents()).toBe(`${linesOfEntry}*:*:*:reader:w\n`)
  })

  it.each([
    ['a name', { ...entry, user: 'a\nb' }, 'pw'],
    ['the password', entry, 'a\nb'],
  ])('refuses a line break in %s, and leaves the file alone', async (_, named, password) => {
    const refusing = await given('mine\n')
    await expect(refusing.save(named, secret(password))).rejects.toMatchObject({
      problem: { code: 'passfile-cannot-hold' },
    })
    expect(await contents()).toBe('mine\n')
  })

  it('does not claim to have kept anything for no database', async () => {
    await expect(store().save({ ...entry, databases: [] }, secret('pw'))).rejects.toThrow()
  })
})

describe('the probe of a passfile', () => {
  it('proves that it can be written, and leaves no trace', async () => {
    expect(await store().probe()).toEqual({ works: true })
    expect(await readdir(folder)).toEqual([])
    const there = await given('mine\n')
    const before = await stat(path, { bigint: true })
    expect(await there.probe()).toEqual({ works: true })
    expect(await stat(path, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs })
    expect(await readdir(folder)).toEqual(['.pgpass'])
  })
})

describe('a passfile that is refused', () => {
  /** Neither the probe nor the saving accept it, for the same reason. */
  async function refused(refusing: SecretStore): Promise<{ code: string; next?: string }> {
    const probed = await refusing.probe()
    if (probed.works) throw new Error('the probe accepted it')
    await expect(refusing.save(entry, secret('pw'))).rejects.toMatchObject({ problem: probed.problem })
    return probed.problem
  }

  it.each(['640', '604', '620', '601', '666'])('others may touch it (%s): the command helps', async mode => {
    const open = await given('mine\n', Number.parseInt(mode, 8))
    const { code, next } = await refused(open)
    expect(code).toBe('file-readable-by-others')
    expect(await contents()).toBe('mine\n')
    execFileSync('sh', ['-c', /`(.*)`/.exec(next ?? '')?.[1] ?? 'false'])
    await open.save(entry, secret('pw'))
    expect(await contents()).toBe(`mine\n${linesOfEntry}`)
  })

  it('a folder, a pipe', async () => {
    await mkdir(path)
    expect(await refused(store())).toMatchObject({ code: 'file-not-a-file' })
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', ['-m', '600', pipe])
    expect(await refused(store(pipe))).toMatchObject({ code: 'file-not-a-file' })
  })

  it('a folder that is not there: the command helps', async () => {
    const missing = join(folder, "it's not", 'there', '.pgpass')
    const { code, next } = await refused(store(missing))
    expect(code).toBe('file-no-folder')
    execFileSync('sh', ['-c', /`(.*)`/.exec(next ?? '')?.[1] ?? 'false'])
    expect((await stat(dirname(missing))).mode & 0o777).toBe(0o700)
    await store(missing).save(entry, secret('pw'))
    expect(await readFile(missing, 'utf8')).toBe(linesOfEntry)
  })

  it('a folder into which everybody may write, unless it is sticky', async () => {
    await chmod(folder, 0o777)
    expect(await refused(store())).toMatchObject({ code: 'file-open-folder' })
    await chmod(folder, 0o1777)
    expect(await store().probe()).toEqual({ works: true })
  })

  it('a link that leads nowhere', async () => {
    await symlink(join(folder, 'nowhere'), path)
    expect(await refused(store())).toMatchObject({ code: 'file-dangling-link' })
  })

  it('a loop of links', async () => {
    await symlink(path, path)
    expect(await refused(store())).toMatchObject({ code: 'file-failed' })
  })

  it('one that another of us has left behind: it says which, and does not touch it', async () => {
    const left = `${path}.pg-usher-new`
    await writeFile(left, 'of another\n')
    expect(await refused(store())).toMatchObject({
      code: 'file-busy',
      next: expect.stringContaining(left),
    })
    expect(await readFile(left, 'utf8')).toBe('of another\n')
  })

  it('one for which there is no room: the old one stays', async () => {
    const old = `# ${'x'.repeat(100_000)}\n`
    await given(old)
    // The kernel refuses at 64 KiB (ulimit counts in blocks of 512 bytes), in the middle of the writing.
    const writer = [process.execPath, join(import.meta.dirname, 'passfile-writer.ts'), path, 'n', '1']
    const limited = run('sh', ['-c', 'ulimit -f 128; exec "$@"', 'sh', ...writer])
    await expect(limited).rejects.toMatchObject({
      stderr: expect.stringContaining("code: 'file-disk-full'"),
    })
    expect(await contents()).toBe(old)
    expect(await readdir(folder)).toEqual(['.pgpass'])
  })

  describe.runIf(isRoot)('seen by root', () => {
    it('belongs to another user', async () => {
      const foreign = await given('theirs\n')
      await chown(path, 65534, 65534)
      expect(await refused(foreign)).toMatchObject({ code: 'file-foreign' })
      expect(await contents()).toBe('theirs\n')
    })

    it('is a link of another user', async () => {
      const target = join(folder, 'target')
      await writeFile(target, '', { mode: 0o600 })
      await symlink(target, path)
      execFileSync('chown', ['-h', '65534', path])
      expect(await refused(store())).toMatchObject({ code: 'file-foreign-link' })
      expect(await readFile(target, 'utf8')).toBe('')
    })
  })
})

describe('a passfile that is emptied again', () => {
  const services = () => join(folder, '.pg_service.conf')
  const through = (state: string) =>
    createPassfileStore({
      path,
      platform: 'linux',
      made: filesMade(state),
      service: { file: services(), name: 'reader', isDefault: true },
    })

  it('goes with its service file where we made them, also by a later run', async () => {
    const state = join(folder, 'state')
    await through(state).save(entry, secret('pw'))
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['.pgpass', '.pg_service.conf']))
    expect(await through(state).remove(entry)).toBe(true)
    expect(await readdir(folder)).toEqual(['state'])
    expect(await readdir(join(state, 'made-files'))).toEqual([])
  })

  it('goes in the same run where nothing is remembered', async () => {
    const one = store()
    await one.save(entry, secret('pw'))
    await one.remove(entry)
    expect(await readdir(folder)).toEqual([])
  })

  it('stays where somebody else made it, or has put something into it', async () => {
    const state = join(folder, 'state')
    await writeFile(path, '', { mode: 0o600 })
    await through(state).save(entry, secret('pw'))
    await writeFile(services(), '[mine]\nhost=x\n', { flag: 'a' })
    await through(state).remove(entry)
    expect(await readFile(path, 'utf8')).toBe('')
    expect(await readFile(services(), 'utf8')).toContain('[mine]')
  })
})

describe('a passfile behind a link of its owner', () => {
  it('is replaced where it is, and the link stays', async () => {
    const target = join(folder, 'dotfiles', 'pgpass')
    await mkdir(dirname(target))
    await writeFile(target, 'mine\n', { mode: 0o600 })
    await symlink(join('dotfiles', 'pgpass'), path)
    await store().save(entry, secret('pw'))
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(await readFile(target, 'utf8')).toBe(`mine\n${linesOfEntry}`)
  })
})

describe('several at once', () => {
  it('lose nothing of each other', async () => {
    await given('# mine\n')
    const names = ['a', 'b', 'c', 'd']
    const program = join(import.meta.dirname, 'passfile-writer.ts')
    await Promise.all(names.map(name => run(process.execPath, [program, path, name, '10'])))
    const expected = names.flatMap(name =>
      Array.from({ length: 10 }, (_, at) => `h:5432:d:${name}-${at}:password of ${name}-${at}`),
    )
    expect((await contents()).trimEnd().split('\n').sort()).toEqual(['# mine', ...expected].sort())
  })
})

describe('defaultPassfilePath', () => {
  it.each([
    ['linux', {}, '/home/dba', '/home/dba/.pgpass'],
    ['darwin', { PGPASSFILE: '' }, '/Users/dba', '/Users/dba/.pgpass'],
    ['linux', { PGPASSFILE: '/srv/pass' }, '/home/dba', '/srv/pass'],
  ] as const)('on %s with %j', (platform, environment, home, expected) => {
    expect(defaultPassfilePath(environment, platform, home)).toBe(expected)
  })
})

describeWith(['psql'])('psql', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  const literal = (text: string) => pg.escapeLiteral(text)
  const identifier = (text: string) => pg.escapeIdentifier(text)

  /** Runs the command that the store tells, in a shell, with a query at its end. */
  async function psql(named: SecretEntry): Promise<string> {
    const query = 'select session_user, current_database()'
    const command = `${store().howToRead(named)} --no-password --no-psqlrc -Atc '${query}'`
    const { stdout } = await run('sh', ['-c', command], {
      env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8' },
    })
    return stdout
  }

  it('logs in with every printable character in the password, above a wildcard with a wrong one', async () => {
    const password = everyPrintable
    await server.sql(`create role "every character" login password ${literal(password)}`)
    await given('*:*:*:*:wrong\n')
    const named = { user: 'every character', host: server.host, port: server.port, databases: ['postgres'] }
    await store().save(named, secret(password))
    expect(await psql(named)).toBe('every character|postgres\n')
  })

  it('connects by the service at once, with a password file of its own', async () => {
    const home = join(folder, "it's a home")
    await mkdir(home, { mode: 0o700 })
    const file = join(home, '.pg_service.conf')
    await writeFile(file, '# mine\n[other]\nhost=elsewhere\n', { mode: 0o644 })
    await chmod(file, 0o644)
    await server.sql(`create role "a service" login password ${literal(everyPrintable)}`)
    const named = { user: 'a service', host: server.host, port: server.port, databases: ['postgres'] }
    const place = { name: 'atlan', file, isDefault: true }
    const kept = createPassfileStore({ path: join(home, 'private'), platform: 'linux', service: place })
    expect(await kept.probe(undefined, named)).toEqual({ works: true })
    expect(await readFile(file, 'utf8')).toBe('# mine\n[other]\nhost=elsewhere\n')
    await kept.save(named, secret(everyPrintable))
    expect(kept.howToRead(named)).toBe('psql service=atlan')
    const query = '--no-password --no-psqlrc -Atc "select session_user, current_database()"'
    const environment = { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C.UTF-8' }
    const { stdout } = await run('sh', ['-c', `${kept.howToRead(named)} ${query}`], { env: environment })
    expect(stdout).toBe('a service|postgres\n')
    expect((await stat(file)).mode & 0o777).toBe(0o644)

    // Elsewhere than psql looks by itself, the command says where.
    const away = createPassfileStore({
      path: join(home, 'private'),
      platform: 'linux',
      service: { ...place, isDefault: false },
    })
    await run('sh', ['-c', `${away.howToRead(named)} ${query}`], {
      env: { ...environment, HOME: '/nowhere' },
    })

    await expect(kept.save({ ...named, user: 'another' }, secret('x'))).rejects.toMatchObject({
      problem: { code: 'service-taken' },
    })
    expect(await kept.probe(undefined, { ...named, user: 'another' })).toMatchObject({
      works: false,
      problem: { code: 'service-taken' },
    })
    expect(await kept.remove(named)).toBe(true)
    expect(await readFile(file, 'utf8')).toBe('# mine\n[other]\nhost=elsewhere\n')
  })

  it('logs in as every role and into every database, whatever the name', { timeout: 120_000 }, async () => {
    await given('*:*:*:*:wrong\n')
    const possible = hostileNames.filter(name => !name.includes('\n') && !hostileRoleNames.includes(name))
    const databases = [
      'a=b',
      "it's=\\ok",
      'postgres://x',
      'co:lon',
      '*',
      '#',
      '-option',
      'żółć 🎟️',
      ...possible,
    ]
    for (const database of databases) await server.sql(`create database ${identifier(database)}`)
    const roles = ['*', '#', 'co:lon', '-option', ...hostileRoleNames]
    await server.sql(
      roles.map((role, at) => `create role ${identifier(role)} login password 'password ${at}'`).join(';'),
    )
    const { host, port } = server
    const entries = [
      ...roles.map(user => ({ user, host, port, databases: ['postgres'] })),
      ...databases.map(database => ({ user: '*', host, port, databases: [database] })),
    ]
    for (const named of entries) {
      await store().save(named, secret(`password ${roles.indexOf(named.user)}`))
    }
    for (const named of entries) {
      expect(await psql(named)).toBe(`${named.user}|${named.databases.join()}\n`)
    }
  })
})
