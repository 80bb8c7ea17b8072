import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { demoAnswers } from '../../src/demo/answers.ts'
import type { Answers } from '../../src/model/answers.ts'
import { accessIn, makeDatabase } from '../engine/fixture.ts'
import { type CrashingServer, crashing } from '../support/crash-server.ts'
import { type FaultProxy, type Moment, startFaultProxy } from '../support/fault-proxy.ts'
import { isCi } from '../support/requires.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { type RunningProgram, runProgram, startProgram } from './program.ts'

const login = 'atlan_user'
const places = ['music', 'sales']
const databases: Answers['databases'] = [
  { name: 'music', schemas: [{ name: 'public', relations: ['album', 'artist'], laterTablesOf: [] }] },
  { name: 'sales', schemas: [{ name: 'shop', relations: ['invoice'], laterTablesOf: [] }] },
]

let server: TestServer
let crash: CrashingServer
let before: readonly string[]
let after: readonly string[]
/** Statements of one apply, from the knock on to the end. */
let boundaries: number
let proxy: FaultProxy
let folder: string

beforeAll(async () => {
  server = await startServer()
  crash = crashing(server)
  await makeDatabase(server, 'music', { public: ['album', 'artist', 'note'] })
  await makeDatabase(server, 'sales', { shop: ['invoice', 'customer'] })
  before = await accessIn(server, places)
  await freshFolder()
  const end = await (await startApply()).end
  expect(end).toMatchObject({ code: 0 })
  boundaries = proxy.passed()
  after = withoutPasswords(await accessIn(server, places))
  await clear()
})
afterAll(async () => {
  await crash?.stop()
  await server?.stop()
})
afterEach(() => clear())

async function freshFolder() {
  proxy = await startFaultProxy(server.port, login)
  folder = mkdtempSync(join(tmpdir(), 'pg-usher-faults-'))
}

/** All that a run leaves is taken away, also where a test has failed. */
async function clear() {
  await proxy?.close()
  for (const role of [login, 'atlan_user_role']) {
    const [found] = await server.sql('SELECT FROM pg_roles WHERE rolname = $1', 'postgres', [role])
    if (found === undefined) continue
    for (const database of [...places, 'postgres']) await server.sql(`DROP OWNED BY ${role}`, database)
    await server.sql(`DROP ROLE ${role}`)
  }
  rmSync(folder, { recursive: true, force: true })
}

/** The answers for the server at a port: through the proxy, or directly. */
function answersFor(port: number): string {
  const at = { host: server.host, port, user: server.adminUser }
  const answers: Answers = { ...demoAnswers('atlan', at, join(folder, 'passfile')), databases }
  const path = join(folder, `answers-${port}.json`)
  writeFileSync(path, JSON.stringify({ ...answers, server: { ...answers.server, database: 'postgres' } }))
  return path
}

const env = () => ({ PGPASSWORD: server.adminPassword, HOME: folder })

function startApply(): RunningProgram {
  return startProgram(['apply', '--answers', answersFor(proxy.port), '--yes', '--out', folder], {
    env: env(),
  })
}

/** The next start, past the proxy. */
function resume(how: 'go-on' | 'undo' | 'leave') {
  const args = ['apply', '--answers', answersFor(server.port), '--yes', '--out', folder, '--resume', how]
  return runProgram(args, { env: env() })
}

const state = () => join(folder, '.local', 'state', 'pg-usher')

/** All that is kept there: journals, and what runs that came to their end have granted. */
function kept(): readonly string[] {
  if (!existsSync(state())) return []
  return readdirSync(state()).map(name => join(state(), name))
}

const journals = () => kept().filter(path => path.includes('journal-'))

const stored = () =>
  existsSync(join(folder, 'passfile')) ? readFileSync(join(folder, 'passfile'), 'utf8').trim() : ''

/** Every run has a verifier of its own. */
function withoutPasswords(facts: readonly string[]): readonly string[] {
  return facts.filter(fact => !fact.includes(`password ${login} `))
}

const access = async () => withoutPasswords(await accessIn(server, places))

/** A login that a broken run has opened ends by itself, unless the run was at its end. */
async function assertShort() {
  const [role] = await server.sql(
    `SELECT rolvaliduntil <= now() + interval '10 minutes' AS short FROM pg_roles
     WHERE rolname = $1 AND rolcanlogin`,
    'postgres',
    [login],
  )
  if (role === undefined || role['short'] === true) return
  expect(await access()).toEqual(after)
}

/** Nothing in the state folder is for others, or a secret. */
function assertJournalsPrivate() {
  for (const path of kept()) {
    const text = readFileSync(path, 'utf8')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(text).not.toContain('SCRAM-SHA-256$')
    expect(text).not.toContain(server.adminPassword)
    for (const line of stored().split('\n')) {
      const password = line.split(':').at(-1) ?? ''
      if (password !== '') expect(text).not.toContain(password)
    }
  }
  if (existsSync(state())) expect(statSync(state()).mode & 0o777).toBe(0o700)
}

/** Some, spread over the whole apply, more with CI=true; all with PG_USHER_PLACES=all, which takes half an hour. */
function boundariesTried(): readonly number[] {
  if (process.env['PG_USHER_PLACES'] === 'all')
    return Array.from({ length: boundaries }, (_, index) => index + 1)
  const few = isCi() ? 6 : 1
  return Array.from({ length: few }, (_, index) => Math.ceil(((index + 0.5) * boundaries) / few))
}

async function eachBoundary(tryOne: (boundary: number, moment: Moment) => Promise<void>) {
  for (const boundary of boundariesTried()) {
    for (const moment of ['before', 'answered'] as const) {
      await freshFolder()
      try {
        await tryOne(boundary, moment)
      } catch (error) {
        throw new Error(`at boundary ${boundary} of ${boundaries}, ${moment}`, { cause: error })
      } finally {
        await clear()
      }
    }
  }
}

const timeout = 20 * 60_000

describe('whatever breaks off at whatever statement of an apply', () => {
  it('the program, by SIGKILL: the next start takes it back, or goes on', { timeout }, async () => {
    let journalled = 0
    await eachBoundary(async (boundary, moment) => {
      const running = startApply()
      const killed = new Promise<void>(resolve => {
        proxy.failAt(boundary, moment, async ({ cut }) => {
          running.kill('SIGKILL')
          await running.end
          cut()
          resolve()
        })
      })
      await running.until(killed).catch(() => running.end)
      expect((await running.end).signal).toBe('SIGKILL')
      await assertShort()
      assertJournalsPrivate()
      if (journals().length === 0) {
        const now = await access()
        expect([before, after]).toContainEqual(now)
        return
      }
      journalled += 1
      const goesOn = boundary % 2 === 0
      const end = await resume(goesOn ? 'go-on' : 'undo')
      expect(end, JSON.stringify(end)).toMatchObject({ code: 0 })
      // A run that had changed nothing is forgotten, and what was asked for is done.
      const changedNothing = end.stderr.includes('before it had changed anything')
      const done = goesOn || changedNothing
      expect(await access()).toEqual(done ? after : before)
      expect(stored() !== '').toBe(done)
      expect(journals()).toEqual([])
      if (!done) return
      const client = await server.client({
        database: 'music',
        user: login,
        password: stored().split('\n')[0]?.split(':').at(-1) ?? '',
      })
      await client.query('SELECT FROM public.album')
      await client.end()
    })
    expect(journalled).toBeGreaterThan(0)
  })

  it('the connection: it is as before, as after, or named and undone at the next start', {
    timeout,
  }, async () => {
    await eachBoundary(async (boundary, moment) => {
      const running = startApply()
      proxy.failAt(boundary, moment, async ({ cut }) => cut())
      await assertSettled(await running.end)
    })
  })

  it('the server, by SIGKILL, started again', { timeout }, async () => {
    await eachBoundary(async (boundary, moment) => {
      const running = startApply()
      let restarted: Promise<void> = Promise.resolve()
      proxy.failAt(boundary, moment, async ({ cut }) => {
        await crash.kill()
        cut()
        restarted = crash.start()
      })
      const end = await running.end
      await restarted
      await assertSettled(end)
    })
  })

  it('server and program at once', { timeout }, async () => {
    await eachBoundary(async (boundary, moment) => {
      const running = startApply()
      const restarted = new Promise<void>((resolve, reject) => {
        proxy.failAt(boundary, moment, async ({ cut }) => {
          running.kill('SIGKILL')
          await running.end
          await crash.kill()
          cut()
          crash.start().then(resolve, reject)
        })
      })
      await restarted
      await assertShort()
      if (journals().length === 0) {
        expect([before, after]).toContainEqual(await access())
        return
      }
      const end = await resume('undo')
      expect(end).toMatchObject({ code: 0 })
      const changedNothing = end.stderr.includes('before it had changed anything')
      expect(await access()).toEqual(changedNothing ? after : before)
      expect(journals()).toEqual([])
    })
  })
})

/** What a program that was not killed itself must have come to. */
async function assertSettled(end: Awaited<RunningProgram['end']>) {
  await assertShort()
  assertJournalsPrivate()
  const now = await access()
  switch (end.code) {
    case 0:
      expect(now).toEqual(after)
      expect(journals()).toEqual([])
      return
    case 1:
      expect(now).toEqual(before)
      expect(stored()).toBe('')
      expect(journals()).toEqual([])
      return
    case 3: {
      expect(journals()).toHaveLength(1)
      const undone = await resume('undo')
      expect(undone).toMatchObject({ code: 0 })
      expect(await access()).toEqual(before)
      expect(journals()).toEqual([])
      return
    }
    default:
      throw new Error(`it ended so: ${JSON.stringify(end)}`)
  }
}
