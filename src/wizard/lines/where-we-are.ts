import type { HbaReading } from '../../model/hba/at-hand.ts'
import { readHbaText } from '../../model/hba/files.ts'
import { printable } from '../../model/identifier.ts'
import type { Provider, ServerFacts, ServerNetworkFacts } from '../../model/server-facts.ts'

const providerNames: Readonly<Record<Provider, string>> = {
  'self-run': 'self-run',
  rds: 'Amazon RDS',
  aurora: 'Amazon Aurora',
  'cloud-sql': 'Google Cloud SQL',
  alloydb: 'AlloyDB',
  azure: 'Azure Database for PostgreSQL',
  supabase: 'Supabase',
  neon: 'Neon',
  'crunchy-bridge': 'Crunchy Bridge',
  digitalocean: 'DigitalOcean',
  aiven: 'Aiven',
  heroku: 'Heroku',
}

/** What server it is: `PostgreSQL 18.4, self-run`. */
export function whichServer({ version, provider }: ServerFacts): string {
  return `PostgreSQL ${version}, ${providerNames[provider]}`
}

/** Who answers, whether TLS is on, where it listens, and what says who comes in. */
export function whereItStands(server: ServerFacts, hba: HbaReading | null = null): string {
  return [
    `${whoAnswers(server)}TLS is ${server.tlsAvailable ? 'on' : 'off'}.`,
    `${listens(server.network)}.`,
    whatSays(server, hba),
  ].join(' ')
}

function whoAnswers({ answersDirectly, pooled }: ServerFacts): string {
  if (answersDirectly === undefined) return ''
  if (answersDirectly) return 'The server itself answers. '
  return pooled
    ? 'A pooler answers in its place, and changes its sessions. '
    : 'A pooler answers in its place, with one session for each client. '
}

function listens({ listenAddresses, port }: ServerNetworkFacts): string {
  switch (listenAddresses) {
    case null:
      return `Its port is ${port}; listen_addresses cannot be seen`
    case '':
      return 'It listens on its socket only (listen_addresses is empty)'
    default:
      return `It listens on ${printable(listenAddresses)}, port ${port}`
  }
}

function whatSays({ provider, network, versionNumber }: ServerFacts, hba: HbaReading | null): string {
  if (provider !== 'self-run') return "pg_hba.conf is the service's own."
  if (network.hbaFile === null) return 'Where its pg_hba.conf is cannot be seen.'
  const here = `Who comes in is said by ${printable(network.hbaFile)}`
  if (hba?.read !== true) return `${here}.`
  const { path, files } = hba.hba
  const read = readHbaText(path, files, versionNumber).lines.map(({ file }) => file)
  const others = [...new Set(read)].filter(file => file !== path)
  return others.length === 0
    ? `${here}, which includes no other file.`
    : `${here}, which includes ${others.map(printable).join(', ')}.`
}

/** Whether this is the server's own machine, as far as the server can tell. */
export function cameFrom({ clientAddress, serverAddress = null }: ServerNetworkFacts): string {
  if (clientAddress === null) return "You come through a socket of the server's own machine."
  return clientAddress === serverAddress
    ? "You come from the server's own machine, or by a tunnel."
    : `You come from ${clientAddress}, as the server sees it.`
}
