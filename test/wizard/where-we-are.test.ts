import { describe, expect, it } from 'vitest'
import type { HbaReading } from '../../src/model/hba/at-hand.ts'
import { decodeContents } from '../../src/model/hba/contents.ts'
import type { HbaFile } from '../../src/model/hba/files.ts'
import { whereItStands, whichServer } from '../../src/wizard/lines/where-we-are.ts'
import { serverFacts } from '../support/plan-input.ts'

const path = '/srv/data/pg_hba.conf'

/** What was read of these files, the first being pg_hba.conf. */
function readingOf(texts: Readonly<Record<string, string>>): HbaReading {
  const file = (name: string): HbaFile =>
    texts[name] === undefined ? { found: 'missing' } : { found: 'text', text: texts[name] }
  return {
    read: true,
    hba: {
      path,
      contents: decodeContents(new TextEncoder().encode(texts[path])),
      hash: '',
      files: { file, folder: () => ({ found: 'missing' }) },
      server: { versionNumber: serverFacts.versionNumber, tls: true },
      surroundings: { regexes: new Map(), interfaces: null },
      memberOf: new Set(),
      clientAddress: null,
      listening: null,
    } as unknown as (HbaReading & { read: true })['hba'],
  }
}

describe('where we are', () => {
  const facts = { ...serverFacts, answersDirectly: true }

  it('names the server, where it listens, its pg_hba.conf and what that includes', () => {
    expect(whichServer(facts)).toBe('PostgreSQL 18.4, self-run')
    const plain = readingOf({ [path]: 'host all all 127.0.0.1/32 scram-sha-256\n' })
    const own = { ...facts, network: { ...facts.network, hbaFile: path } }
    expect(whereItStands(own, plain)).toBe(
      'The server itself answers. TLS is on. It listens on *, port 5432. Who comes in is said by /srv/data/pg_hba.conf, which includes no other file.',
    )
    const split = readingOf({
      [path]: 'include tools.conf\nhost all all 127.0.0.1/32 scram-sha-256\n',
      '/srv/data/tools.conf': 'host all tool 10.0.0.0/8 scram-sha-256\n',
    })
    expect(whereItStands(own, split)).toContain('which includes /srv/data/tools.conf.')
  })

  it('says what cannot be seen', () => {
    const network = { ...facts.network, listenAddresses: null, hbaFile: null }
    const text = whereItStands({ ...facts, network })
    expect(text).toContain('Its port is 5432; listen_addresses cannot be seen.')
    expect(text).toContain('Where its pg_hba.conf is cannot be seen.')
  })
})
