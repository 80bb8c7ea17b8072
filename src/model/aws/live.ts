import type { AwsTag } from './policy.ts'
import type { AwsDatabase, AwsIdentity, AwsTarget } from './target.ts'

/** What there is in AWS now, as far as a plan is about it. */
export interface AwsLive {
  readonly identity: AwsIdentity
  readonly target: AwsTarget
  /** null where the target was typed. */
  readonly database: AwsDatabase | null
  readonly policy: LivePolicy | null
  /** The role or the user with the name of the answers. */
  readonly role: LiveRole | null
  readonly user: LiveUser | null
  /** Ids of the user's keys whose secret the chosen store has. */
  readonly storedKeys: readonly string[]
}

export interface LivePolicy {
  readonly arn: string
  /** Of the default version, decoded. */
  readonly document: string
  readonly defaultVersion: string
  /** Newest first. */
  readonly versions: readonly string[]
  readonly attachments: number
  readonly tags: readonly AwsTag[]
}

export interface LivePrincipal {
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly boundary: string | null
  /** ARNs of the managed policies. */
  readonly attached: readonly string[]
  /** Names of the inline ones. */
  readonly inline: readonly string[]
  readonly tags: readonly AwsTag[]
}

export interface LiveRole extends LivePrincipal {
  /** The trust policy, decoded. */
  readonly trust: string
}

export interface LiveUser extends LivePrincipal {
  readonly groups: readonly string[]
  readonly keys: readonly LiveAccessKey[]
}

export interface LiveAccessKey {
  readonly id: string
  readonly active: boolean
  /** ISO 8601. */
  readonly created: string
}
