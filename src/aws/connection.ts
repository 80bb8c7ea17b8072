import type { AwsCredentialsAnswer } from '../model/aws/answers.ts'
import type { AwsCall } from '../model/aws/call.ts'
import type { LivePolicy, LiveRole, LiveUser } from '../model/aws/live.ts'
import type { AwsDatabase, AwsIdentity, AwsTarget } from '../model/aws/target.ts'
import type { Secret } from '../model/secret.ts'

export interface AwsConnectOptions {
  /** null for the region of the profile or of the environment. */
  readonly region: string | null
  readonly credentials: Exclude<AwsCredentialsAnswer, { readonly from: 'nobody' }>
  /** Asks the person for the six digits of this device; without it a profile that wants them is refused. */
  readonly mfaCode?: ((device: string) => Promise<string>) | undefined
}

/**
 * AWS with one person's credentials in one region. Made by `connectAws` (connect.ts), which loads the SDK. Every
 * function throws an AwsFailure (failure.ts).
 */
export interface AwsConnection {
  readonly region: string
  /** Who the credentials belong to. */
  identity(signal?: AbortSignal): Promise<AwsIdentity>
  /**
   * Makes one call that changes something, once: nothing is tried again, because a call whose answer was lost may
   * have been carried out, and only who made it can look.
   */
  call(call: AwsCall, signal?: AbortSignal): Promise<CallResult>
  /** Calls that only look; tried again where AWS throttles or the line breaks. */
  readonly read: AwsReads
  /** Ends its sockets. */
  close(): void
}

/** What a call gives back that is not known before; null where it gives none. */
export interface CallResult {
  /** ARN of the policy, role or user that was made. */
  readonly arn: string | null
  /** Id of the policy version that was made. */
  readonly versionId: string | null
  readonly accessKey: AccessKey | null
}

/** An access key; its secret is given by IAM once, when it is made. */
export interface AccessKey {
  readonly id: string
  readonly secret: Secret
}

/** Each gives null where AWS says that there is none. */
export interface AwsReads {
  instance(identifier: string, signal?: AbortSignal): Promise<DescribedInstance | null>
  cluster(identifier: string, signal?: AbortSignal): Promise<AwsDatabase | null>
  /** The instances of the region of which one has this address; for a name that does not say which it is. */
  instanceAt(host: string, signal?: AbortSignal): Promise<DescribedInstance | null>
  /** The cluster that has this address among its own; for a custom endpoint, whose name does not say which it is. */
  clusterAt(host: string, signal?: AbortSignal): Promise<AwsDatabase | null>
  policy(arn: string, signal?: AbortSignal): Promise<LivePolicy | null>
  role(name: string, signal?: AbortSignal): Promise<LiveRole | null>
  user(name: string, signal?: AbortSignal): Promise<LiveUser | null>
}

/** An instance; in a cluster the cluster's flag and resource id are the ones that count. */
export interface DescribedInstance {
  readonly database: AwsDatabase
  readonly cluster: string | null
}

/** What a token is signed for. Host and port must be those of the database itself, not of an alias. */
export interface TokenRequest {
  readonly host: string
  readonly port: number
  readonly login: string
  readonly target: Pick<AwsTarget, 'region'>
  readonly key: AccessKey
}
