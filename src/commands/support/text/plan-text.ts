import { gap, heading, type Paragraph } from '../../../model/paragraph.ts'
import type { Plan } from '../../../plan/plan.ts'
import { doorParagraphs, firewallParagraphs, tlsParagraphs } from '../../../plan/render/network-paragraphs.ts'
import { planParagraphs } from '../../../plan/render/paragraphs.ts'
import { textOf } from './layout.ts'

/** The whole plan, and what lets the tool in besides. */
export function planText(plan: Plan): string[] {
  return textOf([heading('Plan'), ...planParagraphs(plan), ...wayIn(plan)])
}

/** Who decides at the door where nothing is changed there, what a person does at the managed service, and TLS. */
function wayIn({ network, login, firewall, tls }: Plan): Paragraph[] {
  return [
    ...(network === undefined || network.change !== null ? [] : [gap, ...doorParagraphs(network, login, [])]),
    ...(firewall === undefined ? [] : [gap, ...firewallParagraphs(firewall)]),
    ...(tls === undefined ? [] : [gap, ...tlsParagraphs(tls)]),
  ]
}
