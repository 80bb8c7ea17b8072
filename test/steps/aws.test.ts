import { describe, expect, it } from 'vitest'
import { type AwsInput, awsAnswer, awsFields, awsInput, defaultAwsAnswers } from '../../src/steps/aws.ts'
import { answersOf, askedSteps, type Draft, stepAfter } from '../../src/steps/step.ts'
import { awsAnswers, awsUserAnswers } from '../support/aws-answers.ts'
import { shopAnswers } from '../support/shop-answers.ts'

const input: AwsInput = awsInput(defaultAwsAnswers)

describe('what is answered about AWS', () => {
  it.each([
    ['nothing typed', defaultAwsAnswers],
    ['a role for a known vendor', awsAnswers],
    ['a user', awsUserAnswers],
    [
      'everything typed',
      {
        ...awsAnswers,
        target: {
          from: 'typed',
          partition: 'aws-cn',
          region: 'cn-north-1',
          account: '123456789012',
          resourceId: 'cluster-ABC',
        },
        credentials: { from: 'profile', profile: 'data' },
        enable: false,
        way: {
          way: 'role',
          vendor: { known: true, arn: 'arn:aws:iam::210987654321:role/v' },
          externalId: 'a-b-c',
        },
        name: 'atlan-shop',
        path: '/vendors/',
        permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
        tags: { team: 'data', 'cost center': '42=a' },
      },
    ],
  ] as const)('fills the fields and is understood again: %s', (_, answers) => {
    expect(awsAnswer(awsInput(answers))).toEqual({ ok: true, value: answers })
  })

  it('asks only for what matters', () => {
    expect(awsFields({ way: 'user', credentials: 'chain', target: 'aws' })).not.toContain('vendorArn')
    expect(awsFields({ way: 'role', credentials: 'profile', target: 'typed' })).toEqual(
      expect.arrayContaining(['vendorArn', 'externalId', 'profile', 'account', 'resourceId']),
    )
  })

  it.each([
    ['vendorArn', { vendorArn: 'arn:aws:iam::210987654321:role/*' }, 'aws-vendor-wildcard'],
    ['externalId', { externalId: 'x' }, 'aws-external-id'],
    ['profile', { credentials: 'profile' }, 'aws-profile'],
    ['region', { region: 'Frankfurt' }, 'aws-region'],
    ['instance', { instance: 'no spaces' }, 'aws-instance'],
    ['account', { target: 'typed', region: 'eu-west-1', resourceId: 'db-A', account: '12' }, 'aws-account'],
    [
      'resourceId',
      { target: 'typed', region: 'eu-west-1', resourceId: 'mydb', account: '123456789012' },
      'aws-resource-id',
    ],
    ['target', { credentials: 'nobody' }, 'aws-target-unasked'],
    ['name', { name: 'a b' }, 'aws-name'],
    ['path', { path: 'vendors' }, 'aws-path'],
    ['boundary', { boundary: 'PowerUsers' }, 'aws-boundary'],
    ['tags', { tags: 'team' }, 'aws-tag'],
    ['tags', { tags: 'aws:team=x' }, 'aws-tag'],
  ] as const)('says what is wrong with %s', (field, changes, code) => {
    const understood = awsAnswer({ ...input, ...changes })
    expect(understood.ok ? [] : understood.problems).toMatchObject([{ field, problem: { code } }])
  })
})

describe('the steps that are asked', () => {
  const { version: _, ...draft } = shopAnswers

  it('are without AWS for a password', () => {
    expect(askedSteps(draft)).not.toContain('aws')
    expect(stepAfter('authentication', draft)).toBe('schemas')
    expect(stepAfter('network', draft)).toBe('secret')
  })

  it('have no secret for a role that is assumed, and one for a user with a key', () => {
    const role: Draft = { ...draft, authentication: { method: 'aws-iam', aws: awsAnswers } }
    const { secret: _secret, ...withoutSecret } = role
    expect(stepAfter('authentication', role)).toBe('aws')
    expect(stepAfter('network', role)).toBe('review')
    expect(answersOf(withoutSecret)).not.toBeNull()
    const user: Draft = { ...withoutSecret, authentication: { method: 'aws-iam', aws: awsUserAnswers } }
    expect(stepAfter('network', user)).toBe('secret')
    expect(answersOf(user)).toBeNull()
  })
})
