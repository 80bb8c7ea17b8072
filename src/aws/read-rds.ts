import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  type RDSClient,
} from '@aws-sdk/client-rds'
import type { AwsDatabase, PendingModification } from '../model/aws/target.ts'
import type { DescribedInstance } from './connection.ts'

type Options = { readonly abortSignal?: AbortSignal }

/** The instance of this identifier; null where there is none. @throws what the SDK throws */
export async function readInstance(
  rds: RDSClient,
  identifier: string,
  options: Options,
): Promise<DescribedInstance | null> {
  const found = await orNull(
    rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }), options),
  )
  const instance = found?.DBInstances?.[0]
  return instance === undefined ? null : instanceOf(instance)
}

/** The instance with this address; null where none has it. @throws what the SDK throws */
export async function readInstanceAt(
  rds: RDSClient,
  host: string,
  options: Options,
): Promise<DescribedInstance | null> {
  for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds }, {}, options)) {
    const instance = DBInstances.find(each => each.Endpoint?.Address?.toLowerCase() === host.toLowerCase())
    if (instance !== undefined) return instanceOf(instance)
  }
  return null
}

/** The cluster of this identifier; null where there is none. @throws what the SDK throws */
export async function readCluster(
  rds: RDSClient,
  identifier: string,
  options: Options,
): Promise<AwsDatabase | null> {
  const found = await orNull(
    rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }), options),
  )
  const cluster = found?.DBClusters?.[0]
  return cluster === undefined ? null : clusterOf(cluster)
}

/** The cluster with this address; null where none has it. @throws what the SDK throws */
export async function readClusterAt(
  rds: RDSClient,
  host: string,
  options: Options,
): Promise<AwsDatabase | null> {
  const wanted = host.toLowerCase()
  for await (const { DBClusters = [] } of paginateDescribeDBClusters({ client: rds }, {}, options)) {
    const found = DBClusters.map(clusterOf).find(({ endpoints }) =>
      endpoints.some(each => each.host.toLowerCase() === wanted),
    )
    if (found !== undefined) return found
  }
  return null
}

function instanceOf(instance: DBInstance): DescribedInstance {
  const { Address: host, Port: port } = instance.Endpoint ?? {}
  return {
    cluster: instance.DBClusterIdentifier ?? null,
    database: {
      kind: 'instance',
      identifier: instance.DBInstanceIdentifier ?? '',
      arn: instance.DBInstanceArn ?? '',
      resourceId: instance.DbiResourceId ?? '',
      engine: instance.Engine ?? '',
      endpoints: host === undefined || port === undefined ? [] : [{ host, port }],
      status: instance.DBInstanceStatus ?? '',
      iamAuthentication: instance.IAMDatabaseAuthenticationEnabled === true,
      pending: pendingOf(instance.PendingModifiedValues),
      replicaOf:
        instance.ReadReplicaSourceDBInstanceIdentifier ??
        instance.ReadReplicaSourceDBClusterIdentifier ??
        null,
      publiclyAccessible: instance.PubliclyAccessible ?? null,
      securityGroups: groupsOf(instance.VpcSecurityGroups),
    },
  }
}

function clusterOf(cluster: DBCluster): AwsDatabase {
  const { Port: port } = cluster
  const hosts = [cluster.Endpoint, cluster.ReaderEndpoint, ...(cluster.CustomEndpoints ?? [])]
  return {
    kind: 'cluster',
    identifier: cluster.DBClusterIdentifier ?? '',
    arn: cluster.DBClusterArn ?? '',
    resourceId: cluster.DbClusterResourceId ?? '',
    engine: cluster.Engine ?? '',
    endpoints: hosts.flatMap(host => (host === undefined || port === undefined ? [] : [{ host, port }])),
    status: cluster.Status ?? '',
    iamAuthentication: cluster.IAMDatabaseAuthenticationEnabled === true,
    pending: pendingOf(cluster.PendingModifiedValues),
    replicaOf: cluster.ReplicationSourceIdentifier ?? null,
    publiclyAccessible: cluster.PubliclyAccessible ?? null,
    securityGroups: groupsOf(cluster.VpcSecurityGroups),
  }
}

/** Each value that is there, as text: some are lists or have parts. */
function pendingOf(values: object | undefined): readonly PendingModification[] {
  return Object.entries(values ?? {})
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => ({ name, value: shown(name, value) }))
}

function shown(name: string, value: unknown): string {
  if (name === 'MasterUserPassword') return '(a new one)'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function groupsOf(
  groups: readonly { readonly VpcSecurityGroupId?: string | undefined }[] = [],
): readonly string[] {
  return groups.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? [])
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (thrown) {
    if (thrown instanceof Error && /^DB(Instance|Cluster)NotFound(Fault)?$/.test(thrown.name)) return null
    throw thrown
  }
}
