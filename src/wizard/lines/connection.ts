import { type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import type { Provider, ServerNetworkFacts } from '../../model/server-facts.ts'
import { serverProblems } from '../../model/server-problems.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'

export const providerNames: Readonly<Record<Provider, string>> = {
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

/** What the server is, what this administrator may do, and what stands in the way; or why it let nobody in. */
export function connectionLines(state: WizardState): readonly Line[] {
  const { status, problem } = state.connection
  const { server } = state.facts
  if (problem !== null) return linesOf(problemParagraphs(problem), state.size.columns)
  if (server === null || (status !== 'connected' && status !== 'reading')) return []
  const { admin } = server
  const powers = admin.superuser
    ? 'is a superuser'
    : admin.createRole
      ? 'may create roles and grant on what its roles own'
      : 'may not create roles: the roles must exist already'
  const problems = serverProblems(server)
  const paragraphs: Paragraph[] = [
    {
      text: `Connected: PostgreSQL ${server.version}, ${providerNames[server.provider]}, ${server.tls ? 'with TLS' : 'without TLS'}.`,
      tone: 'good',
    },
    { text: `${admin.name} ${powers}.` },
    ...problems.flatMap(problemParagraphs),
    ...(problems.length === 0
      ? []
      : [{ text: 'A plan can be made and saved; it cannot be applied here.', tone: 'warn' as const }]),
    { text: cameFrom(server.network), tone: 'muted' },
    { text: 'Enter goes on.', tone: 'muted' },
  ]
  return linesOf(paragraphs, state.size.columns)
}

/** Whether this is the server's own machine, as far as the server can tell. */
function cameFrom({ clientAddress, serverAddress = null }: ServerNetworkFacts): string {
  if (clientAddress === null) return "You come through a socket of the server's own machine."
  return clientAddress === serverAddress
    ? "You come from the server's own machine, or by a tunnel."
    : `You come from ${clientAddress}, as the server sees it.`
}
