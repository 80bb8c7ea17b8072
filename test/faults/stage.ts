import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'vitest'
import { type LoadedRun, loadRun } from '../../src/commands/support/load-run.ts'
import { demoAnswers } from '../../src/demo/answers.ts'
import { type ApplyRequest, apply } from '../../src/engine/apply.ts'
import { doorOf } from '../../src/engine/door.ts'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import { secretEntryOf } from '../../src/engine/secret-entry.ts'
import type { Standing } from '../../src/engine/standing.ts'
import type { Answers } from '../../src/model/answers.ts'
import { reveal, type Secret, secret } from '../../src/model/secret.ts'
import { type ConnectTarget, openSessionFor } from '../../src/postgres/connect.ts'
import { knock } from '../../src/postgres/knock.ts'
import { scramVerifier } from '../../src/postgres/scram.ts'
import type { OpenSession } from '../../src/postgres/session.ts'
import { createPassfileStore } from '../../src/secrets/passfile.ts'
import { generatePassword } from '../../src/secrets/password.ts'
import type { SecretEntry, SecretStore } from '../../src/secrets/store.ts'
import { accessIn, makeDatabase, tryAs } from '../engine/fixture.ts'
import { type CrashingServer, crashing } from '../support/crash-server.ts'
import { ampleDeadline } from '../support/deadline.ts'
import { type FaultProxy, type Place, startFaultProxy } from '../support/fault-proxy.ts'
import { quickFolder } from '../support/quick-folder.ts'
import { type Major, startServer, type TestServer } from '../support/server.ts'

export const login = 'atlan_user'
export const group = 'atlan_user_role'
const databases: Answers['databases'] = [
  {
    name: 'music',
    schemas: [{ name: 'public', relations: ['album', 'artist'], laterTablesOf: ['postgres'] }],
  },
  { name: 'sales', schemas: [{ name: 'shop', relations: ['invoice'], laterTablesOf: [] }] },
]
const places = databases.map(({ name }) => name)

/**
 * What goes wrong while the program lives: every connection is cut; the server is killed and comes back; it is
 * killed and comes back only when the run has given up.
 */
export type Fault = 'connection' | 'server' | 'server-away'

/** A server that can be killed, a proxy that knows its statements, and a folder of a person's own. */
export interface Stage {
  readonly server: TestServer
  readonly crash: CrashingServer
  readonly proxy: FaultProxy
  readonly folder: string
  readonly stateFolder: string
  readonly store: SecretStore
  readonly entry: SecretEntry
  /** The access before anything was done. */
  readonly before: readonly string[]
  /** Answers for the program: through the proxy, or past it. */
  answers(way: 'proxy' | 'direct', changed?: Partial<Answers>): Answers
  /** Opens sessions through the proxy, or past it. */
  open(way: 'proxy' | 'direct'): OpenSession
  /** Reads, plans and closes; what is applied then is this. */
  load(changed?: Partial<Answers>): Promise<LoadedRun>
  /** Who may do what now. */
  access(): Promise<readonly string[]>
  /** Lets the fault happen at the place; what it gives is awaited when the run has come to its end. */
  arm(fault: Fault, place: Place): () => Promise<void>
  /** All that is kept in the state folder. */
  kept(): readonly string[]
  journals(): readonly string[]
  /** Takes away all that a run leaves. */
  clear(): Promise<void>
  stop(): Promise<void>
}

/** The administrator comes and goes thousands of times, and a SCRAM login takes both sides 4096 rounds. */
const hba = [
  'local all all trust',
  'host all postgres 127.0.0.1/32 trust',
  'host all all 127.0.0.1/32 scram-sha-256',
]

/** Starts one; stop() it. */
export async function openStage(major: Major): Promise<Stage> {
  // What a test takes away must stay away, too, when the server is killed right afterwards.
  const server = await startServer({ major, settings: { synchronous_commit: 'on' }, hba })
  const crash = crashing(server)
  const proxy = await startFaultProxy(server.port)
  await makeDatabase(server, 'music', { public: ['album', 'artist', 'note'] })
  await makeDatabase(server, 'sales', { shop: ['invoice', 'customer'] })
  const folder = mkdtempSync(join(quickFolder, 'pg-usher-faults-'))
  const stateFolder = join(folder, '.local', 'state', 'pg-usher')
  const passfile = join(folder, 'passfile')
  const store = createPassfileStore({ path: passfile, platform: process.platform })

  const answers: Stage['answers'] = (way, changed) => {
    const at = { host: server.host, port: way === 'proxy' ? proxy.port : server.port, user: server.adminUser }
    const demo = demoAnswers('atlan', at, passfile)
    const endpoint = { host: server.host, port: server.port }
    return { ...demo, databases, endpoint, server: { ...demo.server, database: 'postgres' }, ...changed }
  }
  const target = (way: 'proxy' | 'direct'): ConnectTarget => ({
    ...answers(way).server,
    password: secret(server.adminPassword),
  })
  const kept = () =>
    existsSync(stateFolder)
      ? readdirSync(stateFolder, { recursive: true, withFileTypes: true })
          .filter(file => file.isFile())
          .map(file => join(file.parentPath, file.name))
      : []
  const access = () => accessIn(server, places)

  const clear = async () => {
    const roles = await server.sql(
      'SELECT rolname::text AS name FROM pg_roles WHERE rolname = ANY ($1)',
      'postgres',
      [[login, group]],
    )
    if (roles.length > 0) {
      const names = roles.map(({ name }) => name).join(', ')
      for (const database of places) await server.sql(`DROP OWNED BY ${names}`, database)
      await server.sql(`DROP ROLE ${names}`)
    }
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
  }
  return {
    server,
    crash,
    proxy,
    folder,
    stateFolder,
    store,
    entry: secretEntryOf(answers('direct')),
    before: await access(),
    answers,
    open: way => openSessionFor(target(way)),
    load: async changed => {
      const { stdin, stdout, stderr } = process
      const io = { stdin, stdout, stderr, env: {}, signal: new AbortController().signal }
      const password = secret(server.adminPassword)
      const run = await loadRun(answers('proxy', changed), io, { password, stateFolder })
      await run.admin.session.close()
      return run
    },
    access,
    arm: (fault, place) => {
      let happened: Promise<void> = Promise.resolve()
      let restarted: Promise<void> = Promise.resolve()
      let isAway = false
      proxy.failAt(place, () => {
        const happen = async () => {
          if (fault !== 'connection') await crash.kill()
          proxy.cut()
        }
        happened = happen()
        isAway = fault === 'server-away'
        if (fault === 'server') restarted = happened.then(crash.start)
        return happened
      })
      return async () => {
        await happened
        await restarted
        if (isAway) await crash.start()
      }
    },
    kept,
    journals: () => kept().filter(path => basename(path).startsWith('journal-')),
    clear,
    stop: async () => {
      await proxy.close()
      await crash.stop()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Applies what was loaded, in this process, through the proxy. */
export function applyHere(
  stage: Stage,
  { plan, answers, admin }: LoadedRun,
  changed: Partial<ApplyRequest> = {},
): Promise<ApplyOutcome> {
  return apply({
    plan,
    open: stage.open('proxy'),
    store: stage.store,
    entry: stage.entry,
    generate: generatePassword,
    knock: async database => doorOf(await knock({ target: admin.target, user: plan.login, database })),
    journal: { folder: stage.stateFolder, answers },
    deadline: ampleDeadline,
    ...changed,
  })
}

/** Every run has a verifier of its own. */
export function withoutPasswords(facts: readonly string[]): readonly string[] {
  return facts.filter(fact => !fact.includes(`: password ${login} `))
}

/**
 * A login that a broken run has opened ends by itself; only one that was proved has got its chosen end. Before that
 * a new one is closed, and one that was there is as it was.
 */
export async function assertShort({ server }: Stage, { journal, committed, steps }: Standing): Promise<void> {
  if (committed.length === steps.length) return
  const [role] = await server.sql(
    `SELECT rolcanlogin AS open, rolvaliduntil <= now() + interval '10 minutes' AS short FROM pg_roles
     WHERE rolname = $1`,
    'postgres',
    [login],
  )
  const isOpened = committed.some(({ number }) => steps[number - 1]?.kind === 'login')
  const existed = journal.begin.plan.opening.some(change => change.kind === 'open-login' && change.existed)
  if (isOpened) expect(role).toEqual({ open: true, short: true })
  else expect(role?.['open'] ?? false).toBe(existed)
}

/** Nothing in the state folder is for others, or a secret. */
export async function assertPrivate({ kept, stateFolder, server, store, entry }: Stage): Promise<void> {
  const paths = kept()
  if (paths.length === 0) return
  expect(statSync(stateFolder).mode & 0o777).toBe(0o700)
  const password = await store.read(entry)
  for (const path of paths) {
    const text = readFileSync(path, 'utf8')
    expect(statSync(path).mode & 0o777, path).toBe(0o600)
    expect(text).not.toContain('SCRAM-SHA-256$')
    expect(text).not.toContain(server.adminPassword)
    if (password !== null) expect(text).not.toContain(reveal(password))
  }
}

/** What the death of a program ends of itself: its connections, and with them what they held. */
export async function endSessions({ server }: Stage): Promise<void> {
  await server.sql(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'pg-usher'",
  )
}

/** Whether the login is let in with this password. */
export async function logsIn({ open }: Stage, password: Secret): Promise<boolean> {
  const as = { user: login, password }
  return (await tryAs(open('direct'), { database: 'music', as }, 'SELECT 1')) === 'ok'
}

/** The login is let in with this password. */
export async function assertLogsIn(stage: Stage, password: Secret | null): Promise<void> {
  if (password === null) throw new Error('no password is kept')
  expect(await logsIn(stage, password)).toBe(true)
}

/** Of the login that is there before a run. */
export const oldPassword = secret(`old-${randomUUID()}`)
const oldVerifier = scramVerifier(oldPassword)

/** Makes the login as an earlier run of ours would have left it. */
export async function makeExisting({ server }: Stage): Promise<void> {
  await server.sql(
    `CREATE ROLE ${login} LOGIN VALID UNTIL '2090-01-01 00:00+00' PASSWORD '${oldVerifier}';
     COMMENT ON ROLE ${login} IS 'pg-usher: Atlan, the login'`,
  )
}

/** What is noted of undos and rotations that have not come to their end. */
export function notesIn({ folder }: Stage): readonly { readonly mode: number; readonly text: string }[] {
  const state = join(folder, '.local', 'state', 'pg-usher')
  if (!existsSync(state)) return []
  return readdirSync(state)
    .filter(name => name.startsWith('under-way-'))
    .map(name => join(state, name))
    .map(path => ({ mode: statSync(path).mode & 0o777, text: readFileSync(path, 'utf8') }))
}
