import { type HostAddress, maskOf, numericAddress } from './address.ts'

/** An address of the server and the mask of its network. */
export interface ServerInterface {
  readonly address: HostAddress
  readonly mask: bigint
}

/**
 * The addresses of a Linux server, as its kernel shows them (proc(5)): those of IPv4 out of /proc/net/fib_trie,
 * those of IPv6 out of /proc/net/if_inet6; null where neither says anything.
 */
export function interfacesOf(
  fibTrie: string | null,
  ifInet6: string | null,
): readonly ServerInterface[] | null {
  const all = [...ipv4Interfaces(fibTrie ?? ''), ...ipv6Interfaces(ifInet6 ?? '')]
  return all.length === 0 ? null : all
}

/** Leaves of the trie: `|-- ADDRESS`, then lines `/LENGTH SCOPE TYPE`. The same leaf stands in several tables. */
function ipv4Interfaces(fibTrie: string): readonly ServerInterface[] {
  const hosts = new Map<string, HostAddress>()
  const networks: { readonly address: HostAddress; readonly length: number }[] = []
  let leaf: HostAddress | null = null
  for (const line of fibTrie.split('\n')) {
    const [, named] = /^\s*\|-- ([\d.]+)$/.exec(line) ?? []
    if (named !== undefined) leaf = numericAddress(named)
    const [, length, scope, type] = /^\s*\/(\d+) (\S+) (\S+)/.exec(line) ?? []
    if (leaf === null || length === undefined) continue
    if (type === 'LOCAL' && length === '32') hosts.set(String(leaf.value), leaf)
    else if (type === 'LOCAL' || (type === 'UNICAST' && scope === 'link'))
      networks.push({ address: leaf, length: Number(length) })
  }
  return [...hosts.values()].map(address => {
    const lengths = networks
      .filter(network => (address.value & maskOf(network.length, 32)) === network.address.value)
      .map(({ length }) => length)
    return { address, mask: maskOf(Math.max(0, ...lengths) || 32, 32) }
  })
}

/** Lines of an address in 32 hexadecimal digits, the interface's number, the prefix's length, and more. */
function ipv6Interfaces(ifInet6: string): readonly ServerInterface[] {
  return ifInet6.split('\n').flatMap(line => {
    const [, digits, length] = /^([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]{2}) /.exec(line) ?? []
    if (digits === undefined || length === undefined) return []
    const address: HostAddress = { bits: 128, value: BigInt(`0x${digits}`) }
    return [{ address, mask: maskOf(Number.parseInt(length, 16), 128) }]
  })
}
