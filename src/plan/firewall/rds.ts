import type { AwsLive } from '../../model/aws/live.ts'
import { rdsHost } from '../../model/aws/rds-host.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import { someOf } from '../plan-input.ts'
import type { FirewallAdvice, FirewallRequest } from './firewall.ts'

/** What RDS said of the database, where AWS was asked. */
export type RdsFound = Pick<AwsLive, 'target' | 'database'>

/**
 * How a database of RDS or Aurora lets networks in: by rules of its security group. A rule that is there already makes
 * the command for it fail (InvalidPermission.Duplicate), so the rules are read first and only those that lack are
 * added. EC2 is not asked from here: the commands are for AWS's own client (2.2 or later, for the rules).
 * @param found null where AWS was not asked: then the command asks for the group too
 */
export function onRds(
  { cidrs, host, port, tool }: FirewallRequest,
  service: 'Amazon RDS' | 'Amazon Aurora',
  found: RdsFound | null,
): FirewallAdvice {
  const named = rdsHost(host)
  const database = found?.database ?? null
  const kind =
    database?.kind ?? (named.ok ? named.value.kind : service === 'Amazon RDS' ? 'instance' : 'cluster')
  const region = found?.target.region ?? (named.ok ? named.value.region : null)
  const inRegion = region === null ? '' : ` --region ${region}`
  const [group, ...otherGroups] = database?.securityGroups ?? []
  const identifier = named.ok ? shellQuote(named.value.identifier) : `DB_${kind.toUpperCase()}`
  const asked =
    kind === 'cluster'
      ? `aws rds describe-db-clusters${inRegion} --db-cluster-identifier ${identifier} --query 'DBClusters[0].VpcSecurityGroups[0].VpcSecurityGroupId'`
      : `aws rds describe-db-instances${inRegion} --db-instance-identifier ${identifier} --query 'DBInstances[0].VpcSecurityGroups[0].VpcSecurityGroupId'`
  const ofPort = `IsEgress==\`false\` && IpProtocol=='tcp' && FromPort==\`${port}\` && ToPort==\`${port}\``
  const add = (of: readonly string[], range: string) =>
    of.length === 0
      ? []
      : [
          `for CIDR in ${of.join(' ')}; do echo "$THERE" | grep -qxF "$CIDR" || aws ec2 authorize-security-group-ingress${inRegion} --group-id "$GROUP" --ip-permissions "IpProtocol=tcp,FromPort=${port},ToPort=${port},${range}"; done`,
        ]
  const isV6 = (cidr: string) => cidr.includes(':')
  return {
    service,
    commands: [
      group === undefined ? `GROUP=$(${asked} --output text)` : `GROUP=${shellQuote(group)}`,
      `THERE=$(aws ec2 describe-security-group-rules${inRegion} --filters Name=group-id,Values="$GROUP" --query "SecurityGroupRules[?${ofPort.replaceAll('`', '\\`')}].[CidrIpv4,CidrIpv6]" --output text | tr '\\t' '\\n'); echo "$THERE"`,
      ...add(
        cidrs.filter(cidr => !isV6(cidr)),
        `IpRanges=[{CidrIp=$CIDR,Description=${tool}}]`,
      ),
      ...add(cidrs.filter(isV6), `Ipv6Ranges=[{CidrIpv6=$CIDR,Description=${tool}}]`),
    ],
    way: [
      'RDS',
      'Databases',
      database === null ? `the ${kind}` : database.identifier,
      'Connectivity & security',
      'VPC security groups',
      'Edit inbound rules',
    ],
    warnings: [
      'The second command shows who is let in to this port today; what is there already is not added again, and nothing is taken away. The rules hold for everything else that has the same group.',
      ...(otherGroups.length === 0
        ? []
        : [
            `${database?.identifier} has other security groups too: ${someOf(otherGroups)}. Their rules add up, so one of them is enough.`,
          ]),
      reachedFromOutside(database?.publiclyAccessible ?? null),
    ],
    source: null,
  }
}

function reachedFromOutside(publiclyAccessible: boolean | null): string {
  const then = 'it takes a tunnel, a peering or PrivateLink'
  switch (publiclyAccessible) {
    case true:
      return 'It is publicly accessible; whether its subnets have a route to the internet was not looked at.'
    case false:
      return `It is not publicly accessible: from outside its VPC nobody reaches it, whatever the group says, and ${then}.`
    case null:
      return `A database that is not publicly accessible is not reached from outside its VPC, whatever the group says: then ${then}.`
  }
}
