import { cidrListFlags, everybodyOf } from '../../model/cidr.ts'
import { cidrChanges } from '../../model/cidr-union.ts'
import type { Problem } from '../../model/problem.ts'
import type { PlanNote } from '../plan.ts'
import type { PlanInput } from '../plan-input.ts'
import { firewallAdvice } from './advice.ts'
import type { FirewallAdvice } from './firewall.ts'
import type { RdsFound } from './rds.ts'

/** What of a plan's input the way through the network depends on. */
export type FirewallInput = Pick<PlanInput, 'connector' | 'server'> & {
  readonly aws?: RdsFound | null
  readonly rds?: RdsFound | null
  readonly answers: Pick<PlanInput['answers'], 'network' | 'endpoint' | 'server'>
}

/** What a person does at the managed service for the answers' addresses; nothing elsewhere. */
export function firewallPlan({ answers, connector, server, aws = null, rds = null }: FirewallInput): {
  readonly firewall?: FirewallAdvice
} {
  if (answers.network.from === 'not-known-yet') return {}
  const { cidrs } = answers.network
  const advice = firewallAdvice(
    server.provider,
    { ...answers.endpoint, user: answers.server.user, tool: connector.id, cidrs },
    aws ?? rds,
  )
  return advice === null ? {} : { firewall: advice }
}

/** A network of all addresses has to be agreed to by itself. */
export function addressProblems({ answers: { network } }: Pick<FirewallInput, 'answers'>): Problem[] {
  if (network.from === 'not-known-yet' || network.everybody === true) return []
  return cidrListFlags(network.cidrs)
    .filter(({ flag }) => flag === 'everybody')
    .map(({ message }) => ({
      code: 'network-everybody',
      message,
      next: 'Give the addresses that the tool has, or agree to it ("everybody": true in "network").',
      path: 'network.cidrs',
    }))
}

/** What to think about before these addresses are let in. */
export function addressNotes({
  answers: { network },
  connector,
}: Pick<FirewallInput, 'answers' | 'connector'>): PlanNote[] {
  if (network.from === 'not-known-yet') return []
  const idle = network.everybody === true && everybodyOf(network.cidrs).length === 0
  const flags = [
    ...cidrListFlags(network.cidrs).map(({ message }) => message),
    ...(idle
      ? [
          'These answers agree to let everybody knock ("everybody": true in "network"), and name no such network: take it out, or a later edit that names one is not asked about.',
        ]
      : []),
  ].map((text): PlanNote => ({ level: 'warning', database: null, text }))
  return network.from === 'vendor' ? [...flags, ...listNotes(network.cidrs, connector)] : flags
}

/** How the answers' list differs from the one of the vendor's page: it may have changed since, to either side. */
function listNotes(cidrs: readonly string[], { name, addresses }: FirewallInput['connector']): PlanNote[] {
  if (addresses.kind !== 'published') return []
  const { added, dropped } = cidrChanges(cidrs, addresses.cidrs)
  if (added.length + dropped.length === 0) return []
  const differences = [
    ...(added.length === 0 ? [] : [`it lacks ${added.join(', ')}`]),
    ...(dropped.length === 0 ? [] : [`it has besides ${dropped.join(', ')}`]),
  ]
  return [
    {
      level: 'info',
      database: null,
      text: `The list in these answers is not the one on ${name}'s page of ${addresses.source.readOn}: ${differences.join('; ')}. ${addresses.feed === undefined ? '' : `What counts now is at ${addresses.feed.url}; the wizard reads it.`}`.trim(),
    },
  ]
}
