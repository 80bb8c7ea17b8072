import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { errors } from '../../../src/demo/aws/api-error.ts'
import { callerArn, type RecordedCall } from '../../../src/demo/aws/stand-in.ts'
import { undoAwsChanges } from '../../../src/engine/aws/undo-aws-changes.ts'
import { noJournal } from '../../../src/engine/journal.ts'
import { problemOf } from '../../../src/model/problem.ts'
import { type CarriedOut, carryOut, isChanging } from '../../support/aws/carry-out.ts'
import { type Course, courses, planned } from '../../support/aws/courses.ts'
import { breachesOf } from '../../support/aws/service-model.ts'
import { type AwsWorld, startAwsWorld } from '../../support/aws/world.ts'
import { isCi } from '../../support/requires.ts'

// Which calls there are is taken from a run that nothing disturbs: a call that is added later is denied here too.

let world: AwsWorld

beforeEach(async () => {
  world = await startAwsWorld()
})

afterEach(async () => {
  await world.close()
  expect(breachesOf(world.standIn.calls)).toEqual([])
})

/** The course where nothing is denied: the calls of each part, each as `service:Action`, once. */
async function callsOfCourse(
  course: Course,
): Promise<Record<'looking' | 'making' | 'undoing', readonly string[]>> {
  const plain = await startAwsWorld()
  try {
    const lost = await course.prepare(plain)
    const from = (start: number) => namesOf(plain.standIn.calls.slice(start))
    let start = plain.standIn.calls.length
    const plan = await plain.plan(course.answers, lost)
    const looking = from(start)
    start = plain.standIn.calls.length
    const { made, problem } = await carryOut(plan, plain.work(course.answers))
    expect(problem).toBeNull()
    const making = from(start)
    start = plain.standIn.calls.length
    await undoAwsChanges(plain.work(course.answers), made, noJournal)
    return { looking, making, undoing: from(start) }
  } finally {
    await plain.close()
  }
}

function namesOf(calls: readonly RecordedCall[]): readonly string[] {
  // Who one is, anybody may ask.
  return [
    ...new Set(
      calls.filter(({ service }) => service !== 'sts').map(({ service, action }) => `${service}:${action}`),
    ),
  ]
}

function deny(permission: string): void {
  const on = permission.split(':')[1] ?? ''
  const denied = errors.denied(callerArn(world.standIn.account), permission, 'something')
  world.standIn.faults.push({ on, times: 999, with: denied })
}

/** The request says who may not do what on what, and has a policy that allows it. */
function expectRequest(text: string | undefined, permission: string): void {
  const on = isChanging(permission.split(':')[1] ?? '') ? 'arn:aws:' : 'something'
  expect(text).toContain(`may not ${permission} on ${on}`)
  expect(text).toContain('No policy of its own allows it.')
  const [, json = ''] = /^(\{\n[\s\S]*?\n\})$/m.exec(text ?? '') ?? []
  const statements: readonly { readonly Action: readonly string[] }[] = JSON.parse(json).Statement
  expect(statements.flatMap(({ Action: action }) => action)).toContain(permission)
}

/** In a world of its own each, so that one denial does not hide another. */
async function forEachCall(
  calls: readonly string[],
  then: (permission: string) => Promise<void>,
): Promise<void> {
  expect(calls.length).toBeGreaterThan(2)
  for (const permission of calls) {
    await then(permission)
    await world.close()
    expect(breachesOf(world.standIn.calls)).toEqual([])
    world = await startAwsWorld()
  }
}

/** What cannot come back is left out: a flag that stays on, a key that nobody had the secret of. */
function comparable(state: unknown, { made }: CarriedOut): unknown {
  const isGone = made.some(({ change }) => change.kind === 'delete-access-key')
  return JSON.parse(
    JSON.stringify(state, (name, value) => (name === 'flags' || (isGone && name === 'keys') ? [] : value)),
  )
}

// A person's run takes the two courses that have most of the calls.
describe.each(isCi() ? courses : courses.slice(1, 4).filter(({ title }) => !title.includes('Aurora')))(
  '$title',
  course => {
    it('each look that is denied becomes a request to the cloud team', async () => {
      const { looking } = await callsOfCourse(course)
      await forEachCall(looking, async permission => {
        const lost = await course.prepare(world)
        deny(permission)
        const problem = await world.plan(course.answers, lost).then(() => null, problemOf)
        expect(problem).toMatchObject({ code: 'aws-denied' })
        expectRequest(problem?.next, permission)
      })
    })

    it('each call of making it that is denied does, and what was made is taken back', async () => {
      const { making } = await callsOfCourse(course)
      await forEachCall(making, async permission => {
        const plan = await planned(world, course)
        const before = world.state()
        deny(permission)
        const run = await carryOut(plan, world.work(course.answers))
        expect(run.problem).toMatchObject({ code: 'aws-denied' })
        expectRequest(run.problem?.next, permission)
        world.standIn.faults.splice(0)
        expect(await undoAwsChanges(world.work(course.answers), run.made, noJournal)).toMatchObject({
          undone: true,
        })
        expect(comparable(world.state(), run)).toEqual(comparable(before, run))
      })
    })

    it('each call of taking it back does, what is left is named, and once it is allowed nothing is', async () => {
      const { undoing } = await callsOfCourse(course)
      await forEachCall(undoing, async permission => {
        const plan = { ...(await planned(world, course)), flag: [] }
        const before = world.state()
        const run = await carryOut(plan, world.work(course.answers))
        expect(run.problem).toBeNull()
        deny(permission)
        const { left, undone, request } = await undoAwsChanges(
          world.work(course.answers),
          run.made,
          noJournal,
        )
        expect(undone).toBe(false)
        expect(left.join('\n')).toMatch(/Not undone: [^\n]*To be run: aws iam /)
        expectRequest(request ?? '', permission)
        world.standIn.faults.splice(0)
        expect(await undoAwsChanges(world.work(course.answers), run.made, noJournal)).toMatchObject({
          left: [],
          undone: true,
        })
        expect(comparable(world.state(), run)).toEqual(comparable(before, run))
      })
    })
  },
)
