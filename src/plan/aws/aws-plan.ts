import type { AwsChange } from '../../model/aws/change.ts'
import type { AwsDatabase, AwsIdentity, AwsTarget } from '../../model/aws/target.ts'
import type { PlanNote } from '../plan.ts'

/** What will be changed in AWS, in order: part of a plan whose tool logs in with IAM. */
export interface AwsPlan {
  readonly target: AwsTarget
  /** null where the target was typed: then RDS was not asked. */
  readonly database: AwsDatabase | null
  /** Who makes the calls; null where the plan is for somebody else. */
  readonly identity: AwsIdentity | null
  /** The database's login, which the policy names. */
  readonly login: string
  /** The one resource that may be connected to. */
  readonly connectArn: string
  readonly policyArn: string
  /** What the vendor comes with: a role to assume, or a user with a key. */
  readonly principal: {
    readonly kind: 'role' | 'user'
    readonly name: string
    readonly arn: string
    readonly externalId: string | null
    /** A role that nobody may assume yet, because the vendor's ARN is not known. */
    readonly closed: boolean
    /** A key of the user that is there and whose secret is kept: none is made then. */
    readonly keyId: string | null
  }
  /** First: it takes minutes, and all else is of no use without it. */
  readonly flag: readonly AwsChange[]
  /** After the database's part: policy, role or user, attachment, key. */
  readonly changes: readonly AwsChange[]
  readonly notes: readonly PlanNote[]
}
