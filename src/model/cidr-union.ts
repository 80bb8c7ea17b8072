import ipaddr from 'ipaddr.js'

/** Addresses from the first to the last, as numbers of so many bits. */
interface Interval {
  readonly bits: 32 | 128
  readonly first: bigint
  readonly last: bigint
}

/**
 * The fewest networks that are exactly the same addresses as these, IPv4 first, in the order of their numbers: what
 * lies in another is left out, neighbours become one where together they are a network. Nothing is rounded up.
 * @param cidrs normalised, as parseCidr gives them
 */
export function cidrUnion(cidrs: readonly string[]): readonly string[] {
  return joined(cidrs).flatMap(networksOf)
}

/**
 * The addresses that a list has besides another, and those that it lacks, each in the fewest networks; the same
 * addresses written in another way are no difference.
 */
export function cidrChanges(
  former: readonly string[],
  present: readonly string[],
): { readonly added: readonly string[]; readonly dropped: readonly string[] } {
  const before = joined(former)
  const now = joined(present)
  return {
    added: without(now, before).flatMap(networksOf),
    dropped: without(before, now).flatMap(networksOf),
  }
}

/** All addresses of these, in order, none next to another and none twice. */
function joined(cidrs: readonly string[]): readonly Interval[] {
  const intervals = cidrs
    .map(intervalOf)
    .toSorted((a, b) => a.bits - b.bits || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const result: Interval[] = []
  for (const each of intervals) {
    const before = result.at(-1)
    if (before === undefined || before.bits !== each.bits || each.first > before.last + 1n) result.push(each)
    else if (each.last > before.last) result[result.length - 1] = { ...before, last: each.last }
  }
  return result
}

/** The addresses of these that are in none of those; both as {@link joined} gives them. */
function without(these: readonly Interval[], those: readonly Interval[]): readonly Interval[] {
  return these.flatMap(({ bits, first, last }) => {
    const left: Interval[] = []
    let start = first
    for (const other of those) {
      if (other.bits !== bits || other.last < start || other.first > last) continue
      if (other.first > start) left.push({ bits, first: start, last: other.first - 1n })
      start = other.last + 1n
    }
    if (start <= last) left.push({ bits, first: start, last })
    return left
  })
}

/** The first and the last address of a network, as text. @param cidr normalised */
export function cidrBounds(cidr: string): { readonly first: string; readonly last: string } {
  const { bits, first, last } = intervalOf(cidr)
  return { first: textOf(first, bits), last: textOf(last, bits) }
}

function intervalOf(cidr: string): Interval {
  const [address, prefix] = ipaddr.parseCIDR(cidr)
  const bytes = address.toByteArray()
  const bits = bytes.length === 4 ? 32 : 128
  const first = bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
  return { bits, first, last: first | ((1n << BigInt(bits - prefix)) - 1n) }
}

/** The largest network that begins there and does not go beyond the end, and so on. */
function networksOf({ bits, first, last }: Interval): string[] {
  const networks: string[] = []
  for (let start = first; start <= last; ) {
    let host = 0n
    while (
      host < bits &&
      (start & ((1n << (host + 1n)) - 1n)) === 0n &&
      start + (1n << (host + 1n)) - 1n <= last
    )
      host += 1n
    networks.push(`${textOf(start, bits)}/${bits - Number(host)}`)
    start += 1n << host
  }
  return networks
}

function textOf(number: bigint, bits: number): string {
  const bytes = Array.from({ length: bits / 8 }, (_, index) =>
    Number((number >> BigInt(bits - 8 * (index + 1))) & 0xffn),
  )
  const address = ipaddr.fromByteArray(bytes)
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}
