import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiError, errors } from '../../../src/demo/aws/api-error.ts'
import { undoAwsChanges } from '../../../src/engine/aws/undo-aws-changes.ts'
import { noJournal } from '../../../src/engine/journal.ts'
import { carryOut, isChanging } from '../../support/aws/carry-out.ts'
import {
  type Course,
  courses,
  firstByRole,
  firstByUser,
  firstInAurora,
  planned,
  secondByRole,
  secondByUser,
} from '../../support/aws/courses.ts'
import { breachesOf } from '../../support/aws/service-model.ts'
import { type AwsWorld, startAwsWorld } from '../../support/aws/world.ts'

// Each error as IAM and RDS give it, at the calls that may give it (the service models say which).

let world: AwsWorld

beforeEach(async () => {
  world = await startAwsWorld()
})

afterEach(async () => {
  await world.close()
  expect(breachesOf(world.standIn.calls)).toEqual([])
})

interface Case {
  readonly course: Course
  readonly on: string
  readonly error: ApiError
  readonly code: string
}

const cases = (
  error: ApiError,
  code: string,
  on: readonly (readonly [Course, readonly string[]])[],
): readonly Case[] =>
  on.flatMap(([course, actions]) => actions.map(each => ({ course, on: each, error, code })))

const everywhere: readonly (readonly [Course, readonly string[]])[] = [
  [firstByRole, ['ModifyDBInstance', 'CreatePolicy', 'CreateRole', 'AttachRolePolicy']],
  [firstByUser, ['CreateUser', 'AttachUserPolicy', 'CreateAccessKey']],
  [firstInAurora, ['ModifyDBCluster']],
  [
    secondByRole,
    ['DeletePolicyVersion', 'CreatePolicyVersion', 'UpdateAssumeRolePolicy', 'PutRolePermissionsBoundary'],
  ],
  [secondByUser, ['PutUserPermissionsBoundary', 'DeleteAccessKey']],
]
const documents: readonly (readonly [Course, readonly string[]])[] = [
  [firstByRole, ['CreatePolicy', 'CreateRole']],
  [secondByRole, ['CreatePolicyVersion', 'UpdateAssumeRolePolicy']],
]
const trusts: readonly (readonly [Course, readonly string[]])[] = [
  [firstByRole, ['CreateRole']],
  [secondByRole, ['UpdateAssumeRolePolicy']],
]
const created: readonly (readonly [Course, readonly string[]])[] = [
  [firstByRole, ['CreatePolicy', 'CreateRole']],
  [firstByUser, ['CreateUser']],
]

const missing = errors.noSuchEntity('The thing')
const principal = errors.malformed(
  'Invalid principal in policy: "AWS":"arn:aws:iam::210987654321:role/vendor-node-role"',
)

const ending: readonly Case[] = [
  ...cases(errors.limit('Cannot exceed quota'), 'aws-limit', [
    [firstByRole, ['CreatePolicy', 'CreateRole', 'AttachRolePolicy']],
    [firstByUser, ['CreateUser', 'AttachUserPolicy', 'CreateAccessKey']],
    [secondByRole, ['DeletePolicyVersion', 'CreatePolicyVersion', 'UpdateAssumeRolePolicy']],
    [secondByUser, ['DeleteAccessKey']],
  ]),
  ...cases(errors.malformed('Syntax errors in policy.'), 'aws-malformed', documents),
  ...cases(errors.invalidToken, 'aws-credentials', everywhere),
  ...cases(errors.conflict('Cannot delete the default version of a policy.'), 'aws-in-use', [
    [secondByRole, ['DeletePolicyVersion']],
  ]),
]

const iamOnly = everywhere.map(
  ([course, actions]) => [course, actions.filter(on => !on.startsWith('Modify'))] as const,
)
/** What is gone already is no failure of taking it away; making something new gives no such error. */
const changesOfSomething = iamOnly.map(
  ([course, actions]) =>
    [
      course,
      actions.filter(on => !/^Create(Policy|Role|User)$/.test(on) && !on.startsWith('Delete')),
    ] as const,
)

const passing: readonly Case[] = [
  ...cases(errors.throttling, 'aws-throttled', everywhere),
  ...cases(missing, 'aws-not-found', changesOfSomething),
  ...cases(principal, 'aws-malformed', trusts),
  // Nobody's answer was lost: what is there is looked at, and it is asked again.
  ...cases(errors.exists('It'), 'aws-exists', created),
]

const titled = (all: readonly Case[]) =>
  all.map(each => ({ ...each, title: `${each.error.code} at ${each.on} of ${each.course.title}` }))
/** The cases of one error in one course, all at once. */
function together(all: readonly Case[]) {
  const groups = Map.groupBy(all, ({ error, course }) => `${error.code} in ${course.title}`)
  return [...groups].map(([title, each]) => ({ title, course: each[0]?.course ?? never(), all: each }))
}

function never(): never {
  throw new Error('a group has no case')
}

const callsOf = (on: string) => world.standIn.calls.filter(({ action }) => action === on)

describe('that does not pass', () => {
  it.each(titled(ending))(
    '$title ends it at once, and leaves nothing behind',
    async ({ course, on, error, code }) => {
      const plan = await planned(world, course)
      const before = world.state()
      const called = callsOf(on).length
      world.standIn.faults.push({ on, with: error })
      const { made, problem } = await carryOut(plan, world.work(course.answers))
      expect(problem).toMatchObject({ code, message: expect.stringContaining(error.message) })
      expect(callsOf(on)).toHaveLength(called + 1)
      expect(await undoAwsChanges(world.work(course.answers), made, noJournal)).toMatchObject({
        undone: true,
      })
      expect({ ...Object(world.state()), flags: [], users: userStates() }).toEqual({
        ...Object(before),
        flags: [],
        users: userStates(before),
      })
    },
  )
})

/** Users without their keys: one whose secret was lost does not come back. */
function userStates(state: unknown = world.state()): unknown {
  const { users } = state as { readonly users: readonly object[] }
  return users.map(user => ({ ...user, keys: [] }))
}

describe('that passes', () => {
  it.each(together(passing))('$title is waited for', async ({ course, all }) => {
    const plan = await planned(world, course)
    for (const { on, error } of all) world.standIn.faults.push({ on, times: 3, with: error })
    expect((await carryOut(plan, world.work(course.answers))).problem).toBeNull()
    expect(world.standIn.faults.map(({ times }) => times)).toEqual(all.map(() => 0))
    const again = await world.plan(course.answers)
    expect([...again.flag, ...again.changes]).toEqual([])
  })

  it.each(together(passing))('$title for ever ends it after half a minute', async ({ course, all }) => {
    const [{ on, error, code } = never()] = all.slice(-1)
    const plan = await planned(world, course)
    world.standIn.faults.push({ on, times: 999, with: error })
    const waited: number[] = []
    const work = { ...world.work(course.answers), pause: async (ms: number) => void waited.push(ms) }
    const { made, problem } = await carryOut(plan, work)
    expect(problem).toMatchObject({ code, message: expect.stringContaining(error.message) })
    expect(waited.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(30_000)
    // What AWS has refused is not among what was made.
    expect(made.every(({ certain }) => certain)).toBe(true)
    world.standIn.faults.splice(0)
    expect(await undoAwsChanges(world.work(course.answers), made, noJournal)).toMatchObject({ undone: true })
  })

  it('EntityAlreadyExists, where another run of ours was quicker, is no failure', async () => {
    const plan = await planned(world, firstByUser)
    const other = await carryOut(plan, world.work(firstByUser.answers))
    expect(other.problem).toBeNull()
    const upToKey = plan.changes.filter(({ kind }) => kind !== 'create-access-key')
    const { problem, made } = await carryOut(
      { ...plan, flag: [], changes: upToKey },
      world.work(firstByUser.answers),
    )
    expect(problem).toBeNull()
    expect(made.every(({ certain }) => certain)).toBe(true)
    expect(callsOf('CreateUser').map(({ error }) => error?.code)).toEqual([undefined, 'EntityAlreadyExists'])
  })
})

describe.each(courses)('taking back $title', course => {
  async function made() {
    const plan = { ...(await planned(world, course)), flag: [] }
    const before = world.state()
    const run = await carryOut(plan, world.work(course.answers))
    expect(run.problem).toBeNull()
    const start = world.standIn.calls.length
    await undoAwsChanges(world.work(course.answers), run.made, noJournal)
    const actions = [
      ...new Set(
        world.standIn.calls
          .slice(start)
          .map(({ action }) => action)
          .filter(isChanging),
      ),
    ]
    // Its calls are known now; made once more, each of them can fail.
    const again = await carryOut(
      { ...(await world.plan(course.answers)), flag: [] },
      world.work(course.answers),
    )
    expect(again.problem).toBeNull()
    return { run: again, before, actions }
  }

  it('waits for what passes at each of its calls, and for what hangs on it still', async () => {
    const { run, before, actions } = await made()
    for (const on of actions) {
      world.standIn.faults.push({ on, times: 2, with: errors.throttling })
      if (/^Delete(User|Role|Policy|PolicyVersion)$/.test(on))
        world.standIn.faults.push({
          on,
          times: 2,
          with: errors.conflict('Cannot delete entity, must detach all policies first.'),
        })
      // It is gone already.
      if (/^(Delete|Detach)/.test(on)) world.standIn.faults.push({ on, with: 'lost' })
    }
    expect(await undoAwsChanges(world.work(course.answers), run.made, noJournal)).toMatchObject({
      left: [],
      undone: true,
    })
    expect(world.standIn.faults.every(({ times = 1 }) => times === 0)).toBe(true)
    expect({ ...Object(world.state()), users: userStates() }).toEqual({
      ...Object(before),
      users: userStates(before),
    })
  })

  it('names what is left where something hangs on it for good, or the credentials are over', async () => {
    const { run, actions } = await made()
    const on = actions.at(-1) ?? ''
    for (const error of [
      errors.conflict('Cannot delete a policy attached to entities.'),
      errors.invalidToken,
    ]) {
      if (error === errors.invalidToken || /^Delete(User|Role|Policy|PolicyVersion)$/.test(on)) {
        world.standIn.faults.splice(0)
        world.standIn.faults.push({ on, times: 999, with: error })
        const { left, undone } = await undoAwsChanges(world.work(course.answers), run.made, noJournal)
        expect(undone).toBe(false)
        expect(left).toHaveLength(1)
        expect(left[0]).toContain(error.message)
        expect(left[0]).toContain('To be run: aws iam ')
      }
    }
  })
})

describe('a permissions boundary', () => {
  const fence = (name: string) => `arn:aws:iam::123456789012:policy/${name}`
  const ways = [
    ['role', {}],
    ['user', { way: { way: 'user' } }],
  ] as const

  it.each(
    ways.flatMap(([kind, answers]) => [
      [kind, answers, null] as const,
      [kind, answers, fence('old')] as const,
    ]),
  )(
    'is put on a %s that is there, and taken back to what it was: %o, %s',
    async (kind, answers, permissionsBoundary) => {
      const first = { ...answers, permissionsBoundary }
      await carryOut(await world.plan(first), world.work(first))
      const before = world.state()
      const start = world.standIn.calls.length
      const second = { ...answers, permissionsBoundary: fence('new') }
      const plan = await world.plan(second)
      expect(plan.changes).toMatchObject([
        { kind: 'set-boundary', before: permissionsBoundary, boundary: fence('new') },
      ])
      const { made, problem } = await carryOut(plan, world.work(second))
      expect(problem).toBeNull()
      const { roles, users } = world.standIn.account
      expect([...roles.values(), ...users.values()].map(({ boundary }) => boundary)).toEqual([fence('new')])
      expect(await undoAwsChanges(world.work(second), made, noJournal)).toMatchObject({
        left: [],
        undone: true,
      })
      expect(world.state()).toEqual(before)
      const Kind = kind === 'role' ? 'Role' : 'User'
      expect(
        world.standIn.calls
          .slice(start)
          .map(({ action }) => action)
          .filter(isChanging),
      ).toEqual([
        `Put${Kind}PermissionsBoundary`,
        `${permissionsBoundary === null ? 'Delete' : 'Put'}${Kind}PermissionsBoundary`,
      ])
    },
  )
})

describe('a cluster of Aurora', () => {
  it('has its own flag turned on, at once, and the policy is for the cluster', async () => {
    const plan = await planned(world, firstInAurora)
    const [cluster] = world.standIn.account.clusters.values()
    if (cluster === undefined) throw new Error('there is no cluster')
    cluster.pending['EngineVersion'] = '16.4'
    expect((await carryOut(plan, world.work(firstInAurora.answers))).problem).toMatchObject({
      code: 'aws-more-pending',
    })
    expect(cluster.iam).toBe(false)
    const shown = await world.plan(firstInAurora.answers)
    expect(shown.flag).toMatchObject([
      { database: 'cluster', identifier: 'shops', alsoApplies: [{ name: 'EngineVersion' }] },
    ])
    const { made, problem } = await carryOut(shown, world.work(firstInAurora.answers))
    expect(problem).toBeNull()
    expect(cluster).toMatchObject({ iam: true, status: 'available', pending: {} })
    expect(callsOf('ModifyDBInstance')).toEqual([])
    const [policy] = world.standIn.account.policies.values()
    expect(policy?.versions[0]?.document).toContain('dbuser:cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ/')
    const { left, undone } = await undoAwsChanges(world.work(firstInAurora.answers), made, noJournal)
    expect(undone).toBe(true)
    expect(left).toEqual([expect.stringContaining('aws rds modify-db-cluster --db-cluster-identifier shops')])
  })
})
