import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hbaFileWay, sqlWay } from '../../../src/engine/hba/hba-file.ts'
import { readHba } from '../../../src/engine/hba/read-hba.ts'
import { undoHbaLines } from '../../../src/engine/hba/undo-hba.ts'
import { type HbaEdit, type HbaWork, type HbaWritten, writeHba } from '../../../src/engine/hba/write-hba.ts'
import type { HbaDone } from '../../../src/model/hba/change.ts'
import { encodeContents } from '../../../src/model/hba/contents.ts'
import { type HbaPlacement, letsIn, placeHba } from '../../../src/model/hba/place.ts'
import { ProblemError } from '../../../src/model/problem.ts'
import { doorAdvice } from '../../../src/plan/network-text.ts'
import type { OpenSession, Session } from '../../../src/postgres/session.ts'
import { probe } from '../../support/hba/probe.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'
import { applyPlan, openAs, planFor } from '../fixture.ts'
import { changeFor, networkOf } from './fixture.ts'

const rules = [
  '# the first line',
  'local all all scram-sha-256',
  'host all postgres 127.0.0.1/32 scram-sha-256',
  'host all all 127.0.0.0/8 reject',
]

const laterWanted = {
  login: 'later',
  group: null,
  databases: [{ name: 'postgres', schemas: [{ name: 'public', relations: [] }] }],
}

const ownName = 'pg_hba.pg-usher.tool.conf'

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
  const ownPath = () => join(dirname(path), ownName)
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

  async function edit({ own = false, cidrs = ['127.9.0.0/16'] } = {}): Promise<Edit> {
    const hba = await readHba(session, { login: 'tool', group: null, databases: ['postgres'] })
    expect(hba.by).toBe('file')
    const wanted = { databases: ['postgres'], login: 'tool', cidrs, tls: true, versionNumber: major * 10_000 }
    const placed = placeHba({ ...hba, wanted, ...(own ? { ownFile: ownName } : {}) })
    if (!placed.ok) throw new Error(placed.problem.message)
    expect(placed.value.ways.every(({ after }) => after.every(({ verdict }) => letsIn(verdict)))).toBe(true)
    return editOf(path, encodeContents(hba.contents), placed.value)
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
    const first = await edit()
    const written = await writeHba(first, work())
    expect(written.by).toBe('file')
    const after = statSync(path)
    expect([after.uid, after.gid, after.mode]).toEqual([before.uid, before.gid, before.mode])
    expect(after.ino).not.toBe(before.ino)
    expect(await knock('127.9.1.2')).toBe('sasl')
    expect(await knock('127.8.1.2')).toBe('reject')
    expect(readFileSync(written.backup, 'utf8')).toBe(`${rules.join('\n')}\n`)
    const backup = statSync(written.backup)
    expect([backup.uid, backup.mode]).toEqual([before.uid, before.mode])
    const done = doneOf(first, written)
    expect(await undoHbaLines(done, work())).toEqual({ changed: true, left: [] })
    expect(text()).toBe(`${rules.join('\n')}\n`)
    expect(await knock('127.9.1.2')).toBe('reject')
    expect(await undoHbaLines(done, work())).toEqual({ changed: false, left: [] })
  })

  it('lets in by a real login from an address that matches', async () => {
    // No line lets the login in from here: it is proved through the one that is written.
    const before = [...rules.slice(0, 3), 'host all all 127.0.0.0/8 reject']
    await server.setHba(before)
    const change = await changeFor(session, { login: 'later', database: 'postgres', cidrs: ['127.0.0.1/32'] })
    const plan = { ...planFor(server, laterWanted), network: networkOf(change) }
    const ends: unknown[] = []
    const open: OpenSession = async request => {
      if (request.as !== undefined) {
        const [role] = await server.sql(
          `SELECT rolvaliduntil <= now() + interval '10 minutes' AS short FROM pg_roles WHERE rolname = 'later'`,
        )
        ends.push(role?.['short'])
      }
      return openAs(server)(request)
    }
    const { outcome } = await applyPlan(server, plan, { open })
    expect(outcome).toMatchObject({
      outcome: 'done',
      proof: { databases: [{ database: 'postgres', by: 'login' }] },
      notes: [expect.stringContaining('answers a connection from here as its rules say')],
    })
    // While it was proved, its end was near.
    expect(ends).toEqual([true])
    expect(
      await server.sql(`SELECT rolvaliduntil > '2099-01-01' AS far FROM pg_roles WHERE rolname = 'later'`),
    ).toEqual([{ far: true }])
    await server.sql('DROP OWNED BY later; DROP ROLE later')

    // Where that login fails, all is as it was.
    await server.setHba(before)
    const refused: OpenSession = async request => {
      if (request.as !== undefined) throw new ProblemError({ code: 'server-gone', message: 'It is away.' })
      return openAs(server)(request)
    }
    const again = await changeFor(session, { login: 'later', database: 'postgres', cidrs: ['127.0.0.1/32'] })
    const failed = await applyPlan(server, { ...plan, network: networkOf(again) }, { open: refused })
    expect(failed.outcome).toMatchObject({ outcome: 'failed-unchanged', problem: { code: 'login-failed' } })
    expect(text()).toBe(`${before.join('\n')}\n`)
    expect(await server.sql(`SELECT FROM pg_roles WHERE rolname = 'later'`)).toEqual([])
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
      const written = await writeHba(included, work())
      expect(text()).toMatch(
        /# pg-usher: tool, begin\ninclude "pg_hba.pg-usher.tool.conf"\n# pg-usher: tool, end\nhost all all 127/,
      )
      expect(await knock('127.9.1.2')).toBe('sasl')
      expect(statSync(ownPath()).mode & 0o777).toBe(0o640)
      expect(await undoHbaLines(doneOf(included, written), work())).toEqual({ changed: true, left: [] })
      expect(text()).toBe(`${rules.join('\n')}\n`)
      expect(strays()).not.toContain('pg_hba.pg-usher.tool.conf')
      expect(await knock('127.9.1.2')).toBe('reject')
    })

    it('keeps the file of our own that was there, whatever fails, and notices who else has changed it', async () => {
      const first = await edit({ own: true, cidrs: ['127.9.1.0/24'] })
      await writeHba(first, work())
      const [main, own] = [text(), readFileSync(ownPath(), 'utf8')]
      const asFirst = async () => {
        expect([text(), readFileSync(ownPath(), 'utf8')]).toEqual([main, own])
        expect(await server.sql('select from pg_hba_file_rules where error is not null')).toEqual([])
        expect([await knock('127.9.1.1'), await knock('127.9.2.1')]).toEqual(['sasl', 'reject'])
      }
      const wider = { own: true, cidrs: ['127.9.1.0/24', '127.9.2.0/24'] }
      const problem = { code: 'hba-without-effect', message: 'It does not let in.' }
      const second = await edit(wider)
      expect(second.placed).toMatchObject({ changes: true, text: main })
      await expect(writeHba(second, work({ tryEffect: async () => problem }))).rejects.toMatchObject({
        problem,
      })
      await asFirst()
      // The first file changes too.
      await server.setHba(['host all all 127.9.2.0/24 reject', ...main.trimEnd().split('\n')])
      const moved = await edit(wider)
      expect(moved.placed.text.startsWith('# pg-usher: tool, begin')).toBe(true)
      const moving = writeHba(moved, work({ tryEffect: async () => problem }))
      await expect(moving).rejects.toMatchObject({ problem })
      expect(readFileSync(ownPath(), 'utf8')).toBe(own)
      await server.setHba(main.trimEnd().split('\n'))

      const stale = await edit(wider)
      appendFileSync(ownPath(), '# another hand\n')
      await expect(writeHba(stale, work())).rejects.toMatchObject({ problem: { code: 'hba-changed' } })
      writeFileSync(ownPath(), own)
      // In the last moment, and after it.
      const meddle = () => appendFileSync(ownPath(), '# another hand\n')
      await expect(writeHba(stale, work({ onBackup: meddle }))).rejects.toMatchObject({
        problem: { code: 'hba-changed' },
      })
      expect([text(), readFileSync(ownPath(), 'utf8')]).toEqual([main, `${own}# another hand\n`])
      writeFileSync(ownPath(), own)
      const tryEffect = async () => {
        meddle()
        return problem
      }
      await expect(writeHba(stale, work({ tryEffect }))).rejects.toMatchObject({
        problem: { code: 'hba-not-restored', message: expect.stringContaining(ownName) },
      })
      writeFileSync(ownPath(), own)

      // By the second way the first one's file is not used any more; the undo brings it back.
      const direct = await edit({ cidrs: ['127.9.2.0/24'] })
      const leaving = { ...direct, own: [{ path: ownPath(), before: Buffer.from(own), after: null }] }
      const written = await writeHba(leaving, work())
      expect(existsSync(ownPath())).toBe(false)
      expect([await knock('127.9.1.1'), await knock('127.9.2.1')]).toEqual(['reject', 'sasl'])
      const former = { block: direct.placed.former, own: { path: ownPath(), text: own } }
      const undone = await undoHbaLines({ ...doneOf(direct, written), former }, work())
      expect(undone).toEqual({ changed: true, left: [] })
      await asFirst()
      rmSync(ownPath())
    })

    it('neither overwrites nor removes a file that is not ours alone', async () => {
      for (const theirs of [
        'host all all all trust\n',
        '# pg-usher: other, begin\n# pg-usher: other, end\n',
      ]) {
        writeFileSync(ownPath(), theirs)
        await expect(edit({ own: true })).rejects.toThrow(/not marked as ours for this login/)
        rmSync(ownPath())
        const right = await edit({ own: true })
        writeFileSync(ownPath(), theirs)
        const overwriting = {
          ...right,
          own: right.own.map(each => ({ ...each, before: Buffer.from(theirs) })),
        }
        await expect(writeHba(overwriting, work())).rejects.toMatchObject({
          problem: { code: 'hba-not-ours' },
        })
        await expect(writeHba(right, work())).rejects.toMatchObject({ problem: { code: 'hba-changed' } })
        expect(readFileSync(ownPath(), 'utf8')).toBe(theirs)
        rmSync(ownPath())
      }
      const included = await edit({ own: true })
      const written = await writeHba(included, work())
      appendFileSync(ownPath(), 'host all all 127.3.0.0/16 trust\n')
      const [main, own] = [text(), readFileSync(ownPath(), 'utf8')]
      // With the include these lines would go out of force: their owner is asked first.
      const undoing = undoHbaLines(doneOf(included, written), work())
      await expect(undoing).rejects.toMatchObject({ problem: { code: 'hba-not-ours' } })
      expect([text(), readFileSync(ownPath(), 'utf8')]).toEqual([main, own])
      // A file that is another login's is left to it.
      writeFileSync(ownPath(), own.replaceAll('pg-usher: tool,', 'pg-usher: other,'))
      expect(await undoHbaLines(doneOf(included, written), work())).toEqual({ changed: true, left: [] })
      expect(text()).toBe(`${rules.join('\n')}\n`)
      expect(readFileSync(ownPath(), 'utf8')).toContain('pg-usher: other, begin')
      rmSync(ownPath())
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
      const edited = async () => {
        const hba = await readHba(session, { login: 'tool', group: null, databases: ['postgres'] })
        const wanted = { databases: ['postgres'], login: 'tool', cidrs: ['127.9.0.0/16'], tls: true }
        const placed = placeHba({ ...hba, wanted, ...(ownFile === null ? {} : { ownFile }) })
        if (!placed.ok) throw new Error(placed.problem.message)
        expect(hba.by).toBe('sql')
        return editOf(path, encodeContents(hba.contents), placed.value, server.dataDirectory)
      }
      const work = {
        open: openAs(server),
        database: 'postgres',
        tryEffect: async () => null,
        onBackup: () => {},
      }
      const problem = { code: 'hba-without-effect', message: 'It does not let in.' }
      const refused = writeHba(await edited(), { ...work, tryEffect: async () => problem })
      await expect(refused).rejects.toMatchObject({ problem })
      // A file cannot be removed through SQL: that it is still there is said, without any rule in it.
      if (ownFile !== null)
        await expect(refused).rejects.toMatchObject({ problem: { next: unused(ownFile) } })
      expect(text()).toBe(`${rules.join('\n')}\n`)
      expect(await knock()).toBe('reject')
      const edit = await edited()
      const written = await writeHba(edit, work)
      expect(written).toMatchObject({ by: 'sql', backup: expect.stringContaining(server.dataDirectory) })
      expect(readFileSync(written.backup, 'utf8')).toBe(`${rules.join('\n')}\n`)
      expect(await knock()).toBe('sasl')
      const left = ownFile === null ? [] : [`/proc/self/cwd/${ownFile}`]
      expect(await undoHbaLines(doneOf(edit, written), work)).toEqual({ changed: true, left })
      expect(text()).toBe(`${rules.join('\n')}\n`)
      expect(await knock()).toBe('reject')
    },
  )
})

describe('what is said before pg_hba.conf is written', () => {
  it.each([
    { settings: {}, by: 'file' },
    { settings: { hba_file: '/proc/self/cwd/pg_hba.conf' }, by: 'sql' },
  ])(
    'names the risk of a file that is overwritten in place, and only there ($by)',
    async ({ settings, by }) => {
      const server = await startServer({ hba: rules, settings })
      const session = await openAs(server)({ database: 'postgres' })
      try {
        const wanted = { login: 'tool', database: 'postgres', cidrs: ['127.9.0.0/16'] }
        const change = await changeFor(session, wanted)
        expect(change.by).toBe(by)
        const advice = doorAdvice(networkOf(change))
        expect(advice).toMatch(/^pg-usher writes these lines into /)
        expect(advice.includes('overwrites it in place: should its machine go down')).toBe(by === 'sql')
      } finally {
        await session.close()
        await server.stop()
      }
    },
  )
})

interface Edit extends HbaEdit {
  readonly placed: HbaPlacement
}

/** @param folder where the files are for this process, not for the server */
function editOf(path: string, before: Uint8Array, placed: HbaPlacement, folder = dirname(path)): Edit {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const { text, own } = placed
  const here = join(folder, ownName)
  const there = existsSync(here) ? readFileSync(here) : null
  const edits = own === null ? [] : [{ path: own.path, before: there, after: bytes(own.text) }]
  // What is no UTF-8 is not written in these tests.
  return { path, login: 'tool', before, after: bytes(text), own: edits, placed }
}

const unused = (name: string) =>
  `/proc/self/cwd/${name} is not used any more and has no rule in it; on the server it can be removed.`

function doneOf({ path, placed }: Edit, { backup }: HbaWritten): HbaDone {
  return { path, ownPath: placed.own?.path ?? null, login: 'tool', lines: placed.lines, backup }
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
