import { addressText, allOnes, type HostAddress, isPrefix, maskOf, parsedAddress } from './address.ts'
import { decide, type HbaConnection, type HbaSurroundings, type HbaVerdict } from './decide.ts'
import type { HbaRule } from './rule.ts'

/** Neighbouring addresses about which the same line decides. */
export interface RangePart {
  readonly first: HostAddress
  readonly last: HostAddress
  readonly verdict: HbaVerdict
}

/**
 * Which lines decide about the addresses of a network in CIDR notation: it is cut where a line begins or ends,
 * so that every address is spoken for.
 */
export function decideRange(
  rules: readonly HbaRule[],
  connection: Omit<HbaConnection, 'address' | 'varying'>,
  cidr: string,
  surroundings: HbaSurroundings,
): readonly RangePart[] {
  const { bits, first, last } = boundsOf(cidr)
  const networks = [
    ...rules.flatMap(({ address }) => (address?.match === 'mask' ? [address] : [])),
    ...(surroundings.interfaces ?? []).flatMap(({ address, mask }) => [
      { address, mask },
      { address, mask: allOnes(address.bits) },
    ]),
  ]
  const starts = new Set([first])
  for (const { address, mask } of networks) {
    if (address.bits !== bits || !isPrefix(mask, bits)) continue
    const network = address.value & mask
    for (const start of [network, network + (allOnes(bits) ^ mask) + 1n]) {
      if (start > first && start <= last) starts.add(start)
    }
  }
  const sorted = [...starts].toSorted((a, b) => (a < b ? -1 : 1))
  const parts: RangePart[] = []
  for (const [index, start] of sorted.entries()) {
    const end = (sorted[index + 1] ?? last + 1n) - 1n
    const address = { bits, value: start }
    const verdict = decide(rules, { ...connection, address, varying: differing(start, end) }, surroundings)
    const before = parts.at(-1)
    if (before !== undefined && sameVerdict(before.verdict, verdict)) {
      parts[parts.length - 1] = { ...before, last: { bits, value: end } }
    } else parts.push({ first: address, last: { bits, value: end }, verdict })
  }
  return parts
}

/** As people write a part: the address, the network, or from and to. */
export function rangeText({ first, last }: Pick<RangePart, 'first' | 'last'>): string {
  const hosts = differing(first.value, last.value)
  const isNetwork = (first.value & hosts) === 0n && (last.value & hosts) === hosts
  const length = first.bits - hosts.toString(2).replace(/^0$/, '').length
  return isNetwork ? `${addressText(first)}/${length}` : `${addressText(first)} to ${addressText(last)}`
}

function boundsOf(cidr: string): {
  readonly bits: HostAddress['bits']
  readonly first: bigint
  readonly last: bigint
} {
  const [text = '', prefix] = cidr.split('/')
  const { bits, value } = parsedAddress(text)
  const mask = prefix === undefined ? allOnes(bits) : maskOf(Number(prefix), bits)
  const first = value & mask
  return { bits, first, last: first | (allOnes(bits) ^ mask) }
}

/** Ones from the highest bit in which the two differ. */
function differing(first: bigint, last: bigint): bigint {
  const difference = first ^ last
  return difference === 0n ? 0n : (1n << BigInt(difference.toString(2).length)) - 1n
}

function sameVerdict(a: HbaVerdict, b: HbaVerdict): boolean {
  if (a.by === 'nobody' || b.by === 'nobody') return a.by === b.by
  if (a.by !== b.by || a.rule !== b.rule) return false
  return a.by !== 'unknown' || b.by !== 'unknown' || sameVerdict(a.otherwise, b.otherwise)
}
