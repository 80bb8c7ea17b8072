import type { ListenAdvice } from '../../model/listen/advice.ts'
import { type ListenChange, restartWords } from '../../model/listen/change.ts'
import { gap, heading, note, type Paragraph } from '../../model/paragraph.ts'
import type { AdviceText } from '../advice-text.ts'
import type { FirewallAdvice } from '../firewall/firewall.ts'
import { firewallText } from '../firewall/text.ts'
import type { NetworkPlan } from '../network-plan.ts'
import { doorAdvice, doorGroups, doorHeading, plainWarning } from '../network-text.ts'
import { tlsStatement, tlsText } from '../tls/text.ts'
import type { TlsAdvice } from '../tls/tls.ts'

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
            // Where nothing is written, nothing of ours comes to stand there.
            ...(today === after || (door.open && door.change === null)
              ? []
              : [{ text: `Then: ${after}.`, indent: 4 }]),
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

/** Where the server listens, and what is to be done about it. */
export function listenParagraphs(
  advice: ListenAdvice,
  {
    change,
    pending = null,
  }: {
    readonly change: ListenChange | undefined
    /** What ALTER SYSTEM has set already. */
    readonly pending?: string | null
  },
): Paragraph[] {
  if (change !== undefined)
    return [{ text: `listen_addresses is set to ${change.value}. ${restartWords(change)}`, tone: 'warn' }]
  if (pending !== null)
    return [
      {
        text: `ALTER SYSTEM has set listen_addresses to ${pending} already; it is in force after a restart.`,
        tone: 'warn',
      },
    ]
  return [
    { text: advice.why, ...(advice.change === 'needed' ? { tone: 'warn' as const } : {}) },
    ...(advice.line === null ? [] : [{ text: advice.line, indent: 2, whole: true as const }]),
    ...(advice.statement === null
      ? []
      : [{ text: `or: ${advice.statement};`, indent: 2, whole: true as const }]),
  ]
}

/** What a person does at the managed service. */
export function firewallParagraphs(advice: FirewallAdvice): Paragraph[] {
  return firewallText(advice).map(adviceParagraph)
}

/** What the tool's connection will be, and what makes it a better one. */
export function tlsParagraphs(advice: TlsAdvice): Paragraph[] {
  return tlsText(advice).map(adviceParagraph)
}

/**
 * The same around other paragraphs: a server without TLS is said before them, since they are long, with the steps
 * after them; else all of it comes after.
 */
export function aroundWithTls(advice: TlsAdvice, paragraphs: readonly Paragraph[]): Paragraph[] {
  if (advice.connection !== 'off') return [...paragraphs, ...tlsParagraphs(advice)]
  const statement = tlsStatement(advice).map(({ kind, text }) =>
    adviceParagraph({ kind, text: `${text} How it is turned on stands below.` }),
  )
  return [...statement, ...paragraphs, gap, ...advice.steps.map(adviceParagraph)]
}

function adviceParagraph({ kind, text }: AdviceText): Paragraph {
  switch (kind) {
    case 'words':
      return { text }
    case 'warning':
      return note(text, 'warning')
    case 'command':
      return { text, indent: 2, hanging: 4, whole: true }
  }
}
