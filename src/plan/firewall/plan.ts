import { cidrFlags } from '../../model/cidr.ts'
import type { Problem } from '../../model/problem.ts'
import type { PlanNote } from '../plan.ts'
import type { PlanInput } from '../plan-input.ts'
import { firewallAdvice } from './advice.ts'
import type { FirewallAdvice } from './firewall.ts'
import type { RdsFound } from './rds.ts'

/** What of a plan's input the way through the network depends on. */
export type FirewallInput = Pick<PlanInput, 'connector' | 'server'> & {
  readonly aws?: RdsFound | null
  readonly answers: Pick<PlanInput['answers'], 'network' | 'endpoint' | 'server'>
}

/** What a person does at the managed service for the answers' addresses; nothing elsewhere. */
export function firewallPlan({ answers, connector, server, aws = null }: FirewallInput): {
  readonly firewall?: FirewallAdvice
} {
  if (answers.network.from === 'not-known-yet') return {}
  const { cidrs } = answers.network
  const advice = firewallAdvice(
    server.provider,
    { ...answers.endpoint, user: answers.server.user, tool: connector.id, cidrs },
    aws,
  )
  return advice === null ? {} : { firewall: advice }
}

/** A network of all addresses has to be agreed to by itself. */
export function addressProblems({ answers: { network } }: Pick<FirewallInput, 'answers'>): Problem[] {
  if (network.from === 'not-known-yet' || network.everybody === true) return []
  return network.cidrs
    .flatMap(cidrFlags)
    .filter(({ flag }) => flag === 'everybody')
    .map(({ message }) => ({
      code: 'network-everybody',
      message,
      next: 'Give the addresses that the tool has, or agree to it ("everybody": true in "network").',
      path: 'network.cidrs',
    }))
}

/** What to think about before these addresses are let in. */
export function addressNotes({ answers: { network } }: Pick<FirewallInput, 'answers'>): PlanNote[] {
  if (network.from === 'not-known-yet') return []
  return network.cidrs
    .flatMap(cidrFlags)
    .map(({ message }) => ({ level: 'warning', database: null, text: message }))
}
