import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { keptEntryOf } from '../../src/engine/secret-entry.ts'
import type { ServerAnswer } from '../../src/model/answers.ts'
import { secret } from '../../src/model/secret.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { createWorker, type Surroundings, type Worker } from '../../src/wizard/carry-out.ts'
import type { Effect } from '../../src/wizard/effect.ts'
import type { WizardEvent } from '../../src/wizard/event.ts'
import { planInput } from '../support/plan-input.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { shopAnswers } from '../support/shop-answers.ts'

let server: TestServer
let folder = ''
let worker: Worker
let answer: ServerAnswer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carry-out-'))
  const { host, port, adminUser: user } = server
  answer = { host, port, user, database: 'postgres', tls: 'disable' }
  worker = newWorker()
})
afterEach(async () => {
  await worker.close()
  rmSync(folder, { recursive: true, force: true })
})

/** So much time passes at once; the work itself goes on in real time. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
}

function newWorker(more: Partial<Surroundings> = {}): Worker {
  return createWorker({
    argument: { ignored: [] },
    given: null,
    outDir: folder,
    stateFolder: folder,
    stores: { user: 'tester', platform: process.platform, environment: {}, home: folder, terminal: true },
    environment: {},
    write: () => {},
    repaint: () => {},
    suspend: () => {},
    end: () => {},
    ...more,
  })
}

/** Carries an effect out and gives the next event that comes of it. */
function ask(effect: Effect, from = worker): Promise<WizardEvent> {
  return new Promise(resolve =>
    from.carryOut(effect, event => {
      // Only a beginning: what was asked for is still to come.
      if (event.kind !== 'databases-begun') resolve(event)
    }),
  )
}

/** Carries out an effect that nothing answers. */
function tell(effect: Effect): void {
  worker.carryOut(effect, event => {
    throw new Error(`${effect.kind} was answered by ${event.kind}`)
  })
}

const connectEffect = (
  attempt: number,
  more: Partial<ServerAnswer> = {},
  password: string | null = server.adminPassword,
) =>
  ({
    kind: 'connect',
    attempt,
    server: { ...answer, ...more },
    password: password === null ? null : secret(password),
  }) as const

/** Sessions of ours on the server, by their databases; waits until there are so many. */
async function sessions(wanted: readonly string[]): Promise<void> {
  const now = async () => {
    const rows = await server.sql(
      "select datname from pg_stat_activity where application_name = 'pg-usher' order by datname",
    )
    return rows.map(row => String(row['datname']))
  }
  for (const end = performance.now() + 10_000; ; ) {
    const found = await now()
    if (JSON.stringify(found) === JSON.stringify(wanted)) return
    if (performance.now() > end) expect(found).toEqual(wanted)
  }
}

describe('a connection', () => {
  it('is in use only when the state says so, and the one before it is closed', async () => {
    expect(await ask(connectEffect(1))).toMatchObject({ kind: 'connected', attempt: 1 })
    expect(await ask({ kind: 'read-databases' })).toMatchObject({
      kind: 'databases-failed',
      problem: { code: 'not-connected' },
    })
    tell({ kind: 'use-connection', attempt: 1 })
    expect(await ask({ kind: 'read-databases' })).toMatchObject({ kind: 'databases-read' })
    expect(await ask(connectEffect(2, { database: 'template1' }))).toMatchObject({ attempt: 2 })
    await sessions(['postgres', 'template1'])
    tell({ kind: 'use-connection', attempt: 2 })
    await sessions(['template1'])
  })

  it('that nobody waits for any more is closed', async () => {
    await ask(connectEffect(1))
    tell({ kind: 'use-connection', attempt: 1 })
    await ask(connectEffect(2, { database: 'template1' }))
    tell({ kind: 'drop-connection', attempt: 2 })
    await sessions(['postgres'])
    // One that comes after another that was not taken either.
    await ask(connectEffect(3, { database: 'template1' }))
    await ask(connectEffect(4))
    tell({ kind: 'use-connection', attempt: 3 })
    tell({ kind: 'use-connection', attempt: 4 })
    await sessions(['postgres'])
    await worker.close()
    await sessions([])
  })

  it('to a server that does not answer is given up by a cancel, at once', async () => {
    const silent = createServer(() => {})
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    try {
      const reached = new Promise(resolve => silent.once('connection', resolve))
      const began = performance.now()
      const failed = ask(connectEffect(1, { port }))
      await reached
      tell({ kind: 'cancel' })
      expect(await failed).toMatchObject({
        kind: 'connect-failed',
        attempt: 1,
        problem: { code: 'cancelled' },
      })
      // Its own limit is ten seconds.
      expect(performance.now() - began).toBeLessThan(8_000)
    } finally {
      silent.close()
    }
  })

  it('does not tell of another one that it was closed under what was asked of it', async () => {
    await ask(connectEffect(1))
    tell({ kind: 'use-connection', attempt: 1 })
    const told: WizardEvent[] = []
    worker.carryOut({ kind: 'read-databases' }, event => told.push(event))
    await ask(connectEffect(2, { database: 'template1' }))
    tell({ kind: 'use-connection', attempt: 2 })
    await worker.close()
    // What was read came before the change, or is not told.
    expect(told.filter(event => event.kind === 'databases-failed')).toEqual([])
  })

  it('asks for a password where none is known, and gives one only to the server it is for', async () => {
    expect(await ask(connectEffect(1, {}, null))).toMatchObject({
      kind: 'connect-failed',
      wantsPassword: true,
    })
    const given = { password: secret(server.adminPassword), for: answer }
    const knowing = newWorker({ given })
    expect(await ask(connectEffect(1, {}, null), knowing)).toMatchObject({ kind: 'connected' })
    expect(await ask(connectEffect(2, { host: 'localhost' }, null), knowing)).toMatchObject({
      kind: 'connect-failed',
      wantsPassword: true,
    })
    await knowing.close()
  })
})

describe('reading the databases', () => {
  it('takes few sessions at a time, however many there are', async () => {
    const names = Array.from({ length: 9 }, (_, number) => `many_${number}`)
    await server.sql("create role few login connection limit 5 password 'few'")
    for (const name of names) await server.sql(`create database ${name}`)
    try {
      await ask(connectEffect(1, { user: 'few' }, 'few'))
      tell({ kind: 'use-connection', attempt: 1 })
      const told: WizardEvent[] = []
      const read = await new Promise<WizardEvent>(resolve =>
        worker.carryOut({ kind: 'read-databases' }, event => {
          told.push(event)
          if (event.kind !== 'databases-begun') resolve(event)
        }),
      )
      if (read.kind !== 'databases-read') throw new Error(JSON.stringify(read))
      // First the list, with what is in the one that the connection is to.
      const [begun] = told
      if (begun?.kind !== 'databases-begun') throw new Error(JSON.stringify(begun))
      expect(begun.databases.map(each => each.name)).toEqual(read.databases.map(each => each.name))
      expect(begun.databases.flatMap(each => (each.unread ? [] : [each.name]))).toEqual(['postgres'])
      expect(begun.databases.find(each => each.name === 'postgres')?.schemas).not.toEqual([])
      expect(read.databases.filter(each => each.unread)).toEqual([])
      expect(read.databases.filter(each => each.unreadable !== null)).toEqual([])
      expect(read.databases.map(each => each.name)).toEqual(expect.arrayContaining(names))
      expect(read.databases.map(each => each.name)).toEqual(read.databases.map(each => each.name).toSorted())
    } finally {
      await worker.close()
      for (const name of names) await server.sql(`drop database ${name} with (force)`)
      await server.sql('drop role few')
    }
  })

  it('knows roles of any name, and which are free', async () => {
    await server.sql('create role "constructor"')
    try {
      await ask(connectEffect(1))
      tell({ kind: 'use-connection', attempt: 1 })
      const names = ['constructor', '__proto__', 'nobody']
      const read = await ask({ kind: 'read-roles', names })
      if (read.kind !== 'roles-read') throw new Error(JSON.stringify(read))
      expect(Object.keys(read.roles)).toEqual(names)
      expect(read.roles['constructor']?.name).toBe('constructor')
      expect(Object.entries(read.roles).filter(([, role]) => role === null)).toHaveLength(2)
    } finally {
      await server.sql('drop role "constructor"')
    }
  })
})

describe('a plan', () => {
  it('for another server, or another administrator, is neither made nor rehearsed nor applied', async () => {
    await ask(connectEffect(1))
    tell({ kind: 'use-connection', attempt: 1 })
    const made = makePlan(planInput())
    if (!made.ok) throw new Error('no plan')
    const code = 'another-server'
    expect(await ask({ kind: 'make-plan', attempt: 7, answers: shopAnswers, columns: 80 })).toMatchObject({
      kind: 'plan-refused',
      attempt: 7,
      problems: [{ code }],
    })
    expect(await ask({ kind: 'rehearse', attempt: 8, plan: made.plan })).toMatchObject({
      kind: 'rehearsed',
      attempt: 8,
      rehearsal: { outcome: 'failed', problem: { code } },
    })
    const answers = { ...shopAnswers, secret: { store: 'show-once' as const } }
    expect(await ask({ kind: 'apply', plan: made.plan, answers })).toMatchObject({
      kind: 'applied',
      outcome: { outcome: 'failed-unchanged', problem: { code } },
    })
  })
})

describe('files', () => {
  it('a run has one file of answers and writes over its own, but not over one that somebody has changed', async () => {
    expect(await ask({ kind: 'save-answers', answers: shopAnswers })).toEqual({
      kind: 'saved',
      what: 'answers',
      path: join(folder, 'atlan-answers.json'),
    })
    tell({ kind: 'save-answers', answers: shopAnswers })
    await ask({ kind: 'save-answers', answers: { ...shopAnswers, access: 'metadata' } })
    expect(readdirSync(folder)).toEqual(['atlan-answers.json'])
    const path = join(folder, 'atlan-answers.json')
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...shopAnswers, access: 'metadata' })
    writeFileSync(path, '{}')
    await ask({ kind: 'save-answers', answers: shopAnswers })
    expect(readFileSync(path, 'utf8')).toBe('{}')
    expect(JSON.parse(readFileSync(join(folder, 'atlan-answers-2.json'), 'utf8'))).toEqual(shopAnswers)
    await ask({ kind: 'save-answers', answers: { ...shopAnswers, access: 'metadata' } })
    expect(readdirSync(folder).toSorted()).toEqual(['atlan-answers-2.json', 'atlan-answers.json'])
  })

  it('says where one cannot be saved, and tries again the next time', async () => {
    rmSync(folder, { recursive: true })
    const blocked = newWorker({ outDir: '/dev/null/below' })
    const effect = { kind: 'save-answers', answers: shopAnswers } as const
    for (const _ of [1, 2])
      expect(await ask(effect, blocked)).toMatchObject({ kind: 'failed', problem: { code: 'not-saved' } })
    await blocked.close()
  })
})

describe('a clipboard', () => {
  it('is sent what was asked for, past the screen', async () => {
    const written: string[] = []
    const writing = newWorker({ write: text => written.push(text) })
    expect(await ask({ kind: 'copy', text: 'GRANT' }, writing)).toEqual({ kind: 'copied', sent: true })
    expect(written.join('')).toContain(Buffer.from('GRANT').toString('base64'))
    await writing.close()
  })
})

describe('what is taken back after half a minute', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is the password on the screen; a second look begins anew', async () => {
    const events: WizardEvent[] = []
    const later = () => worker.carryOut({ kind: 'hide-password-later' }, event => void events.push(event))
    later()
    await pass(20_000)
    later()
    await pass(29_000)
    expect(events).toEqual([])
    await pass(1_000)
    expect(events).toEqual([{ kind: 'password-hidden' }])
    await pass(60_000)
    expect(events).toHaveLength(1)
  })

  it.each([
    ['', {}],
    [' (tmux hands it on with `set -g allow-passthrough on`)', { TMUX: '/tmp/tmux-0/default,1,0' }],
  ])('is the password in the clipboard%s', async (through, environment) => {
    const path = join(folder, 'pass')
    const answers = { ...shopAnswers, secret: { store: 'passfile', path } as const }
    const made = makePlan({ ...planInput(), answers })
    if (!made.ok) throw new Error('no plan')
    const kept = createPassfileStore({ path, platform: 'linux' })
    await kept.save(keptEntryOf(answers, made.plan, null), secret('of-The-login-7'))
    let written = ''
    const sending = newWorker({
      environment,
      write: text => {
        written += text
      },
    })
    const encoded = (text: string) => Buffer.from(text).toString('base64')
    expect(await ask({ kind: 'send-password', answers, plan: made.plan, keyId: null }, sending)).toEqual({
      kind: 'password-sent',
      sent: true,
      through,
    })
    expect(written).toContain(encoded('of-The-login-7'))
    await pass(29_000)
    expect(written).not.toContain(`;${encoded(' ')}`)
    await pass(1_000)
    expect(written).toContain(`;${encoded(' ')}`)
    await sending.close()
  })
})
