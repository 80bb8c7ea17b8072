import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { isCi } from '../requires.ts'
import type { Major } from '../server.ts'
import { type Case, cases, nothingToChoose, runCase } from './run-case.ts'
import { openStage, type Stage, worldSql } from './stage.ts'

/** How long a failure is made smaller, in milliseconds. */
const shrinkingTime = 60_000

/** How many cases there are on a major version: enough to trust with CI=true, else enough to notice. */
const counts: Readonly<Record<Major, { readonly ci: number; readonly local: number }>> = {
  14: { ci: 100, local: 4 },
  15: { ci: 25, local: 2 },
  16: { ci: 100, local: 4 },
  17: { ci: 25, local: 2 },
  18: { ci: 500, local: 15 },
}

/**
 * The property on one major version, in lanes that run at the same time, each on a server of its own.
 * PG_USHER_CASES says how many cases in all; PG_USHER_SEED is the seed, or `seed:path` to replay one failure.
 */
export function describeProperties(major: Major): void {
  const asked = Number(process.env['PG_USHER_CASES'] ?? '')
  const all = asked > 0 ? asked : counts[major][isCi() ? 'ci' : 'local']
  const replayed = /^(-?\d+)(?::(.+))?$/.exec(process.env['PG_USHER_SEED'] ?? '')
  const path = replayed?.[2]
  const lanes = path === undefined && all >= 20 && major === 18 ? 2 : 1

  describe(`any world on PostgreSQL ${major}`, () => {
    const stages: Stage[] = []
    const ends = new Map<string, number>()

    beforeAll(async () => {
      for (let lane = 0; lane < lanes; lane += 1) stages.push(await openStage(major))
    })
    afterAll(async () => {
      for (const stage of stages) await stage.stop()
      console.log(summary(major, ends))
    })

    it.concurrent.each(Array.from({ length: lanes }, (_, lane) => lane))(
      'is planned, rehearsed, applied, proved and undone as promised (lane %i)',
      async lane => {
        const stage = stages[lane]
        if (stage === undefined) throw new Error('the stage is not there')
        const seed =
          replayed === null ? seedOf(major) + lane : Number(replayed[1]) + (path === undefined ? lane : 0)
        let failedAt = 0
        const property = fc.asyncProperty(cases(major), async one => {
          // Shrinking ends where nothing smaller fails, and here when it has had its time.
          if (failedAt > 0 && performance.now() - failedAt > shrinkingTime) return
          const end = await explained(one, () => runCase(stage, one)).catch(error => {
            failedAt ||= performance.now()
            throw error
          })
          // A world with nothing to choose is none of the cases; another takes its place.
          fc.pre(end !== nothingToChoose)
          ends.set(end, (ends.get(end) ?? 0) + 1)
        })
        const found = await fc.check(property, {
          seed,
          numRuns: Math.ceil(all / lanes),
          ...(path === undefined ? {} : { path, endOnFailure: true }),
        })
        if (!found.failed) return
        const { errorInstance, counterexamplePath, numRuns, numShrinks } = found
        throw new Error(
          [
            `PostgreSQL ${major}, after ${numRuns} cases and ${numShrinks} shrinks. Replay it with`,
            `PG_USHER_SEED=${seed}:${counterexamplePath} npx vitest run test/properties/postgresql-${major}.test.ts`,
            errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
          ].join('\n'),
        )
      },
      3_600_000,
    )
  })
}

/** What failed, with the world in SQL and what was asked of it. */
async function explained(one: Case, run: () => Promise<string>): Promise<string> {
  try {
    return await run()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const { world, ...rest } = one
    const asked = { admin: world.admin, login: world.login, group: world.group, ...rest }
    throw new Error(`${message}\n\n${worldSql(world)}\n\n${JSON.stringify(asked)}`, { cause: error })
  }
}

/** The same worlds in every run, so that a red run is about a change; PG_USHER_SEED tries others. */
function seedOf(major: Major): number {
  return 20_261_122 + major * 1000
}

function summary(major: Major, ends: ReadonlyMap<string, number>): string {
  const total = [...ends.values()].reduce((sum, count) => sum + count, 0)
  const each = [...ends].toSorted(([, a], [, b]) => b - a).map(([end, count]) => `${count} ${end}`)
  return `properties: ${total} cases on ${major} (${each.join(', ')})`
}
