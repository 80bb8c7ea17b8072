import type { Answers } from '../../model/answers.ts'
import type { AwsAnswers } from '../../model/aws/answers.ts'
import { connectArn } from '../../model/aws/arn.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsTag, PolicyDocument } from '../../model/aws/policy.ts'
import type { AwsPlan } from './aws-plan.ts'
import { connectPolicy, trustPolicy } from './documents.ts'
import { ownership } from './names.ts'

/** All that an export says, whatever of it is there already: whoever runs it finds that out. */
export interface WholeAws {
  readonly tool: string
  readonly login: string
  readonly plan: AwsPlan
  readonly name: string
  readonly path: string
  readonly policy: PolicyDocument
  /** null for a user. */
  readonly trust: PolicyDocument | null
  readonly vendor: string | null
  readonly boundary: string | null
  readonly owner: AwsTag
  /** Those of the answers, without ours. */
  readonly tags: readonly AwsTag[]
  readonly flag: Extract<AwsChange, { kind: 'enable-iam-authentication' }> | null
}

/** What the answers and the plan come to as a whole. */
export function wholeAws(
  answers: Pick<Answers, 'roles'>,
  aws: AwsAnswers,
  tool: string,
  plan: AwsPlan,
): WholeAws {
  const { target, principal, login } = plan
  const { way } = aws
  const flag = plan.flag.find(change => change.kind === 'enable-iam-authentication')
  return {
    tool,
    login: answers.roles.login,
    plan,
    name: principal.name,
    path: aws.path,
    policy: connectPolicy(connectArn(target, login)),
    trust: way.way === 'role' ? trustPolicy(way) : null,
    vendor: way.way === 'role' && way.vendor.known ? way.vendor.arn : null,
    boundary: aws.permissionsBoundary,
    owner: ownership(target.resourceId, login),
    tags: Object.entries(aws.tags).map(([key, value]) => ({ key, value })),
    flag: flag?.kind === 'enable-iam-authentication' ? flag : null,
  }
}
