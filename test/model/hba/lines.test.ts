import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hbaLines, hbaNameProblem } from '../../../src/model/hba/lines.ts'
import { quoteIdentifier } from '../../../src/model/identifier.ts'
import { listenAdvice } from '../../../src/model/listen/advice.ts'
import type { ServerNetworkFacts } from '../../../src/model/server-facts.ts'
import { hostileNames, hostileRoleNames } from '../../support/hostile-names.ts'
import { majorsInDepth, startServer, type TestServer } from '../../support/server.ts'

const keywords = ['all', 'replication', 'sameuser', 'samerole', 'samegroup', 'ALL']

describe.each(majorsInDepth)('pg_hba.conf lines on PostgreSQL %i', major => {
  let server: TestServer
  const admin = 'host all postgres 127.0.0.1/32 scram-sha-256'
  beforeAll(async () => {
    server = await startServer({ major })
  })
  afterAll(() => server.stop())

  it('are read without an error, and name the same database, user and network', async () => {
    const databases = [...hostileNames.filter(name => hbaNameProblem(name) === null), ...keywords]
    const cidrs = ['203.0.113.0/28', '2001:db8::/32', '198.51.100.7/32']
    for (const login of [...hostileRoleNames, ...keywords]) {
      const lines = hbaLines({ databases, login, cidrs, tls: false, versionNumber: major * 10_000 })
      await writeFile(join(server.dataDirectory, 'pg_hba.conf'), `${[admin, ...lines].join('\n')}\n`)
      const rows = await server.sql(
        `select type, database, user_name, address, netmask, auth_method, error from pg_hba_file_rules
         where 'postgres' <> all(user_name) or error is not null`,
      )
      expect(rows.filter(row => row['error'] !== null)).toEqual([])
      expect(rows).toHaveLength(databases.length * cidrs.length)
      expect(new Set(rows.map(row => row['address']))).toEqual(
        new Set(['203.0.113.0', '2001:db8::', '198.51.100.7']),
      )
      const named = (name: string) =>
        major >= 16 && name.startsWith('/') ? `/^${name.replace(/[*$]/g, '\\$&')}$` : name
      expect(new Set(rows.map(row => String(row['user_name'])))).toEqual(new Set([named(login)]))
      expect(new Set(rows.map(row => String(row['database'])))).toEqual(new Set(databases.map(named)))
      expect(new Set(rows.map(row => row['auth_method']))).toEqual(new Set(['scram-sha-256']))
    }
    await server.setHba([admin])
  })

  it('let in whom they name and nobody whose name is like it', async () => {
    const names = ['all', '+plus', 'plus', '/slash', 'aslash', 'slash', '@at', 'with space', 'a"b', '/a.b$']
    for (const name of names) {
      await server.sql(`create role ${quoteIdentifier(name)} login password 'door'`)
    }
    await server.sql('grant plus to "with space"')
    const knock = (user: string) =>
      server.client({ user, password: 'door' }).then(
        client => client.end().then(() => 'in'),
        error => error.code,
      )
    for (const name of names) {
      const lines = hbaLines({
        databases: ['postgres'],
        login: name,
        cidrs: ['127.0.0.1/32'],
        tls: false,
        versionNumber: major * 10_000,
      })
      await server.setHba([admin, ...lines])
      for (const user of names)
        expect(await knock(user), `${user} at the door of ${name}`).toBe(user === name ? 'in' : '28000')
    }
    await server.setHba([admin])
  })
})

describe('pg_hba.conf lines', () => {
  it('are aligned, marked, and ask for TLS where the server has it', () => {
    expect(
      hbaLines({
        databases: ['shop', 'My Shop'],
        login: 'atlan_user',
        cidrs: ['203.0.113.0/28', '2001:db8::/32'],
        tls: true,
      }),
    ).toEqual([
      '# pg-usher: atlan_user, begin',
      '# TYPE   DATABASE   USER        ADDRESS         METHOD',
      'hostssl  shop       atlan_user  203.0.113.0/28  scram-sha-256',
      'hostssl  shop       atlan_user  2001:db8::/32   scram-sha-256',
      'hostssl  "My Shop"  atlan_user  203.0.113.0/28  scram-sha-256',
      'hostssl  "My Shop"  atlan_user  2001:db8::/32   scram-sha-256',
      '# pg-usher: atlan_user, end',
    ])
  })

  it('say which database they cannot name, instead of opening all', () => {
    const lines = hbaLines({ databases: ['a\nb'], login: 'u', cidrs: ['203.0.113.7/32'], tls: true })
    expect(lines.join('\n')).toContain('# No line can name the database "a\\nb"')
    expect(lines.filter(line => !line.startsWith('#'))).toEqual([])
    expect(hbaNameProblem('a\nb')?.code).toBe('hba-name')
  })

  it('are none without addresses', () => {
    expect(hbaLines({ databases: ['shop'], login: 'u', cidrs: [], tls: true })).toEqual([])
  })
})

describe('advice on listen_addresses', () => {
  const endpoint = { host: 'db.example.com', port: 5432 }
  const network = (listenAddresses: string | null): ServerNetworkFacts => ({
    listenAddresses,
    port: 5432,
    hbaFile: null,
    configFile: null,
    clientAddress: null,
    socketDirectories: null,
  })

  it.each([
    ['*', 'none'],
    ['0.0.0.0, ::', 'none'],
    ['localhost, db.example.com', 'none'],
    ['localhost', 'needed'],
    ['127.0.0.1,::1', 'needed'],
    ['', 'needed'],
    ['0.0.0.0', 'look'],
    ['192.0.2.10', 'look'],
    [null, 'look'],
  ] as const)('for %j is: %s', (current, change) => {
    const advice = listenAdvice(network(current), endpoint)
    expect(advice.change).toBe(change)
    expect(advice.current).toBe(current)
    expect(advice.line === null).toBe(change !== 'needed')
  })

  it('says where no address is listened on at all', () => {
    expect(listenAdvice(network(''), endpoint).why).toContain('only on its socket')
  })

  it('is to leave it where this session came the way that the tool will come', () => {
    const reached = { ...network(null), clientAddress: '198.51.100.4', serverAddress: '192.0.2.10' }
    expect(listenAdvice(reached, endpoint, { host: 'DB.example.com' }).change).toBe('none')
    expect(listenAdvice(reached, endpoint, { host: '192.0.2.10' }).change).toBe('look')
    // A tunnel ends on the server's own machine.
    const tunnel = { ...reached, serverAddress: '127.0.0.1' }
    expect(listenAdvice(tunnel, endpoint, { host: 'db.example.com' }).change).toBe('look')
  })
})
