/** What an account of the stand-in has. All of it can be looked at by a test, and is changed by the actions. */
export interface Account {
  readonly id: string
  readonly partition: string
  readonly region: string
  readonly policies: Map<string, PolicyState>
  readonly roles: Map<string, RoleState>
  readonly users: Map<string, UserState>
  readonly instances: Map<string, InstanceState>
  readonly clusters: Map<string, ClusterState>
  /** Principals of other accounts that a trust policy may name: role ARN to its unique id. */
  readonly foreignPrincipals: Map<string, string>
  /** Secrets of access keys by id: the caller's and those of users. */
  readonly secrets: Map<string, string>
  /** For ids and dates: counts up, so that a run is like the one before. */
  counter: number
}

export interface TagState {
  readonly Key: string
  readonly Value: string
}

export interface PolicyState {
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly id: string
  readonly description: string
  readonly tags: TagState[]
  readonly versions: { readonly id: string; readonly document: string; readonly created: string }[]
  defaultVersion: string
  lastVersion: number
}

export interface PrincipalState {
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly id: string
  readonly created: string
  readonly tags: TagState[]
  readonly attached: string[]
  readonly inline: string[]
  boundary: string | null
}

export interface RoleState extends PrincipalState {
  readonly description: string
  trust: string
}

export interface UserState extends PrincipalState {
  readonly groups: string[]
  readonly keys: { readonly id: string; status: 'Active' | 'Inactive'; readonly created: string }[]
}

export interface InstanceState {
  readonly identifier: string
  readonly resourceId: string
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly cluster: string | null
  readonly replicaOf: string | null
  iam: boolean
  status: string
  pending: Record<string, string | boolean>
  /** How many looks it takes until a modification is done. */
  modifyingFor: number
}

export interface ClusterState {
  readonly identifier: string
  readonly resourceId: string
  readonly engine: string
  readonly host: string
  readonly readerHost: string
  readonly customHosts: readonly string[]
  readonly port: number
  iam: boolean
  status: string
  pending: Record<string, string | boolean>
  modifyingFor: number
}

/** The access key that callers have, unless a test makes another. */
export const callerKey = {
  id: 'AKIATESTCALLER000001',
  secret: 'test/caller+secret/of/the/stand-in00000',
} as const

/** An account with nothing in it but its caller. */
export function emptyAccount(): Account {
  return {
    id: '123456789012',
    partition: 'aws',
    region: 'eu-central-1',
    policies: new Map(),
    roles: new Map(),
    users: new Map(),
    instances: new Map(),
    clusters: new Map(),
    foreignPrincipals: new Map([
      ['arn:aws:iam::210987654321:role/vendor-node-role', 'AROAVENDORNODEROLE001'],
    ]),
    secrets: new Map([[callerKey.id, callerKey.secret]]),
    counter: 0,
  }
}

/** An instance without IAM authentication, on which nothing waits. */
export function addInstance(account: Account, more: Partial<InstanceState> = {}): InstanceState {
  const identifier = more.identifier ?? 'shop'
  const instance: InstanceState = {
    identifier,
    resourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    engine: 'postgres',
    host: `${identifier}.cabcdefghijk.${account.region}.rds.amazonaws.com`,
    port: 5432,
    cluster: null,
    replicaOf: null,
    iam: false,
    status: 'available',
    pending: {},
    modifyingFor: 2,
    ...more,
  }
  account.instances.set(instance.identifier, instance)
  return instance
}

/** An Aurora cluster, without IAM authentication. */
export function addCluster(account: Account, more: Partial<ClusterState> = {}): ClusterState {
  const identifier = more.identifier ?? 'shops'
  const cluster: ClusterState = {
    identifier,
    resourceId: 'cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    engine: 'aurora-postgresql',
    host: `${identifier}.cluster-cabcdefghijk.${account.region}.rds.amazonaws.com`,
    customHosts: [],
    readerHost: `${identifier}.cluster-ro-cabcdefghijk.${account.region}.rds.amazonaws.com`,
    port: 5432,
    iam: false,
    status: 'available',
    pending: {},
    modifyingFor: 2,
    ...more,
  }
  account.clusters.set(cluster.identifier, cluster)
  return cluster
}

/** The next number of this account, for ids. */
export function next(account: Account): number {
  account.counter += 1
  return account.counter
}

/** A unique id as IAM gives them: AIDA, AROA, ANPA, AKIA or ASIA and 16 digits. */
export function uniqueId(account: Account, prefix: 'AIDA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA'): string {
  return `${prefix}${next(account).toString().padStart(16, '0')}`
}

/** An instant that goes on by a second with everything that is made. */
export function instant(account: Account): string {
  return new Date(Date.UTC(2026, 0, 1) + next(account) * 1000).toISOString().replace('.000', '')
}
