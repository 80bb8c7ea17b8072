import type { Connector } from '../connectors/connector.ts'
import type { NetworkAnswer } from '../model/answers.ts'
import { parseCidrList } from '../model/cidr.ts'
import type { Understood } from './step.ts'

/** Where the tool comes from, as it is asked: the vendor's list where there is one. */
export type NetworkChoice = NetworkAnswer['from']

export interface NetworkInput {
  readonly from: NetworkChoice
  /** Pasted or typed addresses, however separated. */
  readonly typed: string
}

/** The choices that a tool has, the likeliest first. */
export function networkChoices(connector: Connector): readonly NetworkChoice[] {
  return connector.addresses.kind === 'published'
    ? ['vendor', 'typed', 'not-known-yet']
    : ['not-known-yet', 'typed']
}

/** Understands the choice and the addresses. */
export function networkAnswer(input: NetworkInput, connector: Connector): Understood<NetworkAnswer> {
  if (input.from === 'not-known-yet') return { ok: true, value: { from: 'not-known-yet' } }
  if (input.from === 'vendor')
    return connector.addresses.kind === 'published'
      ? { ok: true, value: { from: 'vendor', cidrs: connector.addresses.cidrs } }
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
  return { ok: true, value: { from: 'typed', cidrs: parsed.cidrs } }
}

/** The addresses of an answer; none while they are not known. */
export function cidrsOf(network: NetworkAnswer): readonly string[] {
  return network.from === 'not-known-yet' ? [] : network.cidrs
}
