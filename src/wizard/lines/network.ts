import type { Erratum } from '../../connectors/connector.ts'
import type { Answers } from '../../model/answers.ts'
import { hbaLines } from '../../model/hba/lines.ts'
import { listenAdvice } from '../../model/hba/listen.ts'
import type { ServerFacts } from '../../model/server-facts.ts'
import { connectionTest } from '../../plan/connection-test.ts'
import { type NetworkPlan, networkPlan } from '../../plan/network-plan.ts'
import { doorAdvice, doorGroups, doorHeading, plainWarning } from '../../plan/network-text.ts'
import { supportTicket } from '../../plan/ticket.ts'
import { cidrsOf } from '../../steps/network.ts'
import type { WizardState } from '../state.ts'
import { countText } from './amount.ts'
import { gap, heading, type Line, linesOf, type Paragraph } from './line.ts'

/** What lets the tool in, or the ticket that asks for its addresses; with the page's mistakes corrected. */
export function networkLines(state: WizardState): readonly Line[] {
  return linesOf(networkParagraphs(state), state.size.columns)
}

/** The same for a file. */
export function savedNetworkText(state: WizardState): string {
  return `${networkParagraphs(state)
    .map(({ text, indent = 0 }) => ' '.repeat(indent) + text)
    .join('\n')}\n`
}

/** What a person must still do after an apply. */
export function whatIsLeftToDo(state: WizardState): Paragraph[] {
  const { connector, server } = state.facts
  const { endpoint, roles, databases = [] } = state.draft
  const known = connector !== null && endpoint !== undefined && roles !== undefined
  return [
    heading('What you must still do'),
    ...wayIn(state),
    ...(known
      ? [
          {
            text: connectionTest(
              connector.name,
              { endpoint, roles, databases },
              server?.tlsAvailable ?? true,
            ),
          },
        ]
      : []),
  ]
}

function networkParagraphs(state: WizardState): Paragraph[] {
  const { connector } = state.facts
  if (connector === null) return []
  const published = connector.addresses.kind === 'published' ? connector.addresses : null
  return [
    ...wayIn(state),
    ...(published !== null && state.draft.network?.from === 'vendor'
      ? [
          gap,
          {
            text: `${countText(published.cidrs.length, 'range')} from ${published.source.url}, read on ${published.source.readOn}. ${published.note}`,
            tone: 'muted' as const,
          },
        ]
      : []),
    ...errataParagraphs(connector.errata.filter(erratum => erratum.step === 'network')),
  ]
}

/** The mistakes on the vendor's page, each with what is done here instead. */
export function errataParagraphs(errata: readonly Erratum[]): Paragraph[] {
  if (errata.length === 0) return []
  return [
    gap,
    heading("Corrected from the vendor's page"),
    ...errata.flatMap((erratum): Paragraph[] => [
      { text: `- It says: ${erratum.says}`, hanging: 2 },
      { text: erratum.wrong, indent: 2 },
      { text: `Here instead: ${erratum.instead}`, indent: 2 },
    ]),
  ]
}

function wayIn(state: WizardState): Paragraph[] {
  const { connector, server } = state.facts
  const { network, roles, endpoint, databases } = state.draft
  if (connector === null || network === undefined || roles === undefined || endpoint === undefined) return []
  if (network.from === 'not-known-yet')
    return ticketParagraphs(state, { roles, endpoint, databases: databases ?? [] })
  const listen = server === null ? null : listenAdvice(server.network, endpoint, state.draft.server ?? null)
  const lines = hbaLines({
    databases: (databases ?? []).map(database => database.name),
    login: roles.login,
    cidrs: cidrsOf(network),
    tls: server?.tlsAvailable ?? true,
    ...(server === null ? {} : { versionNumber: server.versionNumber }),
  })
  const door = server === null ? undefined : doorNow(state, server)
  return [
    ...(door === undefined
      ? [
          {
            text: `In ${server?.network.hbaFile ?? 'pg_hba.conf'}, above any wider line, then SELECT pg_reload_conf():`,
          },
          ...lines.map(lineParagraph),
        ]
      : door.change !== null && (state.step === 'review' || state.step === 'done')
        ? [
            state.step === 'done'
              ? { text: `${door.change.path} has our lines, and they are in force.`, tone: 'good' as const }
              : { text: `${door.change.path} is written by this plan.` },
          ]
        : doorParagraphs(door, roles.login, lines)),
    ...(server?.tlsAvailable === false
      ? [
          {
            text: 'This server has TLS off: the password is safe (SCRAM), the rows travel in the clear.',
            tone: 'warn' as const,
          },
        ]
      : []),
    ...(listen === null
      ? []
      : [
          {
            text: listen.why,
            ...(listen.change === 'needed' ? { tone: 'warn' as const } : {}),
          },
          ...(listen.line === null ? [] : [{ text: listen.line, indent: 2 }]),
          ...(listen.statement === null ? [] : [{ text: `or: ${listen.statement};`, indent: 2 }]),
        ]),
  ]
}

/** Who decides, as far as the answers go by now. */
function doorNow({ draft, facts }: WizardState, server: ServerFacts): NetworkPlan | undefined {
  const { network, roles, databases = [], authentication = { method: 'password' } } = draft
  if (network === undefined || roles === undefined) return undefined
  const answers = { network, roles, databases, authentication }
  return networkPlan({ answers, server, hba: facts.hba?.reading ?? null }).network
}

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
    ...(door.open ? [] : lines.map(lineParagraph)),
  ]
}

function lineParagraph(text: string): Paragraph {
  return { text, indent: 2, hanging: 4 }
}

function ticketParagraphs(
  state: WizardState,
  answers: Pick<Answers, 'roles' | 'endpoint' | 'databases'>,
): Paragraph[] {
  const { connector } = state.facts
  const ticket = connector === null ? null : supportTicket(connector, answers)
  if (ticket === null)
    return [{ text: 'Come back with the addresses: pg-usher --answers FILE opens these answers again.' }]
  return [
    { text: `Ask ${connector?.name} for its addresses: ${ticket.to.url}` },
    { text: `Subject: ${ticket.subject}`, indent: 2, hanging: 2 },
    ...ticket.body.split('\n').map((text): Paragraph => ({ text, indent: 2 })),
    { text: 'When they come: pg-usher --answers FILE opens these answers again.', tone: 'muted' },
  ]
}
