import { createHash } from 'node:crypto'
import { appendFileSync, chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hbaFileWay, sqlWay } from '../../../src/engine/hba/hba-file.ts'
import { readHba } from '../../../src/engine/hba/read-hba.ts'
import { type HbaEdit, type HbaWork, removeHbaLines, writeHba } from '../../../src/engine/hba/write-hba.ts'
import { encodeContents } from '../../../src/model/hba/contents.ts'
import { letsIn, placeHba } from '../../../src/model/hba/place.ts'
import type { Session } from '../../../src/postgres/session.ts'
import { probe } from '../../support/hba/probe.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'
import { openAs } from '../fixture.ts'

const rules = [
  '# the first line',
  'local all all scram-sha-256',
  'host all postgres 127.0.0.1/32 scram-sha-256',
  'host all all 127.0.0.0/8 reject',
]

describe.each(majorsInDepth)('pg_hba.conf of PostgreSQL %i', major => {
  let server: TestServer
  let session: Session
  let path: string
  beforeAll(async () => {
    server = await startServer({ major, tls: true })
    path = join(server.dataDirectory, 'pg_hba.conf')
    await server.sql(`create role tool login password 'right'`)
    session = await openAs(server)({ database: 'postgres' })
  })
  beforeEach(async () => {
    await server.setHba(rules)
    chmodSync(path, 0o640)
  })
  afterEach(() => {
    for (const name of strays()) expect(name).toMatch(/\.bak$/)
  })
  afterAll(async () => {
    await session.close()
    await server.stop()
  })

  const text = () => readFileSync(path, 'utf8')
  const strays = () => readdirSync(dirname(path)).filter(name => name.includes('pg-usher'))
  const knock = async (from: string) =>
    (
      await probe({
        host: '127.0.0.1',
        port: server.port,
        from,
        tls: true,
        user: 'tool',
        database: 'postgres',
      })
    ).says

  async function edit({ own = false, cidrs = ['127.9.0.0/16'] } = {}): Promise<HbaEdit> {
    const hba = await readHba(session, { login: 'tool', group: null, databases: ['postgres'] })
    const wanted = { databases: ['postgres'], login: 'tool', cidrs, tls: true, versionNumber: major * 10_000 }
    const placed = placeHba({ ...hba, wanted, ...(own ? { ownFile: 'pg_hba.pg-usher.tool.conf' } : {}) })
    if (!placed.ok) throw new Error(placed.problem.message)
    expect(placed.value.ways.every(({ after }) => after.every(({ verdict }) => letsIn(verdict)))).toBe(true)
    return {
      path,
      login: 'tool',
      before: encodeContents(hba.contents),
      after: encodeContents({ ...hba.contents, text: placed.value.text }),
      own: own
        ? {
            path: join(dirname(path), 'pg_hba.pg-usher.tool.conf'),
            text: `${placed.value.lines.join('\n')}\n`,
          }
        : null,
    }
  }
  const work = (more: Partial<HbaWork> = {}): HbaWork => ({
    open: openAs(server),
    database: 'postgres',
    tryEffect: async () => null,
    onBackup: () => {},
    ...more,
  })

  it('is written with the same owner and mode, in force at once, and made as it was again', async () => {
    const before = statSync(path)
    expect(await knock('127.9.1.2')).toBe('reject')
    const written = await writeHba(await edit(), work())
    expect(written.by).toBe('file')
    const after = statSync(path)
    expect([after.uid, after.gid, after.mode]).toEqual([before.uid, before.gid, before.mode])
    expect(after.ino).not.toBe(before.ino)
    expect(await knock('127.9.1.2')).toBe('sasl')
    expect(await knock('127.8.1.2')).toBe('reject')
    expect(readFileSync(written.backup, 'utf8')).toBe(`${rules.join('\n')}\n`)
    const backup = statSync(written.backup)
    expect([backup.uid, backup.mode]).toEqual([before.uid, before.mode])
    expect(await removeHbaLines({ path, login: 'tool', ownPath: null }, work())).toBe(true)
    expect(text()).toBe(`${rules.join('\n')}\n`)
    expect(await knock('127.9.1.2')).toBe('reject')
    expect(await removeHbaLines({ path, login: 'tool', ownPath: null }, work())).toBe(false)
  })

  it('lets in by a real login from an address that matches', async () => {
    await writeHba(await edit({ cidrs: ['127.0.0.1/32'] }), work())
    const client = await server.client({ user: 'tool', password: 'right' }).catch(error => error)
    // The line is for TLS, and this client has none.
    expect(String(client)).toMatch(/rejects connection/)
    expect(await knock('127.0.0.1')).toBe('sasl')
  })

  it('is not touched where somebody else has changed it since', async () => {
    const stale = await edit()
    appendFileSync(path, '# another hand\n')
    await expect(writeHba(stale, work())).rejects.toMatchObject({ problem: { code: 'hba-changed' } })
    expect(text()).toBe(`${rules.join('\n')}\n# another hand\n`)
    // Also in the last moment, after the backup.
    const late = await edit()
    const meddle = () => appendFileSync(path, '# a third one\n')
    await expect(writeHba(late, work({ onBackup: meddle }))).rejects.toMatchObject({
      problem: { code: 'hba-changed' },
    })
    // And after it: ours stays in the file that somebody has gone on with, and where the old one is, is said.
    const overtaken = await edit()
    const tryEffect = async () => {
      appendFileSync(path, '# a fourth one\n')
      return { code: 'hba-without-effect', message: 'It does not let in.' }
    }
    await expect(writeHba(overtaken, work({ tryEffect }))).rejects.toMatchObject({
      problem: { code: 'hba-not-restored', next: expect.stringContaining('.bak') },
    })
    expect(text()).toMatch(/# another hand\n# a third one\n# a fourth one\n$/)
  })

  it('is put back where the new rules would lock the administrator out', async () => {
    const right = await edit()
    const locked = { ...right, after: Buffer.from('host all tool 127.0.0.1/32 scram-sha-256\n') }
    await expect(writeHba(locked, work())).rejects.toMatchObject({ problem: { code: 'no-hba-line' } })
    expect(text()).toBe(`${rules.join('\n')}\n`)
    expect(await server.sql('select 1 as one')).toEqual([{ one: 1 }])
    expect(await knock('127.9.1.2')).toBe('reject')
  })

  it('is put back where the server does not take it, says so or not, or where it has no effect', async () => {
    const right = await edit()
    for (const line of ['host all all nonsense\n', 'hostssl all all all md5 clientcert=perhaps\n']) {
      const faulty = { ...right, after: Buffer.concat([right.after, Buffer.from(line)]) }
      await expect(writeHba(faulty, work())).rejects.toMatchObject({ problem: { code: 'hba-faulty' } })
      expect(text()).toBe(`${rules.join('\n')}\n`)
    }
    const problem = { code: 'hba-without-effect', message: 'It does not let in.' }
    await expect(writeHba(right, work({ tryEffect: async () => problem }))).rejects.toMatchObject({ problem })
    expect(text()).toBe(`${rules.join('\n')}\n`)
    expect(await knock('127.9.1.2')).toBe('reject')
  })

  it('keeps its bytes through SQL, backslashes, tabs and what is no UTF-8', async () => {
    const odd = Buffer.concat([
      Buffer.from(`${rules.join('\n')}\n# \\N \\\\ \t "'\r\n# `),
      Buffer.from([0xff, 0xe9, 0x0a]),
    ])
    writeFileSync(path, odd)
    const way = sqlWay(session, path)
    const backup = await way.backup(odd)
    expect(readFileSync(backup).equals(odd)).toBe(true)
    const longer = Buffer.concat([odd, odd])
    await way.replace(longer, odd)
    expect(readFileSync(path).equals(longer)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o640)
    await way.replace(odd, longer)
    expect(readFileSync(path).equals(odd)).toBe(true)
    await expect(way.replace(longer, longer)).rejects.toMatchObject({ problem: { code: 'hba-changed' } })
    expect(await session.query('select from pg_largeobject_metadata')).toHaveLength(0)
    // Here both ways lead to one file.
    expect((await hbaFileWay(session, path)).by).toBe('file')
    expect(hash(odd)).toBe(hash(readFileSync(path)))
  })

  if (major >= 16) {
    it('takes our lines in a file of their own, and leaves none of it', async () => {
      const included = await edit({ own: true })
      await writeHba(included, work())
      expect(text()).toMatch(
        /# pg-usher: tool, begin\ninclude "pg_hba.pg-usher.tool.conf"\n# pg-usher: tool, end\nhost all all 127/,
      )
      expect(await knock('127.9.1.2')).toBe('sasl')
      const ownPath = included.own?.path ?? ''
      expect(statSync(ownPath).mode & 0o777).toBe(0o640)
      expect(await removeHbaLines({ path, login: 'tool', ownPath }, work())).toBe(true)
      expect(text()).toBe(`${rules.join('\n')}\n`)
      expect(strays()).not.toContain('pg_hba.pg-usher.tool.conf')
      expect(await knock('127.9.1.2')).toBe('reject')
    })
  }
})

describe('pg_hba.conf of a server on another machine', () => {
  let server: TestServer
  let session: Session
  // A path that leads to the file for the server, and nowhere for this process.
  const path = '/proc/self/cwd/pg_hba.conf'
  beforeAll(async () => {
    server = await startServer({ tls: true, hba: rules, settings: { hba_file: path } })
    await server.sql(`create role tool login password 'right'`)
    session = await openAs(server)({ database: 'postgres' })
  })
  afterAll(async () => {
    await session.close()
    await server.stop()
  })

  const text = () => readFileSync(join(server.dataDirectory, 'pg_hba.conf'), 'utf8')
  const knock = async () =>
    (
      await probe({
        host: '127.0.0.1',
        port: server.port,
        from: '127.9.1.2',
        tls: true,
        user: 'tool',
        database: 'postgres',
      })
    ).says

  it.each([null, 'pg_hba.pg-usher.tool.conf'])(
    'is written through SQL, put back where it has no effect, and made as it was (%s)',
    async ownFile => {
      const hba = await readHba(session, { login: 'tool', group: null, databases: ['postgres'] })
      const wanted = { databases: ['postgres'], login: 'tool', cidrs: ['127.9.0.0/16'], tls: true }
      const placed = placeHba({ ...hba, wanted, ...(ownFile === null ? {} : { ownFile }) })
      if (!placed.ok) throw new Error(placed.problem.message)
      const own =
        ownFile === null
          ? null
          : { path: `/proc/self/cwd/${ownFile}`, text: `${placed.value.lines.join('\n')}\n` }
      const edit = {
        path,
        login: 'tool',
        before: encodeContents(hba.contents),
        after: encodeContents({ ...hba.contents, text: placed.value.text }),
        own,
      }
      const work = {
        open: openAs(server),
        database: 'postgres',
        tryEffect: async () => null,
        onBackup: () => {},
      }
      const problem = { code: 'hba-without-effect', message: 'It does not let in.' }
      await expect(writeHba(edit, { ...work, tryEffect: async () => problem })).rejects.toMatchObject({
        problem,
      })
      expect(text()).toBe(`${rules.join('\n')}\n`)
      expect(await knock()).toBe('reject')
      const written = await writeHba(edit, work)
      expect(written).toMatchObject({ by: 'sql', backup: expect.stringContaining(server.dataDirectory) })
      expect(readFileSync(written.backup, 'utf8')).toBe(`${rules.join('\n')}\n`)
      expect(await knock()).toBe('sasl')
      expect(await removeHbaLines({ path, login: 'tool', ownPath: own?.path ?? null }, work)).toBe(true)
      expect(text()).toBe(`${rules.join('\n')}\n`)
      expect(await knock()).toBe('reject')
    },
  )
})

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
