import type { AwsPlan } from './aws-plan.ts'
import { awsTitleOf } from './titles.ts'

/** What of AWS is left to somebody else, where AWS is not asked from here. */
export interface AwsHandedOver {
  readonly account: string
  readonly region: string
  /** In words, in order. */
  readonly steps: readonly string[]
  /** How the same is written for whoever carries it out. */
  readonly exports: string
}

/** What somebody else makes in AWS; null where it is made from here, or there is nothing to make. */
export function awsHandedOver(plan: AwsPlan | undefined): AwsHandedOver | null {
  if (plan === undefined || plan.identity !== null) return null
  const { target, principal } = plan
  return {
    account: target.account,
    region: target.region,
    steps: [
      `See that IAM authentication is on for ${target.resourceId}: without it no token is taken.`,
      ...[...plan.flag, ...plan.changes].map(change => `${awsTitleOf(change)}.`),
      ...(principal.kind === 'user'
        ? ["Give the key's ID and secret to whoever fills in the form, by a way that is safe."]
        : []),
    ],
    exports:
      'All of it stands in what pg-usher plan --format aws-cli (a script), cloudformation or terraform writes.',
  }
}
