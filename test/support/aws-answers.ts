import type { AwsAnswers } from '../../src/model/aws/answers.ts'

/** Answers about AWS: a role for a vendor that is known; tests change what they are about. */
export const awsAnswers: AwsAnswers = {
  target: { from: 'aws', region: null, instance: null },
  enable: true,
  credentials: { from: 'chain' },
  way: {
    way: 'role',
    vendor: { known: true, arn: 'arn:aws:iam::210987654321:role/vendor-node-role' },
    externalId: null,
  },
  name: null,
  path: '/',
  permissionsBoundary: null,
  tags: {},
}

/** The same with a user and its access key. */
export const awsUserAnswers: AwsAnswers = { ...awsAnswers, way: { way: 'user' } }
