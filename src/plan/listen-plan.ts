import { listenAdvice } from '../model/listen/advice.ts'
import type { ListenChange } from '../model/listen/change.ts'
import { listenProblem } from '../model/listen/value.ts'
import type { Problem } from '../model/problem.ts'
import type { PlanInput } from './plan-input.ts'

/** What of a plan's input decides about listen_addresses. */
export type ListenInput = Pick<PlanInput, 'hba' | 'server'> & {
  readonly answers: Pick<PlanInput['answers'], 'network' | 'endpoint' | 'server'>
}

/** listen_addresses, where the answers have it set and it is not set so already. */
export function listenPlan(input: ListenInput): { readonly listen?: ListenChange } {
  const value = wanted(input)
  const listening = listeningOf(input.hba)
  if (value === null || listening === null) return {}
  const { inForce, bySystem, dataDirectory } = listening
  if (value === (bySystem ?? inForce)) return {}
  const { network, endpoint, server } = { ...input.answers, network: input.server.network }
  const { change, why } = listenAdvice(network, endpoint, server)
  return {
    listen: {
      kind: 'listen-addresses',
      why:
        change === 'none'
          ? `By your choice, though it may not be needed: ${why}`
          : `So that ${endpoint.host} can be reached: the server listens on ${inForce === '' ? 'no address' : inForce}.`,
      value,
      former: bySystem,
      inForce,
      dataDirectory,
    },
  }
}

/** What ALTER SYSTEM has set it to while the running server still has something else; null where it has not. */
export function listenPending({ hba }: Pick<ListenInput, 'hba'>): string | null {
  const listening = listeningOf(hba)
  if (listening === null || listening.source === 'command line') return null
  const { bySystem, inForce } = listening
  return bySystem === inForce ? null : bySystem
}

/** What keeps listen_addresses from being set, where that was asked for. */
export function listenProblems(input: ListenInput): Problem[] {
  const value = wanted(input)
  if (value === null) return []
  const { server } = input
  const path = 'network.listen'
  const instead = 'Leave network.listen out: what is to be set is then said to somebody who may.'
  if (server.provider !== 'self-run') {
    return [
      {
        code: 'listen-managed',
        message: 'At a managed service the provider decides where the server listens.',
        next: instead,
        path,
      },
    ]
  }
  if (!server.admin.superuser) {
    return [
      {
        code: 'listen-not-settable',
        message: 'Only a superuser can set listen_addresses and see what the server makes of it.',
        next: instead,
        path,
      },
    ]
  }
  if (input.hba === undefined || input.hba === null) return []
  const listening = listeningOf(input.hba)
  if (listening === null) {
    return [
      {
        code: 'listen-not-settable',
        message: 'What decides about listen_addresses cannot be seen here, so it is not set either.',
        next: instead,
        path,
      },
    ]
  }
  if (listening.source === 'command line') {
    return [
      {
        code: 'listen-command-line',
        message:
          'The server was started with listen_addresses on its command line, which stands above what ALTER SYSTEM sets.',
        next: 'Change it where the server is started (a unit of systemd, a container).',
        path,
      },
    ]
  }
  const problem = listenProblem(value, listening.interfaces)
  return problem === null ? [] : [problem]
}

function wanted({ answers: { network } }: ListenInput): string | null {
  return network.from === 'not-known-yet' ? null : (network.listen ?? null)
}

function listeningOf(hba: ListenInput['hba']) {
  return hba?.read === true ? hba.hba.listening : null
}
