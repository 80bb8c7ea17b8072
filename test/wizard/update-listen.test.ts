import { describe, expect, it } from 'vitest'
import { parsedAddress, prefixMask } from '../../src/model/hba/address.ts'
import { decodeContents } from '../../src/model/hba/contents.ts'
import type { ListenAtHand } from '../../src/model/listen/at-hand.ts'
import { fieldValue } from '../../src/terminal/form.ts'
import { networkLines } from '../../src/wizard/lines/network.ts'
import { listenChoicesNow } from '../../src/wizard/update/network.ts'
import { serverFacts } from '../support/plan-input.ts'
import { startWalk, type Walk, type WalkOptions } from '../support/wizard-walk.ts'

const interfaceOf = (text: string) => {
  const address = parsedAddress(text)
  return { address, mask: prefixMask('24', address.bits) ?? 0n }
}

const listening: ListenAtHand = {
  inForce: 'localhost',
  source: 'configuration file',
  bySystem: null,
  dataDirectory: '/srv/data',
  interfaces: [interfaceOf('127.0.0.1'), interfaceOf('10.0.0.5')],
}

const facts = { ...serverFacts, network: { ...serverFacts.network, listenAddresses: 'localhost' } }

/** At the question about addresses, with what a superuser has read of the server. */
function atNetwork(read: Partial<ListenAtHand> | null, options: WalkOptions = {}): Walk {
  const walk = startWalk({ server: { facts }, ...options })
  walk.to('network')
  if (options.draft === undefined) {
    walk.press('right', 'down')
    walk.type('203.0.113.0/28')
  }
  const asked = walk.effects.findLast(effect => effect.kind === 'read-hba')
  if (asked?.kind !== 'read-hba') throw new Error('pg_hba.conf was not asked for')
  walk.tell({
    kind: 'hba-read',
    question: asked.question,
    reading: {
      read: true,
      hba: {
        path: '/srv/data/pg_hba.conf',
        contents: decodeContents(new Uint8Array()),
        by: 'file',
        hash: '',
        files: { file: () => ({ found: 'missing' }), folder: () => ({ found: 'missing' }) },
        server: { versionNumber: 180_000, ssl: true, missing: new Set(), oauthValidators: [] },
        surroundings: { interfaces: null },
        memberOf: new Set(),
        clientAddress: null,
        listening: read === null ? null : { ...listening, ...read },
      },
    },
  })
  return walk
}

const choices = (walk: Walk) => [...listenChoicesNow(walk.state()).values()]
const textOf = (walk: Walk) =>
  networkLines(walk.state())
    .map(({ text }) => text)
    .join(' ')
    .replace(/\s+/g, ' ')

describe('listen_addresses, as the wizard asks about it', () => {
  it('is left as it is unless something else is chosen; what was typed meanwhile stays', () => {
    const walk = atNetwork({})
    expect(choices(walk)).toEqual([null, 'localhost,10.0.0.5', '*'])
    expect(fieldValue(walk.state().network.form, 'typed')).toBe('203.0.113.0/28')
    expect(walk.state().network.form.focus).toBe('typed')
    walk.press('enter')
    expect(walk.state().draft.network).toEqual({ from: 'typed', cidrs: ['203.0.113.0/28'] })
  })

  it('is set to what is chosen, and the text says what that comes to', () => {
    const walk = atNetwork({})
    for (let tabs = 0; walk.state().network.form.focus !== 'listen' && tabs < 5; tabs++) walk.press('tab')
    walk.press('right')
    expect(walk.state().draft.network).toMatchObject({ listen: 'localhost,10.0.0.5' })
    expect(textOf(walk)).toContain(
      'listen_addresses is set to localhost,10.0.0.5. It is in force after a restart',
    )
    walk.press('right')
    expect(walk.state().draft.network).toMatchObject({ listen: '*' })
    walk.press('left', 'left')
    expect(walk.state().draft.network).not.toHaveProperty('listen')
  })

  it('keeps what a file has, also where that is none of its own choices', () => {
    const draft = {
      tool: 'atlan',
      network: { from: 'typed', cidrs: ['203.0.113.0/28'], listen: '10.0.0.5' },
    } as const
    const walk = atNetwork({}, { draft })
    expect(choices(walk)).toEqual([null, 'localhost,10.0.0.5', '*', '10.0.0.5'])
    expect(fieldValue(walk.state().network.form, 'listen')).toBe('given')
    // The second takes addresses of the documentation all the same.
    walk.press('enter', 'enter')
    expect(walk.state()).toMatchObject({ step: 'secret', draft: { network: { listen: '10.0.0.5' } } })
  })

  it.each<[string, Partial<ListenAtHand> | null, WalkOptions]>([
    ['nobody may see it', null, {}],
    ['it stands on the command line', { source: 'command line' }, {}],
    ['the server listens everywhere', {}, { server: { facts: serverFacts } }],
    [
      'the administrator is no superuser',
      {},
      { server: { facts: { ...facts, admin: { ...facts.admin, superuser: false } } } },
    ],
    ['it is a managed service', {}, { server: { facts: { ...facts, provider: 'rds' } } }],
  ])('is not asked where %s', (_, read, options) => {
    expect(choices(atNetwork(read, options))).toEqual([null])
  })

  it('says what ALTER SYSTEM has set already', () => {
    expect(textOf(atNetwork({ bySystem: '*' }))).toContain('has set listen_addresses to * already')
  })
})
