import * as z from 'zod'
import { parseCidr } from '../model/cidr.ts'
import type { Result } from '../model/problem.ts'

/** Where a vendor says, for programs, which addresses it comes from. */
export interface AddressFeed {
  readonly url: string
  readonly format: 'atlassian-ip-ranges'
  /** The vendor's own name of the product in its feed. */
  readonly product: string
}

/** What a feed says. */
export interface FeedAddresses {
  /** Normalised, each once, in the order of the feed. */
  readonly cidrs: readonly string[]
  /** When the vendor made it, as it says; null where it does not. */
  readonly madeOn: string | null
  /** Whether they are the product's own, or all of the vendor's, since the feed does not name the product. */
  readonly of: 'product' | 'vendor'
}

const text = z.union([z.string(), z.array(z.string())])
const document = z.object({
  creationDate: z.string().optional(),
  items: z.array(z.object({ cidr: z.string(), direction: text.optional(), product: text.optional() })),
})

/**
 * What the document of a feed says about one product: the networks that connections come from ("egress"). Where the
 * feed does not know the product by name, all of the vendor's.
 * Source: https://ip-ranges.atlassian.com (fields network, mask_len, cidr, mask, region, product, direction; read
 * 2026-11-22).
 */
export function feedAddresses(feed: AddressFeed, json: unknown): Result<FeedAddresses> {
  const parsed = document.safeParse(json)
  if (!parsed.success) return refused(`${feed.url} has another form than it had.`)
  const { items, creationDate = null } = parsed.data
  const outward = items.filter(
    ({ direction }) => direction === undefined || listOf(direction).includes('egress'),
  )
  const own = outward.filter(({ product }) => listOf(product ?? []).includes(feed.product))
  const of = own.length > 0 ? 'product' : 'vendor'
  const networks = (of === 'product' ? own : outward).map(({ cidr }) => parseCidr(cidr))
  const cidrs = networks.flatMap(network => (network.ok ? [network.value] : []))
  if (cidrs.length === 0 || cidrs.length < networks.length)
    return refused(`${feed.url} has networks that cannot be read, or none.`)
  return { ok: true, value: { cidrs: [...new Set(cidrs)], madeOn: creationDate, of } }
}

function listOf(value: string | readonly string[]): readonly string[] {
  return (typeof value === 'string' ? [value] : value).map(each => each.toLowerCase())
}

function refused(message: string): Result<FeedAddresses> {
  return { ok: false, problem: { code: 'feed-unreadable', message } }
}
