import { describe, expect, it } from 'vitest'
import type { VendorList } from '../../src/connectors/vendor-list.ts'
import type { AwsFound } from '../../src/wizard/event.ts'
import { networkLines, savedNetworkText } from '../../src/wizard/lines/network.ts'
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
  of: 'product',
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

  it('is asked about anew for each such network, and where others together are it', () => {
    const walk = typing('0.0.0.0/0')
    walk.press('enter')
    walk.type('0.0.0.0/0')
    walk.press('enter', 'escape')
    expect(walk.state()).toMatchObject({ step: 'network', overlay: null })
    // Agreed to as it stands.
    walk.press('enter')
    expect(walk.state().step).toBe('secret')
    for (const [typed, word] of [
      ['::/0', '::/0'],
      ['0.0.0.0/1 128.0.0.0/1', '0.0.0.0/0'],
      ['8000::/1, ::/1', '::/0'],
      ['0.0.0.0/0, 52.215.192.224/28', '0.0.0.0/0'],
      ['0.0.0.0/0 ::/0', '0.0.0.0/0 ::/0'],
    ] as const) {
      walk.press('escape')
      while (walk.state().network.form.focus !== 'typed') walk.press('down')
      walk.press('ctrl-e', 'ctrl-u')
      walk.type(typed)
      expect(walk.state().draft.network).not.toHaveProperty('everybody')
      walk.press('enter')
      expect(walk.state()).toMatchObject({ step: 'network', overlay: { word } })
      walk.type(word)
      walk.press('enter')
      expect(walk.state()).toMatchObject({ step: 'secret', draft: { network: { everybody: true } } })
    }
  })

  it('is agreed to in the answers only as long as it is there', () => {
    const walk = typing('0.0.0.0/0')
    walk.press('enter')
    walk.type('0.0.0.0/0')
    walk.press('enter', 'escape', 'ctrl-e', 'ctrl-u')
    walk.type('52.215.192.224/28')
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'secret' })
    expect(walk.state().draft.network).toEqual({ from: 'typed', cidrs: ['52.215.192.224/28'] })
  })

  it('is questioned too where it is private or set aside', () => {
    expect(textOf(typing('10.0.0.0/24'))).toContain('10.0.0.0/24 is not public')
    expect(textOf(typing('192.0.2.0/24'))).toContain('is set aside')
  })
})

describe('a network that no vendor comes from over the internet', () => {
  it('is named and asked about once; another Enter takes it', () => {
    const walk = typing('10.1.0.0/16, 224.0.0.1, 52.215.192.224/28')
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'network', overlay: null })
    expect(walk.state().notice).toBe(
      'Enter again takes these all the same. Not public: 10.1.0.0/16; set aside, nobody comes from there: 224.0.0.1/32.',
    )
    walk.press('enter')
    expect(walk.state()).toMatchObject({ step: 'secret', notice: null })
  })

  it('is asked about again where the field was changed meanwhile, and by a jump forward too', () => {
    const walk = typing('10.1.0.0/16')
    walk.press('enter')
    walk.type(' ')
    walk.press('enter')
    expect(walk.state().step).toBe('network')
    walk.press('backspace', 'escape')
    walk.to('network')
    expect(walk.state().network.questioned).toBeNull()
    walk.press('enter')
    expect(walk.state().notice).toContain('10.1.0.0/16')
  })
})

describe('a pasted text', () => {
  it('keeps every address behind its comments', () => {
    const walk = typing('')
    walk.paste('# Atlan tenant\r203.0.113.7 # one\r198.51.100.7\t# two\r\n2001:db8::/48')
    expect(walk.state().draft.network).toEqual({
      from: 'typed',
      cidrs: ['203.0.113.7/32', '198.51.100.7/32', '2001:db8::/48'],
    })
  })

  it('that does not all go into the field is not taken at all, and said', () => {
    const walk = typing('52.215.192.224/28')
    const before = walk.state().network.form
    walk.paste(Array.from({ length: 600 }, (_, n) => `52.${n % 256}.${n >> 8}.0/24`).join('\r'))
    expect(walk.state().network.form).toEqual(before)
    expect(walk.state().notice).toContain('put it into a file')
  })

  it('has no address behind a # that is typed: it is refused, not passed over', () => {
    const walk = typing('203.0.113.7 # one 198.51.100.7')
    walk.press('enter')
    expect(walk.state().network.problems).toMatchObject([
      {
        field: 'typed',
        problem: { code: 'cidr-in-comment', message: expect.stringContaining('198.51.100.7') },
      },
    ])
    walk.press('backspace')
    while (walk.state().network.form.focus !== 'typed') walk.press('down')
    walk.press('ctrl-u')
    walk.type('203.0.113.7 # one')
    expect(walk.state().draft.network).toMatchObject({ cidrs: ['203.0.113.7/32'] })
  })
})

describe('ranges that cannot be read', () => {
  it('leave no earlier answer below, in the answers, or in a file', () => {
    const walk = typing('::/0')
    expect(textOf(walk)).toContain('::/0 lets the whole internet knock')
    walk.type('x')
    expect(textOf(walk)).not.toContain('whole internet')
    expect(textOf(walk)).not.toContain('hostssl')
    expect(textOf(walk)).toContain('as soon as the ranges can be read')
    expect(walk.state().draft).not.toHaveProperty('network')
    walk.take()
    walk.press('ctrl-s', 'ctrl-y')
    expect(walk.take()).toEqual([])
    expect(walk.state().network.problems).toHaveLength(1)
    walk.press('ctrl-u')
    expect(textOf(walk)).not.toContain('Subject:')
    walk.type('203.0.113.7')
    expect(textOf(walk)).toContain('203.0.113.7/32 scram-sha-256')
    walk.press('ctrl-s')
    expect(walk.take()).toMatchObject([{ kind: 'save', text: savedNetworkText(walk.state()) }])
  })

  it('are asked for before a review', () => {
    const walk = startWalk()
    walk.to('review')
    walk.press('escape', 'escape', 'right')
    expect(walk.state()).toMatchObject({ step: 'network' })
    walk.type('nonsense')
    walk.press('escape', 'ctrl-g', 'end', 'enter')
    walk.answer()
    expect(walk.state()).toMatchObject({ step: 'network' })
    expect(walk.state().notice).toContain('Not answered yet: Network.')
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
    // The second takes addresses of the documentation all the same.
    walk.press('enter', 'enter')
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

  it('shows all that came and went, and whose the addresses are', () => {
    const walk = atAnalytics()
    const cidrs = Array.from({ length: 40 }, (_, n) => `52.0.${n * 2}.0/24`)
    walk.tell({ kind: 'addresses-read', tool: 'atlassian-analytics', list: { ...feed, cidrs, of: 'vendor' } })
    const text = textOf(walk)
    for (const cidr of cidrs) expect(text).toContain(cidr)
    expect(text).not.toContain(' more')
    expect(text).toContain('It names none for analytics by itself')
    walk.tell({ kind: 'addresses-read', tool: 'atlassian-analytics', list: feed })
    expect(textOf(walk)).toContain('These are the ones of analytics alone.')
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

describe('what is to be copied', () => {
  it('is copied whole by Ctrl-Y where it is broken over rows, and the screen says so', () => {
    const facts = { ...serverFacts, tls: false, tlsAvailable: false }
    const walk = typing('203.0.113.7', { columns: 60, rows: 16, server: { facts } })
    const said = 'What is to be copied is broken over rows here: Ctrl-Y'
    expect(networkLines(walk.state())[0]?.text).toContain(said)
    walk.press('ctrl-y')
    const copied = walk.effects.flatMap(effect => (effect.kind === 'copy' ? effect.text.split('\n') : []))
    const commands = copied.filter(line => line.startsWith('  psql '))
    expect(commands.some(line => line.length > 60)).toBe(true)
    expect(copied.join(' ')).not.toContain(said)
    expect(textOf(typing('203.0.113.7', { columns: 250 }))).not.toContain(said)
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
