import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiError, errors } from '../../../src/demo/aws/api-error.ts'
import { callerArn, type Fault } from '../../../src/demo/aws/stand-in.ts'
import { applyAws } from '../../../src/engine/aws/apply-aws.ts'
import { keyEntry } from '../../../src/engine/aws/key-entry.ts'
import { madeInJournal } from '../../../src/engine/aws/made-in-journal.ts'
import { nothingLeft, undoAwsChanges } from '../../../src/engine/aws/undo-aws-changes.ts'
import type { EngineEvent } from '../../../src/engine/events.ts'
import { type JournalEntry, noJournal } from '../../../src/engine/journal.ts'
import type { AwsAnswers } from '../../../src/model/aws/answers.ts'
import type { MadeChange } from '../../../src/model/aws/made-change.ts'
import { reveal } from '../../../src/model/secret.ts'
import { allowing, permissionsOfPlan } from '../../../src/plan/aws/permissions.ts'
import { dyingStore } from '../../faults/dying-store.ts'
import { carryOut, isChanging } from '../../support/aws/carry-out.ts'
import { breachesOf } from '../../support/aws/service-model.ts'
import { type AwsWorld, startAwsWorld } from '../../support/aws/world.ts'
import { isCi } from '../../support/requires.ts'

let world: AwsWorld

beforeEach(async () => {
  world = await startAwsWorld()
})

afterEach(async () => {
  await world.close()
  expect(breachesOf(world.standIn.calls)).toEqual([])
})

const role: Partial<AwsAnswers> = {}
const user: Partial<AwsAnswers> = { way: { way: 'user' } }
const ways = [
  ['role', role],
  ['user', user],
] as const

/** What the same comes to where nothing goes wrong, and which calls it takes. */
async function withoutFaults(
  answers: Partial<AwsAnswers>,
): Promise<{ readonly wanted: unknown; readonly changing: ReadonlySet<string> }> {
  const plain = await startAwsWorld()
  try {
    await carryOut(await plain.plan(answers), plain.work(answers))
    const calls = plain.standIn.calls.map(({ action }) => action)
    return {
      wanted: plain.state(),
      changing: new Set(calls.filter(isChanging)),
    }
  } finally {
    await plain.close()
  }
}

const changingCalls = () => world.standIn.calls.map(({ action }) => action).filter(isChanging)

describe.each(ways)('with a %s', (way, answers) => {
  it('makes all of it, and then there is nothing left to plan', async () => {
    const plan = await world.plan(answers)
    const { problem, made } = await carryOut(plan, world.work(answers))
    expect(problem).toBeNull()
    expect(changingCalls()).toEqual(
      way === 'role'
        ? ['ModifyDBInstance', 'CreatePolicy', 'CreateRole', 'AttachRolePolicy']
        : ['ModifyDBInstance', 'CreatePolicy', 'CreateUser', 'AttachUserPolicy', 'CreateAccessKey'],
    )
    expect(made.every(({ certain }) => certain)).toBe(true)
    expect(world.instance.iam).toBe(true)
    const again = await world.plan(answers)
    expect([...again.flag, ...again.changes]).toEqual([])
  })

  it('notes each intent before its call, and what came of it after', async () => {
    const seen: string[] = []
    const plan = await world.plan(answers)
    const journal = {
      ...noJournal,
      write: (entry: JournalEntry) =>
        void (entry.entry === 'aws' && seen.push(`${entry.state} ${entry.change}`)),
    }
    world.standIn.onCall = ({ action }, moment) => {
      if (isChanging(action)) seen.push(`${moment} ${action}`)
    }
    const made: MadeChange[] = []
    await applyAws(world.work(answers), { journal }, plan, 'changes', made)
    for (const [at, line] of seen.entries()) {
      if (line.startsWith('before')) expect(seen[at - 1]).toMatch(/^intended/)
      if (line.startsWith('answered')) expect(seen[at - 1]).toMatch(/^after/)
      if (line.startsWith('done')) expect(seen[at - 1]).toMatch(/^answered/)
    }
    expect(seen.filter(line => line.startsWith('done'))).toHaveLength(plan.changes.length)
  })

  it('takes all of it back, in an order that IAM takes', async () => {
    const before = world.state()
    const plan = await world.plan(answers)
    const { made } = await carryOut({ ...plan, flag: [] }, world.work(answers))
    expect(await undoAwsChanges(world.work(answers), made, noJournal)).toEqual(nothingLeft)
    expect(world.state()).toEqual(before)
    expect(world.standIn.account.secrets.size).toBe(1)
    expect(await readFile(world.passfile, 'utf8').catch(() => '')).not.toContain('AKIA')
  })

  it('takes back a policy to which somebody has added versions', async () => {
    const plan = await world.plan(answers)
    const { made } = await carryOut({ ...plan, flag: [] }, world.work(answers))
    const policy = [...world.standIn.account.policies.values()][0]
    policy?.versions.push({ id: 'v9', document: '{"Statement":[]}', created: '2026-01-01T00:00:00Z' })
    expect(await undoAwsChanges(world.work(answers), made, noJournal)).toEqual(nothingLeft)
    expect(world.standIn.account.policies.size).toBe(0)
  })
})

const transient: readonly (readonly [string, Fault['with']])[] = [
  ['throttling', errors.throttling],
  ['a lost answer', 'lost'],
  ['a broken line', 'dropped'],
  ['an error of AWS itself', errors.serviceFailure],
  ['another change under way', errors.concurrent],
]

// A person's run takes the way that has more calls alone.
describe.each(isCi() ? ways : ways.slice(1))('what passes, with a %s', (_way, answers) => {
  it.each(transient)('%s at each call changes nothing in the end', async (_what, fault) => {
    const { wanted, changing } = await withoutFaults(answers)
    for (const action of changing) {
      // Only some actions may answer that another change is under way, or with this error.
      if (fault === errors.concurrent && !/^(CreateRole|CreateUser|CreatePolicy)$/.test(action)) continue
      if (fault === errors.serviceFailure && action.startsWith('Modify')) continue
      world.standIn.faults.push({ on: action, times: 2, with: fault })
    }
    const { problem } = await carryOut(await world.plan(answers), world.work(answers))
    expect(problem).toBeNull()
    expect(world.state()).toEqual(wanted)
    expect(world.standIn.faults.every(({ times = 2 }) => times < 2)).toBe(true)
  })

  it('what was made is not seen everywhere at once', async () => {
    world.standIn.invisibleFor = 3
    const { problem } = await carryOut(await world.plan(answers), world.work(answers))
    expect(problem).toBeNull()
    const again = await world.plan(answers)
    expect([...again.flag, ...again.changes]).toEqual([])
  })
})

describe('an access key', () => {
  it('has its secret kept, as IAM gave it, before anything else happens', async () => {
    const plan = await world.plan(user)
    const kept: boolean[] = []
    world.standIn.onCall = async (_call, moment) => {
      const id = world.standIn.account.users.get(plan.principal.name)?.keys[0]?.id
      if (moment === 'before' && id !== undefined)
        kept.push(await world.store.has(keyEntry(plan.target, plan.principal.name, id)))
    }
    await carryOut(plan, world.work(user))
    const [key] = world.standIn.account.users.get(plan.principal.name)?.keys ?? []
    const stored = await world.store.read(keyEntry(plan.target, plan.principal.name, key?.id ?? ''))
    if (stored === null) throw new Error('not stored')
    expect(reveal(stored)).toBe(world.standIn.account.secrets.get(key?.id ?? ''))
    // Whatever is asked after the key was made finds its secret kept.
    expect(new Set(kept)).toEqual(new Set([true]))
    expect(changingCalls().at(-1)).toBe('CreateAccessKey')
  })

  it('is deleted again where its secret cannot be kept', async () => {
    const work = world.work(user)
    const failing = {
      ...work,
      subject: {
        ...work.subject,
        store: { ...world.store, save: () => Promise.reject(new Error('the disk is full')) },
      },
    }
    const { problem } = await carryOut(await world.plan(user), failing)
    expect(problem?.message).toBe('the disk is full')
    expect([...world.standIn.account.users.values()].flatMap(({ keys }) => keys)).toEqual([])
  })

  it('whose answer was lost is deleted, also where it was the second and the next is refused for it', async () => {
    await carryOut(await world.plan(user), world.work(user))
    const [made] = world.standIn.account.users.values()
    // The first one's secret is gone: another is wanted, and there is room for one.
    await world.store.remove(keyEntry({ partition: 'aws' }, made?.name ?? '', made?.keys[0]?.id ?? ''))
    world.standIn.faults.push({ on: 'CreateAccessKey', with: 'lost' })
    const { problem } = await carryOut(await world.plan(user), world.work(user))
    expect(problem).toBeNull()
    expect(made?.keys).toHaveLength(2)
  })

  it('that a broken run has lost goes, where its id is known', async () => {
    await carryOut(await world.plan(user), world.work(user))
    const [made] = world.standIn.account.users.values()
    const lost = made?.keys[0]?.id ?? ''
    await world.store.remove(keyEntry({ partition: 'aws' }, made?.name ?? '', lost))
    const plan = await world.plan(user, [lost])
    expect(plan.changes.map(({ kind }) => kind)).toEqual(['delete-access-key', 'create-access-key'])
    await carryOut(plan, world.work(user))
    expect(made?.keys.map(({ id }) => id)).not.toContain(lost)
    expect(made?.keys).toHaveLength(1)
  })
})

describe('an access key, where the program ends while it is kept', () => {
  // A new user has no key to be asked for: the only question is to keep the secret.
  it.each(['before', 'answered'] as const)('%s, is one key with its secret in the end', async moment => {
    const plan = await world.plan(user)
    const work = world.work(user)
    const { store, dead } = dyingStore(world.store, 1, moment)
    const entries: JournalEntry[] = []
    const journal = { ...noJournal, write: (entry: JournalEntry) => void entries.push(entry) }
    const dying = { ...work, subject: { ...work.subject, store } }
    void applyAws(dying, { journal }, plan, 'flag', []).then(() =>
      applyAws(dying, { journal }, plan, 'changes', []),
    )
    await dead
    const made = [...madeInJournal({ begin: { plan: { aws: plan } }, entries })]
    await applyAws(work, { journal: noJournal }, plan, 'flag', made)
    await applyAws(work, { journal: noJournal }, plan, 'changes', made)
    const [state] = world.standIn.account.users.values()
    expect(state?.keys).toHaveLength(1)
    const id = state?.keys[0]?.id ?? ''
    expect(made.at(-1)).toMatchObject({ change: { kind: 'create-access-key' }, keyId: id })
    const stored = await world.store.read(keyEntry(plan.target, plan.principal.name, id))
    expect(stored === null ? null : reveal(stored)).toBe(world.standIn.account.secrets.get(id))
    expect(await undoAwsChanges(work, made, noJournal)).toMatchObject({ undone: true })
    // A file that we made is gone when nothing is left in it.
    expect(existsSync(world.passfile)).toBe(false)
  })
})

describe('a denial', () => {
  it.each(['ModifyDBInstance', 'CreatePolicy', 'CreateUser', 'AttachUserPolicy', 'CreateAccessKey'])(
    'of %s becomes a request to the cloud team, and what was made is taken back',
    async action => {
      const service = action.startsWith('Modify') ? 'rds' : 'iam'
      const wanted = `${service}:${action}`
      world.standIn.faults.push({
        on: action,
        with: errors.denied(callerArn(world.standIn.account), wanted, 'something'),
      })
      const before = world.state()
      const plan = await world.plan(user)
      const { problem, made } = await carryOut(plan, world.work(user))
      expect(problem).toMatchObject({ code: 'aws-denied' })
      expect(problem?.next).toContain(`may not ${wanted} on arn:aws:`)
      expect(problem?.next).toContain('No policy of its own allows it.')
      const [, json = ''] = /^(\{\n[\s\S]*\n\})$/m.exec(problem?.next ?? '') ?? []
      expect(JSON.stringify(JSON.parse(json))).toContain(wanted)
      const { left } = await undoAwsChanges(world.work(user), made, noJournal)
      const flagOn = action !== 'ModifyDBInstance'
      expect(left).toHaveLength(flagOn ? 1 : 0)
      if (flagOn) expect(left[0]).toContain('aws rds modify-db-instance --db-instance-identifier shop')
      world.instance.iam = false
      expect(world.state()).toEqual(before)
    },
  )

  it('by a policy of the organisation is said to be one that allowing does not help against', async () => {
    const because = 'with an explicit deny in a service control policy'
    world.standIn.faults.push({
      on: 'CreatePolicy',
      with: errors.denied(callerArn(world.standIn.account), 'iam:CreatePolicy', 'policy x', because),
    })
    const { problem } = await carryOut(await world.plan(user), world.work(user))
    expect(problem?.next).toContain(
      'A service control policy forbids it: an allowing policy alone will not do.',
    )
  })
})

describe.each(ways)('the policy that is asked for, with a %s', (_way, answers) => {
  it('is enough to make all of it and take it back', async () => {
    const policy = allowing(permissionsOfPlan(await world.plan(answers)))
    const all = policy.Statement.flatMap(({ Action: action, Resource: resource }) =>
      [action].flat().map(each => `${each} ${String(resource)}`),
    )
    const used = new Set<string>()
    world.standIn.authorize = async ({ service, action, parameters }) => {
      if (service === 'sts') return null
      const name = [...parameters].find(([key]) =>
        /^(PolicyArn|RoleName|UserName|PolicyName)$/.test(key),
      )?.[0]
      const wanted = all.find(each => {
        const [allowed = '', resource = ''] = each.split(' ')
        if (allowed !== `${service}:${action}`) return false
        const principal = parameters.get('RoleName') ?? parameters.get('UserName')
        const about = principal ?? parameters.get('PolicyName') ?? parameters.get('PolicyArn') ?? ''
        return name === undefined || resource === about || resource.endsWith(`/${about}`)
      })
      if (wanted === undefined) return errors.denied('x', `${service}:${action}`, 'y')
      used.add(wanted)
      return null
    }
    const { problem, made } = await carryOut(await world.plan(answers), world.work(answers))
    expect(problem).toBeNull()
    expect((await undoAwsChanges(world.work(answers), made, noJournal)).undone).toBe(true)
    // What only another course of things needs: tags are a part of making, clusters and versions of other plans.
    const unused = all.filter(each => !used.has(each))
    for (const each of unused) expect(each).toMatch(/:(Tag\w+|DescribeDBClusters|DeletePolicyVersion) /)
  })
})

describe('what does not pass', () => {
  it.each<[string, ApiError, string]>([
    ['CreatePolicy', errors.limit('Cannot exceed quota for PoliciesPerAccount: 1500'), 'aws-limit'],
    ['CreateRole', errors.malformed('Syntax errors in policy.'), 'aws-malformed'],
    ['CreateRole', errors.expired, 'aws-credentials'],
    ['AttachRolePolicy', errors.invalidToken, 'aws-credentials'],
  ])('%s: %j ends it, with a word', async (on, fault, code) => {
    world.standIn.faults.push({ on, with: fault })
    const { problem } = await carryOut(await world.plan(role), world.work(role))
    expect(problem?.code).toBe(code)
    expect(world.standIn.calls.filter(({ action }) => action === on)).toHaveLength(1)
  })

  it('a principal that is not there is asked for again for a while, and then told', async () => {
    const way = {
      way: 'role',
      vendor: { known: true, arn: 'arn:aws:iam::210987654321:role/mistyped' },
      externalId: null,
    } as const
    const { problem } = await carryOut(await world.plan({ way }), world.work({ way }))
    expect(problem?.message).toContain('Invalid principal in policy')
    expect(world.standIn.calls.filter(({ action }) => action === 'CreateRole').length).toBeGreaterThan(3)
  })

  it('what cannot be taken back is named with the command that does it', async () => {
    const plan = await world.plan(role)
    const { made } = await carryOut({ ...plan, flag: [] }, world.work(role))
    world.standIn.faults.push({ on: 'DeleteRole', times: 99, with: errors.expired })
    const { left } = await undoAwsChanges(world.work(role), made, noJournal)
    expect(left).toHaveLength(1)
    expect(left[0]).toContain(`aws iam delete-role --role-name ${plan.principal.name}`)
  })
})

describe('turning the flag on', () => {
  it('names before what is applied with it, waits until it is done, and tells each look', async () => {
    Object.assign(world.instance.pending, { EngineVersion: '16.4' })
    world.instance.modifyingFor = 3
    const plan = await world.plan(role)
    expect(plan.flag).toMatchObject([{ alsoApplies: [{ name: 'EngineVersion', value: '16.4' }] }])
    expect(plan.notes.map(({ level, text }) => `${level}: ${text}`).join('\n')).toMatch(
      /warning: Turning IAM authentication on applies at once everything .*: EngineVersion 16\.4\./,
    )
    const told: EngineEvent[] = []
    const paused: number[] = []
    const work = { ...world.work(role), pause: async (ms: number) => void paused.push(ms) }
    await applyAws(work, { journal: noJournal, onEvent: event => void told.push(event) }, plan, 'flag', [])
    expect(world.instance).toMatchObject({ iam: true, status: 'available', pending: {} })
    const waits = told.flatMap(event => (event.kind === 'aws-waiting' ? [event.because] : []))
    expect(waits.length).toBe(paused.length)
    expect(waits[0]).toBe('shop is modifying, since 0 seconds')
    expect(waits[1]).toBe('shop is modifying, since 5 seconds')
  })

  it('is refused where more has come to wait since, which nobody has seen', async () => {
    const plan = await world.plan(role)
    Object.assign(world.instance.pending, { DBInstanceClass: 'db.r6g.large' })
    const { problem, made } = await carryOut(plan, world.work(role))
    expect(problem).toMatchObject({ code: 'aws-more-pending' })
    expect(problem?.message).toContain('DBInstanceClass db.r6g.large')
    expect(made).toEqual([])
    expect(changingCalls()).toEqual([])
  })

  it('gives up after a quarter of an hour, and says how it goes on', async () => {
    world.instance.modifyingFor = 1000
    const { problem } = await carryOut(await world.plan(role), world.work(role))
    expect(problem).toMatchObject({ code: 'aws-still-modifying', next: expect.stringContaining('goes on') })
  })
})

describe('what is there already', () => {
  it('without our tag is not touched, and refused', async () => {
    const plan = await world.plan(role)
    await carryOut(plan, world.work(role))
    for (const { tags } of world.standIn.account.roles.values()) tags.length = 0
    await expect(world.plan(role)).rejects.toThrow('aws-not-ours')
  })

  it('of another database is refused', async () => {
    await carryOut(await world.plan({ name: 'shared' }), world.work({ name: 'shared' }))
    world.standIn.account.instances.set('shop', {
      ...world.instance,
      resourceId: 'db-ZYXWVUTSRQPONMLKJIHGFEDCBA',
    })
    await expect(world.plan({ name: 'shared' })).rejects.toThrow('aws-of-another')
  })

  it('is written anew where it says something else, and the oldest version goes where there are five', async () => {
    await carryOut(await world.plan(role), world.work(role))
    const [policy] = world.standIn.account.policies.values()
    if (policy === undefined) throw new Error('no policy')
    for (const n of [2, 3, 4, 5])
      policy.versions.push({
        id: `v${n}`,
        document: `{"Version":"2012-10-17","Statement":[{"Sid":"n${n}","Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]}`,
        created: '2026-01-01T00:00:00Z',
      })
    policy.defaultVersion = 'v5'
    policy.lastVersion = 5
    const plan = await world.plan(role)
    expect(plan.changes).toMatchObject([{ kind: 'update-policy', before: 'v5', deletes: 'v1' }])
    const { made } = await carryOut(plan, world.work(role))
    expect(policy.versions.map(({ id }) => id)).toEqual(['v2', 'v3', 'v4', 'v5', 'v6'])
    expect((await world.plan(role)).changes).toEqual([])
    expect(await undoAwsChanges(world.work(role), made, noJournal)).toEqual(nothingLeft)
    expect(policy).toMatchObject({ defaultVersion: 'v5' })
    expect(policy.versions.map(({ id }) => id)).toEqual(['v2', 'v3', 'v4', 'v5'])
  })

  it('is left alone where it says the same in other words', async () => {
    await carryOut(await world.plan(role), world.work(role))
    const [policy] = world.standIn.account.policies.values()
    const [made] = world.standIn.account.roles.values()
    const statement = JSON.parse(policy?.versions[0]?.document ?? '').Statement[0]
    const other = {
      Statement: { Resource: [statement.Resource], Action: ['RDS-DB:Connect'], Effect: 'Allow', Sid: 'x' },
      Version: '2012-10-17',
    }
    policy?.versions.splice(0, 1, {
      id: 'v1',
      document: JSON.stringify(other, null, 2),
      created: '2026-01-01T00:00:00Z',
    })
    if (made !== undefined) made.trust = JSON.stringify(JSON.parse(made.trust), null, 4)
    expect((await world.plan(role)).changes).toEqual([])
  })
})

describe('a vendor that is not known yet', () => {
  const closed = { way: { way: 'role', vendor: { known: false }, externalId: 'ext-1' } } as const
  const open = {
    way: {
      way: 'role',
      vendor: { known: true, arn: 'arn:aws:iam::210987654321:role/vendor-node-role' },
      externalId: 'ext-1',
    },
  } as const

  it('gets a role that nobody may assume, and the trust on a later day, by one call', async () => {
    const plan = await world.plan(closed)
    expect(plan.principal.closed).toBe(true)
    await carryOut(plan, world.work(closed))
    expect([...(await world.plan(closed)).changes]).toEqual([])
    const later = await world.plan(open)
    expect(later.changes.map(({ kind }) => kind)).toEqual(['update-trust'])
    const { made } = await carryOut(later, world.work(open))
    const [state] = world.standIn.account.roles.values()
    expect(JSON.parse(state?.trust ?? '')).toMatchObject({
      Statement: [{ Effect: 'Allow', Condition: { StringEquals: { 'sts:ExternalId': 'ext-1' } } }],
    })
    // Said again as not known, it is no wish to shut the vendor out.
    expect([...(await world.plan(closed)).changes]).toEqual([])
    await undoAwsChanges(world.work(open), made, noJournal)
    expect(JSON.parse(state?.trust ?? '')).toMatchObject({ Statement: [{ Effect: 'Deny' }] })
  })

  it('whose role was deleted is trusted anew', async () => {
    await carryOut(await world.plan(open), world.work(open))
    world.standIn.account.foreignPrincipals.set(
      'arn:aws:iam::210987654321:role/vendor-node-role',
      'deleted:AROAVENDORNODEROLE001',
    )
    const plan = await world.plan(open)
    expect(plan.changes.map(({ kind }) => kind)).toEqual(['update-trust'])
    expect(plan.notes.map(({ text }) => text).join(' ')).toContain('AROAVENDORNODEROLE001')
  })
})
