import type { Connector, Source } from '../connectors/connector.ts'
import type { Answers } from '../model/answers.ts'
import { printable } from '../model/identifier.ts'

/** What to write to the vendor's support, who alone knows where the tool comes from. */
export interface SupportTicket {
  readonly to: Source
  readonly subject: string
  /** Paragraphs, an empty line between. */
  readonly body: string
}

/** What of the answers stands in the ticket. */
export type TicketAnswers = Pick<Answers, 'endpoint' | 'roles' | 'databases'>

/** The support ticket that asks for the vendor's addresses; null where they are published. */
export function supportTicket(connector: Connector, answers: TicketAnswers): SupportTicket | null {
  const { addresses } = connector
  if (addresses.kind !== 'by-ticket') return null
  const { host, port } = answers.endpoint
  const values: Readonly<Record<string, string>> = {
    '{endpoint}': `${host.includes(':') ? `[${host}]` : host}:${port}`,
    '{databases}': answers.databases.map(database => database.name).join(', '),
    '{login}': answers.roles.login,
  }
  // In one pass, so that a database called "{login}" stays itself.
  const filled = (text: string) =>
    printable(text.replace(/\{(?:endpoint|databases|login)\}/g, name => values[name] ?? name))
  return {
    to: addresses.source,
    subject: filled(addresses.ticket.subject),
    body: addresses.ticket.body.map(filled).join('\n\n'),
  }
}
