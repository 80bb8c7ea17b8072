import { cidrFlags } from '../../model/cidr.ts'
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

/** The advice for the networks that a service takes; the others are in no command, and named. */
function forThose(
  takes: (cidr: string) => boolean,
  why: string,
  { cidrs }: FirewallRequest,
  advise: (taken: readonly string[]) => FirewallAdvice,
): FirewallAdvice {
  const taken = cidrs.filter(takes)
  const left = cidrs.filter(cidr => !takes(cidr))
  const advice = advise(taken)
  if (left.length === 0) return advice
  const none = taken.length === 0
  return {
    ...advice,
    ...(none ? { commands: [], way: [] } : {}),
    warnings: [
      `${why}. Left out: ${left.join(', ')}.${none ? ' So none of these can be let in.' : ''}`,
      ...(none ? [] : advice.warnings),
    ],
  }
}

/** Google's lists are of public addresses. */
function isPublicV4(cidr: string): boolean {
  return !isV6(cidr) && !cidrFlags(cidr).some(({ flag }) => flag === 'private')
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

  'cloud-sql': request =>
    forThose(isPublicV4, 'Cloud SQL takes public IPv4 networks only', request, cidrs => ({
      service: 'Cloud SQL',
      commands: [
        readCloudSql,
        `THERE=$(${readCloudSql}) && gcloud sql instances patch INSTANCE --authorized-networks="${withThere(cidrs)}"`,
      ],
      way: ['Cloud SQL', 'Instances', 'the instance', 'Connections', 'Networking', 'Add a network'],
      warnings: [
        'The command replaces the whole list, so it reads first what is there, and does nothing where that fails. The first line shows it. Names and expiry times of its entries are lost, the networks are not.',
        'Only an instance with a public IP has this list.',
      ],
      source: { url: 'https://cloud.google.com/sql/docs/postgres/configure-ip', readOn: '2026-11-30' },
    })),

  alloydb: request =>
    forThose(isPublicV4, 'AlloyDB takes public IPv4 networks only', request, cidrs => ({
      service: 'AlloyDB',
      commands: [
        readAlloydb,
        `THERE=$(${readAlloydb}) && gcloud alloydb instances update INSTANCE --cluster=CLUSTER --region=REGION --authorized-external-networks="${withThere(cidrs)}"`,
      ],
      way: ['AlloyDB', 'Clusters', 'the cluster', 'the instance', 'Edit', 'Public IP connectivity'],
      warnings: [
        'The command replaces the whole list, so it reads first what is there, and does nothing where that fails. The first line shows it. It needs a public IP.',
      ],
      source: { url: 'https://cloud.google.com/alloydb/docs/connect-public-ip', readOn: '2026-11-30' },
    })),

  azure: request =>
    forThose(isV4, 'The rules take IPv4 only', request, cidrs => {
      const server = shellQuote(request.host.split('.')[0] ?? request.host)
      return {
        service: 'Azure Database for PostgreSQL, flexible server',
        commands: cidrs.map((cidr, index) => {
          const { first, last } = cidrBounds(cidr)
          return `az postgres flexible-server firewall-rule create --resource-group GROUP --server-name ${server} --name ${request.tool}-${index + 1} --start-ip-address ${first} --end-ip-address ${last}`
        }),
        way: ['Azure Database for PostgreSQL flexible servers', 'the server', 'Networking', 'Firewall rules'],
        warnings: [
          'Versions of az before 2.86 call the server --name and the rule --rule-name.',
          'A server with private access (VNet integration) has no such rules.',
        ],
        source: {
          url: 'https://learn.microsoft.com/cli/azure/postgres/flexible-server/firewall-rule',
          readOn: '2026-11-30',
        },
      }
    }),

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
        'Without the IPv4 add-on a direct connection is by IPv6, so the ranges of the tool in IPv6 are needed too; the pooler is reached by IPv4.',
      ],
      source: { url: 'https://supabase.com/docs/guides/platform/network-restrictions', readOn: '2026-11-30' },
    }
  },

  neon: ({ cidrs }) => ({
    service: 'Neon',
    commands: [
      'neon ip-allow list --project-id PROJECT',
      // Apart, so that a refusal of the one does not keep the other out.
      ...[cidrs.filter(isV4), cidrs.filter(isV6)]
        .filter(each => each.length > 0)
        .map(each => `neon ip-allow add ${each.map(shortest).join(' ')} --project-id PROJECT`),
    ],
    way: ['the project', 'Settings', 'Network security', 'IP Allow'],
    warnings: [
      closesOpenList('the list'),
      'The list is for the whole project, all branches of it.',
      ...(cidrs.some(isV6) ? [saysNothingOfV6('Neon')] : []),
    ],
    source: { url: 'https://neon.com/docs/cli/ip-allow', readOn: '2026-11-30' },
  }),

  'crunchy-bridge': ({ cidrs, tool }) => ({
    service: 'Crunchy Bridge',
    commands: [
      'cb network list',
      'cb network list-firewall-rules --network NETWORK',
      ...cidrs.map(
        cidr => `cb network add-firewall-rule --network NETWORK --rule ${cidr} --description ${tool}`,
      ),
      'cb network remove-firewall-rule --network NETWORK --firewall-rule RULE_ID',
    ],
    way: ['the cluster', 'Networking', 'Firewall', 'Add rule'],
    warnings: [
      'A new cluster has a rule for everybody (0.0.0.0/0): as long as it is there, the new rules change nothing.',
      'The last command takes a rule away: RULE_ID is the ID of 0.0.0.0/0 in the answer of the second. First put on the list who has to stay, your own applications too; all others are shut out.',
      ...(cidrs.some(isV6) ? [saysNothingOfV6('Crunchy Bridge')] : []),
    ],
    source: { url: 'https://github.com/CrunchyData/bridge-cli', readOn: '2026-11-30' },
  }),

  digitalocean: request =>
    forThose(isV4, 'Trusted sources are IPv4 only', request, cidrs => ({
      service: 'DigitalOcean',
      commands: [
        'doctl databases firewalls list DATABASE_ID',
        ...cidrs.map(cidr => `doctl databases firewalls append DATABASE_ID --rule ip_addr:${shortest(cidr)}`),
      ],
      way: ['Databases', 'the cluster', 'Network Access', 'Add trusted sources'],
      warnings: [
        closesOpenList('the list of trusted sources'),
        'The list has room for 100 entries, those that are there counted in.',
      ],
      source: {
        url: 'https://docs.digitalocean.com/reference/dots/reference/databases/databases-update-firewall-rules/',
        readOn: '2026-11-30',
      },
    })),

  aiven: ({ cidrs, host }) => {
    const service = shellQuote(host.split('.')[0]?.replace(/-[^-]+$/, '') ?? host)
    return {
      service: 'Aiven',
      commands: [
        `avn service get ${service} --json | jq -r '.user_config.ip_filter'`,
        `JSON=$(avn service get ${service} --json) && THERE=$(echo "$JSON" | jq -r '[.user_config.ip_filter[]? | .network? // .] | join(",")') && avn service update ${service} -c ip_filter="${withThere(cidrs)}"`,
      ],
      way: [
        'the service',
        'Overview',
        'Service settings',
        'Cloud and network',
        'Set (or Edit) IP address allowlist',
      ],
      warnings: [
        'The command replaces the list, so it reads first what is there, and does nothing where that fails. The first line shows it.',
        'Where 0.0.0.0/0 is on it, as on a new service, everybody may knock already, and these change nothing until it goes. Without it all who are not on the list are shut out.',
        ...(cidrs.some(isV6) ? [saysNothingOfV6('Aiven')] : []),
      ],
      source: {
        url: 'https://aiven.io/docs/platform/howto/restrict-access',
        readOn: '2026-11-30',
      },
    }
  },

  heroku: request =>
    forThose(isV4, 'Private Spaces take IPv4 only, but for those of the generation Fir', request, cidrs => ({
      service: 'Heroku Postgres',
      commands: [
        'heroku plugins:install mtls',
        'heroku data:mtls:create DATABASE --app APP',
        ...cidrs.map(cidr => `heroku data:mtls:ip-rules:create DATABASE --app APP --cidr ${cidr}`),
        'heroku trusted-ips --space SPACE',
        ...cidrs.map(cidr => `heroku trusted-ips:add ${cidr} --space SPACE`),
      ],
      way: ['the space', 'Network', 'Trusted IP ranges'],
      warnings: [
        'A database of the Common Runtime (plans Essential, Standard and Premium) is open to the whole internet over TLS and has no list: there is nothing to do, and the login alone decides. The commands are for plans Private and Shield, whose databases are in a Private Space.',
        'There are two ways: the commands with data:mtls, which Heroku recommends (https://devcenter.heroku.com/articles/heroku-postgres-via-mtls), have the tool come with a client certificate, if it can; those with trusted-ips let in by address alone. Follow one of them.',
        'Trusted ranges count for databases only after Heroku support has turned that on for the space. They are for the web applications of the space too, and there is room for 20.',
      ],
      source: {
        url: 'https://devcenter.heroku.com/articles/private-spaces-trusted-ip-ranges',
        readOn: '2026-11-30',
      },
    })),
}

const saysNothingOfV6 = (service: string) =>
  `${service}'s page says nothing of IPv6: should a command be refused for it, run it without.`

function isV4(cidr: string): boolean {
  return !isV6(cidr)
}

function isV6(cidr: string): boolean {
  return cidr.includes(':')
}

/** A single address without its length. */
function shortest(cidr: string): string {
  return cidr.replace(isV6(cidr) ? /\/128$/ : /\/32$/, '')
}
