import type { AwsDenial } from '../../model/aws/denial.ts'
import type { AwsPermission, PolicyDocument } from '../../model/aws/policy.ts'
import { printable } from '../../model/identifier.ts'
import type { AwsPlan } from './aws-plan.ts'
import { allowing, permissionsOfPlan } from './permissions.ts'

/** What to ask of whoever administers the account, when a call was denied. */
export interface CloudRequest {
  /** The least policy with which all of the plan can be carried out and taken back. */
  readonly policy: PolicyDocument
  /** The request, a paragraph an entry, the policy's JSON as one of them. */
  readonly text: readonly string[]
}

/**
 * The request to the cloud team.
 * @param wanted what the call that was denied needed, where the message does not say it
 */
export function cloudRequest(
  plan: Pick<AwsPlan, 'target' | 'login' | 'identity'> & { readonly permissions: readonly AwsPermission[] },
  denial: AwsDenial,
  wanted: AwsPermission | null,
): CloudRequest {
  const action = denial.action ?? wanted?.action ?? null
  const resource = wanted?.resource ?? denial.resource
  const who = denial.who ?? plan.identity?.arn ?? 'these credentials'
  const policy = allowing(plan.permissions)
  const { target, login } = plan
  return {
    policy,
    text: [
      deniedText(who, action, resource, denial),
      `It is needed to let a tool log in to ${target.resourceId} (${target.region}, account ${target.account}) as ${printable(login)} with IAM authentication. This is the least policy for all of it:`,
      JSON.stringify(policy, null, 2),
      `Or make it yourselves. ${exportsText}`,
    ],
  }
}

/** The request for a whole plan. */
export function cloudRequestOf(plan: AwsPlan, denial: AwsDenial, wanted: AwsPermission | null): CloudRequest {
  return cloudRequest({ ...plan, permissions: permissionsOfPlan(plan) }, denial, wanted)
}

/** The request where taking back was denied: the least policy for that. A paragraph an entry. */
export function undoRequest(
  login: string,
  permissions: readonly AwsPermission[],
  denial: AwsDenial,
  wanted: AwsPermission | null,
): readonly string[] {
  const action = denial.action ?? wanted?.action ?? null
  return [
    deniedText(denial.who ?? 'these credentials', action, wanted?.resource ?? denial.resource, denial),
    `It is needed to take back what lets a tool log in as ${printable(login)} with IAM authentication. This is the least policy for it:`,
    JSON.stringify(allowing(permissions), null, 2),
    'Or take it back yourselves: the commands stand with what is left.',
  ]
}

/** Who may not do what, and why, as the denial has it. */
export function deniedText(
  who: string,
  action: string | null,
  resource: string | null,
  denial: Pick<AwsDenial, 'because' | 'policy'>,
): string {
  const on = resource === null ? '' : ` on ${printable(resource)}`
  return `${printable(who)} may not ${printable(action ?? 'make a call')}${on}. ${becauseText(denial)}`
}

/** What the cloud team is given instead. */
export const exportsText =
  'pg-usher plan --format aws-cli, cloudformation or terraform writes all of it for the cloud team to run.'

function becauseText({ because, policy }: Pick<AwsDenial, 'because' | 'policy'>): string {
  switch (because) {
    case 'missing':
      return policy === null || policy === 'identity-based policy'
        ? 'No policy of its own allows it.'
        : `No ${policy} allows it, whatever else does.`
    case 'denied':
      return `${policy === null ? 'A policy' : `A ${policy}`} forbids it: an allowing policy alone will not do.`
    case 'unknown':
      return 'AWS does not say why.'
  }
}
