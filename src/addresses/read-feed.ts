import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AddressFeed, feedAddresses } from '../connectors/address-feed.ts'
import type { VendorList } from '../connectors/vendor-list.ts'
import type { Problem } from '../model/problem.ts'

export interface FeedSurroundings {
  /** The folder for what is kept between runs. */
  readonly stateFolder: string
  readonly now: Date
  /** How long the vendor may take, in milliseconds; five seconds when left out. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** More than any vendor's list; what is longer is no list. Bytes. */
const longestFeed = 4_000_000

/**
 * Reads a vendor's feed, for a few seconds at most, and keeps what it said. Where it cannot be read, what it said
 * last, or the list that is shipped. Never throws: addresses can be typed all the same.
 */
export async function readFeed(
  feed: AddressFeed,
  shipped: readonly string[],
  { stateFolder, now, timeout = 5000, signal }: FeedSurroundings,
): Promise<VendorList> {
  const file = join(stateFolder, 'addresses', `${feed.format}.json`)
  let problem: Problem
  try {
    const read = feedAddresses(feed, await fetchJson(feed.url, timeout, signal))
    if (read.ok) {
      await keep(file, { readAt: now.toISOString(), ...read.value }).catch(() => {})
      return { from: 'feed', ...read.value }
    }
    problem = read.problem
  } catch (thrown) {
    problem = {
      code: 'feed-unreachable',
      message: `${feed.url} was not reached: ${reasonOf(thrown)}.`,
      next: 'Compare the list with it from a machine that reaches it.',
    }
  }
  const kept = await keptList(file)
  return kept === null ? { from: 'shipped', cidrs: shipped, problem } : { from: 'cache', ...kept, problem }
}

/** What Node says where a name cannot be looked up: its own words name a system call. */
const nameNotFound: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'])

async function fetchJson(url: string, timeout: number, signal: AbortSignal | undefined): Promise<unknown> {
  const ends = AbortSignal.timeout(timeout)
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    signal: signal === undefined ? ends : AbortSignal.any([signal, ends]),
  })
  if (!response.ok) throw new Error(`it answers with ${response.status}`)
  if (response.body === null) throw new Error('it answers with nothing')
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.length
    if (length > longestFeed) throw new Error('its answer is too long')
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  if (thrown.name === 'TimeoutError') return 'it did not answer in time'
  if (thrown instanceof SyntaxError) return 'its answer is no JSON'
  const { cause } = thrown
  if (!(cause instanceof Error)) return thrown.message
  const code = 'code' in cause ? cause.code : undefined
  return nameNotFound.has(String(code)) ? 'no name server here knows its name' : cause.message
}

interface Kept {
  readonly readAt: string
  readonly cidrs: readonly string[]
  readonly madeOn: string | null
  readonly of: 'product' | 'vendor'
}

async function keep(file: string, list: Kept): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, `${JSON.stringify(list)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

async function keptList(file: string): Promise<Kept | null> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isKept(kept) ? kept : null
  } catch {
    return null
  }
}

function isKept(value: unknown): value is Kept {
  return (
    typeof value === 'object' &&
    value !== null &&
    'readAt' in value &&
    typeof value.readAt === 'string' &&
    'cidrs' in value &&
    Array.isArray(value.cidrs) &&
    value.cidrs.every(each => typeof each === 'string') &&
    'of' in value &&
    (value.of === 'product' || value.of === 'vendor')
  )
}
