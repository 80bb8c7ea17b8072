import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import { assertAlone, assertOld, assertSettles, prepare, rotateHere } from './rotate-stage.ts'
import { openStage, type Stage, withoutPasswords } from './stage.ts'

describe.each(majorsInDepth)('a rotation on PostgreSQL %i', major => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(major)
  })
  afterAll(() => stage?.stop())

  it.each(['connection', 'server'] as const)(
    'that loses the %s: the old password holds, or the new one, or another rotation settles it',
    { timeout: 20 * 60_000 },
    async fault => {
      const { store } = stage
      await prepare(stage, store)
      const access = withoutPasswords(await stage.access())
      stage.proxy.watch(null)
      expect(await rotateHere(stage, store, 'proxy')).toEqual({ outcome: 'done' })
      const passed = stage.proxy.passed()
      await stage.clear()

      await atEach(
        placesOf(passed, major),
        async place => {
          await prepare(stage, store)
          stage.proxy.watch(null)
          const over = stage.arm(fault, place)
          const outcome = await rotateHere(stage, store, 'proxy')
          await over()
          if (outcome.outcome === 'done') await assertAlone(stage, store)
          else if (outcome.outcome === 'failed-unchanged') await assertOld(stage, store)
          else await assertSettles(stage, store)
          expect(withoutPasswords(await stage.access())).toEqual(access)
          return stage.proxy.hasFailed()
        },
        () => stage.clear(),
      )
    },
  )
})
