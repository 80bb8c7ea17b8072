import type { Connector, Source, VendorTicket } from '../connectors/connector.ts'
import type { Answers } from '../model/answers.ts'
import { printable } from '../model/identifier.ts'
import type { AwsPlan } from './aws/aws-plan.ts'

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
  return filledTicket({ source: addresses.source, ...addresses.ticket }, answers)
}

/** The ticket that tells the role's ARN and asks who will assume it; null where that is known, or no role is made. */
export function roleTicket(
  connector: Connector,
  answers: TicketAnswers,
  aws: AwsPlan | undefined,
): SupportTicket | null {
  if (connector.roleTicket === undefined || aws?.principal.closed !== true) return null
  const { arn, externalId } = aws.principal
  return filledTicket(connector.roleTicket, answers, {
    '{role}': arn,
    '{externalId}': externalId ?? 'none. Tell us if you send one; the trust policy then asks for it.',
  })
}

function filledTicket(
  { source, subject, body }: VendorTicket,
  answers: TicketAnswers,
  more: Readonly<Record<string, string>> = {},
): SupportTicket {
  const { host, port } = answers.endpoint
  const values: Readonly<Record<string, string>> = {
    '{endpoint}': `${host.includes(':') ? `[${host}]` : host}:${port}`,
    '{databases}': answers.databases.map(database => database.name).join(', '),
    '{login}': answers.roles.login,
    ...more,
  }
  // In one pass, so that a database called "{login}" stays itself.
  const filled = (text: string) => printable(text.replace(/\{[a-zA-Z]+\}/g, name => values[name] ?? name))
  return { to: source, subject: filled(subject), body: body.map(filled).join('\n\n') }
}
