import type { Account, ClusterState, InstanceState } from './account.ts'
import { errors, refuse } from './api-error.ts'
import type { Action, Parameters } from './iam-actions.ts'
import { listOf, type Xml } from './xml.ts'

/** RDS (API version 2014-10-31), as far as anything here calls it. */
export const rdsActions: Readonly<Record<string, Action>> = {
  DescribeDBInstances(account, parameters) {
    const name = parameters.get('DBInstanceIdentifier')
    const found = name === undefined ? [...account.instances.values()] : [instanceOf(account, name)]
    for (const each of found) settle(each)
    return {
      DBInstances: listOf(
        found.map(each => instanceXml(account, each)),
        'DBInstance',
      ),
    }
  },
  DescribeDBClusters(account, parameters) {
    const name = parameters.get('DBClusterIdentifier')
    const found = name === undefined ? [...account.clusters.values()] : [clusterOf(account, name)]
    for (const each of found) settle(each)
    return {
      DBClusters: listOf(
        found.map(each => clusterXml(account, each)),
        'DBCluster',
      ),
    }
  },
  ModifyDBInstance(account, parameters) {
    const instance = instanceOf(account, parameters.get('DBInstanceIdentifier') ?? '')
    if (instance.status !== 'available') refuse(errors.instanceState(instance.identifier))
    modify(instance, parameters)
    return { DBInstance: instanceXml(account, instance) }
  },
  ModifyDBCluster(account, parameters) {
    const cluster = clusterOf(account, parameters.get('DBClusterIdentifier') ?? '')
    if (cluster.status !== 'available')
      refuse({ ...errors.instanceState(cluster.identifier), code: 'InvalidDBClusterStateFault' })
    modify(cluster, parameters)
    return { DBCluster: clusterXml(account, cluster) }
  },
}

/** With ApplyImmediately all that waits is applied, and not only what was asked for now. */
function modify(database: InstanceState | ClusterState, parameters: Parameters): void {
  const wanted = parameters.get('EnableIAMDatabaseAuthentication')
  if (wanted !== undefined) database.pending['IAMDatabaseAuthenticationEnabled'] = wanted === 'true'
  if (parameters.get('ApplyImmediately') === 'true') database.status = 'modifying'
}

/** A modification is done after some looks. */
function settle(database: InstanceState | ClusterState): void {
  if (database.status !== 'modifying') return
  if (database.modifyingFor > 0) {
    database.modifyingFor -= 1
    return
  }
  const { IAMDatabaseAuthenticationEnabled: iam } = database.pending
  if (typeof iam === 'boolean') database.iam = iam
  database.pending = {}
  database.status = 'available'
}

function instanceXml({ partition, region, id }: Account, instance: InstanceState): Xml {
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceClass: 'db.t4g.micro',
    Engine: instance.engine,
    DBInstanceStatus: instance.status,
    Endpoint: { Address: instance.host, Port: instance.port, HostedZoneId: 'Z1RLNUO7B9Q6NB' },
    PendingModifiedValues: { ...instance.pending },
    VpcSecurityGroups: listOf(
      [{ VpcSecurityGroupId: 'sg-0123456789abcdef0', Status: 'active' }],
      'VpcSecurityGroupMembership',
    ),
    PubliclyAccessible: false,
    ReadReplicaSourceDBInstanceIdentifier: instance.replicaOf,
    DBClusterIdentifier: instance.cluster,
    DbiResourceId: instance.resourceId,
    DBInstanceArn: `arn:${partition}:rds:${region}:${id}:db:${instance.identifier}`,
    IAMDatabaseAuthenticationEnabled: instance.iam,
  }
}

function clusterXml({ partition, region, id }: Account, cluster: ClusterState): Xml {
  return {
    DBClusterIdentifier: cluster.identifier,
    Status: cluster.status,
    Endpoint: cluster.host,
    ReaderEndpoint: cluster.readerHost,
    CustomEndpoints: listOf(cluster.customHosts),
    Engine: cluster.engine,
    Port: cluster.port,
    VpcSecurityGroups: listOf(
      [{ VpcSecurityGroupId: 'sg-0123456789abcdef0', Status: 'active' }],
      'VpcSecurityGroupMembership',
    ),
    DbClusterResourceId: cluster.resourceId,
    DBClusterArn: `arn:${partition}:rds:${region}:${id}:cluster:${cluster.identifier}`,
    IAMDatabaseAuthenticationEnabled: cluster.iam,
    ...(Object.keys(cluster.pending).length === 0 ? {} : { PendingModifiedValues: { ...cluster.pending } }),
  }
}

function instanceOf({ instances }: Account, name: string): InstanceState {
  return instances.get(name) ?? refuse(errors.instanceNotFound(name))
}

function clusterOf({ clusters }: Account, name: string): ClusterState {
  return clusters.get(name) ?? refuse(errors.clusterNotFound(name))
}
