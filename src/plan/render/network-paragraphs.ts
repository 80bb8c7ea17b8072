import { heading, note, type Paragraph } from '../../model/paragraph.ts'
import type { FirewallAdvice } from '../firewall/firewall.ts'
import { type FirewallText, firewallText } from '../firewall/text.ts'
import type { NetworkPlan } from '../network-plan.ts'
import { doorAdvice, doorGroups, doorHeading, plainWarning } from '../network-text.ts'

/** Who lets the tool in today and who would, and what is to be done for it. */
export function doorParagraphs(door: NetworkPlan, login: string, lines: readonly string[]): Paragraph[] {
  const plain = plainWarning(door)
  return [
    ...(door.ways === null
      ? []
      : [
          heading(doorHeading(login)),
          ...doorGroups(door.ways).flatMap(({ who, today, after, letsIn }): Paragraph[] => [
            {
              text: `${who}, today: ${today}.`,
              sign: letsIn ? 'tick' : 'cross',
              tone: letsIn ? 'good' : 'warn',
            },
            ...(today === after ? [] : [{ text: `Then: ${after}.`, indent: 4 }]),
          ]),
        ]),
    ...(plain === null ? [] : [{ text: plain, tone: 'warn' as const }]),
    { text: doorAdvice(door) },
    ...(door.open ? [] : lines.map(hbaLineParagraph)),
  ]
}

/** A line of pg_hba.conf, to be copied whole. */
export function hbaLineParagraph(text: string): Paragraph {
  return { text, indent: 2, hanging: 4, whole: true }
}

/** What a person does at the managed service. */
export function firewallParagraphs(advice: FirewallAdvice): Paragraph[] {
  return firewallText(advice).map(firewallParagraph)
}

function firewallParagraph({ kind, text }: FirewallText): Paragraph {
  switch (kind) {
    case 'words':
      return { text }
    case 'warning':
      return note(text, 'warning')
    case 'command':
      return { text, indent: 2, hanging: 4, whole: true }
  }
}
