import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJournal } from '../../src/engine/journal.ts'
import { undoStanding } from '../../src/engine/resume.ts'
import { standingOf } from '../../src/engine/standing.ts'
import { reveal } from '../../src/model/secret.ts'
import { nextOf } from '../../src/secrets/generations.ts'
import { moments } from '../support/fault-proxy.ts'
import { isCi } from '../support/requires.ts'
import { dyingStore } from './dying-store.ts'
import {
  applyHere,
  assertLogsIn,
  assertShort,
  endSessions,
  makeExisting,
  oldPassword,
  openStage,
  type Stage,
  withoutPasswords,
} from './stage.ts'

/** All of them with CI=true, else the first by which something is stored, and the last. */
function questionsOf(asked: number): readonly number[] {
  return isCi() ? Array.from({ length: asked }, (_, index) => index + 1) : [2, asked]
}

describe('an apply whose program is killed while it stores the password', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(18)
  })
  afterAll(() => stage?.stop())

  it.each(['new', 'stored'] as const)('with a login that is %s: the next start settles it', async kind => {
    const prepare = async () => {
      if (kind === 'new') return
      await makeExisting(stage)
      await stage.store.save(stage.entry, oldPassword)
    }
    await prepare()
    const before = withoutPasswords(await stage.access())
    const run = await stage.load({ replacePassword: kind === 'stored' })
    const whole = dyingStore(stage.store, null)
    expect(await applyHere(stage, run, { store: whole.store })).toMatchObject({ outcome: 'done' })
    const after = withoutPasswords(await stage.access())
    await stage.clear()

    let tried = 0
    for (const question of questionsOf(whole.asked())) {
      for (const moment of moments) {
        await prepare()
        const dying = dyingStore(stage.store, question, moment)
        void applyHere(stage, run, { store: dying.store })
        await dying.dead
        await endSessions(stage)
        tried += 1
        await settle(tried % 2 === 0)
        await stage.clear()
      }
    }

    async function settle(goesOn: boolean): Promise<void> {
      const [path = ''] = stage.journals()
      const journal = readJournal(path)
      if (journal === null) throw new Error('no journal is found')
      const open = stage.open('direct')
      const standing = await standingOf(journal, open)
      await assertShort(stage, standing)
      const { store, entry } = stage
      if (goesOn) expect(await applyHere(stage, run, { resume: standing })).toMatchObject({ outcome: 'done' })
      else expect(await undoStanding(standing, { open, store, entry })).toMatchObject({ undo: [] })
      expect(stage.journals()).toEqual([])
      expect(await store.has(nextOf(entry))).toBe(false)
      const kept = await store.read(entry)
      const now = withoutPasswords(await stage.access())
      expect(now).toEqual(goesOn ? after : before)
      if (goesOn) await assertLogsIn(stage, kept)
      else if (kind === 'new') expect(kept).toBeNull()
      // Where the new password had taken its place already, the old one is gone, and the new one stays.
      else await assertLogsIn(stage, kept)
      if (!goesOn && kind === 'stored' && standing.committed.length < standing.steps.length)
        expect(kept === null ? null : reveal(kept)).toBe(reveal(oldPassword))
    }
  })
})
