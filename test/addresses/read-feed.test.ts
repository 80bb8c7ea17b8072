import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readFeed } from '../../src/addresses/read-feed.ts'
import { connectorById } from '../../src/connectors/connectors.ts'

// The vendor itself is not asked: a server here answers in its place, over real HTTP.
let server: Server
let stateFolder: string
let answer: RequestListener

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'pg-usher-feed-'))
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await rm(stateFolder, { recursive: true })
})

const shipped = ['192.0.2.0/28']
const now = new Date('2026-11-22T12:00:00Z')
const read = (options: { timeout?: number } = {}) => {
  const { port } = server.address() as AddressInfo
  const feed = {
    url: `http://127.0.0.1:${port}/`,
    format: 'atlassian-ip-ranges',
    product: 'analytics',
  } as const
  return readFeed(feed, shipped, { stateFolder, now, ...options })
}
const says =
  (document: unknown): RequestListener =>
  (_, response) =>
    void response.end(typeof document === 'string' ? document : JSON.stringify(document))

const item = (cidr: string, changes: object = {}) => ({
  network: cidr.split('/')[0],
  mask_len: Number(cidr.split('/')[1]),
  cidr,
  mask: '255.255.255.240',
  region: ['us-east-1'],
  product: ['jira'],
  direction: ['ingress', 'egress'],
  ...changes,
})
const document = {
  creationDate: '2026-11-01T00:00:00.000000',
  syncToken: 1,
  items: [
    item('104.192.136.224/28'),
    item('104.192.136.240/28'),
    item('104.192.143.0/24', { direction: ['ingress'] }),
    item('2401:1d80:3208:3::/64'),
    item('104.192.136.240/28', { region: ['eu-west-1'] }),
  ],
}

describe('a vendor’s feed', () => {
  it('gives the networks that connections come from, as they stand there, each once', async () => {
    answer = says(document)
    expect(await read()).toEqual({
      from: 'feed',
      cidrs: ['104.192.136.224/28', '104.192.136.240/28', '2401:1d80:3208:3::/64'],
      madeOn: '2026-11-01T00:00:00.000000',
      of: 'vendor',
    })
  })

  it('gives those of the product alone where the feed names it', async () => {
    answer = says({
      items: [...document.items, item('198.51.100.0/28', { product: ['Analytics'], direction: 'egress' })],
    })
    expect(await read()).toMatchObject({
      from: 'feed',
      cidrs: ['198.51.100.0/28'],
      madeOn: null,
      of: 'product',
    })
  })

  it('falls back to what it said last, and says why', async () => {
    answer = says(document)
    await read()
    answer = (_, response) => void response.writeHead(503).end()
    expect(await read()).toMatchObject({
      from: 'cache',
      readAt: now.toISOString(),
      cidrs: ['104.192.136.224/28', '104.192.136.240/28', '2401:1d80:3208:3::/64'],
      of: 'vendor',
      problem: { code: 'feed-unreachable', message: expect.stringContaining('503') },
    })
    expect(await readdir(join(stateFolder, 'addresses'))).toEqual(['atlassian-ip-ranges.json'])
  })

  it.each([
    ['no JSON', says('<html>'), 'no JSON'],
    ['another form', says({ prefixes: [] }), 'another form'],
    ['a network that is none', says({ items: [item('1.2.3.4/99')] }), 'cannot be read'],
    ['no network at all', says({ items: [] }), 'cannot be read'],
    ['an error', ((_, response) => void response.writeHead(404).end()) as RequestListener, '404'],
    [
      'too much',
      ((_, response) => void response.end(Buffer.alloc(5_000_000, 32))) as RequestListener,
      'too long',
    ],
  ])('falls back to the shipped list: %s', async (_, answers, words) => {
    answer = answers
    expect(await read()).toMatchObject({
      from: 'shipped',
      cidrs: shipped,
      problem: { message: expect.stringContaining(words) },
    })
  })

  it('does not wait for one that does not answer', async () => {
    answer = () => {}
    expect(await read({ timeout: 50 })).toMatchObject({
      from: 'shipped',
      problem: { message: expect.stringContaining('did not answer in time') },
    })
  })

  it('is named for the tool that has one', () => {
    const addresses = connectorById('atlassian-analytics')?.addresses
    expect(addresses).toMatchObject({ feed: { url: 'https://ip-ranges.atlassian.com' } })
  })
})

it('says in words of a person that the name of the vendor is not known here', async () => {
  const feed = {
    url: 'http://nowhere.invalid/',
    format: 'atlassian-ip-ranges',
    product: 'analytics',
  } as const
  const list = await readFeed(feed, shipped, { stateFolder, now })
  if (list.from !== 'shipped') throw new Error(list.from)
  expect(list.problem.message).toBe(
    'http://nowhere.invalid/ was not reached: no name server here knows its name.',
  )
})
