import { runSimulation } from '@cloud-copilot/iam-simulate'
import { describe, expect, it } from 'vitest'
import {
  connectArn,
  externalIdProblem,
  policyLoginProblem,
  vendorProblem,
} from '../../../src/model/aws/arn.ts'
import type { PolicyDocument } from '../../../src/model/aws/policy.ts'
import { connectPolicy, trustPolicy } from '../../../src/plan/aws/documents.ts'
import { defaultAwsName, ownerOf, ownership } from '../../../src/plan/aws/names.ts'
import { sameDocument } from '../../../src/plan/aws/same-document.ts'

const target = {
  partition: 'aws',
  region: 'eu-central-1',
  account: '123456789012',
  resourceId: 'db-ABCDEFGH',
}
const vendor = 'arn:aws:iam::210987654321:role/vendor-node-role'

/** What an independent evaluation of IAM's rules says. */
async function allowed(request: {
  readonly principal: string
  readonly action: string
  readonly resource: string
  readonly account: string
  readonly identity?: PolicyDocument
  readonly trust?: PolicyDocument
  readonly context?: Readonly<Record<string, string>>
}): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: request.principal,
        action: request.action,
        resource: { resource: request.resource, accountId: request.account },
        contextVariables: { ...request.context },
      },
      identityPolicies: request.identity === undefined ? [] : [{ name: 'ours', policy: request.identity }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(request.trust === undefined ? {} : { resourcePolicy: request.trust }),
    },
    {},
  )
  if (result.resultType !== 'single') throw new Error(JSON.stringify(result))
  return result.result.analysis.result === 'Allowed'
}

describe('the policy', () => {
  const connect = (resource: string, action = 'rds-db:connect') =>
    allowed({
      principal: 'arn:aws:iam::123456789012:user/atlan',
      action,
      resource,
      account: '123456789012',
      identity: connectPolicy(connectArn(target, 'atlan_user')),
    })

  it('allows to connect as this login to this database', async () => {
    expect(await connect('arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABCDEFGH/atlan_user')).toBe(true)
  })

  it.each([
    'arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABCDEFGH/postgres',
    'arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABCDEFGH/Atlan_user',
    'arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-OTHERDB/atlan_user',
    'arn:aws:rds-db:us-east-1:123456789012:dbuser:db-ABCDEFGH/atlan_user',
  ])('does not allow to connect to %s', async resource => {
    expect(await connect(resource)).toBe(false)
  })
})

describe('the trust policy', () => {
  const assume = (
    principal: string,
    way: Parameters<typeof trustPolicy>[0],
    context: Readonly<Record<string, string>> = {},
  ) =>
    allowed({
      principal,
      action: 'sts:AssumeRole',
      resource: 'arn:aws:iam::123456789012:role/atlan',
      account: '123456789012',
      identity: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }],
      },
      trust: trustPolicy(way),
      context,
    })
  const open = { way: 'role', vendor: { known: true, arn: vendor }, externalId: null } as const
  const closed = { way: 'role', vendor: { known: false }, externalId: 'ext-1' } as const

  it('lets the vendor in, and no other role of its account', async () => {
    expect(await assume(vendor, open)).toBe(true)
    expect(await assume('arn:aws:iam::210987654321:role/other', open)).toBe(false)
  })

  it('asks for the external ID where there is one', async () => {
    const withId = { ...open, externalId: 'ext-1' }
    expect(await assume(vendor, withId, { 'sts:ExternalId': 'ext-1' })).toBe(true)
    expect(await assume(vendor, withId, { 'sts:ExternalId': 'ext-2' })).toBe(false)
    expect(await assume(vendor, withId)).toBe(false)
  })

  it('lets nobody in while the vendor is not known', async () => {
    expect(await assume(vendor, closed)).toBe(false)
    expect(await assume('arn:aws:iam::123456789012:role/own', closed)).toBe(false)
  })
})

describe('who may be trusted', () => {
  it.each([
    ['*', 'aws-vendor-wildcard'],
    ['arn:aws:iam::210987654321:role/*', 'aws-vendor-wildcard'],
    ['210987654321', 'aws-vendor-account'],
    ['arn:aws:iam::210987654321:root', 'aws-vendor-account'],
    ['arn:aws:sts::210987654321:assumed-role/x/y', 'aws-vendor-session'],
    ['arn:aws:s3:::bucket', 'aws-vendor-not-principal'],
    ['arn:aws-cn:iam::210987654321:role/x', 'aws-vendor-partition'],
    ['vendor-node-role', 'aws-vendor-not-arn'],
  ])('not %s', (arn, code) => {
    expect(vendorProblem(arn, target, null)?.code).toBe(code)
  })

  it('one role or user, and an account as a whole with an external ID alone', () => {
    expect(vendorProblem(vendor, target, null)).toBeNull()
    expect(vendorProblem('arn:aws:iam::210987654321:root', target, 'ext-1')).toBeNull()
  })

  it('an external ID as STS takes it', () => {
    expect(externalIdProblem('a:b/c=d,e.f@g-h_i+1')).toBeNull()
    for (const id of ['', 'a', 'with space', 'é1', 'x'.repeat(1225)])
      expect(externalIdProblem(id)).not.toBeNull()
  })
})

describe('names', () => {
  it.each(['a*', 'a?', 'a/b', `a$${'{aws:username}'}`])('no policy has the login %s', login => {
    expect(policyLoginProblem(login)?.code).toBe('aws-login-name')
  })

  it('are the same for the same login, fit IAM, and differ where they had to be cut', () => {
    const long = 'x'.repeat(60)
    const names = ['a', 'b'].map(end =>
      defaultAwsName('atlan', 'cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ', `${long}${end}`),
    )
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/)
    expect(new Set(names).size).toBe(2)
    expect(defaultAwsName('atlan', 'db-ABC', 'atlan_user')).toBe('atlan-db-ABC-atlan_user')
  })

  it('of owners fit a tag, and no two logins share one', () => {
    const values = ['a"b', 'a=b', 'a b', "a'b"].map(login => ownership('db-ABC', login).value)
    for (const value of values) expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u)
    expect(new Set(values).size).toBe(4)
    expect(ownerOf([ownership('db-ABC', 'x')], ownership('db-ABC', 'y'))).toBe('another')
    expect(ownerOf([], ownership('db-ABC', 'y'))).toBe('nobody')
  })
})

describe('two documents', () => {
  const one = JSON.stringify(
    trustPolicy({
      way: 'role',
      vendor: { known: true, arn: 'arn:aws:iam::210987654321:root' },
      externalId: 'e1',
    }),
  )

  it('are the same in other words', () => {
    const other = {
      Statement: {
        Condition: { stringequals: { 'STS:externalid': ['e1'] } },
        Action: ['STS:assumerole'],
        Principal: { AWS: ['210987654321'] },
        Effect: 'Allow',
        Sid: 'x',
      },
      Version: '2012-10-17',
    }
    expect(sameDocument(one, JSON.stringify(other))).toBe(true)
  })

  it.each([
    ['"Allow"', '"Deny"'],
    ['210987654321', '210987654322'],
    ['"e1"', '"e2"'],
    ['2012-10-17', '2008-10-17'],
    ['sts:AssumeRole', 'sts:TagSession'],
  ])('are not where %s is %s', (from, to) => {
    expect(sameDocument(one, one.replace(from, to))).toBe(false)
  })

  it('that cannot be read are the same as nothing', () => {
    expect(sameDocument('', '')).toBe(false)
    expect(sameDocument(one, 'not json')).toBe(false)
  })
})
