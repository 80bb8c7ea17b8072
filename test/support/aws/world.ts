import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAws } from '../../../src/aws/connect.ts'
import type { AwsConnection } from '../../../src/aws/connection.ts'
import { atlan } from '../../../src/connectors/atlan.ts'
import {
  addCluster,
  addInstance,
  type ClusterState,
  type InstanceState,
} from '../../../src/demo/aws/account.ts'
import { type StandIn, startStandIn } from '../../../src/demo/aws/stand-in.ts'
import type { AwsWork } from '../../../src/engine/aws/aws-work.ts'
import { readAwsLive } from '../../../src/engine/aws/read-live.ts'
import type { Answers } from '../../../src/model/answers.ts'
import type { AwsAnswers } from '../../../src/model/aws/answers.ts'
import type { AwsPlan } from '../../../src/plan/aws/aws-plan.ts'
import { makeAwsPlan } from '../../../src/plan/aws/make-aws-plan.ts'
import { createPassfileStore } from '../../../src/secrets/passfile.ts'
import type { SecretStore } from '../../../src/secrets/store.ts'
import { awsAnswers } from '../aws-answers.ts'
import { shopAnswers } from '../shop-answers.ts'
import { withEnvironment } from './environment.ts'

/** A stand-in for AWS with an instance, a connection to it with the SDK, and a passfile for secrets. */
export interface AwsWorld {
  readonly standIn: StandIn
  readonly instance: InstanceState
  /** The Aurora cluster of the instance; null where it stands alone. */
  readonly cluster: ClusterState | null
  readonly connection: AwsConnection
  readonly store: SecretStore
  readonly passfile: string
  /** The work of these answers; it waits for nothing. */
  work(aws?: Partial<AwsAnswers>): AwsWork
  /** The plan of these answers, against what there is now. @throws Error with its problems where there is none */
  plan(aws?: Partial<AwsAnswers>, lostKeys?: readonly string[]): Promise<AwsPlan>
  /** What there is in the account, to be compared: without ids and dates. */
  state(): unknown
  close(): Promise<void>
}

/**
 * Starts one. The caller closes it.
 * @param database whether the answers are about an instance or an Aurora cluster
 */
export async function startAwsWorld(database: 'instance' | 'cluster' = 'instance'): Promise<AwsWorld> {
  const standIn = await startStandIn()
  const cluster = database === 'cluster' ? addCluster(standIn.account) : null
  const instance = addInstance(
    standIn.account,
    cluster === null ? {} : { cluster: cluster.identifier, engine: cluster.engine },
  )
  const restore = withEnvironment(standIn.env)
  const connection = await connectAws({ region: 'eu-central-1', credentials: { from: 'chain' } })
  const folder = await mkdtemp(join(tmpdir(), 'pg-usher-aws-'))
  const passfile = join(folder, 'passfile')
  const store = createPassfileStore({ path: passfile, platform: process.platform })
  const { host, port } = cluster ?? instance
  const answers: Answers = { ...shopAnswers, endpoint: { host, port } }
  const work = (aws: Partial<AwsAnswers> = {}): AwsWork => ({
    connection,
    subject: { answers, aws: { ...awsAnswers, ...aws }, connector: atlan, store },
    pause: async () => {},
  })
  return {
    standIn,
    instance,
    cluster,
    connection,
    store,
    passfile,
    work,
    async plan(aws, lostKeys = []) {
      const { subject } = work(aws)
      const live = await readAwsLive(subject, connection)
      const made = makeAwsPlan({ ...subject, live, lostKeys })
      if (!made.ok) throw new Error(made.problems.map(({ code }) => code).join(', '))
      return made.plan
    },
    state: () => stateOf(standIn),
    async close() {
      connection.close()
      restore()
      await standIn.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What there is in the account, to be compared: without ids and dates. */
export function stateOf({ account }: StandIn): unknown {
  return structuredClone({
    flags: [...account.instances.values(), ...account.clusters.values()].map(
      ({ identifier, iam, pending }) => ({
        identifier,
        iam,
        pending,
      }),
    ),
    policies: [...account.policies.values()].map(({ arn, tags, versions, defaultVersion }) => ({
      arn,
      tags,
      document: JSON.parse(versions.find(({ id }) => id === defaultVersion)?.document ?? 'null'),
    })),
    roles: [...account.roles.values()].map(({ arn, tags, trust, attached, boundary }) => ({
      arn,
      tags,
      attached,
      boundary,
      trust: JSON.parse(trust),
    })),
    users: [...account.users.values()].map(({ arn, tags, keys, attached, boundary }) => ({
      arn,
      tags,
      attached,
      boundary,
      keys: keys.map(({ status }) => status),
    })),
  })
}
