import { runSimulation } from '@cloud-copilot/iam-simulate'
import type { Account, UserState } from './account.ts'

/** Whether the policies that are attached to a user let it connect, as an evaluator of IAM's rules has it. */
export async function mayConnect(account: Account, user: UserState, resource: string): Promise<boolean> {
  const identityPolicies = user.attached.flatMap(arn => {
    const policy = account.policies.get(arn)
    const version = policy?.versions.find(({ id }) => id === policy.defaultVersion)
    return version === undefined ? [] : [{ name: arn, policy: JSON.parse(version.document) }]
  })
  const result = await runSimulation(
    {
      request: {
        principal: user.arn,
        action: 'rds-db:connect',
        resource: { resource, accountId: account.id },
        contextVariables: {},
      },
      identityPolicies,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
  return result.resultType !== 'error' && result.overallResult === 'Allowed'
}
