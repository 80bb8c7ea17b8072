import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undoAwsChanges } from '../../../src/engine/aws/undo-aws-changes.ts'
import { noJournal } from '../../../src/engine/journal.ts'
import type { AwsPlan } from '../../../src/plan/aws/aws-plan.ts'
import { carryOut } from '../../support/aws/carry-out.ts'
import {
  type Course,
  firstByRole,
  firstByUser,
  planned,
  secondByRole,
  secondByUser,
} from '../../support/aws/courses.ts'
import { breachesOf } from '../../support/aws/service-model.ts'
import { type AwsWorld, startAwsWorld } from '../../support/aws/world.ts'

// Between a plan and its apply somebody else may make what it names; the text may be the same, the tag is not.

let world: AwsWorld

beforeEach(async () => {
  world = await startAwsWorld()
})

afterEach(async () => {
  await world.close()
  expect(breachesOf(world.standIn.calls)).toEqual([])
})

type Kind = 'policy' | 'role' | 'user'

/** What a plan makes is there, made by somebody else: all of it the same but for the tags. */
async function foreign(course: Course, kind: Kind): Promise<void> {
  const other = await startAwsWorld()
  try {
    await carryOut(await planned(other, course), other.work(course.answers))
    const { account } = other.standIn
    const [policy] = account.policies.values()
    const [role] = account.roles.values()
    const [user] = account.users.values()
    const mine = world.standIn.account
    if (kind === 'policy' && policy !== undefined) mine.policies.set(policy.arn, { ...policy, tags: [] })
    if (kind === 'role' && role !== undefined) mine.roles.set(role.name, { ...role, tags: [], attached: [] })
    if (kind === 'user' && user !== undefined)
      mine.users.set(user.name, { ...user, tags: [], attached: [], keys: [] })
  } finally {
    await other.close()
  }
}

const foreignOnes: readonly (readonly [Kind, Course])[] = [
  ['user', firstByUser],
  ['policy', firstByUser],
  ['role', firstByRole],
  ['policy', firstByRole],
]

/** What is left of the foreign things: as somebody else made them, whatever ours were made beside. */
function foreignState(): unknown {
  const { policies, roles, users } = world.standIn.account
  return structuredClone(
    [...policies.values(), ...roles.values(), ...users.values()].filter(({ tags }) => tags.length === 0),
  )
}

describe.each(foreignOnes)('a %s of somebody else', (kind, course) => {
  it('that came after the plan is refused and left alone, and what was made beside it is taken back', async () => {
    const plan = { ...(await planned(world, course)), flag: [] }
    await foreign(course, kind)
    const before = world.state()
    const { problem, made } = await carryOut(plan, world.work(course.answers))
    expect(problem).toMatchObject({
      code: 'aws-not-ours',
      message: expect.stringContaining(`There is a ${kind} ${plan.principal.name}`),
    })
    expect(await undoAwsChanges(world.work(course.answers), made, noJournal)).toMatchObject({
      left: [],
      undone: true,
    })
    expect(world.state()).toEqual(before)
  })

  it('that comes between the look and the call is refused too', async () => {
    const plan = { ...(await planned(world, course)), flag: [] }
    const action = `Create${kind[0]?.toUpperCase()}${kind.slice(1)}`
    world.standIn.onCall = async (call, moment) => {
      if (call.action === action && moment === 'before') await foreign(course, kind)
    }
    const { problem, made } = await carryOut(plan, world.work(course.answers))
    expect(problem).toMatchObject({ code: 'aws-not-ours' })
    const theirs = foreignState()
    expect(await undoAwsChanges(world.work(course.answers), made, noJournal)).toMatchObject({
      left: [],
      undone: true,
    })
    expect(foreignState()).toEqual(theirs)
    expect(foreignState()).toMatchObject([
      kind === 'policy' ? { name: plan.principal.name } : { attached: [] },
    ])
    expect([...world.standIn.account.users.values()].flatMap(({ keys }) => keys)).toEqual([])
  })
})

describe.each([secondByRole, secondByUser])('$title', course => {
  const principal = (): { readonly tags: unknown[] }[] => [
    ...world.standIn.account.roles.values(),
    ...world.standIn.account.users.values(),
  ]
  const policies = (): { readonly tags: unknown[] }[] => [...world.standIn.account.policies.values()]

  it.each([
    ['role or user', principal],
    ['policy', policies],
  ])('changes nothing where the %s has not our tag any more', async (_what, things) => {
    const plan: AwsPlan = await planned(world, course)
    for (const { tags } of things()) tags.splice(0)
    const isPolicy = things === policies
    const only = plan.changes.filter(({ kind }) => (kind === 'update-policy') === isPolicy)
    expect(only.length).toBeGreaterThan(0)
    const before = world.state()
    for (const change of only) {
      const { problem } = await carryOut({ ...plan, changes: [change] }, world.work(course.answers))
      expect(problem).toMatchObject({ code: 'aws-not-ours' })
    }
    expect(world.state()).toEqual(before)
  })

  it('is not taken back from what somebody else has made anew under the name', async () => {
    const plan = await planned(world, course)
    const { made, problem } = await carryOut(plan, world.work(course.answers))
    expect(problem).toBeNull()
    for (const { tags } of [...principal(), ...policies()]) tags.splice(0)
    const before = world.state()
    const { left, undone } = await undoAwsChanges(world.work(course.answers), made, noJournal)
    expect(world.state()).toEqual(before)
    expect(undone).toBe(true)
    expect(left.join('\n')).toMatch(
      /Left alone: Give the policy .*There is a policy .* that pg-usher did not make/,
    )
    expect(left.length).toBe(made.filter(({ change }) => change.kind !== 'delete-access-key').length)
  })
})
