import { addCluster } from '../../../src/demo/aws/account.ts'
import { keyEntry } from '../../../src/engine/aws/key-entry.ts'
import type { AwsAnswers } from '../../../src/model/aws/answers.ts'
import type { AwsPlan } from '../../../src/plan/aws/aws-plan.ts'
import { carryOut } from './carry-out.ts'
import type { AwsWorld } from './world.ts'

/** Something to carry out in AWS, from what is there on. */
export interface Course {
  readonly title: string
  readonly answers: Partial<AwsAnswers>
  /** Makes what is there before, without a fault; gives the keys that a run before has lost. */
  prepare(world: AwsWorld): Promise<readonly string[]>
}

const boundary = (name: string) => `arn:aws:iam::123456789012:policy/${name}`
const closed: Partial<AwsAnswers> = { way: { way: 'role', vendor: { known: false }, externalId: null } }
const user: Partial<AwsAnswers> = { way: { way: 'user' } }
const nothing = async () => []

/** A first apply, either way. */
export const firstByRole: Course = {
  title: 'a role, with a boundary',
  answers: { permissionsBoundary: boundary('fence') },
  prepare: nothing,
}
export const firstByUser: Course = {
  title: 'a user, with a boundary',
  answers: { ...user, permissionsBoundary: boundary('fence') },
  prepare: nothing,
}

/** For an instance of Aurora, whose flag is its cluster's. */
export const firstInAurora: Course = {
  title: 'a user of an Aurora cluster',
  answers: user,
  async prepare({ standIn: { account }, instance }) {
    addCluster(account)
    account.instances.set(instance.identifier, { ...instance, engine: 'aurora-postgresql', cluster: 'shops' })
    return []
  },
}

/** A later apply over a role that was closed and without a boundary, and a policy of five versions that says something else. */
export const secondByRole: Course = {
  title: 'a second apply over a role',
  answers: { permissionsBoundary: boundary('fence') },
  async prepare(world) {
    await carryOut(await world.plan(closed), world.work(closed))
    fillVersions(world)
    return []
  },
}

/** A later apply over a user with another boundary, a detached policy and a key whose secret was lost. */
export const secondByUser: Course = {
  title: 'a second apply over a user',
  answers: { ...user, permissionsBoundary: boundary('fence') },
  async prepare(world) {
    const before = { ...user, permissionsBoundary: boundary('old-fence') }
    await carryOut(await world.plan(before), world.work(before))
    fillVersions(world)
    const [made] = world.standIn.account.users.values()
    made?.attached.splice(0)
    const id = made?.keys[0]?.id ?? ''
    await world.store.remove(keyEntry({ partition: 'aws' }, made?.name ?? '', id))
    return [id]
  },
}

export const courses: readonly Course[] = [
  firstByRole,
  firstByUser,
  firstInAurora,
  secondByRole,
  secondByUser,
]

/** Prepares the course and plans it. */
export async function planned(world: AwsWorld, course: Course): Promise<AwsPlan> {
  return world.plan(course.answers, await course.prepare(world))
}

/** Five versions of which the newest is the default, and none says what it should. */
function fillVersions({ standIn }: AwsWorld): void {
  const [policy] = standIn.account.policies.values()
  if (policy === undefined) throw new Error('there is no policy')
  for (const n of [2, 3, 4, 5])
    policy.versions.push({
      id: `v${n}`,
      document: `{"Version":"2012-10-17","Statement":[{"Sid":"n${n}","Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]}`,
      created: '2026-01-01T00:00:00Z',
    })
  policy.defaultVersion = 'v5'
  policy.lastVersion = 5
}
