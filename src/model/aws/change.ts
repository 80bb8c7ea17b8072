import type { AwsTag, PolicyDocument } from './policy.ts'
import type { PendingModification } from './target.ts'

/**
 * A change in AWS is a value, as one in the database is: it can be shown, exported, made, checked and undone.
 * Its calls are said in plan/aws/calls.ts, in one place for screen, SDK and exports.
 */
export type AwsChange = {
  readonly why: string
} & (
  | {
      readonly kind: 'enable-iam-authentication'
      readonly database: 'instance' | 'cluster'
      readonly identifier: string
      readonly arn: string
      /** Applied with it, because ApplyImmediately flushes everything that waits. */
      readonly alsoApplies: readonly PendingModification[]
    }
  | {
      readonly kind: 'create-policy'
      readonly name: string
      readonly path: string
      readonly arn: string
      readonly description: string
      readonly document: PolicyDocument
      readonly tags: readonly AwsTag[]
    }
  /** A new default version of a policy of ours; `deletes` makes room where it has five. */
  | {
      readonly kind: 'update-policy'
      readonly arn: string
      readonly document: PolicyDocument
      /** The version that is the default now, to go back to. */
      readonly before: string
      readonly deletes: string | null
    }
  | {
      readonly kind: 'create-role'
      readonly name: string
      readonly path: string
      readonly arn: string
      readonly description: string
      readonly trust: PolicyDocument
      readonly boundary: string | null
      readonly tags: readonly AwsTag[]
    }
  | {
      readonly kind: 'update-trust'
      readonly role: string
      readonly arn: string
      readonly trust: PolicyDocument
      /** As IAM gave it, decoded; to go back to. */
      readonly before: string
    }
  | {
      readonly kind: 'create-user'
      readonly name: string
      readonly path: string
      readonly arn: string
      readonly boundary: string | null
      readonly tags: readonly AwsTag[]
    }
  | {
      readonly kind: 'set-boundary'
      readonly of: AwsPrincipal
      readonly arn: string
      readonly boundary: string
      readonly before: string | null
    }
  | {
      readonly kind: 'attach-policy'
      readonly to: AwsPrincipal
      /** ARN of the role or user. */
      readonly arn: string
      readonly policy: string
    }
  /** A key of our user whose secret was lost in a run that was broken off. */
  | {
      readonly kind: 'delete-access-key'
      readonly user: string
      readonly arn: string
      readonly keyId: string
    }
  | {
      readonly kind: 'create-access-key'
      readonly user: string
      readonly arn: string
      /** The ids of the keys that there are before: what comes besides is ours. */
      readonly keysBefore: readonly string[]
    }
)

export type AwsChangeKind = AwsChange['kind']

/** A role or a user, by its name. */
export type AwsPrincipal = { readonly role: string } | { readonly user: string }
