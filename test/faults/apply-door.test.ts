import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJournal } from '../../src/engine/journal.ts'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import { undoStanding } from '../../src/engine/resume.ts'
import { standingOf } from '../../src/engine/standing.ts'
import type { Answers, HbaApply } from '../../src/model/answers.ts'
import { startProgram } from '../e2e/program.ts'
import type { Moment, Place } from '../support/fault-proxy.ts'
import { probe } from '../support/hba/probe.ts'
import { isCi } from '../support/requires.ts'
import { type Major, majorsInDepth } from '../support/server.ts'
import { atEach, placesOf } from './places.ts'
import { applyHere, assertShort, login, openStage, type Stage, withoutPasswords } from './stage.ts'

/** Each way with CI=true; a person's run takes the one that has more to it. */
function applies(major: Major): readonly HbaApply[] {
  if (major < 16) return ['write']
  return isCi() ? ['write', 'include'] : ['include']
}

/** Where the program is killed, which takes two starts of it, a few places are tried. */
const killedIn = (major: Major) => (isCi() && major === 18 ? 3 : 1)

describe.each(majorsInDepth)('an apply that opens the door of PostgreSQL %i', major => {
  const killed = killedIn(major)
  let stage: Stage
  /** pg_hba.conf as it is before. */
  let rules: string
  beforeAll(async () => {
    stage = await openStage(major)
    rules = readFileSync(path(), 'utf8')
  })
  afterAll(() => stage?.stop())

  const path = () => join(stage.server.dataDirectory, 'pg_hba.conf')
  const network = (apply: HbaApply): Partial<Answers> => ({
    network: { from: 'typed', cidrs: ['127.77.1.0/24'], apply },
  })
  /** pg_hba.conf and all files of our own beside it. */
  const files = () =>
    readdirSync(stage.server.dataDirectory)
      .filter(name => name === 'pg_hba.conf' || /pg-usher.*\.conf$/.test(name))
      .map(name => [name, readFileSync(join(stage.server.dataDirectory, name), 'utf8')])
  const knock = async () =>
    (
      await probe({
        host: '127.0.0.1',
        port: stage.server.port,
        from: '127.77.1.9',
        tls: false,
        user: login,
        database: 'music',
      })
    ).says

  async function assertDoor(is: 'before' | 'after', after: unknown): Promise<void> {
    expect(files()).toEqual(is === 'before' ? [['pg_hba.conf', rules]] : after)
    expect(await stage.server.sql('SELECT FROM pg_hba_file_rules WHERE error IS NOT NULL')).toEqual([])
    expect(await knock()).toBe(is === 'before' ? 'nobody' : 'sasl')
  }

  async function clear(): Promise<void> {
    await stage.clear()
    for (const name of readdirSync(stage.server.dataDirectory)) {
      if (name.includes('pg-usher')) rmSync(join(stage.server.dataDirectory, name))
    }
    await stage.server.setHba(rules.trimEnd().split('\n'))
  }

  it.each(applies(major))(
    'is as before, as after, or named and settled at the next start, where the connection is cut (%s)',
    { timeout: 20 * 60_000 },
    async apply => {
      const run = await stage.load(network(apply))
      const before = await stage.access()
      const marks: number[] = []
      stage.proxy.watch(null)
      const whole = await applyHere(stage, run, {
        onEvent: event => {
          if (event.kind === 'phase' && ['door', 'end'].includes(event.phase)) {
            marks.push(stage.proxy.passed().statements)
          }
        },
      })
      expect(whole).toMatchObject({ outcome: 'done' })
      const passed = stage.proxy.passed()
      const [afterRoles, afterFiles] = [withoutPasswords(await stage.access()), files()]
      await assertDoor('after', afterFiles)
      await clear()

      const seen = { before: 0, after: 0, named: 0 }
      const [from = 0, to = 0] = marks
      await atEach(
        placesOf(passed, major, { between: [from, to] }),
        async (place, number) => {
          stage.proxy.watch(null)
          const over = stage.arm('connection', place)
          const outcome = await applyHere(stage, run)
          await over()
          await settle(outcome, number)
          return stage.proxy.hasFailed()
        },
        clear,
      )
      expect(seen.before + seen.named).toBeGreaterThan(0)

      async function settle(outcome: ApplyOutcome, number: number): Promise<void> {
        const [left, ...others] = stage.journals()
        expect(others).toEqual([])
        if (outcome.outcome === 'done' || outcome.outcome === 'failed-unchanged') {
          const is = outcome.outcome === 'done' ? 'after' : 'before'
          seen[is] += 1
          expect(left).toBeUndefined()
          return assertAll(is)
        }
        seen.named += 1
        const journal = left === undefined ? null : readJournal(left)
        if (journal === null) throw new Error(`it ended so: ${JSON.stringify(outcome)}`)
        const standing = await standingOf(journal, stage.open('direct'))
        await assertShort(stage, standing)
        if (number % 2 === 0) {
          const { store, entry } = stage
          const undone = await undoStanding(standing, { open: stage.open('direct'), store, entry })
          expect(undone).toEqual({ left: [], undo: [], notes: [], request: null })
          await assertAll('before')
        } else {
          expect(await applyHere(stage, run, { resume: standing })).toMatchObject({ outcome: 'done' })
          await assertAll('after')
        }
        expect(stage.journals()).toEqual([])
      }

      async function assertAll(is: 'before' | 'after'): Promise<void> {
        await assertDoor(is, afterFiles)
        const now = await stage.access()
        if (is === 'before') expect(now).toEqual(before)
        else expect(withoutPasswords(now)).toEqual(afterRoles)
      }
    },
  )

  it.each(applies(major))(
    'is settled at the next start, where the program is killed (%s)',
    { timeout: 20 * 60_000 },
    async apply => {
      stage.proxy.watch(null)
      const marks: number[] = []
      await applyHere(stage, await stage.load(network(apply)), {
        onEvent: event => {
          if (event.kind === 'phase' && ['door', 'end'].includes(event.phase)) {
            marks.push(stage.proxy.passed().statements)
          }
        },
      })
      const afterFiles = files()
      const doorTakes = (marks[1] ?? 0) - (marks[0] ?? 0)
      await clear()
      // In the program, the statements of the door are the last but those of its end and what is read after it.
      stage.proxy.watch(login)
      expect((await start(apply, 'proxy').end).code).toBe(0)
      const { statements } = stage.proxy.passed()
      await clear()

      let settled = 0
      for (const [number, place] of spread(statements, doorTakes).entries()) {
        stage.proxy.watch(login)
        const running = start(apply, 'proxy')
        stage.proxy.failAt(place, async () => {
          running.kill('SIGKILL')
          await running.end
          stage.proxy.cut()
        })
        const { signal } = await running.end
        expect(signal).toBe('SIGKILL')
        expect(stage.journals()).toHaveLength(1)
        // Whatever has been written, the server takes it.
        expect(await stage.server.sql('SELECT FROM pg_hba_file_rules WHERE error IS NOT NULL')).toEqual([])
        const end = await start(apply, 'direct', '--resume', number % 2 === 0 ? 'go-on' : 'undo').end
        expect(end, `${place.boundary}: ${end.stdout}${end.stderr}`).toMatchObject({ code: 0 })
        expect(stage.journals()).toEqual([])
        await assertDoor(number % 2 === 0 ? 'after' : 'before', afterFiles)
        settled += 1
        await clear()
      }
      expect(settled).toBe(killed)
    },
  )

  /** From the end of the run backwards, over the statements of the door. */
  function spread(statements: number, doorTakes: number): readonly Place[] {
    const moment: Moment = 'before'
    return Array.from({ length: killed }, (_, index) => ({
      boundary: Math.max(1, statements - Math.floor(((index + 0.5) * doorTakes) / killed) - 3),
      moment,
    }))
  }

  function start(apply: HbaApply, way: 'proxy' | 'direct', ...more: readonly string[]) {
    const file = join(stage.folder, `answers-${way}.json`)
    writeFileSync(file, JSON.stringify(stage.answers(way, network(apply))))
    return startProgram(['apply', '--answers', file, '--yes', '--out', stage.folder, ...more], {
      env: { PGPASSWORD: stage.server.adminPassword, HOME: stage.folder },
    })
  }
})
