import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJournal } from '../../src/engine/journal.ts'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import { undoStanding } from '../../src/engine/resume.ts'
import { type Standing, standingOf } from '../../src/engine/standing.ts'
import { reveal, secret } from '../../src/model/secret.ts'
import { nextOf } from '../../src/secrets/generations.ts'
import { type Major, majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import {
  applyHere,
  assertLogsIn,
  assertPrivate,
  assertShort,
  type Fault,
  makeExisting,
  oldPassword,
  openStage,
  type Stage,
  withoutPasswords,
} from './stage.ts'

const words: Readonly<Record<Fault, string>> = {
  connection: 'the connection is cut',
  server: 'the server is killed, and comes back at once',
  'server-away': 'the server is killed, and comes back when the run has given up',
}

/**
 * The login: made by the run, or there before, with a password that the run replaces. Of that one the store has
 * the present password, another one, or none.
 */
export type Login = 'new' | 'stored' | 'stored otherwise' | 'not stored'

const otherPassword = secret('the one of somebody else')

/** Applies in whose every statement something goes wrong while the program lives. */
export function describeApply(fault: Fault, logins: readonly Login[], majors = majorsInDepth): void {
  describe.each(majors)(`an apply in which ${words[fault]}, on PostgreSQL %i`, major => {
    let stage: Stage
    beforeAll(async () => {
      stage = await openStage(major)
    })
    afterAll(() => stage?.stop())

    it.each(logins)(
      'for a login that is %s: it is as before, as after, or named and settled at the next start',
      { timeout: 20 * 60_000 },
      login => tryApply(stage, fault, login, major),
    )
  })
}

async function tryApply(stage: Stage, fault: Fault, login: Login, major: Major): Promise<void> {
  const stored = login === 'stored' || login === 'stored otherwise'
  await prepare()
  const before = await stage.access()
  const run = await stage.load({ replacePassword: login !== 'new' })
  stage.proxy.watch(null)
  expect(await applyHere(stage, run)).toMatchObject({ outcome: 'done' })
  const passed = stage.proxy.passed()
  const after = withoutPasswords(await stage.access())
  await stage.clear()

  await atEach(
    placesOf(passed, major, { all: login === 'new' && fault !== 'server-away' }),
    async (place, number) => {
      await prepare()
      stage.proxy.watch(null)
      const over = stage.arm(fault, place)
      const outcome = await applyHere(stage, run, fault === 'server-away' ? { patience: 0 } : {})
      await over()
      await settle(outcome, number % 2 === 0 ? 'undo' : 'go-on')
      return stage.proxy.hasFailed()
    },
    () => stage.clear(),
  )

  async function prepare(): Promise<void> {
    if (login === 'new') return
    await makeExisting(stage)
    if (stored) await stage.store.save(stage.entry, login === 'stored' ? oldPassword : otherPassword)
  }

  async function settle(outcome: ApplyOutcome, choice: 'undo' | 'go-on'): Promise<void> {
    await assertPrivate(stage)
    const [path, ...others] = stage.journals()
    expect(others).toEqual([])
    switch (outcome.outcome) {
      case 'done':
        expect(path).toBeUndefined()
        return isAfter()
      case 'failed-unchanged':
        expect(path).toBeUndefined()
        return isBefore('the same verifier')
      case 'failed-changed': {
        const journal = path === undefined ? null : readJournal(path)
        if (journal === null) throw new Error(`no journal of ${JSON.stringify(outcome)}`)
        const standing = await standingOf(journal, stage.open('direct'))
        await assertShort(stage, standing)
        await (choice === 'undo' ? undo(standing) : goOn(standing))
        expect(stage.journals()).toEqual([])
        return
      }
      default:
        throw new Error(`it ended so: ${JSON.stringify(outcome)}`)
    }
  }

  async function undo(standing: Standing): Promise<void> {
    const { store, entry } = stage
    const wasOpened = standing.committed.some(({ number }) => standing.steps[number - 1]?.kind === 'login')
    const left = await undoStanding(standing, { open: stage.open('direct'), store, entry })
    if (login === 'new' || login === 'stored' || !wasOpened) {
      expect(left).toEqual({ left: [], undo: [], notes: [], request: null })
      return isBefore('the same password')
    }
    // Nothing knows the old password any more: that is said, and the store has the one in force.
    expect(left).toMatchObject({ left: [expect.stringContaining('is replaced')], undo: [] })
    expect(withoutPasswords(await stage.access())).toEqual(withoutPasswords(before))
    await isInForce()
  }

  async function goOn(standing: Standing): Promise<void> {
    expect(await applyHere(stage, run, { resume: standing })).toMatchObject({ outcome: 'done' })
    await isAfter()
  }

  async function isBefore(password: 'the same verifier' | 'the same password'): Promise<void> {
    const now = await stage.access()
    if (password === 'the same verifier') expect(now).toEqual(before)
    else expect(withoutPasswords(now)).toEqual(withoutPasswords(before))
    if (login !== 'new') await assertLogsIn(stage, oldPassword)
    const kept = await stage.store.read(stage.entry)
    expect(kept === null ? null : reveal(kept)).toBe(
      stored ? reveal(login === 'stored' ? oldPassword : otherPassword) : null,
    )
    expect(await stage.store.read(nextOf(stage.entry))).toBeNull()
  }

  async function isAfter(): Promise<void> {
    expect(withoutPasswords(await stage.access())).toEqual(after)
    await isInForce()
  }

  async function isInForce(): Promise<void> {
    await assertLogsIn(stage, await stage.store.read(stage.entry))
    expect(await stage.store.read(nextOf(stage.entry))).toBeNull()
  }
}
