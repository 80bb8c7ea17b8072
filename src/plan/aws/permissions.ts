import type { AwsCall } from '../../model/aws/call.ts'
import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsPermission, PolicyDocument } from '../../model/aws/policy.ts'
import type { AwsPlan } from './aws-plan.ts'
import { callsOf, undoCallsOf } from './calls.ts'

/** What whoever makes the change must be allowed to. */
export function permissionsOf(change: AwsChange): readonly AwsPermission[] {
  // For IAM the resource is what is changed: the role, not the policy that is attached to it.
  const resource = change.arn
  const calls = callsOf(change).map(call => ({ action: actionOf(call), resource }))
  const tagging = taggingOf(change)
  return tagging === null ? calls : [...calls, { action: tagging, resource }]
}

/** All that carrying the plan out takes, looking and taking it back included. */
export function permissionsOfPlan(plan: AwsPlan): readonly AwsPermission[] {
  const changes = [...plan.flag, ...plan.changes]
  return unique([
    ...lookingPermissions(plan),
    ...changes.flatMap(permissionsOf),
    ...undoPermissions(changes.map(change => ({ change }))),
  ])
}

/** What taking these back takes, beside looking. */
export function undoPermissions(made: readonly { readonly change: AwsChange }[]): readonly AwsPermission[] {
  const learnt = { versionId: 'v2', keyId: 'AKIA', otherVersions: ['v1'] }
  return unique(
    made.flatMap(({ change }) =>
      undoCallsOf(change, learnt).map(call => ({ action: actionOf(call), resource: change.arn })),
    ),
  )
}

/** What only looking takes. Who one is, anybody may ask. */
export function lookingPermissions({
  database,
  policyArn,
  principal,
}: Pick<AwsPlan, 'database' | 'policyArn' | 'principal'>): readonly AwsPermission[] {
  const policy = ['GetPolicy', 'GetPolicyVersion', 'ListPolicyVersions']
  const own =
    principal.kind === 'role'
      ? ['GetRole', 'ListAttachedRolePolicies', 'ListRolePolicies']
      : ['GetUser', 'ListAttachedUserPolicies', 'ListUserPolicies', 'ListGroupsForUser', 'ListAccessKeys']
  return [
    // RDS shows one by its ARN, and all of them only to who may see all.
    ...(database === null
      ? []
      : [
          { action: 'rds:DescribeDBInstances', resource: '*' },
          { action: 'rds:DescribeDBClusters', resource: '*' },
        ]),
    ...policy.map(action => ({ action: `iam:${action}`, resource: policyArn })),
    ...own.map(action => ({ action: `iam:${action}`, resource: principal.arn })),
  ]
}

/** A policy that allows these and nothing else: actions on the same resources in one statement. */
export function allowing(permissions: readonly AwsPermission[]): PolicyDocument {
  const byResource = new Map<string, Set<string>>()
  for (const { action, resource } of permissions) {
    byResource.set(resource, (byResource.get(resource) ?? new Set()).add(action))
  }
  return {
    Version: '2012-10-17',
    Statement: [...byResource].map(([resource, actions]) => ({
      Effect: 'Allow',
      Action: [...actions].toSorted(),
      Resource: resource,
    })),
  }
}

/** As policies name it: `iam:CreatePolicy`. */
export function actionOf({ service, action }: AwsCall): string {
  return `${service}:${action}`
}

/** Making something with tags is also tagging it (IAM User Guide, "Tags for IAM resources"). */
function taggingOf(change: AwsChange): string | null {
  switch (change.kind) {
    case 'create-policy':
      return 'iam:TagPolicy'
    case 'create-role':
      return 'iam:TagRole'
    case 'create-user':
      return 'iam:TagUser'
    default:
      return null
  }
}

function unique(permissions: readonly AwsPermission[]): readonly AwsPermission[] {
  const seen = new Map(permissions.map(each => [`${each.action} ${each.resource}`, each]))
  return [...seen.values()]
}
