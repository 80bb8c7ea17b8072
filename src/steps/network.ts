import type { Connector } from '../connectors/connector.ts'
import type { VendorList } from '../connectors/vendor-list.ts'
import type { AuthenticationMethod, HbaApply, NetworkAnswer } from '../model/answers.ts'
import { type CidrFlag, cidrListFlags, cidrsInComments, everybodyOf, parseCidrList } from '../model/cidr.ts'
import type { ListenAdvice } from '../model/listen/advice.ts'
import type { ListenAtHand } from '../model/listen/at-hand.ts'
import { widerByOne } from '../model/listen/value.ts'
import type { ServerFacts } from '../model/server-facts.ts'
import type { Understood } from './step.ts'

/** Where the tool comes from, as it is asked: the vendor's list where there is one. */
export type NetworkChoice = NetworkAnswer['from']

export interface NetworkInput {
  readonly from: NetworkChoice
  /** Pasted or typed addresses, however separated. */
  readonly typed: string
  /** What is done with the lines for pg_hba.conf; printed when left out. */
  readonly apply?: HbaApply
  /** To what listen_addresses is set; left alone when left out. */
  readonly listen?: string | undefined
  /** The networks with which a person has agreed that all addresses are let in; none when left out. */
  readonly agreedTo?: readonly string[] | null
}

/** The choices that a tool has, the likeliest first. */
export function networkChoices(connector: Connector): readonly NetworkChoice[] {
  return connector.addresses.kind === 'published'
    ? ['vendor', 'typed', 'not-known-yet']
    : ['not-known-yet', 'typed']
}

/** What can be done with the lines for pg_hba.conf here; print comes first and is always there. */
export function applyChoices(
  server: ServerFacts | null,
  method: AuthenticationMethod,
): readonly [HbaApply, ...HbaApply[]] {
  const writable = server?.provider === 'self-run' && server.admin.superuser && method === 'password'
  if (!writable) return ['print']
  return server.versionNumber >= 160000 ? ['print', 'write', 'include'] : ['print', 'write']
}

/**
 * What can be done about listen_addresses: nothing; the server's own address added; all of its addresses; what the
 * answers have, where that is something else.
 */
export type ListenChoice = 'leave' | 'own' | 'all' | 'given'

/** The choices that there are, the first being to leave it, and to what each sets it. */
export type ListenChoices = ReadonlyMap<ListenChoice, string | null>

/** What a superuser of a server of one's own can choose, where the tool may not reach the server as it listens now. */
export function listenChoices({
  server,
  listening,
  advice,
  given,
}: {
  readonly server: ServerFacts | null
  readonly listening: ListenAtHand | null
  readonly advice: ListenAdvice | null
  /** What the answers had before. */
  readonly given: string | null
}): ListenChoices {
  const choices = new Map<ListenChoice, string | null>([['leave', null]])
  const settable =
    server?.provider === 'self-run' &&
    server.admin.superuser &&
    listening !== null &&
    listening.source !== 'command line'
  if (!settable || advice === null || (advice.change === 'none' && given === null)) return choices
  const own = widerByOne(listening.inForce, listening.interfaces)
  if (own !== null) choices.set('own', own)
  choices.set('all', '*')
  if (given !== null && ![...choices.values()].includes(given)) choices.set('given', given)
  return choices
}

/**
 * Understands the choice and the addresses.
 * @param list what the vendor says now, where that was read; else the list that is shipped
 */
export function networkAnswer(
  input: NetworkInput,
  connector: Connector,
  list: VendorList | null = null,
): Understood<NetworkAnswer> {
  if (input.from === 'not-known-yet') return { ok: true, value: { from: 'not-known-yet' } }
  if (input.from === 'vendor')
    return connector.addresses.kind === 'published'
      ? {
          ok: true,
          value: answerOf('vendor', list?.cidrs ?? connector.addresses.cidrs, input),
        }
      : {
          ok: false,
          problems: [
            {
              field: 'from',
              problem: {
                code: 'no-list',
                message: `${connector.name} publishes no list; its addresses come by ticket.`,
              },
            },
          ],
        }
  const parsed = parseCidrList(input.typed)
  // The field is one line: a comment in it goes to its end, and would take addresses along.
  const [hidden] = cidrsInComments(input.typed)
  if (hidden !== undefined)
    return {
      ok: false,
      problems: [
        {
          field: 'typed',
          problem: {
            code: 'cidr-in-comment',
            message: `${hidden} stands after a #, where all is comment: it would not be let in.`,
            next: 'Take the # and the words after it away, or the address.',
          },
        },
      ],
    }
  if (parsed.problems.length > 0)
    return { ok: false, problems: parsed.problems.map(problem => ({ field: 'typed', problem })) }
  if (parsed.cidrs.length === 0)
    return {
      ok: false,
      problems: [
        {
          field: 'typed',
          problem: {
            code: 'missing',
            message: 'At least one address or range, such as 203.0.113.7 or 2001:db8::/48.',
          },
        },
      ],
    }
  return { ok: true, value: answerOf('typed', parsed.cidrs, input) }
}

/** To print is what is done when nothing is said; an agreement stands there only where it is needed. */
function answerOf(
  from: 'vendor' | 'typed',
  cidrs: readonly string[],
  { apply = 'print', agreedTo = null, listen }: NetworkInput,
): NetworkAnswer {
  const agreed = agreedTo !== null && everybodyOf(cidrs).length > 0 && sameCidrs(agreedTo, cidrs)
  return {
    from,
    cidrs,
    ...(agreed ? { everybody: true } : {}),
    ...(apply === 'print' ? {} : { apply }),
    ...(listen === undefined ? {} : { listen }),
  }
}

function sameCidrs(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every(cidr => other.includes(cidr))
}

/**
 * The network of all addresses that a person has to agree to by typing it, both of them where there are both; null
 * where there is none to ask about.
 */
export function everybodyIn(network: NetworkAnswer): string | null {
  if (network.from === 'not-known-yet' || network.everybody === true) return null
  const networks = everybodyOf(network.cidrs)
  return networks.length === 0 ? null : networks.join(' ')
}

/**
 * What makes one think twice about networks that no vendor comes from over the internet: private ones, and those set
 * aside; null where there are none.
 */
export function unlikelyIn(network: NetworkAnswer): string | null {
  if (network.from === 'not-known-yet') return null
  const flags = cidrListFlags(network.cidrs)
  const named = (flag: CidrFlag['flag']) => flags.flatMap(each => (each.flag === flag ? each.cidr : []))
  const notPublic = named('private')
  const setAside = named('reserved')
  const said = [
    ...(notPublic.length === 0 ? [] : [`not public: ${notPublic.join(', ')}`]),
    ...(setAside.length === 0 ? [] : [`set aside, nobody comes from there: ${setAside.join(', ')}`]),
  ].join('; ')
  return said === '' ? null : `${said.charAt(0).toUpperCase()}${said.slice(1)}.`
}

/** The file that is meant, where a path stands in the place of addresses: `@/etc/tool/addresses`; else null. */
export function addressFileIn({ from, typed }: NetworkInput): string | null {
  const text = typed.trim()
  return from === 'typed' && text.startsWith('@') ? text.slice(1).trim() : null
}

/** The addresses of an answer; none while they are not known. */
export function cidrsOf(network: NetworkAnswer): readonly string[] {
  return network.from === 'not-known-yet' ? [] : network.cidrs
}
