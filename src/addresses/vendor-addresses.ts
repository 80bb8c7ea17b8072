import { connectorById } from '../connectors/connectors.ts'
import type { VendorList } from '../connectors/vendor-list.ts'
import { type FeedSurroundings, readFeed } from './read-feed.ts'

/** Where a tool's vendor says that it comes from; null for a tool whose vendor says it nowhere. Never throws. */
export async function readVendorList(
  tool: string,
  surroundings: FeedSurroundings,
): Promise<VendorList | null> {
  const addresses = connectorById(tool)?.addresses
  if (addresses?.kind !== 'published' || addresses.feed === undefined) return null
  return readFeed(addresses.feed, addresses.cidrs, surroundings)
}
