import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addInstance, type InstanceState } from '../../src/demo/aws/account.ts'
import { errors } from '../../src/demo/aws/api-error.ts'
import { callerArn, type StandIn, startStandIn } from '../../src/demo/aws/stand-in.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { AwsAnswers } from '../../src/model/aws/answers.ts'
import { breachesOf } from '../support/aws/service-model.ts'
import { stateOf } from '../support/aws/world.ts'
import { awsAnswers, awsUserAnswers } from '../support/aws-answers.ts'
import { isCi, itInCi } from '../support/requires.ts'
import { startWizard, type Wizard } from '../support/wizard.ts'
import { type ProgramEnd, startProgram } from './program.ts'
import { type Scene, setScene } from './scene.ts'

// The program is killed at its calls of AWS; the server's own statements are for test/faults.

let scene: Scene
let before: readonly string[]
let standIn: StandIn
let instance: InstanceState

beforeAll(async () => {
  scene = await setScene({ tls: true })
  await scene.server.sql('CREATE ROLE rds_iam')
  // Nobody checks the token here: what is shown is that the login comes in as a member of rds_iam.
  await scene.server.setHba([
    'host all +rds_iam 127.0.0.1/32 trust',
    'local all all scram-sha-256',
    'host all all 127.0.0.1/32 scram-sha-256',
  ])
  before = await scene.snapshot()
})
afterAll(() => scene?.end())

beforeEach(async () => {
  standIn = await startStandIn()
  instance = addInstance(standIn.account, { modifyingFor: 0 })
})
afterEach(async () => {
  standIn.onCall = null
  await standIn.close()
  // Whatever a test that failed has left is not the next one's.
  await clearRoles()
  rmSync(scene.passfile, { force: true })
  rmSync(state(), { recursive: true, force: true })
  expect(breachesOf(standIn.calls)).toEqual([])
})

async function clearRoles(): Promise<void> {
  const left = await scene.server.sql(
    "SELECT pg_catalog.string_agg(rolname, ', ') AS names FROM pg_catalog.pg_roles WHERE rolname ~ '^atlan'",
  )
  const names = left[0]?.['names']
  if (typeof names !== 'string') return
  for (const database of ['music_store', 'warehouse', 'postgres'])
    await scene.server.sql(`DROP OWNED BY ${names} CASCADE`, database)
  await scene.server.sql(`DROP ROLE ${names}`)
}

type Way = 'role' | 'user'
const fence = 'arn:aws:iam::123456789012:policy/fence'
const other = (n: number) =>
  `{"Version":"2012-10-17","Statement":[{"Sid":"n${n}","Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]}`
// A person's run takes the one with the key alone.
const ways: readonly Way[] = isCi() ? ['role', 'user'] : ['user']

const answersOf = (way: Way): Answers => ({
  ...scene.answers(),
  endpoint: { host: instance.host, port: instance.port },
  authentication: { method: 'aws-iam', aws: way === 'role' ? awsAnswers : awsUserAnswers },
  limits: { ...scene.answers().limits, validUntil: null },
})
/** What is not seen in AWS is looked for over half a minute. */
const fastClock = join(import.meta.dirname, '..', 'support', 'fast-clock.cjs')
const state = () => join(scene.folder, 'state')
const start = (...args: string[]) =>
  startProgram(args, {
    env: { ...scene.env, ...standIn.env, XDG_STATE_HOME: state() },
    cwd: scene.folder,
    nodeArguments: ['--require', fastClock],
  })
const run = (...args: string[]) => start(...args).end
const apply = (file: string, ...more: string[]) => run('apply', '--answers', file, '--yes', ...more)

/** The moments of a changing call: not yet carried out, not yet answered, answered and noted. */
type Moment = 'before' | 'after' | 'past'
const moments: readonly Moment[] = ['before', 'after', 'past']

const isChanging = (action: string) => !/^(Get|List|Describe)/.test(action)

/** How many changing calls each way takes: flag, policy, role or user, attachment, key. */
const calls: Readonly<Record<Way, number>> = { role: 4, user: 5 }
/** The same for taking it back; the flag stays. */
const undoCalls: Readonly<Record<Way, number>> = { role: 3, user: 4 }

/**
 * Every place of so many calls, of which the last is followed by no look; of a role, whose calls are of the same
 * kinds as a user's, each call at one moment; a person's run tries one.
 */
function places(way: Way, count: number, one: number): readonly (readonly [Moment, number])[] {
  if (way === 'role') return inTurn(count, 'before', one)
  const all = Array.from({ length: count }, (_, at) =>
    moments.map(moment => [moment, at + 1] as const),
  ).flat()
  return isCi() ? all.filter(place => place !== all.at(-1)) : all.slice(one, one + 1)
}

/** Each of so many calls at one moment, before and after in turn; a person's run tries one. */
function inTurn(
  count: number,
  first: 'before' | 'after',
  one: number,
): readonly (readonly [Moment, number])[] {
  const second = first === 'before' ? 'after' : 'before'
  const all = Array.from({ length: count }, (_, at) => [at % 2 === 0 ? first : second, at + 1] as const)
  return isCi() ? all : all.slice(one, one + 1)
}

/** Kills the program at this moment of its n-th changing call. */
async function killedAt(moment: Moment, nth: number, ...args: string[]): Promise<void> {
  let seen = 0
  const program = start(...args)
  standIn.onCall = async ({ action }, at) => {
    const isCounted = isChanging(action) && at === 'before'
    if (isCounted) seen += 1
    const isNow =
      moment === 'past'
        ? at === 'before' && !isCounted && seen === nth
        : at === moment && isChanging(action) && seen === nth
    if (!isNow) return
    standIn.onCall = null
    program.kill('SIGKILL')
    await program.end
    if (at === 'before') throw new Error('killed before it was carried out')
  }
  const end = await program.end
  expect(end.signal, shown(end)).toBe('SIGKILL')
}

const shown = ({ stdout, stderr }: ProgramEnd) => `${stdout}\n${stderr}`
const journals = () => readdirSync(join(state(), 'pg-usher')).filter(name => /^journal-.*\.jsonl$/.test(name))
const nothing = { policies: [], roles: [], users: [] }

/** What there is where nothing was killed. */
async function undisturbed(way: Way): Promise<unknown> {
  const other = await startStandIn()
  const theirs = standIn
  try {
    addInstance(other.account, { modifyingFor: 0 })
    standIn = other
    const end = await apply(scene.save('whole.json', answersOf(way)))
    expect(end.code, shown(end)).toBe(way === 'user' ? 0 : 5)
    const whole = stateOf(other)
    expect(await undoneBy(end)).toMatchObject({ code: 0 })
    return whole
  } finally {
    standIn = theirs
    await other.close()
  }
}

function undoneBy(applied: ProgramEnd): Promise<ProgramEnd> {
  return run('undo', '--receipt', receiptOf(applied), '--yes')
}

function receiptOf({ stdout }: ProgramEnd): string {
  const path = /Receipt: (\S+)\.md/.exec(stdout)?.[1]
  if (path === undefined) throw new Error(`there is no receipt in ${stdout}`)
  return `${path}.json`
}

/** Nothing of it is anywhere: not in AWS, not on the server, not where secrets are kept. */
async function expectNothing(): Promise<void> {
  expect(stateOf(standIn)).toMatchObject(nothing)
  expect(await scene.snapshot()).toEqual(before)
  expect(existsSync(scene.passfile) ? readFileSync(scene.passfile, 'utf8') : '').not.toContain('AKIA')
  expect(journals()).toEqual([])
}

describe.each(ways)('an apply with a %s of AWS, killed', way => {
  let whole: unknown
  beforeEach(async () => {
    whole ??= await undisturbed(way)
  })

  it.each(places(way, calls[way], 13))(
    '%s changing call %i, comes to the same end by a second apply',
    async (moment, nth) => {
      const file = scene.save('killed.json', answersOf(way))
      await killedAt(moment, nth, 'apply', '--answers', file, '--yes')
      expect(journals()).toHaveLength(1)
      const second = await apply(file, '--resume', 'go-on')
      expect(second.code, shown(second)).toBe(way === 'user' ? 0 : 5)
      expect(stateOf(standIn)).toEqual(whole)
      for (const { versions } of standIn.account.policies.values()) expect(versions).toHaveLength(1)
      for (const { keys } of standIn.account.users.values()) {
        const [key] = keys
        expect(keys).toHaveLength(1)
        expect(scene.storedPassword(key?.id ?? '')).toBe(standIn.account.secrets.get(key?.id ?? ''))
      }
      expect(journals()).toEqual([])
      expect(await undoneBy(second)).toMatchObject({ code: 0 })
      await expectNothing()
    },
  )

  it.each(places(way, calls[way], 12))(
    '%s changing call %i, leaves nothing behind once it is taken back',
    async (moment, nth) => {
      const file = scene.save('killed.json', answersOf(way))
      await killedAt(moment, nth, 'apply', '--answers', file, '--yes')
      await apply(file, '--resume', 'undo')
      expect(stateOf(standIn)).toMatchObject(nothing)
      await expectNothing()
    },
  )
})

describe.each(ways)('an undo with a %s of AWS, killed', way => {
  it.each(places(way, undoCalls[way], 1))(
    '%s changing call %i, is ended by a second one',
    async (moment, nth) => {
      const applied = await apply(scene.save('undone.json', answersOf(way)))
      const undo = ['undo', '--receipt', receiptOf(applied), '--yes']
      await killedAt(moment, nth, ...undo)
      const second = await run(...undo)
      expect(second.code, shown(second)).toBe(0)
      await expectNothing()
    },
  )

  it.each(places(way, undoCalls[way], 4))(
    'of a run that was killed itself, %s changing call %i, is ended by a second one',
    async (moment, nth) => {
      const file = scene.save('twice.json', answersOf(way))
      await killedAt('after', calls[way], 'apply', '--answers', file, '--yes')
      const undo = ['apply', '--answers', file, '--yes', '--resume', 'undo']
      await killedAt(moment, nth, ...undo)
      await run(...undo)
      await expectNothing()
    },
  )
})

/** What a second apply is planned over, and how many changing calls it takes; taking it back: the same in reverse. */
const seconds: Readonly<
  Record<Way, { readonly first: Partial<AwsAnswers>; readonly calls: number; readonly undoCalls: number }>
> = {
  // The oldest version, a new one, the trust, the boundary.
  role: {
    first: { way: { way: 'role', vendor: { known: false }, externalId: null } },
    calls: 4,
    undoCalls: 4,
  },
  // The oldest version, a new one, the boundary, the attachment.
  user: {
    first: { way: { way: 'user' }, permissionsBoundary: `${fence}-of-before` },
    calls: 4,
    undoCalls: 4,
  },
}

describe.each(ways)('a second apply with a %s of AWS, killed', way => {
  const { first, calls: count, undoCalls: undoCount } = seconds[way]
  const wanted = (): Answers => {
    const { authentication, ...answers } = answersOf(way)
    if (authentication.method !== 'aws-iam') throw new Error('no IAM')
    return {
      ...answers,
      authentication: { ...authentication, aws: { ...authentication.aws, permissionsBoundary: fence } },
    }
  }
  let firstRun: ProgramEnd

  /** A first apply, after which the policy has five versions that say something else, and the user's is detached. */
  async function applyFirst(): Promise<unknown> {
    const { authentication, ...answers } = wanted()
    if (authentication.method !== 'aws-iam') throw new Error('no IAM')
    const aws = { ...authentication.aws, ...first, permissionsBoundary: first.permissionsBoundary ?? null }
    firstRun = await apply(
      scene.save('first.json', { ...answers, authentication: { ...authentication, aws } }),
    )
    expect(journals()).toEqual([])
    const [policy] = standIn.account.policies.values()
    if (policy === undefined) throw new Error(shown(firstRun))
    for (const n of [2, 3, 4, 5])
      policy.versions.push({ id: `v${n}`, document: other(n), created: '2026-01-01T00:00:00Z' })
    policy.defaultVersion = 'v5'
    policy.lastVersion = 5
    for (const { attached } of standIn.account.users.values()) attached.splice(0)
    return stateOf(standIn)
  }

  /** Nothing was made twice: five versions of the policy, one key. */
  function expectNoOrphan(versions: number): void {
    for (const policy of standIn.account.policies.values()) expect(policy.versions).toHaveLength(versions)
    for (const { keys } of standIn.account.users.values()) expect(keys).toHaveLength(1)
    expect(journals()).toEqual([])
  }

  async function undoFirst(): Promise<void> {
    await undoneBy(firstRun)
    await expectNothing()
  }

  it.each(inTurn(count, 'before', 1))(
    '%s changing call %i, comes to the same end by going on',
    async (moment, nth) => {
      await applyFirst()
      standIn.invisibleFor = 3
      const file = scene.save('second.json', wanted())
      await killedAt(moment, nth, 'apply', '--answers', file, '--yes')
      const onward = await apply(file, '--resume', 'go-on')
      expect(onward.code, shown(onward)).toBe(way === 'user' ? 0 : 5)
      expectNoOrphan(5)
      await undoFirst()
    },
  )

  it.each(inTurn(count, 'after', 0))(
    '%s changing call %i, is taken back to what was before',
    async (moment, nth) => {
      const earlier = await applyFirst()
      standIn.invisibleFor = 3
      await killedAt(moment, nth, 'apply', '--answers', scene.save('second.json', wanted()), '--yes')
      const room =
        standIn.account.policies
          .values()
          .next()
          .value?.versions.some(({ id }) => id === 'v1') === true
          ? 5
          : 4
      const taken = await apply(scene.save('second.json', wanted()), '--resume', 'undo')
      expect(taken.code, shown(taken)).toBe(0)
      expect(stateOf(standIn)).toEqual(earlier)
      // The version that made room does not come back.
      expectNoOrphan(room)
      await undoFirst()
    },
  )

  it.each(inTurn(undoCount, 'after', 0).slice(0, 2))(
    'and its undo killed %s changing call %i, is ended by a second undo',
    async (moment, nth) => {
      const earlier = await applyFirst()
      const second = await apply(scene.save('second.json', wanted()))
      const undo = ['undo', '--receipt', receiptOf(second), '--yes']
      await killedAt(moment, nth, ...undo)
      const ended = await run(...undo)
      expect(ended.code, shown(ended)).toBe(0)
      expect(stateOf(standIn)).toEqual(earlier)
      await undoFirst()
    },
  )
})

describe('credentials that are over in the middle, and stay so', () => {
  it('end it with what is left named; with fresh ones the next start takes it back', async () => {
    const file = scene.save('expired.json', answersOf('user'))
    let made = false
    standIn.authorize = async ({ action }) => {
      if (made) return errors.expired
      made = action === 'CreateUser'
      return null
    }
    const ended = await apply(file)
    expect(ended.code, shown(ended)).toBe(3)
    const told = shown(ended).replace(/\s+/g, ' ')
    expect(told).toContain('The security token included in the request is expired')
    expect(told).toContain('Not undone: Create the user atlan-db-')
    expect(told).toContain('aws iam delete-user --user-name atlan-db-')
    expect(told).toContain('aws iam delete-policy --policy-arn arn:aws:iam::123456789012:policy/atlan-db-')
    expect(standIn.account.users.size).toBe(1)
    expect(await scene.snapshot()).toEqual(before)
    expect(journals()).toHaveLength(1)
    standIn.authorize = null
    const settled = await apply(file, '--resume', 'undo')
    expect(settled.code, shown(settled)).toBe(0)
    await expectNothing()
  })
})

describe('the wizard, at its next start after an apply that was killed', () => {
  /** The key is made, and its secret was lost with the program. */
  async function killed(): Promise<Wizard> {
    await killedAt('after', 5, 'apply', '--answers', scene.save('killed.json', answersOf('user')), '--yes')
    const wizard = startWizard({
      server: scene.server,
      folder: scene.folder,
      cols: 120,
      rows: 60,
      env: { ...standIn.env, XDG_STATE_HOME: state() },
    })
    await wizard.waitFor('Go on with it (g)')
    return wizard
  }

  it('says what AWS has of it, and takes it back', async () => {
    const wizard = await killed()
    const screen = wizard.screen().replace(/\s+/g, ' ')
    expect(screen).toContain('in AWS, there: Turn IAM authentication on for the instance shop')
    expect(screen).toContain('in AWS, there: Create the policy')
    expect(screen).toMatch(
      /in AWS, there without its secret, so that nobody can use it \(AKIA\d+\): Create an access key/,
    )
    expect(screen).toContain('not there: step 4, the login atlan_user made a member of rds_iam')
    wizard.type('u\r')
    await wizard.at('Tool')
    await expectNothing()
    await wizard.leave()
  })

  itInCi('goes on with it', async () => {
    const wizard = await killed()
    wizard.type('g\r')
    await wizard.waitForExit()
    expect(standIn.account.users.size).toBe(1)
    for (const { keys } of standIn.account.users.values()) expect(keys).toHaveLength(1)
    expect(journals()).toEqual([])
  })

  itInCi('leaves it, and tells it again', async () => {
    const wizard = await killed()
    const before = stateOf(standIn)
    wizard.type('l\r')
    await wizard.at('Tool')
    await wizard.leave()
    expect(stateOf(standIn)).toEqual(before)
    expect(journals()).toHaveLength(1)
  })

  it('that AWS does not let look says what to ask for, and takes the database back', async () => {
    const file = scene.save('denied.json', answersOf('user'))
    await killedAt('after', 5, 'apply', '--answers', file, '--yes')
    standIn.authorize = async ({ service, action }) =>
      service === 'iam' ? errors.denied(callerArn(standIn.account), `iam:${action}`, 'x') : null
    const first = await apply(file, '--resume', 'undo')
    expect(first.code).toBe(3)
    expect(first.stderr).toContain('AWS could not be asked how its part stands.')
    expect(first.stderr).toContain('To the cloud team:')
    expect(first.stderr).toContain('"iam:GetPolicy"')
    expect(first.stdout.replace(/\s+/g, ' ')).toContain('aws iam delete-user --user-name atlan-db-')
    expect(await scene.snapshot()).toEqual(before)
    expect(journals()).toHaveLength(1)
    const onward = await apply(file, '--resume', 'go-on')
    expect(onward).toMatchObject({ code: 1, stderr: expect.stringContaining('To the cloud team:') })
    standIn.authorize = null
    await apply(file, '--resume', 'undo')
    await expectNothing()
  })
})
