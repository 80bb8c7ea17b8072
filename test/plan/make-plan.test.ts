import { describe, expect, it } from 'vitest'
import { atlassianAnalytics } from '../../src/connectors/atlassian-analytics.ts'
import type { Answers } from '../../src/model/answers.ts'
import type { Problem } from '../../src/model/problem.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { PlanInput } from '../../src/plan/plan-input.ts'
import { statementsOf } from '../../src/plan/statements.ts'
import { awsAnswers } from '../support/aws-answers.ts'
import { database, existingRole, planInput, relation, schema, serverFacts } from '../support/plan-input.ts'
import { shopAnswers } from '../support/shop-answers.ts'

function planOf(input: PlanInput): Plan {
  const made = makePlan(input)
  if (!made.ok) throw new Error(made.problems.map(problem => problem.message).join('\n'))
  return made.plan
}

function problemsOf(input: PlanInput): readonly Problem[] {
  const made = makePlan(input)
  return made.ok ? [] : made.problems
}

function statements(plan: Plan): string[] {
  return [...plan.roles, ...plan.databases.flatMap(each => each.changes), ...plan.opening].flatMap(change =>
    statementsOf(change),
  )
}

function notes(input: PlanInput): string {
  return planOf(input)
    .notes.map(note => `${note.level}: ${note.database ?? '*'}: ${note.text}`)
    .join('\n')
}

const oneSchema = (changes: Partial<Answers['databases'][number]['schemas'][number]>): Partial<Answers> => ({
  databases: [
    { name: 'shop', schemas: [{ name: 'public', relations: ['album'], laterTablesOf: [], ...changes }] },
  ],
})

describe('a plan', () => {
  it('is everything, in order, where nothing is there yet', () => {
    expect(statements(planOf(planInput()))).toEqual([
      'CREATE ROLE atlan_user_role NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT -1',
      "COMMENT ON ROLE atlan_user_role IS 'pg-usher: Atlan, the group role that holds the privileges'",
      'CREATE ROLE atlan_user NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT 5',
      "COMMENT ON ROLE atlan_user IS 'pg-usher: Atlan, the login'",
      "ALTER ROLE atlan_user SET statement_timeout TO '300s'",
      "ALTER ROLE atlan_user SET default_transaction_read_only TO 'on'",
      'GRANT atlan_user_role TO atlan_user',
      'GRANT CONNECT ON DATABASE shop TO atlan_user_role',
      'GRANT USAGE ON SCHEMA public TO atlan_user_role',
      'GRANT SELECT, REFERENCES ON TABLE public.album, public.artist TO atlan_user_role',
      "ALTER ROLE atlan_user LOGIN PASSWORD '<SCRAM-SHA-256 verifier of the new password>' VALID UNTIL '<10 minutes after it runs>'",
      "ALTER ROLE atlan_user VALID UNTIL '2099-12-31T23:59:59Z'",
    ])
  })

  it('grants to the login itself in the layout with one login', () => {
    const plan = planOf(
      planInput({ answers: { tool: 'atlassian-analytics', roles: { layout: 'login', login: 'reader' } } }),
    )
    expect(plan).toMatchObject({ login: 'reader', group: null, grantee: 'reader' })
    expect(statements(plan)).toContain('GRANT SELECT ON TABLE public.album, public.artist TO reader')
    expect(statements(plan).join()).not.toContain('GRANT atlan')
  })

  it('leaves out what the grantee holds by its own grant, and grants the rest', () => {
    const catalogue = {
      databases: [
        database(
          'shop',
          [
            schema(
              'public',
              [
                relation('album', { acl: '{atlan_user_role=r/shopkeeper}' }),
                relation('artist', { acl: '{=rx/shopkeeper}' }),
                relation('both', { acl: '{atlan_user_role=rx/shopkeeper}' }),
              ],
              { acl: '{atlan_user_role=U/shopkeeper}' },
            ),
          ],
          { acl: '{atlan_user_role=c/shopkeeper}' },
        ),
      ],
    }
    const plan = planOf(
      planInput({ catalogue, answers: oneSchema({ relations: ['both', 'artist', 'album'] }) }),
    )
    expect(plan.databases[0]?.changes.flatMap(change => statementsOf(change))).toEqual([
      // PUBLIC's grant is no grant of its own.
      'GRANT SELECT, REFERENCES ON TABLE public.artist TO atlan_user_role',
      'GRANT REFERENCES ON TABLE public.album TO atlan_user_role',
    ])
    expect(plan.databases[0]?.chosen.map(each => each.name)).toEqual(['album', 'artist', 'both'])
  })

  it('makes no role that exists, and changes only what differs', () => {
    const input = planInput({
      answers: { replacePassword: true },
      roles: {
        group: existingRole('atlan_user_role', { members: ['atlan_user'] }),
        login: existingRole('atlan_user', {
          canLogin: true,
          connectionLimit: 5,
          validUntil: '2030-01-01T00:00:00.000Z',
          memberOf: ['atlan_user_role'],
          settings: ['statement_timeout=60s', 'default_transaction_read_only=on'],
        }),
      },
    })
    const plan = planOf(input)
    expect(plan.roles).toMatchObject([
      { kind: 'set-role-parameter', parameter: 'statement_timeout', value: '300s', before: '60s' },
    ])
    expect(plan.opening).toMatchObject([
      { kind: 'open-login', existed: true, before: '2030-01-01T00:00:00.000Z' },
      { kind: 'set-valid-until', before: '2030-01-01T00:00:00.000Z' },
    ])
    expect(plan.notes.some(note => note.text.includes('password of atlan_user is replaced'))).toBe(true)
  })

  it('sets the connection limit of an existing login, and knows the one before', () => {
    const plan = planOf(
      planInput({
        answers: { replacePassword: true },
        roles: { group: null, login: existingRole('atlan_user', { connectionLimit: 20 }) },
      }),
    )
    expect(plan.roles).toContainEqual(
      expect.objectContaining({ kind: 'set-connection-limit', limit: 5, before: 20 }),
    )
  })

  it('locks in one order, whatever the order of the answers', () => {
    const catalogue = {
      databases: [
        database('shop', [schema('b', [relation('y'), relation('x')]), schema('a', [relation('z')])]),
      ],
    }
    const schemas = [
      { name: 'b', relations: ['y', 'x', 'y'], laterTablesOf: [] },
      { name: 'a', relations: ['z'], laterTablesOf: [] },
    ]
    const forwards = planOf(planInput({ catalogue, answers: { databases: [{ name: 'shop', schemas }] } }))
    const backwards = planOf(
      planInput({ catalogue, answers: { databases: [{ name: 'shop', schemas: schemas.toReversed() }] } }),
    )
    expect(forwards).toEqual(backwards)
    expect(statements(forwards).filter(each => each.includes('ON TABLE'))).toEqual([
      'GRANT SELECT, REFERENCES ON TABLE a.z TO atlan_user_role',
      'GRANT SELECT, REFERENCES ON TABLE b.x, b.y TO atlan_user_role',
    ])
  })

  it('sets default privileges for later tables, unless they are set', () => {
    const answers = oneSchema({ laterTablesOf: ['shopkeeper'] })
    expect(statements(planOf(planInput({ answers })))).toContain(
      'ALTER DEFAULT PRIVILEGES FOR ROLE shopkeeper IN SCHEMA public GRANT SELECT, REFERENCES ON TABLES TO atlan_user_role',
    )
    const catalogue = {
      databases: [
        database('shop', [schema('public', [relation('album')])], {
          defaultPrivileges: [
            { owner: 'shopkeeper', schema: 'public', acl: '{atlan_user_role=r/shopkeeper}' },
            { owner: 'shopkeeper', schema: null, acl: '{atlan_user_role=x/shopkeeper}' },
          ],
        }),
      ],
    }
    expect(statements(planOf(planInput({ catalogue, answers }))).join()).not.toContain('ALTER DEFAULT')
  })

  it('grants USAGE alone on the tier usage, and says what that shows', () => {
    const input = planInput({ answers: { access: 'usage', ...oneSchema({ relations: [] }) } })
    const plan = planOf(input)
    expect(plan.databases[0]?.changes.map(change => change.kind)).toEqual(['grant-connect', 'grant-usage'])
    expect(plan.databases[0]?.chosen).toEqual([])
    expect(notes(input)).toContain('0 rows, measured')
  })

  it('grants no rows on the tier metadata', () => {
    const plan = planOf(planInput({ answers: { access: 'metadata' } }))
    expect(statements(plan).join('\n')).toContain('GRANT REFERENCES ON TABLE')
    expect(statements(plan).join('\n')).not.toContain('SELECT')
  })

  it('says why, for every change', () => {
    const plan = planOf(planInput({ answers: oneSchema({ laterTablesOf: ['shopkeeper'] }) }))
    const changes = [...plan.roles, ...plan.databases.flatMap(each => each.changes), ...plan.opening]
    for (const change of changes) expect(change.why).toMatch(/^.{30,}\.$/)
  })

  it('is the same for the same input, and holds no secret', () => {
    expect(planOf(planInput())).toEqual(planOf(planInput()))
    expect(JSON.parse(JSON.stringify(planOf(planInput())))).toEqual(planOf(planInput()))
  })
})

describe('what keeps answers from being a plan', () => {
  /** On a server that has rds_iam. */
  const byIam = ({ answers, ...more }: NonNullable<Parameters<typeof planInput>[0]>): PlanInput => {
    const input = planInput({
      ...more,
      answers: {
        authentication: { method: 'aws-iam', aws: awsAnswers },
        limits: { connectionLimit: 5, validUntil: null, statementTimeout: 300, readOnly: true },
        ...answers,
      },
    })
    return { ...input, roles: { ...input.roles, iam: existingRole('rds_iam', { canLogin: false }) } }
  }
  const refusals: [what: string, input: PlanInput, code: string, path: string | undefined][] = [
    ['a standby', planInput({ server: { ...serverFacts, inRecovery: true } }), 'standby', undefined],
    [
      'AWS IAM on a server that knows nothing of it',
      planInput({
        answers: {
          authentication: { method: 'aws-iam', aws: awsAnswers },
          limits: { connectionLimit: 5, validUntil: null, statementTimeout: 300, readOnly: true },
        },
      }),
      'no-rds-iam',
      'authentication.method',
    ],
    [
      'AWS IAM on a server without TLS',
      byIam({ server: { ...serverFacts, tlsAvailable: false } }),
      'iam-without-tls',
      'authentication.method',
    ],
    [
      'a new login for AWS IAM with capitals',
      byIam({ answers: { roles: { layout: 'group-and-login', group: 'readers', login: 'Atlan' } } }),
      'aws-login-name',
      'roles.login',
    ],
    [
      'a tier that the tool has no use for',
      planInput({ answers: { tool: 'atlassian-analytics', access: 'metadata' } }),
      'tier-not-offered',
      'access',
    ],
    [
      'a list that the vendor does not publish',
      planInput({ answers: { network: { from: 'vendor', cidrs: ['203.0.113.0/28'] } } }),
      'no-published-addresses',
      'network.from',
    ],
    [
      'one name for both roles',
      planInput({ answers: { roles: { layout: 'group-and-login', group: 'same', login: 'same' } } }),
      'same-name',
      'roles.group',
    ],
    [
      'a reserved name',
      planInput({ answers: { roles: { layout: 'login', login: 'pg_reader' } } }),
      'role-name-reserved',
      'roles.login',
    ],
    [
      'a login that exists',
      planInput({ roles: { group: null, login: existingRole('atlan_user') } }),
      'login-exists',
      'roles.login',
    ],
    [
      'a superuser',
      planInput({
        answers: { replacePassword: true },
        roles: { group: null, login: existingRole('atlan_user', { elevated: ['SUPERUSER'] }) },
      }),
      'role-elevated',
      'roles.login',
    ],
    [
      'an owner',
      planInput({ roles: { login: null, group: existingRole('atlan_user_role', { owns: 3 }) } }),
      'role-owns-objects',
      'roles.group',
    ],
    [
      'a group that is a member of the login',
      planInput({
        answers: { replacePassword: true },
        roles: {
          login: existingRole('atlan_user'),
          group: existingRole('atlan_user_role', { memberOf: ['atlan_user'] }),
        },
      }),
      'membership-circle',
      'roles.group',
    ],
    [
      'a login that this administrator may not change',
      planInput({
        answers: { replacePassword: true },
        roles: { group: null, login: existingRole('atlan_user', { alterable: false }) },
      }),
      'role-not-alterable',
      'roles.login',
    ],
    [
      'a group that this administrator may not give',
      planInput({ roles: { login: null, group: existingRole('atlan_user_role', { givable: false }) } }),
      'membership-not-grantable',
      'roles.group',
    ],
    [
      'a login that would inherit nothing from the group',
      planInput({
        answers: { replacePassword: true },
        roles: { group: null, login: existingRole('atlan_user', { inherits: false }) },
      }),
      'login-without-inherit',
      'roles.login',
    ],
    [
      'a member of the group that inherits nothing from it',
      planInput({
        answers: { replacePassword: true },
        roles: {
          group: existingRole('atlan_user_role', { givable: false }),
          login: existingRole('atlan_user', { memberOf: ['atlan_user_role'], inheritsFrom: [] }),
        },
      }),
      'login-without-inherit',
      'roles.login',
    ],
    [
      'an administrator who may not create roles',
      planInput({
        server: {
          ...serverFacts,
          admin: { name: 'plain', superuser: false, createRole: false, actsAs: ['plain', 'shopkeeper'] },
        },
      }),
      'may-not-create-roles',
      'server.user',
    ],
    ['no database', planInput({ answers: { databases: [] } }), 'no-database', 'databases'],
    [
      'a database that is gone',
      planInput({ answers: { databases: [{ name: 'gone', schemas: [] }] } }),
      'database-gone',
      'databases[0].name',
    ],
    [
      'a database that cannot be read',
      planInput({ catalogue: { databases: [database('shop', [], { unreadable: 'No.' })] } }),
      'database-unreadable',
      'databases[0].name',
    ],
    [
      'no schema',
      planInput({ answers: { databases: [{ name: 'shop', schemas: [] }] } }),
      'no-schema',
      'databases[0].schemas',
    ],
    [
      'CONNECT that may not be granted',
      planInput({
        catalogue: {
          databases: [
            database('shop', [schema('public', [relation('album'), relation('artist')])], {
              grantable: false,
            }),
          ],
        },
      }),
      'connect-not-grantable',
      'databases[0].name',
    ],
    [
      'a schema that is gone',
      planInput({ answers: oneSchema({ name: 'gone' }) }),
      'schema-gone',
      'databases[0].schemas[0].name',
    ],
    [
      'USAGE that may not be granted',
      planInput({
        catalogue: {
          databases: [database('shop', [schema('public', [relation('album')], { grantable: false })])],
        },
        answers: oneSchema({}),
      }),
      'usage-not-grantable',
      'databases[0].schemas[0].name',
    ],
    [
      'no table',
      planInput({ answers: oneSchema({ relations: [] }) }),
      'no-relation',
      'databases[0].schemas[0].relations',
    ],
    [
      'a table that is gone',
      planInput({ answers: oneSchema({ relations: ['album', 'dropped'] }) }),
      'relation-gone',
      'databases[0].schemas[0].relations[1]',
    ],
    [
      'a table that may not be granted',
      planInput({
        server: { ...serverFacts, admin: { ...serverFacts.admin, superuser: false } },
        catalogue: {
          databases: [
            database('shop', [schema('public', [relation('album', { grantable: false, owner: 'else' })])]),
          ],
        },
        answers: oneSchema({}),
      }),
      'relation-not-grantable',
      'databases[0].schemas[0].relations[0]',
    ],
    [
      'REFERENCES that may not be granted although SELECT may',
      planInput({
        server: { ...serverFacts, admin: { ...serverFacts.admin, superuser: false } },
        catalogue: {
          databases: [
            database('shop', [
              schema('public', [relation('album', { acl: '{postgres=r*/shopkeeper}', grantable: true })]),
            ]),
          ],
        },
        answers: oneSchema({}),
      }),
      'relation-not-grantable',
      'databases[0].schemas[0].relations[0]',
    ],
    [
      'a schema that was not read',
      planInput({ catalogue: { databases: [database('shop', [schema('public', null)])] } }),
      'relations-not-read',
      'databases[0].schemas[0]',
    ],
    [
      'later tables of somebody who makes none',
      planInput({ answers: oneSchema({ laterTablesOf: ['nobody'] }) }),
      'creator-gone',
      'databases[0].schemas[0].laterTablesOf[0]',
    ],
    [
      "later tables of the tool's own role",
      planInput({ answers: oneSchema({ laterTablesOf: ['atlan_user_role'] }) }),
      'creator-is-the-tool',
      'databases[0].schemas[0].laterTablesOf[0]',
    ],
    [
      'later tables of somebody else',
      planInput({
        catalogue: {
          databases: [
            database('shop', [
              schema('public', [relation('album')], {
                creators: [{ role: 'shopkeeper', alterable: false, owns: 1 }],
              }),
            ]),
          ],
        },
        answers: oneSchema({ laterTablesOf: ['shopkeeper'] }),
      }),
      'creator-not-alterable',
      'databases[0].schemas[0].laterTablesOf[0]',
    ],
  ]

  it.each(refusals)('%s', (_, input, code, path) => {
    const problems = problemsOf(input)
    expect(problems.map(problem => [problem.code, problem.path])).toEqual([[code, path]])
    expect(problems[0]?.next).toMatch(/\.$/)
  })

  it('tells all at once', () => {
    const input = planInput({
      answers: {
        access: 'read',
        databases: [
          {
            name: 'shop',
            schemas: [
              { name: 'gone', relations: ['a'], laterTablesOf: [] },
              { name: 'public', relations: ['x', 'y', 'album'], laterTablesOf: [] },
            ],
          },
          { name: 'gone', schemas: [] },
        ],
      },
    })
    expect(problemsOf(input).map(problem => problem.path)).toEqual([
      'databases[0].schemas[0].name',
      'databases[0].schemas[1].relations',
      'databases[1].name',
    ])
    expect(problemsOf(input)[1]?.message).toContain('x, y')
  })

  it('does not ask for a right that nothing needs', () => {
    const input = planInput({
      server: { ...serverFacts, admin: { ...serverFacts.admin, superuser: false, createRole: false } },
      answers: { replacePassword: true, ...oneSchema({}) },
      roles: { group: existingRole('atlan_user_role'), login: existingRole('atlan_user') },
      catalogue: {
        databases: [
          database(
            'shop',
            [
              schema(
                'public',
                [relation('album', { acl: '{atlan_user_role=rx/shopkeeper}', grantable: false })],
                { grantable: false, acl: '{=U/shopkeeper}' },
              ),
            ],
            { grantable: false, acl: null },
          ),
        ],
      },
    })
    expect(planOf(input).databases[0]?.changes).toEqual([])
    expect(notes(input)).toContain('CONNECT comes from PUBLIC')
    expect(notes(input)).toContain('USAGE on public comes from PUBLIC')
  })
})

describe('notes of a plan', () => {
  const withRelations = (...relations: Parameters<typeof schema>[1] & object) =>
    planInput({
      catalogue: { databases: [database('shop', [schema('public', relations)])] },
      answers: oneSchema({ relations: relations.map(each => each.name) }),
    })

  it.each([
    ['row-level security', relation('t', { rowSecurity: true }), 'warning: shop: Row-level security'],
    [
      'a view never refreshed',
      relation('t', { kind: 'materialized-view', populated: false }),
      'Never refreshed',
    ],
    [
      'a materialized view',
      relation('t', { kind: 'materialized-view' }),
      'never appear in information_schema',
    ],
    ['a partition', relation('t', { partition: true }), 'Partitions, granted by themselves'],
    ['a partitioned table', relation('t', { kind: 'partitioned-table' }), 'Read through the parent'],
    [
      'personal data',
      relation('t', { personalData: [{ column: 'email', category: 'e-mail', because: 'name' }] }),
      'warning: shop: 1 column of 1 chosen relation looks like personal data: public.t',
    ],
    ['an earlier grant', relation('t', { acl: '{atlan_user_role=r/shopkeeper}' }), 'has a grant already'],
  ])('tells of %s', (_, each, text) => {
    expect(notes(withRelations(each))).toContain(text)
    expect(notes(withRelations(relation('ordinary')))).not.toContain(text)
  })

  it('tells that on 14 PUBLIC may create in public, and what REFERENCES means then', () => {
    const catalogue = {
      databases: [
        database('shop', [
          schema('public', [relation('album')], { acl: '{shopkeeper=UC/shopkeeper,=UC/shopkeeper}' }),
        ]),
      ],
    }
    const input = planInput({
      catalogue,
      answers: oneSchema({}),
      server: { ...serverFacts, versionNumber: 140_023 },
    })
    expect(notes(input)).toContain(
      'may create tables in: public (the default before PostgreSQL 15). With REFERENCES',
    )
  })

  it('tells what PUBLIC has on the database, where it has it', () => {
    const open = planInput({
      catalogue: {
        databases: [database('shop', [schema('public', [relation('album')])], { acl: null })],
      },
      answers: oneSchema({}),
    })
    expect(notes(open)).toContain('PUBLIC may make temporary tables')
    expect(notes(planInput())).not.toContain('temporary')
  })

  it('tells of other members of the group, and of other roles of the login', () => {
    const text = notes(
      planInput({
        answers: { replacePassword: true },
        roles: {
          group: existingRole('atlan_user_role', { members: ['stranger', 'atlan_user'], canLogin: true }),
          login: existingRole('atlan_user', { memberOf: ['atlan_user_role', 'writers'], sessions: 2 }),
        },
      }),
    )
    expect(text).toContain('other members, who get what it is granted: stranger')
    expect(text).toContain('has also what these roles have: writers')
    expect(text).toContain('2 sessions open')
    expect(text).toContain('can log in itself')
  })

  it('tells of a server without TLS, and of an endpoint that is no other machine', () => {
    const text = notes(
      planInput({
        server: { ...serverFacts, tlsAvailable: false },
        answers: { endpoint: { host: 'localhost', port: 5432 } },
      }),
    )
    expect(text).toContain('TLS off')
    expect(text).toContain('its own machine there')
  })

  it('tells in what the answers’ list of the vendor is not the one of its page, and of no other list', () => {
    const at = (network: Answers['network']) =>
      notes(planInput({ answers: { tool: 'atlassian-analytics', access: 'read', network } }))
    const addresses = atlassianAnalytics.addresses.cidrs
    const [first = '', ...others] = addresses
    expect(at({ from: 'vendor', cidrs: addresses })).not.toContain('The list in these answers')
    const text = at({ from: 'vendor', cidrs: [...others, '198.51.100.0/28'] })
    expect(text).toContain(`it lacks ${first}; it has besides 198.51.100.0/28`)
    expect(text).toContain('https://ip-ranges.atlassian.com')
    expect(at({ from: 'typed', cidrs: ['203.0.113.0/28'] })).not.toContain('The list in these answers')
  })

  it('tells whose later tables stay unseen', () => {
    const catalogue = {
      databases: [
        database('shop', [
          schema('public', [relation('album')], {
            creators: [
              { role: 'shopkeeper', alterable: true, owns: 1 },
              { role: 'app', alterable: true, owns: 1 },
            ],
          }),
        ]),
      ],
    }
    expect(notes(planInput({ catalogue, answers: oneSchema({}) }))).toContain(
      'Tables made later stay unseen in: public',
    )
    expect(notes(planInput({ catalogue, answers: oneSchema({ laterTablesOf: ['shopkeeper'] }) }))).toContain(
      'Later tables of other owners stay unseen in public: app',
    )
  })

  it('shows no name that could break out of its line', () => {
    const hostile = 'x\n-- \u001b[2J'
    const text = notes(
      planInput({
        catalogue: {
          databases: [database('shop', [schema('public', [relation(hostile, { rowSecurity: true })])])],
        },
        answers: oneSchema({ relations: [hostile] }),
      }),
    )
    for (const line of text.split('\n')) expect(line).toMatch(/^(info|warning): /)
    expect(text).not.toContain('\u001b')
  })

  it('is made of sentences', () => {
    for (const note of planOf(planInput({ answers: shopAnswers })).notes)
      expect(note.text).toMatch(/^[A-Z].*\.$/)
  })
})
