import type { Provider } from '../../model/server-facts.ts'
import { shellQuote } from '../../model/shell-quote.ts'
import type { AdviceText } from '../advice-text.ts'
import { supabaseProject } from '../firewall/supabase-project.ts'
import type { TlsAdvice } from './tls.ts'

/** How a managed service holds it with TLS, which all of them have on. */
export type TlsAtService = Omit<TlsAdvice, 'verified'>

/** Of the person's server, what this is said from. */
export interface TlsRequest {
  /** The address by which the tool reaches the server. */
  readonly host: string
  /** The administrator's name at the server. */
  readonly user: string
  /** Whether the service's own setting says that TLS is required; null where it was not seen. */
  readonly forced: boolean | null
}

/** What the service does about connections without TLS, and the command that has it refuse them. */
export function tlsAtService(provider: Exclude<Provider, 'self-run'>, request: TlsRequest): TlsAtService {
  return services[provider](request)
}

const services: Readonly<Record<Exclude<Provider, 'self-run'>, (request: TlsRequest) => TlsAtService>> = {
  rds: request => onRds(request, 'instance'),
  aurora: request => onRds(request, 'cluster'),

  'cloud-sql': () => ({
    ...unlessChanged('Cloud SQL', 'takes connections without TLS too', [
      "gcloud sql instances describe INSTANCE --format='value(settings.ipConfiguration.sslMode)'",
      'gcloud sql instances patch INSTANCE --ssl-mode=ENCRYPTED_ONLY',
    ]),
    source: {
      url: 'https://cloud.google.com/sql/docs/postgres/configure-ssl-instance',
      readOn: '2026-11-23',
    },
  }),

  alloydb: () => ({
    ...unlessChanged('AlloyDB', 'takes connections with TLS only', [
      "gcloud alloydb instances describe INSTANCE --cluster=CLUSTER --region=REGION --format='value(clientConnectionConfig.sslConfig.sslMode)'",
      'gcloud alloydb instances update INSTANCE --cluster=CLUSTER --region=REGION --ssl-mode=ENCRYPTED_ONLY',
    ]),
    source: { url: 'https://cloud.google.com/alloydb/docs/instance-ssl', readOn: '2026-11-23' },
  }),

  azure: ({ host, forced }) => {
    const server = shellQuote(host.split('.')[0] ?? host)
    const parameter = `--resource-group GROUP --server-name ${server} --name require_secure_transport`
    const source = {
      url: 'https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-connect-tls-ssl',
      readOn: '2026-11-23',
    }
    if (forced === true)
      return { ...required('Azure takes no other (require_secure_transport is on)'), source }
    const set = `az postgres flexible-server parameter set ${parameter} --value on`
    if (forced === false)
      return {
        ...chosenByTool('require_secure_transport is off, so Azure takes connections without TLS too'),
        steps: requiring([set]),
        source,
      }
    return {
      ...unlessChanged('Azure', 'takes connections with TLS only', [
        `az postgres flexible-server parameter show ${parameter} --query value`,
        set,
      ]),
      source,
    }
  },

  supabase: ({ host, user }) => {
    const project = supabaseProject(host, user)
    return {
      ...unlessChanged('Supabase', 'takes connections without TLS too', [
        `supabase ssl-enforcement get --project-ref ${project} --experimental`,
        `supabase ssl-enforcement update --project-ref ${project} --enable-db-ssl-enforcement --experimental`,
      ]),
      says: 'TLS is on; whether it is required was not seen. Unless somebody has changed it, Supabase takes connections without TLS too. To require it restarts the database, which is away for some seconds or longer.',
      source: { url: 'https://supabase.com/docs/guides/platform/ssl-enforcement', readOn: '2026-11-23' },
    }
  },

  neon: () => ({
    ...required('Neon takes no other'),
    source: { url: 'https://neon.com/docs/connect/connect-securely', readOn: '2026-11-23' },
  }),
  'crunchy-bridge': () => ({
    ...required('Crunchy Bridge takes no other'),
    source: { url: 'https://docs.crunchybridge.com/connecting', readOn: '2026-11-23' },
  }),
  digitalocean: () => required('DigitalOcean takes no other'),
  aiven: () => required('Aiven takes no other'),
  heroku: () => required('Heroku takes no other from outside'),
}

function onRds({ forced }: TlsRequest, what: 'instance' | 'cluster'): TlsAtService {
  const source = {
    url: 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html',
    readOn: '2026-11-23',
  }
  if (forced === true) return { ...required('rds.force_ssl is on'), source }
  const group = what === 'cluster' ? 'db-cluster-parameter-group' : 'db-parameter-group'
  const steps = requiring([
    `aws rds modify-${group} --${group}-name PARAMETER_GROUP --parameters ParameterName=rds.force_ssl,ParameterValue=1,ApplyMethod=immediate`,
  ])
  const own: AdviceText = {
    kind: 'words',
    text: 'A default parameter group cannot be changed: it takes one of your own.',
  }
  return forced === false
    ? {
        ...chosenByTool('rds.force_ssl is off, so connections without TLS are taken too'),
        steps: [...steps, own],
        source,
      }
    : {
        connection: 'not-known',
        says: 'TLS is on; whether it is required was not seen. rds.force_ssl says so.',
        steps: [...steps, own],
        source,
      }
}

function required(because: string): TlsAtService {
  return { connection: 'required', says: `TLS is required. ${because}.`, steps: [], source: null }
}

function chosenByTool(because: string): TlsAtService {
  return {
    connection: 'chosen-by-tool',
    says: `TLS only if the tool asks for it. ${because}.`,
    steps: [],
    source: null,
  }
}

/** For a service whose setting is not seen from the database: first a look, then the change. */
function unlessChanged(
  service: string,
  does: string,
  [look, change]: readonly [string, string],
): TlsAtService {
  return {
    connection: 'not-known',
    says: `TLS is on; whether it is required was not seen. Unless somebody has changed it, ${service} ${does}.`,
    steps: [
      {
        kind: 'words',
        text: 'What holds now, and what requires it of everybody (the names in capitals are yours to fill in):',
      },
      { kind: 'command', text: look },
      { kind: 'command', text: change },
    ],
    source: null,
  }
}

function requiring(commands: readonly string[]): readonly AdviceText[] {
  return [
    { kind: 'words', text: 'To require it of everybody (the names in capitals are yours to fill in):' },
    ...commands.map((text): AdviceText => ({ kind: 'command', text })),
  ]
}
