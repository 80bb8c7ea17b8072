import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createJournal, leftJournals, readJournal, reopenJournal } from '../../src/engine/journal.ts'
import { brokenOff, undoStanding } from '../../src/engine/resume.ts'
import { standingOf, standingText } from '../../src/engine/standing.ts'
import { stateFolder } from '../../src/engine/state-folder.ts'
import { thisProcess } from '../../src/engine/this-process.ts'
import { markerOf, withMarker } from '../../src/model/marker.ts'
import { reveal, secret } from '../../src/model/secret.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { createShowOnceStore } from '../../src/secrets/show-once.ts'
import type { SecretStore } from '../../src/secrets/store.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'
import { accessIn, applyPlan, makeDatabase, openAs, planFor } from './fixture.ts'
import { serverFacts } from './undo-fixture.ts'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'pg-usher-journal-')), 'state')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const journalsIn = (path: string) => readdirSync(path).filter(name => name.startsWith('journal-'))

/** The number of a process that has ended. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

describe('a journal', () => {
  const plan = planFor({ host: 'h', port: 1, adminUser: 'a' } as TestServer, {
    login: 'tool_user',
    group: null,
    databases: [],
  })
  const begin = {
    attempt: '0123456789abcdef',
    at: '2026-11-22T12:00:00.000Z',
    server: { host: 'h', port: 1, systemIdentifier: null },
    planHash: '01234567',
    plan,
    answers: shopAnswers,
    relationsPerStep: 2000,
    comments: {},
  }

  it('is for its owner alone, and goes when it is removed', async () => {
    const journal = await createJournal(folder, begin)
    expect(statSync(journal.path).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    journal.remove()
    expect(journalsIn(folder)).toEqual([])
  })

  it('never holds a secret that was revealed, nor what looks like a verifier', async () => {
    const journal = await createJournal(folder, begin)
    reveal(secret('Pass"word\\'))
    const verifier = `SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy`
    journal.write({
      entry: 'left',
      left: [`the password Pass"word\\ and ${verifier}`, `md5${'0'.repeat(32)}`],
    })
    const text = readFileSync(journal.path, 'utf8')
    expect(text).not.toContain(JSON.stringify('Pass"word\\').slice(1, -1))
    expect(text).not.toContain('SCRAM-SHA-256')
    expect(text).not.toContain('md50')
    expect(readJournal(journal.path)?.entries).toEqual([
      { entry: 'left', left: ['the password [secret] and [secret]', '[secret]'] },
    ])
  })

  it('is not offered while its program runs; is, once that has ended, with a torn last line passed over', async () => {
    const journal = await createJournal(folder, begin)
    journal.write({ entry: 'step', step: 1, state: 'intended' })
    expect(leftJournals(folder)).toEqual([])
    const text = readFileSync(journal.path, 'utf8')
    writeFileSync(journal.path, text.replace(`"pid":${process.pid}`, `"pid":${endedProcess()}`))
    appendFileSync(journal.path, '{"entry":"step","st')
    expect(leftJournals(folder)).toMatchObject([
      { begin: { attempt: begin.attempt }, entries: [{ entry: 'step', step: 1, state: 'intended' }] },
    ])
    reopenJournal(journal.path).write({ entry: 'step', step: 1, state: 'committed' })
    expect(readJournal(journal.path)?.entries).toMatchObject([
      { state: 'intended' },
      { entry: 'resumed', process: thisProcess() },
      { state: 'committed' },
    ])
    expect(leftJournals(folder)).toEqual([])
  })

  it('is not gone by where others could have written it', async () => {
    const journal = await createJournal(folder, begin)
    expect(readJournal(journal.path)).not.toBeNull()
    chmodSync(journal.path, 0o622)
    expect(readJournal(journal.path)).toBeNull()
  })
})

describe('the folder for what is under way', () => {
  it.each([
    [{ XDG_STATE_HOME: '/s' }, 'linux', join('/s', 'pg-usher')],
    [{ XDG_STATE_HOME: 'relative' }, 'linux', join('/home/x', '.local', 'state', 'pg-usher')],
    [{}, 'darwin', join('/home/x', '.local', 'state', 'pg-usher')],
    [{ LOCALAPPDATA: '/l' }, 'win32', join('/l', 'pg-usher')],
  ] as const)('%o on %s is %s', (environment, platform, expected) => {
    expect(stateFolder(environment, platform, '/home/x')).toBe(expected)
  })
})

describe('a run with a journal', () => {
  let server: TestServer
  const places = ['music']
  beforeAll(async () => {
    server = await startServer()
    await makeDatabase(server, 'music', { public: ['album', 'artist'] })
  })
  afterAll(() => server?.stop())

  /** With comments, as real plans have them. */
  function commented(login: string, existed = false) {
    const plan = planFor(server, {
      login,
      group: null,
      existed,
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    const comment = {
      kind: 'comment-role',
      role: login,
      comment: 'pg-usher: Atlan, the login',
      before: null,
      why: 'a test',
    } as const
    return existed ? plan : { ...plan, roles: [...plan.roles, comment] }
  }

  const commentOn = async (role: string) => {
    const [row] = await server.sql(
      `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
      'postgres',
      [role],
    )
    return row?.['comment']
  }

  it('does nothing at all where the journal cannot be written', async () => {
    const before = await accessIn(server, places)
    const store = createShowOnceStore()
    writeFileSync(join(folder, '..', 'file'), '')
    const { outcome, request } = await applyPlan(server, commented('tool_user'), {
      store,
      journal: { folder: join(folder, '..', 'file', 'state'), answers: shopAnswers },
    })
    expect(outcome).toMatchObject({
      outcome: 'failed-unchanged',
      problem: { code: 'journal-not-written', next: expect.stringContaining('XDG_STATE_HOME') },
    })
    expect(await accessIn(server, places)).toEqual(before)
    expect(await store.read(request.entry)).toBeNull()
  })

  it('marks its role with plan, attempt and step, and leaves no journal', async () => {
    const { outcome } = await applyPlan(server, commented('tool_user'), {
      journal: { folder, answers: shopAnswers },
    })
    expect(outcome).toMatchObject({ outcome: 'done' })
    expect(await commentOn('tool_user')).toMatch(
      /^pg-usher: Atlan, the login \(plan [0-9a-f]{8}, attempt [0-9a-f]{16}, step 4 of 4\)$/,
    )
    expect(journalsIn(folder)).toEqual([])
    await server.sql('DROP OWNED BY tool_user; DROP ROLE tool_user', 'music')
  })

  it('is ended only when its receipt is there, so that one that is killed has either', async () => {
    const journals: number[] = []
    const real = createShowOnceStore()
    const howToRead: SecretStore['howToRead'] = entry => {
      journals.push(journalsIn(folder).length)
      return real.howToRead(entry)
    }
    const { outcome } = await applyPlan(server, commented('tool_user'), {
      store: { ...real, howToRead },
      journal: { folder, answers: shopAnswers },
      receipt: { folder, server: serverFacts, answers: shopAnswers },
    })
    const path = join(folder, readdirSync(folder).find(name => name.endsWith('.md')) ?? '')
    expect(outcome).toMatchObject({ outcome: 'done', receipt: { ok: true, value: path } })
    expect(journals).toEqual([1])
    expect(journalsIn(folder)).toEqual([])
    await server.sql('DROP OWNED BY tool_user; DROP ROLE tool_user', 'music')
  })

  it('is done where only its receipt cannot be written, and says so', async () => {
    const file = join(folder, '..', 'file')
    writeFileSync(file, '')
    const { outcome } = await applyPlan(server, commented('tool_user'), {
      journal: { folder, answers: shopAnswers },
      receipt: { folder: file, server: serverFacts, answers: shopAnswers },
    })
    expect(outcome).toMatchObject({
      outcome: 'done',
      receipt: {
        ok: false,
        problem: { code: 'receipt-not-written', message: expect.stringContaining(file) },
      },
    })
    expect(journalsIn(folder)).toEqual([])
    await server.sql('DROP OWNED BY tool_user; DROP ROLE tool_user', 'music')
  })

  it('takes back what it did to a role of an earlier run, and puts its comment back', async () => {
    const former = withMarker('pg-usher: Atlan, the login', { plan: 'ab', attempt: 'cd', step: 4, of: 4 })
    await server.sql(`CREATE ROLE tool_user; COMMENT ON ROLE tool_user IS '${former}'`)
    const controller = new AbortController()
    const marks: unknown[] = []
    const { outcome } = await applyPlan(server, commented('tool_user', true), {
      journal: { folder, answers: shopAnswers },
      signal: controller.signal,
      open: async request => {
        marks.push(await commentOn('tool_user'))
        return openAs(server)(request)
      },
      onEvent: event => {
        if (event.kind === 'phase' && event.phase === 'end') controller.abort()
      },
    })
    expect(outcome).toMatchObject({ outcome: 'cancelled' })
    const steps = marks.map(mark => markerOf(String(mark))?.step)
    expect(steps).toContain(3)
    expect(await commentOn('tool_user')).toBe(former)
    await server.sql('DROP ROLE tool_user')
  })

  it('broken off without a mark, is told and taken back by what it changed', async () => {
    const before = await accessIn(server, places)
    const path = join(folder, '..', 'passfile')
    const store = createPassfileStore({ path, platform: 'linux' })
    // Without a comment of ours there is nowhere to leave a mark.
    const plan = planFor(server, {
      login: 'tool_user',
      group: null,
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    let kept = ''
    await applyPlan(server, plan, {
      store,
      journal: { folder, answers: shopAnswers },
      open: async request => {
        // As the file is when the proof begins: a program killed here leaves exactly this.
        if (request.as !== undefined) kept = readFileSync(join(folder, journalsIn(folder)[0] ?? ''), 'utf8')
        return openAs(server)(request)
      },
    })
    const ours = kept.replace(`"pid":${process.pid}`, `"pid":${endedProcess()}`)
    writeFileSync(join(folder, 'journal-0123456789abcdef.jsonl'), ours, { mode: 0o600 })
    await server.sql(`ALTER ROLE tool_user VALID UNTIL '${new Date(Date.now() + 300_000).toISOString()}'`)

    const { server: identity } = JSON.parse(ours.split('\n')[0] ?? '')
    const [journal] = brokenOff(folder, identity)
    if (journal === undefined) throw new Error('no journal is found')
    expect(brokenOff(folder, { ...identity, systemIdentifier: '1' })).toEqual([])
    const standing = await standingOf(journal, openAs(server))
    expect(standing.committed.map(({ number }) => number)).toEqual([1, 2, 3])
    const text = standingText(standing).join('\n')
    expect(text).toContain('not there: step 4')
    expect(text).toMatch(/tool_user may log in until \d{4}-/)
    // Of what an undo named then, what was asked about since is said as it is now.
    const named = {
      ...journal,
      entries: [
        ...journal.entries,
        {
          entry: 'left' as const,
          left: [
            'In database music, if it was committed: GRANT CONNECT (not undone: refused)',
            'The new password in the passfile (not removed: locked)',
            'Our lines in pg_hba.conf (not taken out: refused)',
          ],
        },
      ],
    }
    const now = standingText({ ...standing, journal: named }, [], false).join('\n')
    expect(now).toContain('was broken off')
    expect(now).not.toContain('not undone')
    expect(now).toMatch(/Its new password is not in .+ any more\./)
    expect(now).not.toContain('not removed')
    expect(now).toContain('Beside that, it could not take back:\n  Our lines in pg_hba.conf')
    expect(standingText(standing, [], true).join('\n')).toMatch(/Its new password is in /)
    const entry = { user: 'tool_user', host: server.host, port: server.port, databases: ['music'] }
    expect(await store.read(entry)).not.toBeNull()
    expect(await undoStanding(standing, { open: openAs(server), store, entry })).toEqual({
      left: [],
      undo: [],
      notes: [],
      request: null,
    })
    expect(await accessIn(server, places)).toEqual(before)
    expect(await store.read(entry)).toBeNull()
    expect(journalsIn(folder)).toEqual([])
  })

  it('says what a server that is away keeps from being taken back, and keeps the journal', async () => {
    const gone = await startServer()
    await makeDatabase(gone, 'music', { public: ['album'] })
    const plan = planFor(gone, {
      login: 'tool_user',
      group: null,
      databases: [{ name: 'music', schemas: [{ name: 'public', relations: ['album'] }] }],
    })
    const { outcome } = await applyPlan(gone, plan, {
      journal: { folder, answers: shopAnswers },
      patience: 300,
      open: async request => {
        if (request.as !== undefined) await gone.stop()
        return openAs(gone)(request)
      },
    })
    expect(outcome).toMatchObject({ outcome: 'failed-changed' })
    const [name = ''] = journalsIn(folder)
    expect(readJournal(join(folder, name))?.entries.at(-1)).toMatchObject({
      entry: 'left',
      left: expect.arrayContaining([expect.stringContaining('the role tool_user')]),
    })
  })
})
