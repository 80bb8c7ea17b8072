import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJournal } from '../../src/engine/journal.ts'
import { standingOf } from '../../src/engine/standing.ts'
import { reveal } from '../../src/model/secret.ts'
import { generationsOf, nextOf } from '../../src/secrets/generations.ts'
import { type ProgramEnd, type RunningProgram, startProgram } from '../e2e/program.ts'
import type { Moment, Place } from '../support/fault-proxy.ts'
import { type Major, majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import {
  assertLogsIn,
  assertPrivate,
  assertShort,
  login,
  logsIn,
  makeExisting,
  oldPassword,
  openStage,
  type Stage,
  withoutPasswords,
} from './stage.ts'

/** An apply whose program is killed at every statement, at this moment of it. */
export function describeKilledApply(moment: Moment): void {
  describe.each(majorsInDepth)(`an apply on PostgreSQL %i`, major => tryKilled(moment, major))
}

/** Before a login is there, undo takes all away; where the login was there, it may be left as it is, too. */
const choices: Readonly<Record<Login, readonly ResumeChoice[]>> = {
  new: ['go-on', 'undo'],
  stored: ['go-on', 'undo', 'leave'],
}

type Login = 'new' | 'stored'
type ResumeChoice = 'go-on' | 'undo' | 'leave'

function tryKilled(moment: Moment, major: Major): void {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(major)
  })
  afterAll(() => stage?.stop())

  const words = moment === 'before' ? 'before it is sent' : 'when it is answered'
  it.each(['new', 'stored'] as const)(
    `the program is killed at a statement, ${words}, with a login that is %s: the next start settles it`,
    { timeout: 20 * 60_000 },
    login => tryLogin(login),
  )

  async function tryLogin(kind: Login): Promise<void> {
    await prepare(kind)
    const before = withoutPasswords(await stage.access())
    stage.proxy.watch(login)
    expect(await start(kind, 'proxy').end).toMatchObject({ code: 0 })
    const passed = stage.proxy.passed()
    const after = withoutPasswords(await stage.access())
    await stage.clear()
    const places = placesOf(passed, major, { of: [moment], all: kind === 'new' })

    /** How the next start was told to settle what, so that each is tried once and not at a hundred places alike. */
    const tried = new Set<string>()
    await atEach(
      places,
      async place => {
        await prepare(kind)
        const end = await killedAt(kind, place)
        if (!stage.proxy.hasFailed()) {
          expect(end).toMatchObject({ code: 0 })
          return false
        }
        expect(end.signal).toBe('SIGKILL')
        await assertPrivate(stage)
        const [path, ...others] = stage.journals()
        expect(others).toEqual([])
        const journal = path === undefined ? null : readJournal(path)
        if (journal === null) {
          expect([before, after]).toContainEqual(withoutPasswords(await stage.access()))
          return true
        }
        await assertShort(stage, await standingOf(journal, stage.open('direct')))
        const found = await foundByNextStart(path ?? '')
        const choice = choices[kind].find(each => !tried.has(`${each} ${found}`))
        if (choice === undefined) return true
        tried.add(`${choice} ${found}`)
        await settle(kind, choice, { before, after })
        return true
      },
      () => stage.clear(),
    )
    expect(tried.size).toBeGreaterThan(0)
  }

  async function prepare(kind: Login): Promise<void> {
    if (kind === 'new') return
    await makeExisting(stage)
    await stage.store.save(stage.entry, oldPassword)
  }

  /** From the knock on, which comes after the rehearsal. */
  async function killedAt(kind: Login, place: Place): Promise<ProgramEnd> {
    stage.proxy.watch(login)
    const running = start(kind, 'proxy')
    stage.proxy.failAt(place, async () => {
      running.kill('SIGKILL')
      await running.end
      stage.proxy.cut()
    })
    return running.end
  }

  /** All that the next start goes by: the journal, the server and the store, without what is another in every run. */
  async function foundByNextStart(journal: string): Promise<string> {
    const marks = await stage.server.sql(
      "SELECT rolname, shobj_description(oid, 'pg_authid') AS mark FROM pg_roles WHERE rolname ~ '^atlan'",
    )
    const kept = await Promise.all(generationsOf(stage.entry).map(each => stage.store.read(each)))
    const found = JSON.stringify([
      readFileSync(journal, 'utf8'),
      marks,
      withoutPasswords(await stage.access()),
      await logsIn(stage, oldPassword),
      kept.map(each => (each === null ? null : reveal(each) === reveal(oldPassword))),
    ])
    return found
      .replaceAll(/[0-9a-f]{16}/g, 'ATTEMPT')
      .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00)/g, 'TIME')
      .replaceAll(/(xid\\":\\")\d+/g, '$1XID')
      .replaceAll(/(process\\":\{)[^}]*/g, '$1PROCESS')
  }

  async function settle(
    kind: Login,
    choice: ResumeChoice,
    { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
  ): Promise<void> {
    const end = await start(kind, 'direct', '--resume', choice).end
    expect(end, shown(end)).toMatchObject({ code: 0 })
    // A run that had changed nothing is forgotten, and what was asked for is done.
    const isForgotten = end.stderr.includes('before it had changed anything')
    if (choice === 'leave' && !isForgotten) {
      expect(stage.journals()).toHaveLength(1)
      // It was left, and what was asked for is done; there is nothing to settle any more.
      const again = await start(kind, 'direct').end
      expect(again, shown(again)).toMatchObject({ code: 0 })
      expect(again.stderr).toContain('is not asked about any more')
    }
    expect(stage.journals()).toEqual([])
    const isDone = choice !== 'undo' || isForgotten
    expect(withoutPasswords(await stage.access())).toEqual(isDone ? after : before)
    expect(await stage.store.has(nextOf(stage.entry))).toBe(false)
    const password = await stage.store.read(stage.entry)
    if (isDone) await assertLogsIn(stage, password)
    else if (kind === 'new') expect(password).toBeNull()
    else {
      await assertLogsIn(stage, oldPassword)
      expect(password === null ? null : reveal(password)).toBe(reveal(oldPassword))
    }
  }

  function start(kind: Login, way: 'proxy' | 'direct', ...more: readonly string[]): RunningProgram {
    const path = join(stage.folder, `answers-${way}.json`)
    writeFileSync(path, JSON.stringify(stage.answers(way, { replacePassword: kind === 'stored' })))
    return startProgram(
      ['apply', '--answers', path, '--yes', '--deadline', '60', '--out', stage.folder, ...more],
      {
        env: { PGPASSWORD: stage.server.adminPassword, HOME: stage.folder },
      },
    )
  }
}

function shown({ stdout, stderr }: ProgramEnd): string {
  return `${stdout}\n${stderr}`
}
