import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import {
  assertLogsIn,
  type Fault,
  login,
  makeExisting,
  oldPassword,
  openStage,
  type Stage,
  withoutPasswords,
} from './stage.ts'
import { applied, assertNothingStored, undoHere } from './undo-stage.ts'

const words: Readonly<Record<Exclude<Fault, 'server-away'>, string>> = {
  connection: 'the connection is cut',
  server: 'the server is killed, and comes back at once',
}

/** Undos in whose every statement something goes wrong while the program lives. */
export function describeUndo(fault: keyof typeof words): void {
  describe.each(majorsInDepth)(`an undo in which ${words[fault]}, on PostgreSQL %i`, major => {
    let stage: Stage
    beforeAll(async () => {
      stage = await openStage(major)
    })
    afterAll(() => stage?.stop())

    it.each(['new', 'stored'] as const)(
      'of a run for a login that was %s: nothing is changed, or a second one ends it',
      { timeout: 20 * 60_000 },
      async kind => {
        const prepare = async () => {
          if (kind === 'new') return
          await makeExisting(stage)
          await stage.store.save(stage.entry, oldPassword)
        }
        await prepare()
        const before = withoutPasswords(await stage.access())
        const run = await stage.load({ replacePassword: kind === 'stored' })
        const whole = await applied(stage, run)
        const after = withoutPasswords(await stage.access())
        const end = await undoHere(stage, whole, 'proxy', () => stage.proxy.watch(null))
        expect(end).toMatchObject({ outcome: 'done' })
        const passed = stage.proxy.passed()
        await stage.clear()

        await atEach(
          placesOf(passed, major, { all: false }),
          async place => {
            await prepare()
            const receipt = await applied(stage, run)
            let over = async () => {}
            const outcome = await undoHere(stage, receipt, 'proxy', () => {
              stage.proxy.watch(null)
              over = stage.arm(fault, place)
            })
            await over()
            await assertNoHalfLogin(outcome.outcome)
            if (outcome.outcome !== 'done')
              expect(await undoHere(stage, receipt, 'direct')).toMatchObject({ outcome: 'done' })
            expect(withoutPasswords(await stage.access())).toEqual(before)
            if (kind === 'new') await assertNothingStored(stage)
            else await assertLogsIn(stage, await stage.store.read(stage.entry))
            return stage.proxy.hasFailed()
          },
          () => stage.clear(),
        )

        /** Either all is there still, or a login that the run made is closed before anything else goes. */
        async function assertNoHalfLogin(outcome: string): Promise<void> {
          const now = withoutPasswords(await stage.access())
          if (outcome === 'failed-unchanged') expect(now).toEqual(after)
          // Where it is not known whether the first COMMIT came through, all may be there still, and is named.
          else if (kind === 'new' && outcome !== 'done' && !isDeepStrictEqual(now, after)) {
            const [role] = await stage.server.sql(
              'SELECT rolcanlogin AS open FROM pg_roles WHERE rolname = $1',
              'postgres',
              [login],
            )
            expect([undefined, false]).toContain(role?.['open'])
          }
        }
      },
    )
  })
}
