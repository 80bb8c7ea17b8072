import type { Endpoint } from '../answers.ts'
import type { ServerNetworkFacts } from '../server-facts.ts'
import { isLoopback, listedAddresses } from './addresses.ts'
import { listenStatement } from './change.ts'

/** What listen_addresses should be so that the tool can reach the server, and why. */
export interface ListenAdvice {
  /** What it is; null where this administrator may not see it. */
  readonly current: string | null
  /** none: leave it. needed: it cannot work as it is. look: it depends on which address is whose. */
  readonly change: 'none' | 'needed' | 'look'
  /** The line for postgresql.conf, where a change is needed. */
  readonly line: string | null
  /** The same as a statement: it stands above postgresql.conf, and waits for the restart as well. */
  readonly statement: string | null
  readonly why: string
}

/**
 * What to do about listen_addresses. It names the server's own interfaces, never the addresses of a vendor:
 * with those the server does not start again (tried). A change takes a restart, which is not done here.
 */
export function listenAdvice(
  network: ServerNetworkFacts,
  endpoint: Endpoint,
  through: { readonly host: string } | null = null,
): ListenAdvice {
  const current = network.listenAddresses
  const nothing = { current, line: null, statement: null }
  const { serverAddress = null } = network
  const sameWay = through !== null && through.host.toLowerCase() === endpoint.host.toLowerCase()
  if (sameWay && serverAddress !== null && !isLoopback(serverAddress)) {
    return {
      ...nothing,
      change: 'none',
      why: `The server listens where ${endpoint.host} leads: this session came that way (to ${serverAddress}).`,
    }
  }
  if (current === null) {
    return {
      ...nothing,
      change: 'look',
      why: `listen_addresses cannot be seen from here. It has to include the address behind ${endpoint.host}, or be '*'.`,
    }
  }
  const addresses = listedAddresses(current)
  if (addresses.includes('*') || (addresses.includes('0.0.0.0') && addresses.includes('::'))) {
    return { ...nothing, change: 'none', why: 'The server listens on all its addresses.' }
  }
  if (addresses.includes(endpoint.host.toLowerCase())) {
    return { ...nothing, change: 'none', why: `The server listens on ${endpoint.host}.` }
  }
  if (addresses.every(isLoopback)) {
    return {
      current,
      change: 'needed',
      line: "listen_addresses = '*'",
      statement: listenStatement('*'),
      why: `The server listens ${addresses.length === 0 ? 'on no address, only on its socket' : 'to its own machine only'}. With '*', or its own address in the network, it can be reached; who comes in is still said by pg_hba.conf. It takes a restart. Where a proxy or tunnel on the same machine stands behind ${endpoint.host}, leave it as it is.`,
    }
  }
  const families = [
    ...(addresses.includes('0.0.0.0') ? ['all its IPv4 addresses'] : []),
    ...(addresses.includes('::') ? ['all its IPv6 addresses'] : []),
  ]
  const where = families.length > 0 ? families.join(' and ') : addresses.join(', ')
  return {
    ...nothing,
    change: 'look',
    why: `The server listens on ${where}. Right if ${endpoint.host} leads there; else add its own address for that network. That takes a restart.`,
  }
}
