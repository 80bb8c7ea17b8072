import { cidrBounds } from '../../model/cidr-union.ts'
import type { Provider } from '../../model/server-facts.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import type { FirewallAdvice, FirewallRequest } from './firewall.ts'
import { onRds, type RdsFound } from './rds.ts'
import { supabaseProject } from './supabase-project.ts'

/**
 * What lets these networks in at a managed service, besides pg_hba.conf, which is the service's own there. Where a
 * command replaces a list, what is on it is read first and kept. Null for a server that somebody runs themselves.
 * @param found what RDS said of the database, where AWS was asked
 */
export function firewallAdvice(
  provider: Provider,
  request: FirewallRequest,
  found: RdsFound | null = null,
): FirewallAdvice | null {
  if (provider === 'self-run' || request.cidrs.length === 0) return null
  return services[provider](request, found)
}

/** Adding the first entry to a list that lets everybody in shuts everybody else out. */
const closesOpenList = (what: string) =>
  `While ${what} has no entry, everybody may knock; with the first one all others are shut out, your own applications too. Look what is on it before, and put on it who has to stay.`

/** Lists as gcloud prints them have semicolons. */
const readCloudSql =
  "gcloud sql instances describe INSTANCE --format='value(settings.ipConfiguration.authorizedNetworks[].value)'"
const readAlloydb =
  "gcloud alloydb instances describe INSTANCE --cluster=CLUSTER --region=REGION --format='value(networkConfig.authorizedExternalNetworks[].cidrRange)'"

/** The list that is in THERE, if any, and these: a list that begins with a comma has an empty entry. */
function withThere(cidrs: readonly string[]): string {
  return `\${THERE:+$(echo "$THERE" | tr ';' ','),}${cidrs.join(',')}`
}

const services: Readonly<
  Record<Exclude<Provider, 'self-run'>, (request: FirewallRequest, found: RdsFound | null) => FirewallAdvice>
> = {
  rds: (request, found) => onRds(request, 'Amazon RDS', found),
  aurora: (request, found) => onRds(request, 'Amazon Aurora', found),

  'cloud-sql': ({ cidrs }) => ({
    service: 'Cloud SQL',
    commands: [
      readCloudSql,
      `THERE=$(${readCloudSql}) && gcloud sql instances patch INSTANCE --authorized-networks="${withThere(cidrs)}"`,
    ],
    way: ['Cloud SQL', 'Instances', 'the instance', 'Connections', 'Networking', 'Add a network'],
    warnings: [
      'The command replaces the whole list, so it reads first what is there, and does nothing where that fails. The first line shows it. Names and expiry times of its entries are lost, the networks are not.',
      'Cloud SQL takes IPv4 only, and only an instance with a public IP has this list.',
    ],
    source: { url: 'https://cloud.google.com/sql/docs/postgres/authorize-networks', readOn: '2026-11-23' },
  }),

  alloydb: ({ cidrs }) => ({
    service: 'AlloyDB',
    commands: [
      readAlloydb,
      `THERE=$(${readAlloydb}) && gcloud alloydb instances update INSTANCE --cluster=CLUSTER --region=REGION --authorized-external-networks="${withThere(cidrs)}"`,
    ],
    way: ['AlloyDB', 'Clusters', 'the cluster', 'the instance', 'Edit', 'Public IP connectivity'],
    warnings: [
      'The command replaces the whole list, so it reads first what is there, and does nothing where that fails. The first line shows it. It needs a public IP.',
    ],
    source: null,
  }),

  azure: ({ cidrs, host, tool }) => {
    const server = shellQuote(host.split('.')[0] ?? host)
    return {
      service: 'Azure Database for PostgreSQL, flexible server',
      commands: cidrs.map((cidr, index) => {
        const { first, last } = cidrBounds(cidr)
        return `az postgres flexible-server firewall-rule create --resource-group GROUP --name ${server} --rule-name ${tool}-${index + 1} --start-ip-address ${first} --end-ip-address ${last}`
      }),
      way: ['Azure Database for PostgreSQL flexible servers', 'the server', 'Networking', 'Firewall rules'],
      warnings: [
        'Newer versions of az call the server --server-name and the rule --name.',
        'A server with private access (VNet integration) has no such rules.',
        ...(cidrs.some(isV6) ? ['The rules take IPv4 only.'] : []),
      ],
      source: null,
    }
  },

  supabase: ({ cidrs, host, user }) => {
    const project = supabaseProject(host, user)
    const flags = cidrs.map(cidr => `--db-allow-cidr ${cidr}`).join(' ')
    return {
      service: 'Supabase',
      commands: [
        `supabase network-restrictions get --project-ref ${project} --experimental`,
        `supabase network-restrictions update --project-ref ${project} ${flags} --append --experimental`,
      ],
      way: ['the project', 'Project Settings', 'Database', 'Network Restrictions'],
      warnings: [
        'Without --append the command replaces the list.',
        closesOpenList('the list (it shows 0.0.0.0/0 then)'),
        'It holds for the pooler too, not for the HTTP API.',
      ],
      source: null,
    }
  },

  neon: ({ cidrs }) => ({
    service: 'Neon',
    commands: [
      'neon ip-allow list --project-id PROJECT',
      `neon ip-allow add ${cidrs.map(shortest).join(' ')} --project-id PROJECT`,
    ],
    way: ['the project', 'Settings', 'Network security', 'IP Allow'],
    warnings: [closesOpenList('the list'), 'The list is for the whole project, all branches of it.'],
    source: null,
  }),

  'crunchy-bridge': ({ cidrs, tool }) => ({
    service: 'Crunchy Bridge',
    commands: cidrs.map(
      cidr => `cb network add-firewall-rule --network NETWORK --rule ${cidr} --description ${tool}`,
    ),
    way: ['the cluster', 'Networking', 'Firewall', 'Add rule'],
    warnings: [
      'A new cluster has a rule for everybody (0.0.0.0/0): as long as it is there, these change nothing.',
    ],
    source: null,
  }),

  digitalocean: ({ cidrs }) => ({
    service: 'DigitalOcean',
    commands: [
      'doctl databases firewalls list DATABASE_ID',
      ...cidrs.map(cidr => `doctl databases firewalls append DATABASE_ID --rule ip_addr:${shortest(cidr)}`),
    ],
    way: ['Databases', 'the cluster', 'Network Access', 'Add trusted sources'],
    warnings: [closesOpenList('the list of trusted sources')],
    source: null,
  }),

  aiven: ({ cidrs, host }) => {
    const service = shellQuote(host.split('.')[0]?.replace(/-[^-]+$/, '') ?? host)
    return {
      service: 'Aiven',
      commands: [
        `avn service get ${service} --json | jq -r '.user_config.ip_filter'`,
        `JSON=$(avn service get ${service} --json) && THERE=$(echo "$JSON" | jq -r '[.user_config.ip_filter[]? | .network? // .] | join(",")') && avn service update ${service} -c ip_filter="${withThere(cidrs)}"`,
      ],
      way: ['the service', 'Overview', 'Connection information', 'Allowed IP addresses'],
      warnings: [
        'The command replaces the list, so it reads first what is there, and does nothing where that fails. The first line shows it.',
        'Where 0.0.0.0/0 is on it everybody may knock already, and these change nothing until it goes.',
      ],
      source: null,
    }
  },

  heroku: () => ({
    service: 'Heroku Postgres',
    commands: [],
    way: [],
    warnings: [
      'In the Common Runtime a database is open to the whole internet over TLS and has no list of addresses: the login alone decides.',
      'In a Private Space an outside tool needs mutual TLS (heroku data:mtls), or trusted ranges for data services, which Heroku support turns on: heroku trusted-ips:add RANGE --space SPACE.',
    ],
    source: {
      url: 'https://devcenter.heroku.com/articles/private-spaces-trusted-ip-ranges',
      readOn: '2026-11-23',
    },
  }),
}

function isV6(cidr: string): boolean {
  return cidr.includes(':')
}

/** A single address without its length. */
function shortest(cidr: string): string {
  return cidr.replace(isV6(cidr) ? /\/128$/ : /\/32$/, '')
}
