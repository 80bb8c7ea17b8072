import { describe, expect, it } from 'vitest'
import { atlan } from '../../src/connectors/atlan.ts'
import { atlassianAnalytics } from '../../src/connectors/atlassian-analytics.ts'
import type { ServerAnswer } from '../../src/model/answers.ts'
import { reveal } from '../../src/model/secret.ts'
import type { ExistingRole } from '../../src/model/server-facts.ts'
import {
  type AuthenticationInput,
  authenticationAnswer,
  authenticationInput,
  passwordChoice,
  roleProblems,
} from '../../src/steps/authentication.ts'
import { chooseServer, connectionAnswer } from '../../src/steps/connection.ts'
import { endpointAnswer, isLocalHost, suggestEndpoint } from '../../src/steps/endpoint.ts'
import { networkAnswer, networkChoices } from '../../src/steps/network.ts'
import { chooseSchemas, schemaRefusal, schemasProblem } from '../../src/steps/schemas.ts'
import { secretAnswer } from '../../src/steps/secret.ts'
import { answersOf, type Draft, type Facts, type Understood } from '../../src/steps/step.ts'
import { chooseTables, tablesProblem } from '../../src/steps/tables.ts'
import { chooseTool } from '../../src/steps/tool.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { database, schema } from '../support/plan-input.ts'

const server: ServerAnswer = {
  host: 'db.example.com',
  port: 5432,
  database: 'shop',
  user: 'dba',
  tls: 'require',
}
const today = new Date('2026-11-22T12:00:00Z')
const noFacts: Facts = { connector: atlan, server: null, databases: [], roles: {} }

function fieldsOf(understood: Understood<unknown>): readonly string[] {
  return understood.ok ? [] : understood.problems.map(problem => problem.field)
}

describe('tool', () => {
  it('brings the vendor’s names, layout and first level of access', () => {
    const { draft, cleared } = chooseTool({}, atlan)
    expect(draft.roles).toEqual({ layout: 'group-and-login', group: 'atlan_user_role', login: 'atlan_user' })
    expect(draft.access).toBe('read')
    expect(cleared).toEqual([])
  })

  it('says what another tool takes with it, and keeps what is about the server', () => {
    const { draft: first } = chooseTool({ server }, atlan)
    const before: Draft = { ...first, network: { from: 'not-known-yet' } }
    const { draft, cleared } = chooseTool(before, atlassianAnalytics)
    expect(draft.network).toBeUndefined()
    expect(draft.server).toBe(server)
    expect(draft.roles).toEqual({ layout: 'login', login: 'atlassian_read_only_user' })
    expect(cleared).toHaveLength(1)
  })

  it('chosen again changes nothing', () => {
    const { draft } = chooseTool({}, atlan)
    const changed: Draft = { ...draft, access: 'metadata' }
    expect(chooseTool(changed, atlan)).toEqual({ draft: changed, cleared: [] })
  })
})

describe('connection', () => {
  const input = { ...server, port: '5432', caFile: '' }

  it('is understood as typed', () => {
    expect(connectionAnswer(input)).toEqual({ ok: true, value: server })
  })

  it.each([
    ['host', { host: ' ' }],
    ['port', { port: '0' }],
    ['port', { port: '65536' }],
    ['port', { port: '5432x' }],
    ['user', { user: '' }],
    ['database', { database: '' }],
  ])('says that %s is wrong', (field, change) => {
    expect(fieldsOf(connectionAnswer({ ...input, ...change }))).toEqual([field])
  })

  it('keeps a CA file only where it is used', () => {
    const withFile = { ...input, caFile: '/ca.pem' }
    expect(connectionAnswer(withFile)).toEqual({ ok: true, value: server })
    expect(connectionAnswer({ ...withFile, tls: 'verify-full' })).toEqual({
      ok: true,
      value: { ...server, tls: 'verify-full', caFile: '/ca.pem' },
    })
  })

  it('to another server clears what was chosen on the former one, and says so', () => {
    const before: Draft = {
      server,
      endpoint: { host: 'db.example.com', port: 5432 },
      databases: [{ name: 'shop', schemas: [] }],
    }
    const { draft, cleared } = chooseServer(before, { ...server, host: 'other' })
    expect(draft.databases).toBeUndefined()
    expect(draft.endpoint).toBeUndefined()
    expect(cleared).toHaveLength(2)
    expect(chooseServer(before, { ...server, tls: 'disable' }).cleared).toEqual([])
  })
})

describe('endpoint', () => {
  it.each([
    '/var/run/postgresql',
    'localhost',
    'db.localhost',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
  ])('does not offer %s to a tool elsewhere', host => {
    expect(isLocalHost(host)).toBe(true)
    expect(suggestEndpoint({ ...server, host }).host).toBe('')
  })

  it('offers how the administrator came in', () => {
    expect(suggestEndpoint(server)).toEqual({ host: 'db.example.com', port: '5432' })
  })

  it('takes a loopback address that was typed, never a socket or a URL', () => {
    expect(endpointAnswer({ host: '127.0.0.1', port: '5432' }).ok).toBe(true)
    expect(fieldsOf(endpointAnswer({ host: '/tmp', port: '5432' }))).toEqual(['host'])
    expect(fieldsOf(endpointAnswer({ host: 'https://x', port: '5432' }))).toEqual(['host'])
    expect(fieldsOf(endpointAnswer({ host: '', port: '5432' }))).toEqual(['host'])
    expect(fieldsOf(endpointAnswer({ host: 'db', port: '' }))).toEqual(['port'])
  })
})

describe('authentication', () => {
  const input: AuthenticationInput = {
    method: 'password',
    layout: 'group-and-login',
    group: 'readers',
    login: 'reader',
    connectionLimit: '5',
    validUntil: '2027-06-30',
    statementTimeout: '',
    readOnly: true,
  }

  it('gives roles and limits, and back again the same fields', () => {
    const understood = authenticationAnswer(input, today)
    expect(understood).toEqual({
      ok: true,
      value: {
        authentication: { method: 'password' },
        roles: { layout: 'group-and-login', group: 'readers', login: 'reader' },
        limits: {
          connectionLimit: 5,
          validUntil: '2027-06-30T23:59:59.000Z',
          statementTimeout: null,
          readOnly: true,
        },
      },
    })
    if (understood.ok) expect(authenticationInput(understood.value, 'x')).toEqual(input)
  })

  it.each([
    ['login', { method: 'aws-iam', login: 'any*body' }],
    ['login', { login: '' }],
    ['login', { login: 'pg_reader' }],
    ['login', { login: 'x'.repeat(64) }],
    ['login', { login: 'readers' }],
    ['group', { group: 'public' }],
    ['connectionLimit', { connectionLimit: '0' }],
    ['connectionLimit', { connectionLimit: 'many' }],
    ['statementTimeout', { statementTimeout: '-1' }],
    ['validUntil', { validUntil: '2027-02-30' }],
    ['validUntil', { validUntil: '2026-11-21' }],
    ['validUntil', { validUntil: 'next year' }],
  ] as const)('says that %s is wrong', (field, change) => {
    expect(fieldsOf(authenticationAnswer({ ...input, ...change }, today))).toEqual([field])
  })

  it('does not look at the group where there is none', () => {
    expect(authenticationAnswer({ ...input, layout: 'login', group: '' }, today).ok).toBe(true)
  })

  const plain: ExistingRole = {
    name: 'reader',
    canLogin: true,
    elevated: [],
    connectionLimit: -1,
    validUntil: null,
    memberOf: [],
    inherits: true,
    inheritsFrom: [],
    members: [],
    settings: [],
    owns: 0,
    sessions: 2,
    comment: null,
    alterable: true,
    givable: true,
  }
  const roles = { layout: 'group-and-login', group: 'readers', login: 'reader' } as const
  const byPassword = { roles, authentication: { method: 'password' } } as const
  const facts = (login: ExistingRole | null, group: ExistingRole | null = null): Facts => ({
    ...noFacts,
    roles: { reader: login, readers: group },
  })

  it('does not guess about names that were not looked up', () => {
    expect(roleProblems(byPassword, noFacts)).toBe('unknown')
  })

  it('takes free names, and an existing login whose password would be replaced', () => {
    expect(roleProblems(byPassword, facts(null))).toEqual([])
    expect(passwordChoice({ roles, authentication: { method: 'password' } }, facts(null))).toBe('new')
    expect(roleProblems(byPassword, facts(plain))).toEqual([])
    expect(passwordChoice({ roles, authentication: { method: 'password' } }, facts(plain))).toBe('replace')
  })

  it.each([
    ['keep', { alterable: false }],
    ['keep-or-replace', { comment: 'pg-usher: Atlan, the login' }],
    ['new', { comment: 'pg-usher: Atlan, the login', canLogin: false }],
    ['replace', { comment: 'not by pg-usher: by hand' }],
  ] as const)('the password of an existing login: %s', (choice, changes) => {
    expect(
      passwordChoice({ roles, authentication: { method: 'password' } }, facts({ ...plain, ...changes })),
    ).toBe(choice)
  })

  it.each(['Reader', 'read er', '1reader', 'reader-1', 'läser', 'reader@x'])(
    'makes no login %s for AWS IAM, and takes one that is there',
    login => {
      const byIam = {
        roles: { ...roles, login },
        authentication: { method: 'aws-iam', aws: awsAnswers },
      } as const
      const found = (role: ExistingRole | null): Facts => ({
        ...noFacts,
        roles: { [login]: role, readers: null },
      })
      expect(roleProblems(byIam, found(null))).toMatchObject([
        { field: 'login', problem: { code: 'aws-login-name' } },
      ])
      expect(roleProblems(byIam, found({ ...plain, name: login }))).toEqual([])
      expect(roleProblems({ ...byPassword, roles: byIam.roles }, found(null))).toEqual([])
    },
  )

  it.each([
    ['role-elevated', facts({ ...plain, elevated: ['SUPERUSER'] })],
    ['role-owns-objects', facts({ ...plain, owns: 3 })],
    ['group-can-login', facts(null, { ...plain, name: 'readers' })],
  ])('refuses an existing role: %s', (code, found) => {
    const problems = roleProblems(byPassword, found)
    expect(problems === 'unknown' ? [] : problems.map(each => each.problem.code)).toEqual([code])
  })
})

describe('schemas and tables', () => {
  const before: Draft = {
    access: 'read',
    databases: [
      {
        name: 'shop',
        schemas: [
          { name: 'public', relations: ['a', 'b'], laterTablesOf: ['owner'] },
          { name: 'old', relations: ['c'], laterTablesOf: [] },
        ],
      },
    ],
  }

  it('keeps the tables of schemas that stay, and says which go', () => {
    const { draft, cleared } = chooseSchemas(before, [
      { database: 'shop', schema: 'public' },
      { database: 'stock', schema: 'public' },
    ])
    expect(draft.databases).toEqual([
      { name: 'shop', schemas: [{ name: 'public', relations: ['a', 'b'], laterTablesOf: ['owner'] }] },
      { name: 'stock', schemas: [{ name: 'public', relations: [], laterTablesOf: [] }] },
    ])
    expect(cleared).toEqual(['1 chosen in old'])
  })

  it('asks for a schema, and for a table where the access is about tables', () => {
    expect(schemasProblem({ databases: [] })?.code).toBe('no-schema')
    expect(schemasProblem(before)).toBeNull()
    const none = chooseTables(before, [
      { database: 'shop', schema: 'public', relations: [], laterTablesOf: [] },
      { database: 'shop', schema: 'old', relations: [], laterTablesOf: [] },
    ])
    expect(tablesProblem(none)?.code).toBe('no-relation')
    expect(tablesProblem({ ...none, access: 'usage' })).toBeNull()
    expect(tablesProblem(before)).toBeNull()
  })
})

describe('what cannot be granted on', () => {
  const open = { acl: '{owner=UC/owner,=U/owner}', owner: 'owner', grantable: false }
  const mine = [{ role: 'me', alterable: true, owns: 2 }]
  const others = [{ role: 'owner', alterable: false, owns: 2 }]

  it.each([
    [null, {}, {}],
    ['owned by owner, who must grant USAGE', {}, { grantable: false, owner: 'owner' }],
    // Everybody may enter: then one's own tables can be shown, and nothing else.
    [null, {}, { ...open, creators: mine }],
    ['owned by owner, who must grant USAGE', {}, { ...open, creators: others }],
    ['owned by owner, who must grant USAGE', {}, { ...open, acl: '{owner=UC/owner}', creators: mine }],
    ['shop is owned by shopkeeper, who must grant CONNECT', { grantable: false }, {}],
    [null, { grantable: false, acl: null }, {}],
    ['no CONNECT', { unreadable: 'no CONNECT' }, {}],
  ])('is refused with the reason: %s', (refusal, ofDatabase, ofSchema) => {
    const its = schema('public', [], ofSchema)
    expect(schemaRefusal(database('shop', [its], ofDatabase), its)).toBe(refusal)
  })
})

describe('network', () => {
  it('offers the vendor’s list only where there is one', () => {
    expect(networkChoices(atlan)[0]).toBe('not-known-yet')
    expect(networkChoices(atlassianAnalytics)[0]).toBe('vendor')
    expect(fieldsOf(networkAnswer({ from: 'vendor', typed: '' }, atlan))).toEqual(['from'])
  })

  it('normalises what is typed, each range once', () => {
    const typed = '203.0.113.7, 203.0.113.7/32\n2001:db8::/48 # office'
    expect(networkAnswer({ from: 'typed', typed }, atlan)).toEqual({
      ok: true,
      value: { from: 'typed', cidrs: ['203.0.113.7/32', '2001:db8::/48'] },
    })
    expect(fieldsOf(networkAnswer({ from: 'typed', typed: '' }, atlan))).toEqual(['typed'])
    expect(fieldsOf(networkAnswer({ from: 'typed', typed: '300.1.1.1' }, atlan))).toEqual(['typed'])
  })
})

describe('secret', () => {
  const none = { path: '', service: '', folder: '', recipient: '', identity: '', passphrase: '', again: '' }
  const input = { ...none, store: 'keychain', lock: 'passphrase' } as const
  const passfile = { ...input, store: 'passfile', path: '/home/dba/.pgpass' } as const
  const age = {
    ...input,
    store: 'age',
    folder: '/srv/age',
    passphrase: 'ten letters',
    again: 'ten letters',
  } as const

  it('takes a place that asks for nothing more as it is', () => {
    for (const store of ['keychain', 'pass', 'show-once'] as const)
      expect(secretAnswer({ ...input, store })).toEqual({
        ok: true,
        value: { answer: { store }, passphrase: null },
      })
  })

  it('wants the whole path of a passfile, and a service that needs no quotes', () => {
    expect(secretAnswer(passfile)).toMatchObject({
      value: { answer: { store: 'passfile', path: '/home/dba/.pgpass' } },
    })
    expect(secretAnswer({ ...passfile, service: ' atlan ' })).toMatchObject({
      value: { answer: { service: 'atlan' } },
    })
    expect(fieldsOf(secretAnswer({ ...passfile, path: '.pgpass', service: 'a b' }))).toEqual([
      'path',
      'service',
    ])
  })

  it('keeps the passphrase of an age file apart from the answers', () => {
    const understood = secretAnswer(age)
    if (!understood.ok || understood.value.passphrase === null) throw new Error('refused')
    expect(reveal(understood.value.passphrase)).toBe('ten letters')
    expect(JSON.stringify(understood)).not.toContain('ten letters')
    expect(understood.value.answer).toEqual({ store: 'age', folder: '/srv/age' })
    expect(fieldsOf(secretAnswer({ ...age, again: 'ten Letters' }))).toEqual(['again'])
    expect(fieldsOf(secretAnswer({ ...age, folder: 'age', passphrase: 'short' }))).toEqual([
      'folder',
      'passphrase',
    ])
  })

  it('wants a public key where it is for one', () => {
    const recipient = { ...age, lock: 'recipient', recipient: 'age1x' } as const
    expect(secretAnswer(recipient)).toEqual({
      ok: true,
      value: { answer: { store: 'age', folder: '/srv/age', recipient: 'age1x' }, passphrase: null },
    })
    expect(fieldsOf(secretAnswer({ ...recipient, recipient: '', identity: 'key' }))).toEqual([
      'recipient',
      'identity',
    ])
  })
})

describe('the answers', () => {
  it('are complete only when every part is there', () => {
    const draft: Draft = {
      tool: 'atlan',
      server,
      endpoint: { host: 'db', port: 5432 },
      authentication: { method: 'password' },
      roles: { layout: 'login', login: 'reader' },
      limits: { connectionLimit: null, validUntil: null, statementTimeout: null, readOnly: false },
      access: 'read',
      databases: [],
      network: { from: 'not-known-yet' },
      secret: { store: 'keychain' },
    }
    expect(answersOf(draft)).toEqual({ version: 1, replacePassword: false, ...draft })
    for (const part of Object.keys(draft)) expect(answersOf({ ...draft, [part]: undefined })).toBeNull()
  })
})
