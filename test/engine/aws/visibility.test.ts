import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { errors } from '../../../src/demo/aws/api-error.ts'
import type { Fault } from '../../../src/demo/aws/stand-in.ts'
import type { AwsWork } from '../../../src/engine/aws/aws-work.ts'
import { keyEntry } from '../../../src/engine/aws/key-entry.ts'
import { madeInJournal } from '../../../src/engine/aws/made-in-journal.ts'
import { undoAwsChanges } from '../../../src/engine/aws/undo-aws-changes.ts'
import type { EngineEvent } from '../../../src/engine/events.ts'
import { noJournal } from '../../../src/engine/journal.ts'
import { reveal } from '../../../src/model/secret.ts'
import type { AwsPlan } from '../../../src/plan/aws/aws-plan.ts'
import { callsOf } from '../../../src/plan/aws/calls.ts'
import { type CarriedOut, carryOut } from '../../support/aws/carry-out.ts'
import {
  type Course,
  courses,
  firstByRole,
  firstByUser,
  planned,
  secondByRole,
  secondByUser,
} from '../../support/aws/courses.ts'
import { breachesOf } from '../../support/aws/service-model.ts'
import { type AwsWorld, startAwsWorld } from '../../support/aws/world.ts'
import { isCi } from '../../support/requires.ts'

// AWS does not show at once what was just made: whatever breaks a run off in that while must not orphan it.

let world: AwsWorld

beforeEach(async () => {
  world = await startAwsWorld()
})

afterEach(async () => {
  await world.close()
  expect(breachesOf(world.standIn.calls)).toEqual([])
})

/** A run that was cancelled, of a plan without the flag, which stays on. */
interface BrokenOff {
  readonly plan: AwsPlan
  readonly run: CarriedOut
  /** What there was before it. */
  readonly before: unknown
}

/** Carries the course out until its pause of this number, at which it is cancelled; null where it has fewer. */
async function cancelledAt(
  course: Course,
  pause: number,
  faults: readonly Fault[],
): Promise<BrokenOff | null> {
  const plan = { ...(await planned(world, course)), flag: [] }
  const before = world.state()
  const controller = new AbortController()
  let paused = 0
  const work: AwsWork = {
    ...world.work(course.answers),
    async pause(_milliseconds, signal) {
      paused += 1
      if (paused === pause) controller.abort()
      signal?.throwIfAborted()
    },
  }
  world.standIn.invisibleFor = 3
  world.standIn.faults.push(...faults.map(fault => ({ ...fault })))
  const run = await carryOut(plan, work, { signal: controller.signal })
  if (run.problem === null) return null
  expect(run.problem.code).toBe('cancelled')
  // What the journal says is what the run itself knows: a program that was killed there leaves no less.
  expect(madeInJournal({ begin: { plan: { aws: plan } }, entries: run.entries })).toEqual(run.made)
  return { plan, run, before }
}

/** The course, broken off at each of its pauses in a world of its own; a person's run takes some of them. */
async function atEachPause(
  course: Course,
  faults: readonly Fault[],
  then: (broken: BrokenOff) => Promise<void>,
): Promise<void> {
  const step = isCi() ? 1 : 4
  for (let pause = 1; ; pause += step) {
    const broken = await cancelledAt(course, pause, faults)
    if (broken === null) {
      expect(pause).toBeGreaterThan(3)
      return
    }
    await then(broken)
    await world.close()
    expect(breachesOf(world.standIn.calls)).toEqual([])
    world = await startAwsWorld()
  }
}

/** What the course comes to where nothing is late and nothing is lost. */
async function undisturbed(course: Course, part: Partial<AwsPlan> = {}): Promise<unknown> {
  const plain = await startAwsWorld()
  try {
    const plan = { ...(await planned(plain, course)), ...part }
    expect((await carryOut(plan, plain.work(course.answers))).problem).toBeNull()
    return plain.state()
  } finally {
    await plain.close()
  }
}

/** Each key that there is has its secret kept, and is one that signs. */
async function expectKeysKept(): Promise<void> {
  for (const { name, keys } of world.standIn.account.users.values())
    for (const { id } of keys) {
      const kept = await world.store.read(keyEntry({ partition: 'aws' }, name, id))
      expect(kept === null ? null : reveal(kept)).toBe(world.standIn.account.secrets.get(id))
    }
}

/** But for a key that is deleted because nobody had its secret: that cannot come back. */
function withoutLostKey(state: unknown, { made }: CarriedOut): unknown {
  const isGone = made.some(({ change }) => change.kind === 'delete-access-key')
  return JSON.parse(JSON.stringify(state, (name, value) => (isGone && name === 'keys' ? [] : value)))
}

/** The calls that a plan's changes take. */
function actionsOf({ flag, changes }: AwsPlan): readonly string[] {
  return [...flag, ...changes].flatMap(callsOf).map(({ action }) => action)
}

describe.each(courses)('$title, seen late', course => {
  it('is made whole, and then there is nothing left to plan', async () => {
    const plan = await planned(world, course)
    world.standIn.invisibleFor = 3
    expect((await carryOut(plan, world.work(course.answers))).problem).toBeNull()
    const again = await world.plan(course.answers)
    expect([...again.flag, ...again.changes]).toEqual([])
    await expectKeysKept()
  })

  it('and with each answer lost, is made once', async () => {
    const wanted = await undisturbed(course)
    const plan = await planned(world, course)
    world.standIn.invisibleFor = 3
    for (const on of actionsOf(plan)) world.standIn.faults.push({ on, with: 'lost' })
    expect((await carryOut(plan, world.work(course.answers))).problem).toBeNull()
    expect(world.state()).toEqual(wanted)
    for (const { versions } of world.standIn.account.policies.values())
      expect([1, 5]).toContain(versions.length)
    await expectKeysKept()
  })
})

const brokenOff: readonly (readonly [string, Course, readonly Fault[]])[] = [
  ['cancelled while it is looked for', firstByRole, []],
  ['cancelled while it is looked for', firstByUser, []],
  ['cancelled while it is looked for', secondByRole, []],
  ['cancelled while it is looked for', secondByUser, []],
  [
    'cancelled after the answer about its key was lost',
    firstByUser,
    [{ on: 'CreateAccessKey', with: 'lost' }],
  ],
  [
    'cancelled after the answer about its version was lost',
    secondByRole,
    [{ on: 'CreatePolicyVersion', with: 'lost' }],
  ],
]

describe.each(
  brokenOff.map(([what, course, faults]) => ({ title: `${course.title}, ${what}`, course, faults })),
)('$title', ({ course, faults }) => {
  it('is taken back whole', async () => {
    await atEachPause(course, faults, async ({ run, before }) => {
      const undone = await undoAwsChanges(world.work(course.answers), run.made, noJournal)
      expect(undone).toMatchObject({ left: [], undone: true })
      expect(withoutLostKey(world.state(), run)).toEqual(withoutLostKey(before, run))
      // Of five the oldest goes, to make room, and what was made goes again.
      for (const { versions } of world.standIn.account.policies.values())
        expect(versions.map(({ id }) => id)).not.toContain('v6')
      expect(await readFile(world.passfile, 'utf8').catch(() => '')).not.toContain('AKIA')
    })
  })

  it('is gone on with to the same end', async () => {
    const wanted = await undisturbed(course, { flag: [] })
    await atEachPause(course, faults, async ({ plan, run }) => {
      const { problem } = await carryOut(plan, world.work(course.answers), { earlier: run.made })
      expect(problem).toBeNull()
      expect(world.state()).toEqual(wanted)
      for (const { versions } of world.standIn.account.policies.values())
        expect([1, 5]).toContain(versions.length)
      await expectKeysKept()
    })
  })
})

describe('an access key whose answer was lost', () => {
  it('and that is listed only at the fourth look is deleted all the same', async () => {
    const plan = await planned(world, firstByUser)
    world.standIn.onCall = ({ action }, moment) => {
      if (action === 'CreateAccessKey' && moment === 'before') world.standIn.invisibleFor = 3
    }
    world.standIn.faults.push({ on: 'CreateAccessKey', with: 'lost' })
    const { problem } = await carryOut(plan, world.work(firstByUser.answers))
    expect(problem).toBeNull()
    const [made] = world.standIn.account.users.values()
    expect(made?.keys).toHaveLength(1)
    await expectKeysKept()
  })

  it('is waited for over half a minute, told meanwhile, and then believed not to be there', async () => {
    const plan = await planned(world, firstByUser)
    world.standIn.faults.push({ on: 'CreateAccessKey', with: 'dropped' })
    const waited: number[] = []
    const work = { ...world.work(firstByUser.answers), pause: async (ms: number) => void waited.push(ms) }
    expect((await carryOut(plan, work)).problem).toBeNull()
    expect(waited.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(30_000)
    await expectKeysKept()
  })
})

describe('an undo', () => {
  it('waits half a minute in all for what it does not see, and says what it looks for', async () => {
    const course = firstByUser
    const plan = { ...(await planned(world, course)), flag: [] }
    const { made } = await carryOut(plan, world.work(course.answers))
    for (const things of [world.standIn.account.users, world.standIn.account.policies]) things.clear()
    const waited: number[] = []
    const told: string[] = []
    const work = { ...world.work(course.answers), pause: async (ms: number) => void waited.push(ms) }
    const onEvent = (event: EngineEvent) => void (event.kind === 'aws-waiting' && told.push(event.because))
    expect(await undoAwsChanges(work, made, noJournal, { onEvent })).toMatchObject({ left: [], undone: true })
    const sum = waited.reduce((all, ms) => all + ms, 0)
    expect(sum).toBeGreaterThan(30_000)
    expect(sum).toBeLessThan(35_000)
    expect(told[0]).toContain('AWS does not show at once what was just made')
    waited.splice(0)
    await undoAwsChanges(work, made, noJournal, { seen: true })
    expect(waited).toEqual([])
  })

  it('does not wait for what AWS has refused to make', async () => {
    const course = firstByUser
    const plan = { ...(await planned(world, course)), flag: [] }
    world.standIn.faults.push({
      on: 'CreateUser',
      with: errors.limit('Cannot exceed quota for UsersPerAccount: 5000'),
    })
    const { made, problem } = await carryOut(plan, world.work(course.answers))
    expect(problem?.code).toBe('aws-limit')
    expect(made.map(({ change }) => change.kind)).toEqual(['create-policy'])
    const waited: number[] = []
    const work = { ...world.work(course.answers), pause: async (ms: number) => void waited.push(ms) }
    expect(await undoAwsChanges(work, made, noJournal)).toMatchObject({ left: [], undone: true })
    expect(waited).toEqual([])
  })
})
