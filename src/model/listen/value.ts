import ipaddr from 'ipaddr.js'
import { addressText, type HostAddress, numericAddress } from '../hba/address.ts'
import type { ServerInterface } from '../hba/interfaces.ts'
import { printable } from '../identifier.ts'
import type { Problem } from '../problem.ts'
import { isLoopback, listedAddresses } from './addresses.ts'

/**
 * What keeps a value of listen_addresses from being set; null where the server starts with it. It starts where at
 * least one socket can be opened (StreamServerPort in src/backend/libpq/pqcomm.c; tried), so every entry has to be
 * an address of its own: an unknown one may be the vendor's, and a host name may mean another machine tomorrow.
 * @param interfaces the server's own; null where they are not known, and then only `*` and loopback are certain
 */
export function listenProblem(value: string, interfaces: readonly ServerInterface[] | null): Problem | null {
  const entries = listedAddresses(value)
  if (entries.length === 0) return refused('no address at all: then only the socket is left')
  if (entries.includes('*'))
    return entries.length === 1 ? null : refused("'*' together with other addresses: it says all by itself")
  const twice = entries.find((entry, index) => entries.indexOf(entry) !== index)
  if (twice !== undefined) return refused(`${printable(twice)} twice`)
  for (const entry of entries) {
    if (certain.has(entry)) continue
    if (entry === '::' && interfaces?.some(({ address }) => address.bits === 128) === true) continue
    const address = numericAddress(entry)
    if (address === null || !isPlain(entry)) {
      return refused(`${printable(entry)}, which is no address (listen_addresses is a list with commas)`)
    }
    if (interfaces === null) {
      return refused(`${entry}, and which addresses are the server's own cannot be seen from here`)
    }
    if (!interfaces.some(each => isSame(each.address, address))) {
      const own = interfaces.map(each => addressText(each.address)).join(', ')
      return refused(`${entry}, which is none of the server's own addresses (${own})`)
    }
  }
  return null

  function refused(what: string): Problem {
    return {
      code: 'listen-addresses',
      message: `listen_addresses would be set to ${what}.`,
      next: "Give '*', or addresses of the server itself; who may come in is said in pg_hba.conf.",
      path: 'network.listen',
    }
  }
}

/** On every machine. */
const certain = new Set(['localhost', '127.0.0.1', '0.0.0.0'])

/**
 * What is there and the server's address in its network, so that only that one is opened besides; null where it has
 * no such address, or several, of which only a person knows which is meant.
 */
export function widerByOne(inForce: string, interfaces: readonly ServerInterface[] | null): string | null {
  const there = listedAddresses(inForce)
  const inNetwork = (interfaces ?? [])
    .map(({ address }) => addressText(address))
    .filter(address => !isLoopback(address) && !there.includes(address))
    .filter(address => ipaddr.parse(address).range() !== 'linkLocal')
  const ipv4 = inNetwork.filter(address => !address.includes(':'))
  const own = ipv4.length > 0 ? ipv4 : inNetwork
  const [only] = own
  return only === undefined || own.length > 1 ? null : [...there, only].join(',')
}

/** As people write addresses; `127.1` and the like are left to the server's own files. */
function isPlain(entry: string): boolean {
  return entry.includes(':') ? ipaddr.IPv6.isValid(entry) : ipaddr.IPv4.isValidFourPartDecimal(entry)
}

function isSame(one: HostAddress, other: HostAddress): boolean {
  return one.bits === other.bits && one.value === other.value
}
