import type { Connector } from '../connectors/connector.ts'
import type { AuthenticationMethod, HbaApply, NetworkAnswer } from '../model/answers.ts'
import { parseCidrList } from '../model/cidr.ts'
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

/** Understands the choice and the addresses. */
export function networkAnswer(input: NetworkInput, connector: Connector): Understood<NetworkAnswer> {
  if (input.from === 'not-known-yet') return { ok: true, value: { from: 'not-known-yet' } }
  if (input.from === 'vendor')
    return connector.addresses.kind === 'published'
      ? { ok: true, value: { from: 'vendor', cidrs: connector.addresses.cidrs, ...applied(input) } }
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
  return { ok: true, value: { from: 'typed', cidrs: parsed.cidrs, ...applied(input) } }
}

/** To print is what is done when nothing is said. */
function applied({ apply = 'print' }: NetworkInput): { readonly apply?: HbaApply } {
  return apply === 'print' ? {} : { apply }
}

/** The addresses of an answer; none while they are not known. */
export function cidrsOf(network: NetworkAnswer): readonly string[] {
  return network.from === 'not-known-yet' ? [] : network.cidrs
}
