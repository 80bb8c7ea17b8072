import ipaddr from 'ipaddr.js'

/** An address as the server compares it: the number of its bits, and its value. */
export interface HostAddress {
  readonly bits: 32 | 128
  readonly value: bigint
}

/**
 * A numeric address as getaddrinfo() with AI_NUMERICHOST takes it, which is more than four numbers: 127.1,
 * 0x7f000001 and 0177.0.0.1 all are 127.0.0.1. Null for what the server would take for a host name.
 */
export function numericAddress(text: string): HostAddress | null {
  if (!text.includes(':')) return ipv4Address(text)
  const [address = '', zone, ...more] = text.split('%')
  if (more.length > 0 || zone === '' || !ipaddr.IPv6.isValid(address)) return null
  return addressOf(ipaddr.IPv6.parse(address))
}

/** @throws Error for what is no address */
export function parsedAddress(text: string): HostAddress {
  return addressOf(ipaddr.parse(text))
}

/** The mask of a prefix length as strtol() reads it; null where the server refuses it. */
export function prefixMask(text: string, bits: HostAddress['bits']): bigint | null {
  if (!/^[ \t\n\r\f\v]*[+-]?\d+$/.test(text)) return null
  const length = Number(text)
  if (length < 0 || length > bits) return null
  return maskOf(length, bits)
}

/** `length` ones, then zeros. */
export function maskOf(length: number, bits: HostAddress['bits']): bigint {
  return allOnes(bits) ^ (allOnes(bits) >> BigInt(length))
}

/** As many ones as the family has bits. */
export function allOnes(bits: HostAddress['bits']): bigint {
  return (1n << BigInt(bits)) - 1n
}

/** Whether the mask is a prefix: ones first, then zeros. */
export function isPrefix(mask: bigint, bits: HostAddress['bits']): boolean {
  const zeros = allOnes(bits) ^ mask
  return (zeros & (zeros + 1n)) === 0n
}

/** Whether an address is in a network, `10.0.0.0/8`; an IPv4 address is in no IPv6 one. */
export function isWithin({ bits, value }: HostAddress, cidr: string): boolean {
  const [text = '', length = ''] = cidr.split('/')
  const network = numericAddress(text)
  const mask = network === null ? null : prefixMask(length, network.bits)
  if (network === null || mask === null || network.bits !== bits) return false
  return ((network.value ^ value) & mask) === 0n
}

/** As people write it: dotted, or IPv6 written short (RFC 5952). */
export function addressText({ bits, value }: HostAddress): string {
  const bytes = Array.from({ length: bits / 8 }, (_, index) =>
    Number((value >> BigInt(bits - 8 * (index + 1))) & 0xffn),
  )
  const address = ipaddr.fromByteArray(bytes)
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

function addressOf(address: ipaddr.IPv4 | ipaddr.IPv6): HostAddress {
  const bytes = address.toByteArray()
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return { bits: bytes.length === 4 ? 32 : 128, value }
}

/** inet_aton(3): one to four parts, decimal, octal or hexadecimal, the last one filling what is left. */
function ipv4Address(text: string): HostAddress | null {
  const parts = text.split('.')
  if (parts.length > 4) return null
  const numbers: bigint[] = []
  for (const part of parts) {
    if (!/^(0x[\da-f]+|0[0-7]*|[1-9]\d*)$/i.test(part)) return null
    numbers.push(BigInt(/^0[0-7]+$/.test(part) ? `0o${part.slice(1)}` : part))
  }
  const last = numbers.pop() ?? 0n
  const room = BigInt(8 * (4 - numbers.length))
  if (numbers.some(number => number > 0xffn) || last >= 1n << room) return null
  const high = numbers.reduce((sum, number) => (sum << 8n) | number, 0n)
  return { bits: 32, value: (high << room) | last }
}
