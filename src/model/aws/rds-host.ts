import type { Problem, Result } from '../problem.ts'

/** What an RDS address says. */
export interface RdsHost {
  /** Of the instance, or of the cluster. */
  readonly identifier: string
  readonly kind: 'instance' | 'cluster'
  readonly region: string
}

/** The endings of AWS's partitions (partitions.json of the SDK). */
const suffix =
  '(?:amazonaws\\.com|amazonaws\\.com\\.cn|amazonaws\\.eu|c2s\\.ic\\.gov|sc2s\\.sgov\\.gov|csp\\.hci\\.ic\\.gov|cloud\\.adc-e\\.uk)'
const region = '[a-z]{2,4}(?:-[a-z]+)+-\\d'
/** China has the region behind `rds`, but in its oldest names. */
const place = `(?:(?<before>${region})\\.rds|rds\\.(?<behind>${region}))\\.${suffix}`
const pattern = new RegExp(
  `^(?<identifier>[a-z][a-z0-9-]*)\\.(?:endpoint\\.)?(?:(?<kind>cluster-ro|cluster-custom|cluster|proxy|shardgrp)-)?[a-z0-9]+\\.${place}$`,
)

/** Whether a name ends as those of RDS do, whatever stands before. */
export function isRdsName(host: string): boolean {
  return new RegExp(`\\.${place}$`).test(bare(host))
}

/** Whether it is the name of an Aurora cluster. */
export function isClusterName(host: string): boolean {
  return /^cluster/.test(pattern.exec(bare(host))?.groups?.['kind'] ?? '')
}

/** The parts of an RDS address, or why it is none that tokens can be made for. */
export function rdsHost(host: string): Result<RdsHost> {
  const { identifier, kind, before, behind } = pattern.exec(bare(host))?.groups ?? {}
  const found = before ?? behind
  if (identifier === undefined || found === undefined) return { ok: false, problem: notRds(host) }
  switch (kind) {
    case 'proxy':
      return { ok: false, problem: proxy(host) }
    case 'cluster-custom':
      return { ok: false, problem: custom(host) }
    case 'shardgrp':
      return { ok: false, problem: shardGroup(host) }
    default:
      return {
        ok: true,
        value: { identifier, kind: kind === undefined ? 'instance' : 'cluster', region: found },
      }
  }
}

/** The region that a name of RDS has in it, also where it does not say which database it is. */
export function regionInName(host: string): string | null {
  const { before, behind } = pattern.exec(bare(host))?.groups ?? {}
  return before ?? behind ?? null
}

function bare(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

function notRds(host: string): Problem {
  return {
    code: 'aws-not-an-rds-host',
    message: `${host} is no address of RDS: IAM authentication works with the address that RDS gave the database, and with no alias for it.`,
    next: 'Give that address as the endpoint, or name region and instance.',
    path: 'endpoint.host',
  }
}

function proxy(host: string): Problem {
  return {
    code: 'aws-proxy',
    message: `${host} is an RDS Proxy. It has a flag, a resource ID and secrets of its own, which pg-usher does not set up.`,
    next: 'Give the address of the instance or cluster behind it.',
    path: 'endpoint.host',
  }
}

function custom(host: string): Problem {
  return {
    code: 'aws-custom-endpoint',
    message: `${host} is a custom endpoint of an Aurora cluster: its name does not say which cluster it is.`,
    next: 'Name the cluster (authentication.aws.target.instance).',
    path: 'endpoint.host',
  }
}

function shardGroup(host: string): Problem {
  return {
    code: 'aws-shard-group',
    message: `${host} is a shard group of Aurora Limitless, which was never tried with pg-usher.`,
    next: 'Choose password.',
    path: 'endpoint.host',
  }
}
