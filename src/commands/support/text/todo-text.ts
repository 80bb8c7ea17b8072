import { printable } from '../../../model/identifier.ts'
import type { ListenAdvice } from '../../../model/listen/advice.ts'
import type { ListenChange } from '../../../model/listen/change.ts'
import type { Paragraph } from '../../../model/paragraph.ts'
import type { AwsHandedOver } from '../../../plan/aws/handed-over.ts'
import type { FirewallAdvice } from '../../../plan/firewall/firewall.ts'
import {
  firewallParagraphs,
  listenParagraphs,
  tlsParagraphs,
} from '../../../plan/render/network-paragraphs.ts'
import type { SupportTicket } from '../../../plan/ticket.ts'
import type { TlsAdvice } from '../../../plan/tls/tls.ts'
import { paragraph, textOf } from './layout.ts'

/** What a person must still do so that the tool comes in: nothing of it is done by us. */
export interface StillToDo {
  /** The path of pg_hba.conf, where it may be seen. */
  readonly hbaFile: string | null
  /** Its lines; empty where the addresses are not known yet, or nothing is to be done there. */
  readonly hbaLines: readonly string[]
  /** Where they belong. */
  readonly hbaAdvice: string
  /** null at a managed service, which listens by itself. */
  readonly listen: {
    readonly advice: ListenAdvice
    readonly change: ListenChange | undefined
  } | null
  /** What to ask the vendor for, where the addresses are not known yet. */
  readonly ticket: SupportTicket | null
  /** To tell the vendor the role of AWS, where it is not known yet who will assume it. */
  readonly roleTicket: SupportTicket | null
  /** What somebody else makes in AWS, where it is not made from here. */
  readonly aws: AwsHandedOver | null
  /** At a managed service: what is done there instead; null elsewhere. */
  readonly firewall: FirewallAdvice | null
  /** What the tool's connection will be; null in a plan of an earlier version. */
  readonly tls: TlsAdvice | null
  /** What the tool's own test will do. */
  readonly test: string
}

/** The same as text. */
export function todoText(todo: StillToDo): string[] {
  const { ticket, listen, hbaLines } = todo
  return [
    'Still to do by a person',
    ...awsText(todo.aws),
    ...ticketText('Ask where the tool comes from', ticket),
    ...ticketText('Tell the role, and ask who will assume it', todo.roleTicket),
    ...(hbaLines.length === 0
      ? []
      : [
          ...paragraph(`Let it in, in ${todo.hbaFile ?? 'pg_hba.conf'}. ${todo.hbaAdvice}`, '  - '),
          ...hbaLines.map(line => `      ${printable(line)}`),
        ]),
    ...(todo.firewall === null ? [] : besides(firewallParagraphs(todo.firewall))),
    ...(todo.tls === null ? [] : besides(tlsParagraphs(todo.tls))),
    ...(listen === null
      ? []
      : [
          ...textOf(
            listenParagraphs(listen.advice, listen).map((each, index) => ({
              ...each,
              ...(index === 0
                ? { text: `- ${each.text}`, indent: 2, hanging: 2 }
                : { indent: (each.indent ?? 0) + 4 }),
            })),
          ),
        ]),
    ...paragraph(todo.test, '  - '),
  ]
}

function besides(paragraphs: readonly Paragraph[]): string[] {
  return textOf(paragraphs.map(each => ({ ...each, indent: (each.indent ?? 0) + 4 })))
}

function awsText(aws: AwsHandedOver | null): string[] {
  if (aws === null) return []
  return [
    ...paragraph(`Have made in AWS, in account ${aws.account}, region ${aws.region}. ${aws.exports}`, '  - '),
    ...aws.steps.flatMap((step, at) => paragraph(step, `      ${at + 1}. `)),
  ]
}

function ticketText(what: string, ticket: SupportTicket | null): string[] {
  if (ticket === null) return []
  return [
    ...paragraph(`${what}, at ${ticket.to.url}, with this ticket:`, '  - '),
    ...paragraph(ticket.subject, '      Subject: '),
    ...ticket.body.split('\n').flatMap(line => (line === '' ? [''] : paragraph(line, '      '))),
  ]
}
