import { IAMClient } from '@aws-sdk/client-iam'
import { RDSClient } from '@aws-sdk/client-rds'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
import { Signer } from '@aws-sdk/rds-signer'
import { reveal, type Secret, secret } from '../model/secret.ts'
import type { AwsConnection, AwsConnectOptions, TokenRequest } from './connection.ts'
import { readPolicy, readRole, readUser } from './read-iam.ts'
import { readCluster, readClusterAt, readInstance, readInstanceAt } from './read-rds.ts'
import { sendCall } from './send-call.ts'

// The one module that loads the SDK. It is a bundle of its own (scripts/build.ts), and only connect.ts asks for it.

/** How long a connection and an answer may take, in milliseconds. */
const patience = { connectionTimeout: 5000, requestTimeout: 20_000, throwOnRequestTimeout: true }

/** What the SDK would write would stand in the middle of a screen. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** A connection whose functions throw what the SDK throws. */
export async function sdkConnection(options: AwsConnectOptions): Promise<AwsConnection> {
  const { mfaCode } = options
  const profile = options.credentials.from === 'profile' ? { profile: options.credentials.profile } : {}
  const region = options.region === null ? {} : { region: options.region }
  const common = {
    ...profile,
    ...region,
    logger: silent,
    requestHandler: patience,
    credentials: fromNodeProviderChain({
      ...profile,
      clientConfig: { ...region, logger: silent },
      logger: silent,
      ...(mfaCode === undefined ? {} : { mfaCodeProvider: mfaCode }),
    }),
  }
  const looking = { ...common, maxAttempts: 5 }
  const changing = { ...common, maxAttempts: 1 }
  const sts = new STSClient(looking)
  const iam = new IAMClient(looking)
  const rds = new RDSClient(looking)
  const once = { iam: new IAMClient(changing), rds: new RDSClient(changing) }
  return {
    region: await rds.config.region(),
    async identity(signal) {
      const caller = await sts.send(new GetCallerIdentityCommand({}), withSignal(signal))
      return { account: caller.Account ?? '', arn: caller.Arn ?? '', userId: caller.UserId ?? '' }
    },
    call: (call, signal) => sendCall(once, call, signal),
    read: {
      instance: (identifier, signal) => readInstance(rds, identifier, withSignal(signal)),
      cluster: (identifier, signal) => readCluster(rds, identifier, withSignal(signal)),
      instanceAt: (host, signal) => readInstanceAt(rds, host, withSignal(signal)),
      clusterAt: (host, signal) => readClusterAt(rds, host, withSignal(signal)),
      policy: (arn, signal) => readPolicy(iam, arn, withSignal(signal)),
      role: (name, signal) => readRole(iam, name, withSignal(signal)),
      user: (name, signal) => readUser(iam, name, withSignal(signal)),
    },
    close() {
      for (const client of [sts, iam, rds, once.iam, once.rds]) client.destroy()
    },
  }
}

/** A token that logs in as this user for 15 minutes; signed here, with no call. */
export async function sdkToken({ host, port, login, target, key }: TokenRequest): Promise<Secret> {
  const signer = new Signer({
    hostname: host,
    port,
    username: login,
    region: target.region,
    credentials: { accessKeyId: key.id, secretAccessKey: reveal(key.secret) },
  })
  return secret(await signer.getAuthToken())
}

function withSignal(abortSignal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return abortSignal === undefined ? {} : { abortSignal }
}
