import { createHash } from 'node:crypto'
import { lookup, lookupService } from 'node:dns/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsedAddress } from '../../../src/model/hba/address.ts'
import {
  decide,
  type HbaConnection,
  type HbaSurroundings,
  type HbaVerdict,
} from '../../../src/model/hba/decide.ts'
import { faultsOf, parseHba, rulesOf } from '../../../src/model/hba/parse.ts'
import { quoteIdentifier } from '../../../src/model/identifier.ts'
import { type GeneratedHba, names, rightFiles } from '../../support/hba/generate.ts'
import { filesHere, interfacesHere, putFiles } from '../../support/hba/place.ts'
import { type Probe, probe } from '../../support/hba/probe.ts'
import { replayable } from '../../support/hba/seed.ts'
import { type LogTail, tailOf } from '../../support/log-tail.ts'
import { isCi } from '../../support/requires.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'

const missing = new Set(['gss', 'sspi', 'pam', 'bsd', 'ldap'])

/** Through any number of steps. */
const members: Readonly<Record<string, readonly string[]>> = {
  ann: ['ann'],
  bob: ['bob', 'team', 'wider'],
  cid: ['cid', 'team', 'wider'],
  all: ['all'],
  'Two words': ['Two words'],
  team: ['team', 'wider'],
  wider: ['wider'],
  '+team': ['+team', 'wider'],
}

describe.each(majorsInDepth)('who decides on PostgreSQL %i', major => {
  let server: TestServer
  let tail: LogTail
  beforeAll(async () => {
    server = await startServer({
      major,
      tls: true,
      settings: { listen_addresses: '*', log_line_prefix: '%r|' },
    })
    tail = await tailOf(server.embedded.logFile)
    for (const database of names.databases) {
      if (database === 'postgres' || database === 'not_there') continue
      await server.sql(`create database ${quoteIdentifier(database)}`)
    }
    for (const user of [...names.users, 'wider']) {
      if (user === 'not_there') continue
      // With an MD5 hash the server asks md5 and scram-sha-256 lines differently, so that it can be told which it was.
      const hash = createHash('md5').update(`secret${user}`).digest('hex')
      await server.sql(`create role ${quoteIdentifier(user)} login password 'md5${hash}'`)
    }
    // NOINHERIT makes no difference to pg_hba.conf.
    await server.sql(`grant wider to team, "+team"; grant team to bob, cid; alter role cid noinherit`)
  })
  afterAll(async () => {
    await tail.close()
    await server.stop()
  })

  it('is whom the simulator names, for any files and any connections', async () => {
    const surroundings: HbaSurroundings = { interfaces: interfacesHere() }
    const ends = new Map<string, number>()
    let named = 0
    let round = 0
    const cases = fc.tuple(rightFiles(major), fc.array(connections, { minLength: 18, maxLength: 18 }))
    await replayable(cases, { numRuns: isCi() ? 160 : 8 }, async ([generated, knocks]) => {
      round += 1
      const path = await loaded(server, generated, `marker-${round}-${process.pid}`)
      const rules = rulesOf(parseHba(path, filesHere, { versionNumber: major * 10_000, ssl: true, missing }))
      await tail.next()
      const answers = await inLanes(knocks, 7, knock => probe(probeOf(server, knock)))
      const lines = linesInLog(await tail.next())
      for (const [index, knock] of knocks.entries()) {
        const verdict = decide(rules, connectionOf(knock), surroundings)
        const answer = answers[index]
        const explained = `${JSON.stringify(knock)}\n${verdict.by === 'rule' ? verdict.rule.raw : verdict.by}\n${generated.main}\n${JSON.stringify(generated.files, null, 1)}`
        expect(answer?.says, explained).toBe(expected(verdict, knock))
        ends.set(answer?.says ?? '', (ends.get(answer?.says ?? '') ?? 0) + 1)
        const line = lines.get(`${knock.way.from ?? knock.way.host}(${answer?.localPort ?? 0})`)
        if (line === undefined || verdict.by !== 'rule') continue
        named += 1
        expect(line, explained).toEqual({
          line: verdict.rule.line,
          ...(major >= 16 ? { file: verdict.rule.file } : {}),
        })
      }
    })
    console.log(`pg_hba verdicts on ${major}: ${JSON.stringify(Object.fromEntries(ends))}, ${named} by line`)
    for (const end of ['trust', 'reject', 'nobody', 'cleartext', 'md5', 'sasl', 'ident']) {
      expect(ends.get(end) ?? 0, end).toBeGreaterThan(0)
    }
    // Of a refused password, too, whose line the log names below the reason.
    expect(named).toBeGreaterThan(ends.get('ident') ?? 0)
  })

  it('is a line with a host name where the address has that name, and that name the address', async () => {
    const { hostname } = await lookupService('127.0.0.1', server.port)
    const back = await lookup(hostname, { all: true })
    expect(back.map(({ address }) => address)).toContain('127.0.0.1')
    const dot = hostname.indexOf('.')
    const patterns: readonly (readonly [string, boolean])[] = [
      [hostname, true],
      [hostname.toUpperCase(), true],
      [`.${hostname}`, false],
      [`x${hostname}`, false],
      ...(dot > 0 ? ([[hostname.slice(dot), true]] as const) : []),
    ]
    for (const [pattern, wanted] of patterns) {
      const main = `host all all ${pattern} trust\nhost all all all reject\n`
      const path = await loaded(server, { main, files: {} }, `name-${pattern}`)
      const rules = rulesOf(parseHba(path, filesHere, { versionNumber: major * 10_000, ssl: true, missing }))
      const knock: Knock = {
        database: 'shop',
        user: 'ann',
        way: { host: '127.0.0.1' },
        tls: false,
        replication: false,
      }
      const said = await probe(probeOf(server, knock))
      expect(said.says, pattern).toBe(wanted ? 'trust' : 'reject')
      const known = decide(rules, connectionOf(knock), { interfaces: null, hostName: hostname })
      expect(known.by === 'rule' && known.rule.method, pattern).toBe(said.says)
      const verdict = decide(rules, connectionOf(knock), { interfaces: null })
      expect(verdict).toMatchObject({ by: 'unknown', otherwise: { by: 'rule', rule: { method: 'reject' } } })
      const nameless = decide(rules, connectionOf(knock), { interfaces: null, hostName: null })
      expect(nameless).toMatchObject({ by: 'rule', rule: { method: 'reject' } })
    }
  })
})

interface Knock {
  readonly database: string
  readonly user: string
  readonly way: { readonly host: '127.0.0.1' | '::1' | 'socket'; readonly from?: string }
  readonly tls: boolean
  readonly replication: boolean
}

const octet = fc.oneof(fc.constantFrom(0, 1, 2, 64, 128, 254), fc.integer({ min: 0, max: 255 }))
const connections: fc.Arbitrary<Knock> = fc
  .record({
    database: fc.constantFrom(...names.databases),
    user: fc.constantFrom(...names.users),
    way: fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .tuple(octet, octet, fc.integer({ min: 1, max: 254 }))
          .map(parts => ({ host: '127.0.0.1' as const, from: `127.${parts.join('.')}` })),
      },
      { weight: 2, arbitrary: fc.constant({ host: '127.0.0.1' as const }) },
      { weight: 2, arbitrary: fc.constant({ host: '::1' as const }) },
      { weight: 1, arbitrary: fc.constant({ host: 'socket' as const }) },
    ),
    tls: fc.integer({ min: 0, max: 3 }).map(number => number === 0),
    replication: fc.integer({ min: 0, max: 11 }).map(number => number === 0),
  })
  .map(knock => (knock.way.host === 'socket' ? { ...knock, tls: false } : knock))

function probeOf(server: TestServer, { way, ...knock }: Knock): Probe {
  const host = way.host === 'socket' ? server.socketDirectory : way.host
  return { ...knock, host, port: server.port, ...(way.from === undefined ? {} : { from: way.from }) }
}

function connectionOf({ database, user, way, tls, replication }: Knock): HbaConnection {
  const memberOf = members[user]
  return {
    database,
    user,
    memberOf: memberOf === undefined ? null : new Set(memberOf),
    address: way.host === 'socket' ? null : parsedAddress(way.from ?? way.host),
    tls,
    replication,
  }
}

/** What the server says first under that line. */
function expected(verdict: HbaVerdict, { user }: Knock): string {
  if (verdict.by === 'nobody') return 'nobody'
  if (verdict.by === 'unknown') return `unknown: ${verdict.because}`
  const { method, options } = verdict.rule
  // A line that wants a certificate is refused before its method is asked.
  if (method === 'cert' || options.some(({ name }) => name === 'clientcert')) return 'cert'
  switch (method) {
    case 'md5':
      // Of a user that is not there it asks what password_encryption says.
      return user === 'not_there' ? 'sasl' : 'md5'
    case 'scram-sha-256':
      return 'sasl'
    case 'password':
      return 'cleartext'
    default:
      return method
  }
}

/** The lines that the server's log names, by where the connection came from: address(port). */
function linesInLog(log: string): ReadonlyMap<string, { readonly line: number; readonly file?: string }> {
  const entries = log.matchAll(
    /^(\S+\(\d+\))\|DETAIL: (?:.|\n\t)*?Connection matched (?:file "([^"]*)" line|pg_hba\.conf line) (\d+)/gm,
  )
  return new Map(
    [...entries].map(([, from = '', file, line]) => [
      from,
      { line: Number(line), ...(file === undefined ? {} : { file }) },
    ]),
  )
}

/** Puts the files there and waits until the server goes by them: a line of ours in front of them says so. */
async function loaded(server: TestServer, generated: GeneratedHba, marker: string): Promise<string> {
  const main = `host "${marker}" all 127.0.0.1/32 trust\n${generated.main}`
  const path = await putFiles(server, { ...generated, main })
  const read = parseHba(path, filesHere, { versionNumber: server.major * 10_000, ssl: true, missing })
  expect(
    faultsOf(read)
      .map(({ message, raw }) => `${message}: ${raw}`)
      .join('\n'),
    main,
  ).toBe('')
  process.kill(server.pid, 'SIGHUP')
  const asked = { host: '127.0.0.1', port: server.port, tls: false, user: 'postgres', database: marker }
  while ((await probe(asked)).says !== 'trust');
  return path
}

async function inLanes<T, R>(items: readonly T[], lanes: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at]
      if (item !== undefined) results[at] = await run(item)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}
