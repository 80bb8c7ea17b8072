import type { Erratum } from '../../connectors/connector.ts'
import type { Answers } from '../../model/answers.ts'
import { cidrListFlags } from '../../model/cidr.ts'
import { cidrChanges } from '../../model/cidr-union.ts'
import { counted } from '../../model/counted.ts'
import { hbaLines } from '../../model/hba/lines.ts'
import { listenAdvice } from '../../model/listen/advice.ts'
import { entry, gap, heading, type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import type { ServerFacts } from '../../model/server-facts.ts'
import { awsHandedOver } from '../../plan/aws/handed-over.ts'
import { connectionTest } from '../../plan/connection-test.ts'
import type { FirewallAdvice } from '../../plan/firewall/firewall.ts'
import { firewallPlan } from '../../plan/firewall/plan.ts'
import { listenPending, listenPlan } from '../../plan/listen-plan.ts'
import { type NetworkPlan, networkPlan } from '../../plan/network-plan.ts'
import {
  aroundWithTls,
  doorParagraphs,
  firewallParagraphs,
  hbaLineParagraph,
  listenParagraphs,
} from '../../plan/render/network-paragraphs.ts'
import { roleTicket, type SupportTicket, supportTicket } from '../../plan/ticket.ts'
import { tlsPlan } from '../../plan/tls/plan.ts'
import type { TlsAdvice } from '../../plan/tls/tls.ts'
import { cidrsOf } from '../../steps/network.ts'
import { displayWidth, visible } from '../../terminal/truncate.ts'
import type { WizardState } from '../state.ts'
import { canAskForGroups, groupsFoundNow } from '../update/groups.ts'
import { type Line, linesOf } from './line.ts'
import { cameFrom, whereItStands, whichServer } from './where-we-are.ts'

/** What lets the tool in, or the ticket that asks for its addresses; with the page's mistakes corrected. */
export function networkLines(state: WizardState): readonly Line[] {
  const { columns } = state.size
  const paragraphs = networkParagraphs(state)
  return linesOf(
    paragraphs.some(each => isBroken(each, columns)) ? [copyWhole, ...paragraphs] : paragraphs,
    columns,
  )
}

/** What is broken over rows would be copied off the screen with newlines in it; cut, nobody could read what it does. */
const copyWhole: Paragraph = {
  text: 'What is to be copied is broken over rows here: Ctrl-Y copies it whole, Ctrl-S saves it.',
  tone: 'muted',
}

function isBroken({ text, indent = 0, hanging = 0, whole }: Paragraph, columns: number): boolean {
  return (
    whole === true && text.split('\n').some(row => indent + hanging + displayWidth(visible(row)) > columns)
  )
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
    ...handedOverParagraphs(state),
    ...roleTicketParagraphs(state),
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
  return [
    ...(state.draft.network === undefined ? [nothingYet] : []),
    ...flagParagraphs(state),
    ...groupsParagraphs(state),
    ...wayIn(state),
    ...(state.draft.network?.from === 'vendor' ? [gap, ...listParagraphs(state)] : []),
    ...errataParagraphs(connector.errata.filter(erratum => erratum.step === 'network')),
    ...whereWeAre(state),
  ]
}

/** What the lines and commands above are for; a ticket is for none of it. */
function whereWeAre({ facts: { server, hba }, draft: { network } }: WizardState): Paragraph[] {
  if (server === null || network?.from === 'not-known-yet') return []
  return [
    gap,
    heading('Where we are'),
    {
      text: `${whichServer(server)}. ${whereItStands(server, hba?.reading)} ${cameFrom(server.network)}`,
    },
  ]
}

const nothingYet: Paragraph = {
  text: 'What lets the tool in stands here as soon as the ranges can be read.',
  tone: 'muted',
}

/** What to think about before these addresses are let in. */
function flagParagraphs({ draft: { network } }: WizardState): Paragraph[] {
  if (network === undefined || network.from === 'not-known-yet') return []
  return cidrListFlags(network.cidrs).map(({ message, flag }) => ({
    text: message,
    tone: flag === 'everybody' ? 'bad' : 'warn',
  }))
}

/** Where the vendor's list is from, and what has changed in it. */
function listParagraphs({ facts, network }: WizardState): Paragraph[] {
  const { connector, addresses } = facts
  if (connector === null || connector.addresses.kind !== 'published') return []
  const { source, note, cidrs: shipped, feed } = connector.addresses
  const list = addresses?.tool === connector.id ? addresses.list : null
  const cidrs = list?.cidrs ?? shipped
  const since = network.earlier === null ? null : cidrChanges(network.earlier, cidrs)
  const besides = cidrChanges(shipped, cidrs)
  return [
    { text: provenance(), tone: 'muted' },
    ...(list === null || list.from === 'feed'
      ? []
      : [
          {
            text: [list.problem.message, list.problem.next].filter(Boolean).join(' '),
            tone: 'warn' as const,
          },
        ]),
    ...(since === null ? [] : changeParagraphs(since, 'Since these answers were given')),
    ...(list === null || list.from === 'shipped'
      ? []
      : changeParagraphs(besides, `Against the page of ${source.readOn}`)),
  ]

  function provenance(): string {
    const count = counted(cidrs.length, 'range')
    const whose =
      list === null || list.from === 'shipped'
        ? ''
        : list.of === 'product'
          ? ` These are the ones of ${feed?.product} alone.`
          : ` It names none for ${feed?.product} by itself, so these are all from which its owner connects.`
    switch (list?.from) {
      case 'feed':
        return `${count} from ${feed?.url}, read just now${list.madeOn === null ? '' : `, made ${list.madeOn.slice(0, 10)}`}.${whose}`
      case 'cache':
        return `${count} from ${feed?.url}, as it was on ${list.readAt.slice(0, 10)}.${whose}`
      default:
        return `${count} from ${source.url}, read on ${source.readOn}. ${note}`
    }
  }
}

function changeParagraphs({ added, dropped }: ReturnType<typeof cidrChanges>, since: string): Paragraph[] {
  return [
    ...(added.length === 0 ? [] : [{ text: `${since} there came: ${added.join(', ')}.`, hanging: 2 }]),
    ...(dropped.length === 0 ? [] : [{ text: `${since} there went: ${dropped.join(', ')}.`, hanging: 2 }]),
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

/** What RDS says of the security groups, or that it can be asked. */
function groupsParagraphs(state: WizardState): Paragraph[] {
  if (!canAskForGroups(state)) return []
  const { status, problem } = state.network.groups
  const database = groupsFoundNow(state)?.database ?? null
  if (status === 'asking') return [{ text: 'RDS is asked which security groups the database has.' }]
  if (status === 'failed' && problem !== null)
    return [
      ...problemParagraphs(problem),
      { text: 'Nothing else has changed: the first command below asks for the group itself.' },
    ]
  if (database !== null) {
    const { identifier, securityGroups } = database
    return [
      {
        text:
          securityGroups.length === 0
            ? `RDS names no security group of ${identifier}.`
            : `RDS says that ${identifier} has ${securityGroups.join(', ')}.`,
        tone: 'good',
      },
    ]
  }
  return [
    {
      text: "Ctrl-O asks RDS which security groups the database has, with the credentials that AWS's own tools use here.",
      tone: 'muted',
    },
  ]
}

/** What lets the tool in, and what its connection will be. */
function wayIn(state: WizardState): Paragraph[] {
  const tls = tlsNow(state)
  return tls === null ? through(state) : aroundWithTls(tls, through(state))
}

/** The lines for pg_hba.conf, what is done at a managed service, or the ticket that asks for the addresses. */
function through(state: WizardState): Paragraph[] {
  const { connector, server } = state.facts
  const { network, roles, endpoint, databases } = state.draft
  if (connector === null || network === undefined || roles === undefined || endpoint === undefined) return []
  if (network.from === 'not-known-yet')
    return ticketParagraphs(state, { roles, endpoint, databases: databases ?? [] })
  const firewall =
    server === null || state.draft.server === undefined ? undefined : firewallNow(state, server)
  if (firewall !== undefined) return firewallParagraphs(firewall)
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
          ...lines.map(hbaLineParagraph),
        ]
      : door.change !== null && (state.step === 'review' || state.step === 'done')
        ? [
            state.step === 'done'
              ? { text: `${door.change.path} has our lines, and they are in force.`, tone: 'good' as const }
              : { text: `${door.change.path} is written by this plan.` },
          ]
        : doorParagraphs(door, roles.login, lines)),
    ...(server === null ? [] : listenNow(state, server)),
  ]
}

/** Where the server listens, and from its next restart on. */
function listenNow({ draft, facts }: WizardState, server: ServerFacts): Paragraph[] {
  const { network, endpoint, server: reached } = draft
  if (network === undefined || endpoint === undefined || reached === undefined) return []
  const input = { answers: { network, endpoint, server: reached }, server, hba: facts.hba?.reading ?? null }
  const advice = listenAdvice(server.network, endpoint, reached)
  return listenParagraphs(advice, { change: listenPlan(input).listen, pending: listenPending(input) })
}

function firewallNow(state: WizardState, server: ServerFacts): FirewallAdvice | undefined {
  const { draft, facts, aws } = state
  const { network, endpoint, server: reached } = draft
  const { connector } = facts
  if (network === undefined || endpoint === undefined || reached === undefined || connector === null)
    return undefined
  const answers = { network, endpoint, server: reached }
  return firewallPlan({ connector, server, answers, aws: aws.found, rds: groupsFoundNow(state) }).firewall
}

/** What the tool's connection will be, as far as the answers go by now. */
function tlsNow({ draft, facts }: WizardState): TlsAdvice | null {
  const { connector, server, hba } = facts
  const { network, roles, endpoint, server: reached, databases = [] } = draft
  if (connector === null || server === null || network === undefined || roles === undefined) return null
  if (endpoint === undefined || reached === undefined) return null
  const { authentication = { method: 'password' } } = draft
  const answers = { network, roles, databases, authentication, endpoint, server: reached }
  return tlsPlan({ answers, connector, server, hba: hba?.reading ?? null })
}

/** Who decides, as far as the answers go by now. */
function doorNow({ draft, facts }: WizardState, server: ServerFacts): NetworkPlan | undefined {
  const { network, roles, databases = [], authentication = { method: 'password' } } = draft
  if (network === undefined || roles === undefined) return undefined
  const answers = { network, roles, databases, authentication }
  return networkPlan({ answers, server, hba: facts.hba?.reading ?? null }).network
}

/** What somebody else makes in AWS, where AWS is not asked. */
function handedOverParagraphs({ review }: WizardState): Paragraph[] {
  const handed = awsHandedOver(review.plan?.aws)
  if (handed === null) return []
  return [
    {
      text: `Have made in AWS, in account ${handed.account}, region ${handed.region}. Ctrl-S at the review saves it as a script, as CloudFormation and as Terraform.`,
    },
    ...handed.steps.map(step => entry(step, 2)),
    gap,
  ]
}

/** To tell the vendor the role of AWS, where it is not known yet who will assume it. */
function roleTicketParagraphs({ facts, draft, review }: WizardState): Paragraph[] {
  const { roles, endpoint, databases = [] } = draft
  if (facts.connector === null || roles === undefined || endpoint === undefined) return []
  const ticket = roleTicket(facts.connector, { roles, endpoint, databases }, review.plan?.aws)
  if (ticket === null) return []
  return [
    { text: `Tell ${facts.connector.name} the role, and ask who will assume it: ${ticket.to.url}` },
    ...ticketText(ticket),
    {
      text: "When the ARN comes: pg-usher --answers FILE opens these answers again; with the vendor's ARN the plan opens the role.",
      tone: 'muted',
    },
    gap,
  ]
}

function ticketText({ subject, body }: SupportTicket): Paragraph[] {
  return [
    { text: `Subject: ${subject}`, indent: 2, hanging: 2 },
    ...body.split('\n').map((text): Paragraph => ({ text, indent: 2 })),
  ]
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
    ...ticketText(ticket),
    { text: 'When they come: pg-usher --answers FILE opens these answers again.', tone: 'muted' },
  ]
}
