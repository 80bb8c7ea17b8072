import type { AwsCall } from '../model/aws/call.ts'
import type { AwsLive } from '../model/aws/live.ts'
import type { AwsDatabase, AwsIdentity, AwsTarget } from '../model/aws/target.ts'
import type { Secret } from '../model/secret.ts'

/** AWS with one person's credentials in one region. Made by `connectAws` (connect.ts), which loads the SDK. */
export interface AwsConnection {
  readonly region: string
  /** Who the credentials belong to. @throws ProblemError */
  identity(signal?: AbortSignal): Promise<AwsIdentity>
  /**
   * Makes one call that changes something. Throttling and lost connections are tried again by the SDK, so a call
   * may have been carried out twice, or once although it failed: look before and after.
   * @throws AwsFailure (failure.ts)
   */
  call(call: AwsCall, signal?: AbortSignal): Promise<CallResult>
  /** Calls that only look. @throws AwsFailure */
  readonly read: AwsReads
  /** Ends its sockets. */
  close(): void
}

/** What a call gives back that anybody needs: the ARN of what was made, its id, or the new access key. */
export interface CallResult {
  readonly arn: string | null
  readonly versionId: string | null
  readonly accessKey: AccessKey | null
}

/** An access key; its secret is given by IAM once, when it is made. */
export interface AccessKey {
  readonly id: string
  readonly secret: Secret
}

/** Each gives null, or nothing, where IAM says NoSuchEntity. */
export interface AwsReads {
  instance(identifier: string, signal?: AbortSignal): Promise<AwsDatabase | null>
  cluster(identifier: string, signal?: AbortSignal): Promise<AwsDatabase | null>
  policy(arn: string, signal?: AbortSignal): Promise<AwsLive['policy']>
  role(name: string, signal?: AbortSignal): Promise<AwsLive['role']>
  user(name: string, signal?: AbortSignal): Promise<AwsLive['user']>
}

/**
 * A token that logs in as this user for 15 minutes: made here, with no call (RDS User Guide, "Connecting using IAM").
 * Host and port must be those of the database itself, not of an alias.
 */
export type SignToken = (request: {
  readonly host: string
  readonly port: number
  readonly login: string
  readonly target: Pick<AwsTarget, 'region'>
  readonly key: AccessKey
}) => Promise<Secret>
