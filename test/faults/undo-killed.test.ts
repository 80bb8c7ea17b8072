import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../e2e/program.ts'
import { majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import { notesIn, openStage, type Stage, withoutPasswords } from './stage.ts'
import { applied, assertNothingStored } from './undo-stage.ts'

describe.each(majorsInDepth)('an undo on PostgreSQL %i', major => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage(major)
  })
  afterAll(() => stage?.stop())

  const start = (receipt: string) =>
    startProgram(['undo', '--receipt', receipt, '--yes'], {
      env: { PGPASSWORD: stage.server.adminPassword, HOME: stage.folder },
    })

  it('whose program is killed: the same command once more ends it', { timeout: 20 * 60_000 }, async () => {
    const run = await stage.load()
    const { path } = await applied(stage, run)
    const after = withoutPasswords(await stage.access())
    stage.proxy.watch(null)
    expect(await start(path).end).toMatchObject({ code: 0 })
    // A program that is killed when the server has answered is as one that is killed before the next statement.
    const places = placesOf(stage.proxy.passed(), major, { of: ['before'], all: false })
    await stage.clear()

    let halfway = 0
    await atEach(
      places,
      async place => {
        const receipt = await applied(stage, run)
        stage.proxy.watch(null)
        const running = start(receipt.path)
        stage.proxy.failAt(place, async () => {
          running.kill('SIGKILL')
          await running.end
          stage.proxy.cut()
        })
        const end = await running.end
        if (!stage.proxy.hasFailed()) {
          expect(end).toMatchObject({ code: 0 })
          return false
        }
        expect(end.signal).toBe('SIGKILL')
        const now = withoutPasswords(await stage.access())
        const isHalfway = now.join() !== after.join() && now.join() !== stage.before.join()
        if (isHalfway) {
          halfway += 1
          const [note] = notesIn(stage)
          expect(note).toMatchObject({ mode: 0o600, text: expect.not.stringContaining('SCRAM') })
          // Whatever is started next says so, and how to end it.
          const answers = join(stage.folder, 'answers.json')
          writeFileSync(answers, JSON.stringify(stage.answers('direct')))
          const told = await startProgram(['verify', '--answers', answers], {
            env: { PGPASSWORD: stage.server.adminPassword, HOME: stage.folder },
          }).end
          expect(told.stderr).toContain(
            `was broken off. To end it, run it again: pg-usher undo --receipt ${receipt.path}`,
          )
        }
        const again = await start(receipt.path).end
        expect(again, `${again.stdout}\n${again.stderr}`).toMatchObject({ code: 0 })
        if (isHalfway) expect(again.stderr).toContain('was broken off; this goes on with it')
        expect(notesIn(stage)).toEqual([])
        expect(await stage.access()).toEqual(stage.before)
        await assertNothingStored(stage)
        return true
      },
      () => stage.clear(),
    )
    if (places.length > 1) expect(halfway).toBeGreaterThan(0)
  })
})
