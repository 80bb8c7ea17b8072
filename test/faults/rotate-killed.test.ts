import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../e2e/program.ts'
import { majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import { assertAlone, assertSettles, prepare } from './rotate-stage.ts'
import { notesIn, openStage, type Stage, withoutPasswords } from './stage.ts'

describe.each(majorsInDepth)('a rotation on PostgreSQL %i', major => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(major)
  })
  afterAll(() => stage?.stop())

  function start() {
    const path = join(stage.folder, 'answers.json')
    writeFileSync(path, JSON.stringify(stage.answers('proxy')))
    return startProgram(['rotate', '--answers', path, '--yes'], {
      env: { PGPASSWORD: stage.server.adminPassword, HOME: stage.folder },
    })
  }

  it('whose program is killed: a stored password is in force, and another rotation leaves it alone', {
    timeout: 20 * 60_000,
  }, async () => {
    const { store } = stage
    await prepare(stage, store)
    const access = withoutPasswords(await stage.access())
    stage.proxy.watch(null)
    expect(await start().end).toMatchObject({ code: 0 })
    const passed = stage.proxy.passed()
    await stage.clear()

    let told = 0
    await atEach(
      // What is stored between two statements has a test of its own.
      // The last but one is when it is under way, whatever else is tried.
      [...placesOf(passed, major, { of: ['before'] }), { boundary: passed.statements - 1, moment: 'before' }],
      async place => {
        await prepare(stage, store)
        stage.proxy.watch(null)
        const running = start()
        stage.proxy.failAt(place, async () => {
          running.kill('SIGKILL')
          await running.end
          stage.proxy.cut()
        })
        const end = await running.end
        if (stage.proxy.hasFailed()) expect(end.signal).toBe('SIGKILL')
        else await assertAlone(stage, store)
        const noted = notesIn(stage)
        if (noted.length > 0) {
          expect(noted[0]).toMatchObject({ mode: 0o600 })
          const again = await start().end
          expect(again.stderr).toContain('was broken off; this goes on with it')
          expect(again).toMatchObject({ code: 0 })
          told += 1
        }
        expect(notesIn(stage)).toEqual([])
        await assertSettles(stage, store)
        expect(withoutPasswords(await stage.access())).toEqual(access)
        return stage.proxy.hasFailed()
      },
      () => stage.clear(),
    )
    expect(told).toBeGreaterThan(0)
  })
})
