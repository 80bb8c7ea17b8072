/** The database as IAM names it: what stands in an ARN of `rds-db` besides the user. */
export interface AwsTarget {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string
  readonly region: string
  /** Twelve digits. */
  readonly account: string
  /** `db-…` (DbiResourceId) or, for Aurora, `cluster-…` (DbClusterResourceId). */
  readonly resourceId: string
}

/** A database instance or Aurora cluster as RDS describes it. */
export interface AwsDatabase {
  readonly kind: 'instance' | 'cluster'
  /** DBInstanceIdentifier or DBClusterIdentifier. */
  readonly identifier: string
  readonly arn: string
  /** DbiResourceId, or DbClusterResourceId. */
  readonly resourceId: string
  /** `postgres`, `aurora-postgresql`; others are not for us. */
  readonly engine: string
  /** The names that RDS gave it, the first for writing: a token is good for these alone. None while it is being made. */
  readonly endpoints: readonly { readonly host: string; readonly port: number }[]
  /** `available`, `modifying` and others. */
  readonly status: string
  readonly iamAuthentication: boolean
  /** What waits for the next maintenance window, and would be applied too when the flag is set now. */
  readonly pending: readonly PendingModification[]
  /** An instance that copies another: it has its own flag, and its users come from the source. */
  readonly replicaOf: string | null
  readonly publiclyAccessible: boolean | null
  /** VPC security groups, by id: for the network step's advice. */
  readonly securityGroups: readonly string[]
}

/** One of `PendingModifiedValues`, as text: `EngineVersion`, `16.4`. */
export interface PendingModification {
  readonly name: string
  readonly value: string
}

/** Who asks: the answer of GetCallerIdentity. */
export interface AwsIdentity {
  readonly account: string
  readonly arn: string
  readonly userId: string
}
