import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectAws } from '../../src/aws/connect.ts'
import type { AwsConnection } from '../../src/aws/connection.ts'
import { AwsFailure, type AwsFailureKind } from '../../src/aws/failure.ts'
import { findTarget, regionOf } from '../../src/aws/find-target.ts'
import { atlan } from '../../src/connectors/atlan.ts'
import { addCluster, addInstance, callerKey } from '../../src/demo/aws/account.ts'
import { type ApiError, errors } from '../../src/demo/aws/api-error.ts'
import { callerArn, type StandIn, startStandIn } from '../../src/demo/aws/stand-in.ts'
import { readAwsLive } from '../../src/engine/aws/read-live.ts'
import { connectArn, iamArn } from '../../src/model/aws/arn.ts'
import type { AwsCall } from '../../src/model/aws/call.ts'
import { reveal } from '../../src/model/secret.ts'
import { withEnvironment } from '../support/aws/environment.ts'
import { breachesOf } from '../support/aws/service-model.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { shopAnswers } from '../support/shop-answers.ts'

let standIn: StandIn
let aws: AwsConnection
let restore: () => void

beforeEach(async () => {
  standIn = await startStandIn()
  restore = withEnvironment(standIn.env)
  aws = await connectAws({ region: 'eu-central-1', credentials: { from: 'chain' } })
})

afterEach(async () => {
  aws.close()
  restore()
  await standIn.close()
  expect(breachesOf(standIn.calls)).toEqual([])
})

const policyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'rds-db:connect',
      Resource: 'arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABC/atlan_user',
    },
  ],
} as const

const createPolicy = {
  service: 'iam',
  action: 'CreatePolicy',
  input: {
    PolicyName: 'atlan-shop',
    Path: '/',
    PolicyDocument: policyDocument,
    Description: 'Lets Atlan in.',
    Tags: [{ Key: 'pg-usher', Value: 'db-ABC/atlan_user' }],
  },
} as const satisfies AwsCall

describe('the connection', () => {
  it('says whose credentials these are', async () => {
    expect(await aws.identity()).toEqual({
      account: '123456789012',
      arn: 'arn:aws:iam::123456789012:user/dba',
      userId: 'AIDACALLER0000000001',
    })
  })

  it('makes a policy and reads it back as it was sent, with its versions, newest first', async () => {
    const { arn } = await aws.call(createPolicy)
    expect(arn).toBe('arn:aws:iam::123456789012:policy/atlan-shop')
    for (const n of [1, 2]) {
      const Statement = policyDocument.Statement.map(each => ({ ...each, Sid: `n${n}` }))
      await aws.call({
        service: 'iam',
        action: 'CreatePolicyVersion',
        input: {
          PolicyArn: arn ?? '',
          PolicyDocument: { ...policyDocument, Statement },
          SetAsDefault: true,
        },
      })
    }
    const policy = await aws.read.policy(arn ?? '')
    expect(policy).toMatchObject({
      defaultVersion: 'v3',
      versions: ['v3', 'v2', 'v1'],
      attachments: 0,
      tags: [{ key: 'pg-usher', value: 'db-ABC/atlan_user' }],
    })
    expect(JSON.parse(policy?.document ?? '')).toMatchObject({ Statement: [{ Sid: 'n2' }] })
  })

  it('gives the secret of a new key wrapped, and knows the user with its keys', async () => {
    await aws.call({
      service: 'iam',
      action: 'CreateUser',
      input: { UserName: 'atlan', Path: '/vendors/', Tags: [{ Key: 'pg-usher', Value: 'x' }] },
    })
    const { accessKey } = await aws.call({
      service: 'iam',
      action: 'CreateAccessKey',
      input: { UserName: 'atlan' },
    })
    if (accessKey === null) throw new Error('no key')
    expect(JSON.stringify(accessKey)).not.toContain(reveal(accessKey.secret))
    expect(standIn.account.secrets.get(accessKey.id)).toBe(reveal(accessKey.secret))
    expect(await aws.read.user('atlan')).toMatchObject({
      path: '/vendors/',
      arn: 'arn:aws:iam::123456789012:user/vendors/atlan',
      keys: [{ id: accessKey.id, active: true }],
    })
  })

  it('finds nothing where there is nothing', async () => {
    expect(await aws.read.policy('arn:aws:iam::123456789012:policy/none')).toBeNull()
    expect(await aws.read.role('none')).toBeNull()
    expect(await aws.read.user('none')).toBeNull()
    expect(await aws.read.instance('none')).toBeNull()
    expect(await aws.read.cluster('none')).toBeNull()
  })

  it.each<[ApiError | 'lost' | 'dropped', AwsFailureKind]>([
    [errors.denied('arn:aws:iam::123456789012:user/dba', 'iam:CreatePolicy', 'policy atlan-shop'), 'denied'],
    [errors.throttling, 'throttled'],
    [errors.exists('It'), 'exists'],
    [errors.limit('Cannot exceed quota for PoliciesPerAccount: 1500'), 'limit'],
    [errors.malformed('Syntax errors in policy.'), 'malformed'],
    [errors.concurrent, 'busy'],
    [errors.serviceFailure, 'lost'],
    [errors.unavailable, 'lost'],
    [errors.expired, 'credentials'],
    [errors.invalidToken, 'credentials'],
    ['lost', 'lost'],
    ['dropped', 'lost'],
  ])('tells %j for what it is, and tries nothing twice that changes something', async (fault, kind) => {
    standIn.faults.push({ on: 'CreatePolicy', with: fault })
    const failure = await failureOf(aws.call(createPolicy))
    expect(failure.kind).toBe(kind)
    expect(failure.problem.code).toBe(`aws-${kind}`)
    expect(standIn.calls).toHaveLength(1)
    expect(standIn.account.policies.size).toBe(fault === 'lost' ? 1 : 0)
  })

  it('reads in a denial what was denied to whom', async () => {
    const caller = 'arn:aws:iam::123456789012:user/dba'
    standIn.faults.push({
      on: 'CreatePolicy',
      with: errors.denied(caller, 'iam:CreatePolicy', 'policy atlan-shop'),
    })
    expect((await failureOf(aws.call(createPolicy))).denial).toEqual({
      who: caller,
      action: 'iam:CreatePolicy',
      resource: 'policy atlan-shop',
      because: 'missing',
      policy: 'identity-based policy',
    })
  })

  it('looks again where AWS throttles, or the line breaks', async () => {
    await aws.call(createPolicy)
    standIn.faults.push({ on: 'GetPolicy', with: errors.throttling }, { on: 'GetPolicy', with: 'dropped' })
    expect(await aws.read.policy('arn:aws:iam::123456789012:policy/atlan-shop')).not.toBeNull()
  })

  it('says that nobody was reached', async () => {
    await standIn.close()
    expect((await failureOf(aws.call(createPolicy))).kind).toBe('unreachable')
  })

  it('says that there are no credentials', async () => {
    const other = withEnvironment({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined })
    try {
      const without = await connectAws({ region: 'eu-central-1', credentials: { from: 'chain' } })
      expect((await failureOf(without.identity())).kind).toBe('credentials')
    } finally {
      other()
    }
  })
})

describe('a profile that assumes a role', () => {
  const role = 'arn:aws:iam::123456789012:role/admins'
  const device = 'arn:aws:iam::123456789012:mfa/dba'
  let folder: string
  let others: () => void

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pg-usher-profile-'))
    const config = join(folder, 'config')
    writeFileSync(
      config,
      `[profile admins]\nrole_arn = ${role}\nsource_profile = dba\nmfa_serial = ${device}\nregion = eu-central-1\n`,
    )
    const credentials = join(folder, 'credentials')
    writeFileSync(
      credentials,
      `[dba]\naws_access_key_id = ${callerKey.id}\naws_secret_access_key = ${callerKey.secret}\n`,
    )
    others = withEnvironment({
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    })
  })
  afterEach(() => {
    others()
    rmSync(folder, { recursive: true, force: true })
  })

  it('asks for the digits of its device, and calls with the credentials of the role', async () => {
    const asked: string[] = []
    const admins = await connectAws({
      region: null,
      credentials: { from: 'profile', profile: 'admins' },
      mfaCode: async serial => {
        asked.push(serial)
        return '123456'
      },
    })
    try {
      expect(admins.region).toBe('eu-central-1')
      await admins.identity()
      expect(asked).toEqual([device])
      const [assume, identity] = standIn.calls
      expect(assume?.action).toBe('AssumeRole')
      expect(Object.fromEntries(assume?.parameters ?? [])).toMatchObject({
        RoleArn: role,
        SerialNumber: device,
        TokenCode: '123456',
      })
      expect(identity).toMatchObject({
        action: 'GetCallerIdentity',
        accessKeyId: expect.stringMatching(/^ASIA/),
      })
    } finally {
      admins.close()
    }
  })

  it('that may not is a request for exactly that: sts:AssumeRole on the role', async () => {
    standIn.authorize = async ({ action }) =>
      action === 'AssumeRole' ? errors.denied(callerArn(standIn.account), 'sts:AssumeRole', role) : null
    const admins = await connectAws({
      region: 'eu-central-1',
      credentials: { from: 'profile', profile: 'admins' },
      mfaCode: async () => '123456',
    })
    const { host, port } = addInstance(standIn.account)
    const subject = {
      answers: { ...shopAnswers, endpoint: { host, port } },
      aws: awsAnswers,
      connector: atlan,
      store: { has: async () => false },
    }
    try {
      const { problem, kind } = await failureOf(readAwsLive(subject, admins))
      expect(kind).toBe('denied')
      expect(problem.next).toContain(`${callerArn(standIn.account)} may not sts:AssumeRole on ${role}.`)
      const [, json = ''] = /^(\{\n[\s\S]*?\n\})$/m.exec(problem.next ?? '') ?? []
      expect(JSON.parse(json)).toMatchObject({
        Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: role }],
      })
      expect(problem.next).toContain('aws rds describe-db-instances --db-instance-identifier shop')
    } finally {
      admins.close()
    }
  })
})

describe('the database', () => {
  const find = (host: string, target: Partial<typeof awsAnswers.target> = {}) =>
    findTarget({ target: { ...awsAnswers.target, ...target } as typeof awsAnswers.target }, { host }, aws)

  it('is found by its own name', async () => {
    const { host } = addInstance(standIn.account)
    expect(await find(host)).toMatchObject({
      target: {
        partition: 'aws',
        region: 'eu-central-1',
        account: '123456789012',
        resourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ',
      },
      database: { kind: 'instance', identifier: 'shop', iamAuthentication: false, pending: [] },
    })
  })

  it.each(['writer', 'reader', 'instance'])('of Aurora is the cluster, found by its %s', async which => {
    const cluster = addCluster(standIn.account)
    const instance = addInstance(standIn.account, {
      cluster: cluster.identifier,
      engine: 'aurora-postgresql',
    })
    const host = { writer: cluster.host, reader: cluster.readerHost, instance: instance.host }[which] ?? ''
    const found = await find(host)
    expect(found).toMatchObject({
      target: { resourceId: cluster.resourceId },
      database: { kind: 'cluster', identifier: cluster.identifier },
    })
    expect(found.database?.endpoints.map(each => each.host)).toContain(host)
  })

  it('of Aurora is found by a custom endpoint, whose name does not say which cluster it is', async () => {
    addCluster(standIn.account, { identifier: 'another' })
    const custom = 'reports.cluster-custom-cabcdefghijk.eu-central-1.rds.amazonaws.com'
    const cluster = addCluster(standIn.account, { resourceId: 'cluster-MINE', customHosts: [custom] })
    const found = await find(custom)
    expect(found).toMatchObject({ target: { resourceId: 'cluster-MINE' }, database: { kind: 'cluster' } })
    expect(found.database?.identifier).toBe(cluster.identifier)
    expect(found.database?.endpoints.map(({ host }) => host)).toContain(custom)
  })

  it.each([
    ['aws-cn', 'cn-north-1', 'shop.cabcdefghijk.rds.cn-north-1.amazonaws.com.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'shop.cabcdefghijk.us-gov-west-1.rds.amazonaws.com'],
  ])('in the partition %s has its ARNs there', async (partition, region, host) => {
    Object.assign(standIn.account, { partition, region })
    addInstance(standIn.account, { host })
    expect(regionOf({ target: awsAnswers.target }, { host })).toBe(region)
    const { target } = await find(host)
    expect(target).toMatchObject({ partition, region, account: '123456789012' })
    expect(connectArn(target, 'atlan_user')).toBe(
      `arn:${partition}:rds-db:${region}:123456789012:dbuser:db-ABCDEFGHIJKLMNOPQRSTUVWXYZ/atlan_user`,
    )
    expect(iamArn(target, 'role', '/', 'r')).toBe(`arn:${partition}:iam::123456789012:role/r`)
  })

  it('is found by its identifier, and by an address that does not say which it is', async () => {
    addInstance(standIn.account, { host: '10.0.0.7' })
    for (const found of [await find('db.internal', { instance: 'shop' }), await find('10.0.0.7')])
      expect(found.database?.identifier).toBe('shop')
  })

  it('has a resource ID of its own as a replica, and says of what it is one', async () => {
    const { host } = addInstance(standIn.account, { identifier: 'shop-copy', replicaOf: 'shop' })
    expect((await find(host)).database).toMatchObject({ replicaOf: 'shop' })
  })

  it('says what is pending', async () => {
    const { host } = addInstance(standIn.account, { pending: { EngineVersion: '16.4' } })
    expect((await find(host)).database?.pending).toEqual([{ name: 'EngineVersion', value: '16.4' }])
  })

  it.each([
    ['shop.proxy-cabcdefghijk.eu-central-1.rds.amazonaws.com', 'aws-proxy'],
    ['db.example.com', 'aws-not-an-rds-host'],
    ['shops.cluster-custom-cabcdefghijk.eu-central-1.rds.amazonaws.com', 'aws-custom-endpoint'],
    ['other.cabcdefghijk.eu-central-1.rds.amazonaws.com', 'aws-database-not-found'],
    ['other.cluster-cabcdefghijk.eu-central-1.rds.amazonaws.com', 'aws-database-not-found'],
  ])('%s is refused with a word', async (host, code) => {
    await expect(find(host)).rejects.toMatchObject({ problem: { code } })
  })
})

async function failureOf(answer: Promise<unknown>): Promise<AwsFailure> {
  try {
    await answer
  } catch (thrown) {
    if (thrown instanceof AwsFailure) return thrown
    throw thrown
  }
  throw new Error('it did not fail')
}
