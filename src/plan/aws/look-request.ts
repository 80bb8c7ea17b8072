import { arnText, parseArn } from '../../model/aws/arn.ts'
import type { AwsDenial } from '../../model/aws/denial.ts'
import { partitionOf } from '../../model/aws/partition.ts'
import type { AwsPermission } from '../../model/aws/policy.ts'
import { rdsHost } from '../../model/aws/rds-host.ts'
import type { AwsIdentity, AwsTarget } from '../../model/aws/target.ts'
import { printable } from '../../model/identifier.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import { deniedText, exportsText } from './cloud-request.ts'
import { type AwsPlanInput, makeAwsPlan } from './make-aws-plan.ts'
import { allowing, permissionsOfPlan } from './permissions.ts'

/** What was learnt before a look was denied. */
export interface KnownOfAws {
  readonly identity: AwsIdentity | null
  /** The region that was asked in. */
  readonly region: string
  readonly target: AwsTarget | null
}

/**
 * The request to the cloud team where something may not even be looked at, so that there is no plan: what was denied,
 * the least policy for all that these answers come to, and the way without these credentials. A paragraph an entry.
 */
export function lookRequest(
  input: Pick<AwsPlanInput, 'answers' | 'aws' | 'connector'>,
  known: KnownOfAws,
  denial: AwsDenial,
): readonly string[] {
  const { identity } = known
  const who = denial.who ?? identity?.arn ?? 'these credentials'
  const own: AwsPermission | null =
    denial.action === null ? null : { action: denial.action, resource: arnIn(denial.resource) ?? '*' }
  const first = deniedText(who, denial.action, denial.resource, denial)
  // Whoever may not become somebody has asked nothing of the database yet.
  if (identity === null)
    return [
      first,
      ...(own === null
        ? []
        : [
            'This is what these credentials need to begin with; where it is a role, its trust policy has to let them in too:',
            JSON.stringify(allowing([own]), null, 2),
          ]),
      ...withoutUs(input, known),
    ]
  const permissions = expectedPermissions(input, { ...known, identity })
  return [
    first,
    `It is needed to let ${input.connector.name} log in as ${printable(input.answers.roles.login)} with IAM authentication. This is the least policy for all of it:`,
    JSON.stringify(allowing(own === null ? permissions : withOwn(permissions, own)), null, 2),
    ...withoutUs(input, known),
  ]
}

/** All that making and taking back would take; what is not known yet is left open in the names. */
function expectedPermissions(
  input: Pick<AwsPlanInput, 'answers' | 'aws' | 'connector'>,
  { identity, region, target }: KnownOfAws & { readonly identity: AwsIdentity },
): readonly AwsPermission[] {
  const { aws, connector, answers } = input
  const partition = target?.partition ?? parseArn(identity.arn)?.partition ?? partitionOf(region)
  const account = target?.account ?? identity.account
  const assumed = target ?? { partition, region, account, resourceId: '*' }
  const made = makeAwsPlan({
    ...input,
    aws: {
      ...aws,
      name: aws.name ?? (target === null ? `${connector.id}-*` : null),
      target: { from: 'typed', ...assumed },
    },
    live: null,
  })
  const ofPlan = made.ok ? permissionsOfPlan(made.plan) : []
  if (aws.target.from === 'typed') return ofPlan
  const looking = ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'].map(action => ({
    action,
    resource: '*',
  }))
  if (!aws.enable) return [...looking, ...ofPlan]
  const { kind, identifier } = databaseIn(aws, answers.endpoint.host)
  const resource = arnText({
    partition,
    service: 'rds',
    region,
    account,
    resource: `${kind === 'cluster' ? 'cluster' : 'db'}:${identifier ?? '*'}`,
  })
  const action = kind === 'cluster' ? 'rds:ModifyDBCluster' : 'rds:ModifyDBInstance'
  return [...looking, { action, resource }, ...ofPlan]
}

function withOwn(permissions: readonly AwsPermission[], own: AwsPermission): readonly AwsPermission[] {
  return permissions.some(({ action }) => action === own.action) ? permissions : [own, ...permissions]
}

/** How the same comes about without these credentials: somebody else looks, and runs the exports. */
function withoutUs(
  { aws, answers }: Pick<AwsPlanInput, 'answers' | 'aws'>,
  { target, region }: KnownOfAws,
): readonly string[] {
  const typed = target ?? (aws.target.from === 'typed' ? { ...aws.target, from: undefined } : null)
  if (typed !== null)
    return [
      `Or without these credentials: "credentials": {"from": "nobody"} and "target": ${JSON.stringify({ from: 'typed', ...typed })} in the answers. ${exportsText}`,
    ]
  const { kind, identifier } = databaseIn(aws, answers.endpoint.host)
  const [command, option, query] =
    kind === 'cluster'
      ? ['describe-db-clusters', 'db-cluster-identifier', 'DBClusters[].[DBClusterArn,DbClusterResourceId]']
      : ['describe-db-instances', 'db-instance-identifier', 'DBInstances[].[DBInstanceArn,DbiResourceId]']
  const filter = identifier === null ? '' : ` --${option} ${shellQuote(identifier)}`
  return [
    'Or without these credentials: have somebody who may run',
    `aws rds ${command}${filter} --region ${shellQuote(region)} --query ${shellQuote(query)}`,
    `and type partition, region, account and resource ID from its answer ("target": {"from": "typed", …}, "credentials": {"from": "nobody"}). ${exportsText}`,
  ]
}

/** Which database it is, as far as the answers say it. */
function databaseIn(
  { target }: AwsPlanInput['aws'],
  host: string,
): { readonly kind: 'instance' | 'cluster'; readonly identifier: string | null } {
  const parsed = rdsHost(host)
  const kind = parsed.ok ? parsed.value.kind : 'instance'
  if (target.from === 'aws' && target.instance !== null) return { kind, identifier: target.instance }
  return { kind, identifier: parsed.ok ? parsed.value.identifier : null }
}

/** The ARN in what a denial names; it may name a kind and a name instead. */
function arnIn(resource: string | null): string | null {
  return /arn:\S+/.exec(resource ?? '')?.[0] ?? null
}
