import type { Secret } from '../model/secret.ts'
import type { AwsConnection, AwsConnectOptions, AwsReads, TokenRequest } from './connection.ts'
import { awsFailureOf } from './failure.ts'

/**
 * Loads the SDK and finds region and credentials; nothing is called yet.
 * @throws AwsFailure where no region is known
 */
export async function connectAws(options: AwsConnectOptions): Promise<AwsConnection> {
  const { sdkConnection } = await import('./sdk.ts')
  const sdk = await inWords(sdkConnection(options))
  const { read } = sdk
  const reads: AwsReads = {
    instance: (...asked) => inWords(read.instance(...asked)),
    cluster: (...asked) => inWords(read.cluster(...asked)),
    instanceAt: (...asked) => inWords(read.instanceAt(...asked)),
    clusterAt: (...asked) => inWords(read.clusterAt(...asked)),
    policy: (...asked) => inWords(read.policy(...asked)),
    role: (...asked) => inWords(read.role(...asked)),
    user: (...asked) => inWords(read.user(...asked)),
  }
  return {
    region: sdk.region,
    identity: signal => inWords(sdk.identity(signal)),
    call: (call, signal) => inWords(sdk.call(call, signal)),
    read: reads,
    close: () => sdk.close(),
  }
}

/**
 * A token that logs in as this user for 15 minutes: signed here, with no call (RDS User Guide, "Connecting to your DB
 * instance using IAM authentication").
 */
export async function signToken(request: TokenRequest): Promise<Secret> {
  const { sdkToken } = await import('./sdk.ts')
  return inWords(sdkToken(request))
}

/** What the SDK throws, as a failure in words. */
async function inWords<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (thrown) {
    throw awsFailureOf(thrown)
  }
}
