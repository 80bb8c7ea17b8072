import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJournal } from '../../src/engine/journal.ts'
import { standingOf } from '../../src/engine/standing.ts'
import { type ProgramEnd, type RunningProgram, startProgram } from '../e2e/program.ts'
import type { Moment, Place } from '../support/fault-proxy.ts'
import { type Major, majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import {
  assertLogsIn,
  assertPrivate,
  assertShort,
  login,
  openStage,
  type Stage,
  withoutPasswords,
} from './stage.ts'

/** An apply of new roles whose program is killed at every statement, at this moment of it. */
export function describeKilledApply(moment: Moment): void {
  describe.each(majorsInDepth)(`an apply on PostgreSQL %i`, major => tryKilled(moment, major))
}

function tryKilled(moment: Moment, major: Major): void {
  let stage: Stage
  let after: readonly string[]
  let statements: number

  beforeAll(async () => {
    stage = await openStage(major)
    stage.proxy.watch(login)
    expect(await start('proxy').end).toMatchObject({ code: 0 })
    statements = stage.proxy.passed()
    after = withoutPasswords(await stage.access())
    await stage.clear()
  })
  afterAll(() => stage?.stop())

  const words = moment === 'before' ? 'before it is sent' : 'when it is answered'
  it(`the program is killed at a statement, ${words}: the next start goes on with it, or takes it back`, {
    timeout: 20 * 60_000,
  }, async () => {
    let settled = 0
    await atEach(
      placesOf(statements, major, { of: [moment] }),
      async (place, number) => {
        const end = await killedAt(place)
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
          expect([stage.before, after]).toContainEqual(withoutPasswords(await stage.access()))
          return true
        }
        settled += 1
        await assertShort(stage, await standingOf(journal, stage.open('direct')))
        await settle(number % 2 === 0 ? 'go-on' : 'undo')
        return true
      },
      () => stage.clear(),
    )
    expect(settled).toBeGreaterThan(0)
  })

  /** From the knock on, which comes after the rehearsal. */
  async function killedAt(place: Place): Promise<ProgramEnd> {
    stage.proxy.watch(login)
    const running = start('proxy')
    stage.proxy.failAt(place, async () => {
      running.kill('SIGKILL')
      await running.end
      stage.proxy.cut()
    })
    return running.end
  }

  async function settle(choice: 'go-on' | 'undo'): Promise<void> {
    const end = await start('direct', '--resume', choice).end
    expect(end, shown(end)).toMatchObject({ code: 0 })
    // A run that had changed nothing is forgotten, and what was asked for is done.
    const isDone = choice === 'go-on' || end.stderr.includes('before it had changed anything')
    const now = await stage.access()
    expect(stage.journals()).toEqual([])
    const password = await stage.store.read(stage.entry)
    if (!isDone) {
      expect(now).toEqual(stage.before)
      expect(password).toBeNull()
      return
    }
    expect(withoutPasswords(now)).toEqual(after)
    await assertLogsIn(stage, password)
  }

  function start(way: 'proxy' | 'direct', ...more: readonly string[]): RunningProgram {
    const path = join(stage.folder, `answers-${way}.json`)
    writeFileSync(path, JSON.stringify(stage.answers(way)))
    return startProgram(['apply', '--answers', path, '--yes', '--out', stage.folder, ...more], {
      env: { PGPASSWORD: stage.server.adminPassword, HOME: stage.folder },
    })
  }
}

function shown({ stdout, stderr }: ProgramEnd): string {
  return `${stdout}\n${stderr}`
}
