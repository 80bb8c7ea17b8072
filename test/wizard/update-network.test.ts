import { describe, expect, it } from 'vitest'
import type { VendorList } from '../../src/connectors/vendor-list.ts'
import type { AwsFound } from '../../src/wizard/event.ts'
import { networkLines } from '../../src/wizard/lines/network.ts'
import { serverFacts } from '../support/plan-input.ts'
import { startWalk, type Walk, type WalkOptions } from '../support/wizard-walk.ts'

/** At the question about addresses, with the ranges typed. */
function typing(text: string, options: WalkOptions = {}): Walk {
  const walk = startWalk(options)
  walk.to('network')
  walk.press('right', 'down')
  walk.type(text)
  walk.take()
  return walk
}

/** The same for Atlassian Analytics, whose vendor publishes a list. */
function atAnalytics(options: WalkOptions = {}): Walk {
  const walk = startWalk(options)
  walk.tell({ kind: 'tool-chosen', tool: 'atlassian-analytics' })
  walk.to('network')
  return walk
}

const textOf = (walk: Walk) =>
  networkLines(walk.state())
    .map(({ text }) => text)
    .join(' ')
    .replace(/\s+/g, ' ')

const feed: VendorList = {
  from: 'feed',
  cidrs: ['13.52.5.96/28', '198.51.100.0/28'],
  madeOn: '2026-11-01T00:00:00Z',
}

describe('a network of all addresses', () => {
  it('is let in only when it is typed once more', () => {
    const walk = typing('0.0.0.0/0')
    walk.press('enter')
    expect(walk.state()).toMatchObject({
      step: 'network',
      overlay: { kind: 'confirm', about: 'let-everybody-knock', word: '0.0.0.0/0' },
    })
    walk.type('yes')
    walk.press('enter')
    expect(walk.state().step).toBe('network')
    walk.press('ctrl-u')
    walk.type('0.0.0.0/0')
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'secret', draft: { network: { everybody: true } } })
  })

  it('is asked about again where a file has agreed to it', () => {
    const walk = startWalk({
      draft: { tool: 'atlan', network: { from: 'typed', cidrs: ['::/0'], everybody: true } },
    })
    walk.to('network')
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'network', overlay: { word: '::/0' } })
  })

  it('is questioned too where it is private or set aside', () => {
    expect(textOf(typing('10.0.0.0/24'))).toContain('10.0.0.0/24 is not public')
    expect(textOf(typing('192.0.2.0/24'))).toContain('is set aside')
  })
})

describe('a file of addresses', () => {
  it('is read in the place of its path, and said where it cannot be', () => {
    const walk = typing('@/etc/tool/ranges')
    walk.press('enter')
    expect(walk.take()).toEqual([{ kind: 'read-address-file', path: '/etc/tool/ranges' }])
    const problem = { code: 'address-file', message: 'It cannot be read.' }
    walk.tell({ kind: 'address-file-read', path: '/etc/tool/ranges', read: { ok: false, problem } })
    expect(walk.state().network.problems).toEqual([{ field: 'typed', problem }])
    const read = { ok: true, value: '203.0.113.0/28' } as const
    walk.tell({ kind: 'address-file-read', path: '/etc/other', read })
    expect(walk.state().draft.network).not.toMatchObject({ from: 'typed' })
    walk.tell({ kind: 'address-file-read', path: '/etc/tool/ranges', read })
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'secret', draft: { network: { cidrs: ['203.0.113.0/28'] } } })
  })
})

describe('the list that a vendor publishes', () => {
  it('is asked for when the question comes, and counts from then on', () => {
    const walk = atAnalytics()
    expect(walk.effects).toContainEqual({ kind: 'read-addresses', tool: 'atlassian-analytics' })
    expect(textOf(walk)).toContain('15 ranges')
    walk.tell({ kind: 'addresses-read', tool: 'atlassian-analytics', list: feed })
    expect(walk.state().draft.network).toEqual({ from: 'vendor', cidrs: feed.cidrs })
    const text = textOf(walk)
    expect(text).toContain('2 ranges from https://ip-ranges.atlassian.com, read just now, made 2026-11-01')
    expect(text).toContain('there came: 198.51.100.0/28.')
  })

  it('says what has changed since the answers were given', () => {
    const walk = atAnalytics({
      draft: {
        tool: 'atlassian-analytics',
        network: { from: 'vendor', cidrs: ['13.52.5.96/28', '192.0.2.0/28'] },
      },
    })
    walk.tell({ kind: 'addresses-read', tool: 'atlassian-analytics', list: feed })
    const text = textOf(walk)
    expect(text).toContain('Since these answers were given there came: 198.51.100.0/28.')
    expect(text).toContain('Since these answers were given there went: 192.0.2.0/28.')
  })

  it('says that nobody was reached, and what holds instead; an answer about another tool is not heard', () => {
    const walk = atAnalytics()
    walk.tell({ kind: 'addresses-read', tool: 'atlan', list: feed })
    expect(walk.state().facts.addresses).toBeUndefined()
    const problem = { code: 'feed-unreachable', message: 'It was not reached.', next: 'Compare it.' }
    walk.tell({
      kind: 'addresses-read',
      tool: 'atlassian-analytics',
      list: { from: 'shipped', cidrs: ['13.52.5.96/28'], problem },
    })
    expect(textOf(walk)).toContain('It was not reached. Compare it.')
  })
})

describe('a managed service', () => {
  it('is opened by its own command, and pg_hba.conf is not spoken of', () => {
    const walk = typing('203.0.113.7', { server: { facts: { ...serverFacts, provider: 'cloud-sql' } } })
    const text = textOf(walk)
    expect(text).toContain('gcloud sql instances patch INSTANCE --authorized-networks=')
    expect(text).toContain('203.0.113.7/32')
    expect(text).not.toContain('hostssl')
  })

  it('has its security group named where AWS was asked about it', () => {
    const walk = typing('203.0.113.7', { server: { facts: { ...serverFacts, provider: 'rds' } } })
    const found: AwsFound = {
      identity: { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/dba', userId: 'AIDA' },
      target: { partition: 'aws', region: 'eu-west-1', account: '123456789012', resourceId: 'db-ABC' },
      database: {
        kind: 'instance',
        identifier: 'shop',
        arn: 'arn:aws:rds:eu-west-1:123456789012:db:shop',
        resourceId: 'db-ABC',
        engine: 'postgres',
        endpoints: [],
        status: 'available',
        iamAuthentication: true,
        pending: [],
        replicaOf: null,
        publiclyAccessible: false,
        securityGroups: ['sg-0abc'],
      },
    }
    const asked = { ...walk.state(), aws: { ...walk.state().aws, found } }
    expect(textOf(walk)).toContain('aws rds describe-db-instances')
    const text = networkLines(asked)
      .map(line => line.text)
      .join(' ')
    expect(text).toContain('GROUP=sg-0abc')
    expect(text).not.toContain('describe-db-instances')
    expect(text).toContain('It is not publicly accessible')
  })
})

describe('a server without TLS', () => {
  it('is said before the lines, which are host then, and how it is turned on after them', () => {
    const facts = { ...serverFacts, tls: false, tlsAvailable: false }
    const text = textOf(typing('203.0.113.7', { server: { facts } }))
    const places = [
      'Warning: TLS is off',
      '203.0.113.7/32 scram-sha-256',
      'openssl req',
      'ALTER SYSTEM SET ssl',
    ].map(words => text.indexOf(words))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(-1)
    expect(text).not.toContain('hostssl music_store')
  })

  it('is none of it where TLS is on: required, and whether it can be verified', () => {
    const text = textOf(typing('203.0.113.7'))
    expect(text).toContain('TLS is required.')
    expect(text).toContain('Verified: not to be said from here')
    expect(text).not.toContain('openssl')
  })
})
