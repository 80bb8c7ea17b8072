import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeychainStore } from '../../src/secrets/keychain.ts'
import type { SecretStore } from '../../src/secrets/store.ts'
import { type Moment, moments } from '../support/fault-proxy.ts'
import { keyringPrograms, startKeyringSession } from '../support/keyring.ts'
import { describeWith, isCi } from '../support/requires.ts'
import { dyingStore } from './dying-store.ts'
import { assertAlone, assertSettles, prepare, rotateHere } from './rotate-stage.ts'
import { endSessions, openStage, type Stage } from './stage.ts'

/** All of them with CI=true, else the last, by which the new password has taken the old one's place. */
function questionsOf(asked: number): readonly number[] {
  return isCi() ? Array.from({ length: asked }, (_, index) => index + 1) : [asked]
}

const timeout = 20 * 60_000

describe('a rotation whose program is killed while it stores', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(18)
  })
  afterAll(() => stage?.stop())

  it(
    'in a passfile: at whatever question, a stored password is in force, and another rotation settles it',
    { timeout },
    () => tryAll(stage.store, moments),
  )

  describeWith(keyringPrograms)('in a real keychain', () => {
    // Each word with it is a process of its own: what is answered and not heard is the same as before the next one.
    it('at whatever question, a stored password is in force, and another rotation settles it', {
      timeout,
    }, async () => {
      const session = await startKeyringSession('unlocked')
      try {
        const { environment } = session
        await tryAll(createKeychainStore({ user: 'the tester', platform: 'linux', environment }), [
          'answered',
        ])
      } finally {
        await session.stop()
      }
    })
  })

  async function tryAll(store: SecretStore, of: readonly Moment[]): Promise<void> {
    await prepare(stage, store)
    const whole = dyingStore(store, null)
    expect(await rotateHere(stage, whole.store, 'direct')).toEqual({ outcome: 'done' })
    await assertAlone(stage, store)
    await stage.clear()
    for (const question of questionsOf(whole.asked())) {
      for (const moment of of) {
        await prepare(stage, store)
        const dying = dyingStore(store, question, moment)
        void rotateHere(stage, dying.store, 'direct')
        await dying.dead
        await endSessions(stage)
        await assertSettles(stage, store)
        await stage.clear()
      }
    }
  }
})
