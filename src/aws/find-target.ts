import type { AwsAnswers } from '../model/aws/answers.ts'
import { parseArn } from '../model/aws/arn.ts'
import { rdsHost, regionInName } from '../model/aws/rds-host.ts'
import type { AwsDatabase, AwsTarget } from '../model/aws/target.ts'
import { ProblemError } from '../model/problem.ts'
import type { AwsConnection, DescribedInstance } from './connection.ts'

/** The database as IAM names it, and as RDS describes it where RDS was asked. */
export interface FoundTarget {
  readonly target: AwsTarget
  readonly database: AwsDatabase | null
}

/** The region to ask in: as answered, or as the endpoint's name says; null for the SDK's own. */
export function regionOf(
  { target }: Pick<AwsAnswers, 'target'>,
  endpoint: { readonly host: string },
): string | null {
  if (target.region !== null) return target.region
  return regionInName(endpoint.host)
}

/**
 * Finds the database by its endpoint's name, or by the identifier of the answers. Partition, region and account are
 * those of its ARN: a name can be an alias. In Aurora the cluster counts, whichever of its names was given.
 * @throws ProblemError where there is none, AwsFailure where RDS may not be asked
 */
export async function findTarget(
  { target }: Pick<AwsAnswers, 'target'>,
  endpoint: { readonly host: string },
  { read, region }: Pick<AwsConnection, 'read' | 'region'>,
  signal?: AbortSignal,
): Promise<FoundTarget> {
  if (target.from === 'typed') {
    const { partition, account, resourceId } = target
    return { target: { partition, region: target.region, account, resourceId }, database: null }
  }
  const database = await findDatabase(target.instance, endpoint.host, { read, region }, signal)
  const arn = parseArn(database.arn)
  if (arn === null)
    throw new ProblemError({
      code: 'aws-unreadable',
      message: `RDS gave ${database.identifier} an ARN that cannot be read: ${database.arn}.`,
      next: 'Type partition, region, account and resource ID into the answers.',
    })
  const { partition, account } = arn
  return {
    target: { partition, region: arn.region, account, resourceId: database.resourceId },
    database,
  }
}

/** What is no name of a database that a policy can be about. */
const refused: ReadonlySet<string> = new Set(['aws-proxy', 'aws-shard-group'])

async function findDatabase(
  named: string | null,
  host: string,
  { read, region }: Pick<AwsConnection, 'read' | 'region'>,
  signal: AbortSignal | undefined,
): Promise<AwsDatabase> {
  const parsed = rdsHost(host)
  if (!parsed.ok && refused.has(parsed.problem.code)) throw new ProblemError(parsed.problem)
  const instance = await findInstance(named, host, parsed, read, signal)
  if (instance !== null && instance.cluster === null) return instance.database
  const clusterName = instance?.cluster ?? named ?? (parsed.ok ? parsed.value.identifier : null)
  const cluster =
    clusterName === null ? await read.clusterAt(host, signal) : await read.cluster(clusterName, signal)
  if (cluster === null && clusterName === null && !parsed.ok) throw new ProblemError(parsed.problem)
  if (cluster === null)
    throw new ProblemError({
      code: 'aws-database-not-found',
      message: `RDS knows no instance or cluster ${clusterName ?? host} in ${region}, in the account of these credentials.`,
      next: 'Choose the profile of the account that the database is in, or another region.',
      path: 'authentication.aws.target',
    })
  // The name of one of its instances is good for a token too.
  return { ...cluster, endpoints: [...cluster.endpoints, ...(instance?.database.endpoints ?? [])] }
}

async function findInstance(
  named: string | null,
  host: string,
  parsed: ReturnType<typeof rdsHost>,
  read: AwsConnection['read'],
  signal: AbortSignal | undefined,
): Promise<DescribedInstance | null> {
  if (named !== null) return read.instance(named, signal)
  if (!parsed.ok) return read.instanceAt(host, signal)
  return parsed.value.kind === 'cluster' ? null : read.instance(parsed.value.identifier, signal)
}
