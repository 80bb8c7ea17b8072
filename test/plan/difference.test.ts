import { describe, expect, it } from 'vitest'
import type { Assumable } from '../../src/model/catalogue.ts'
import type { GrantedSet } from '../../src/model/granted.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { isEmptyPlan, type Plan } from '../../src/plan/plan.ts'
import type { PlanInput } from '../../src/plan/plan-input.ts'
import { checkOf, statementsOf, titleOf, undoOf } from '../../src/plan/statements.ts'
import { database, existingRole, planInput, relation, schema, serverFacts } from '../support/plan-input.ts'
import { shopAnswers } from '../support/shop-answers.ts'

const grantee = 'atlan_user_role'
const admin = { name: 'dba', superuser: false, createRole: true, actsAs: ['dba'] }

function planOf(input: PlanInput): Plan {
  const made = makePlan(input)
  if (!made.ok) throw new Error(made.problems.map(problem => problem.message).join('\n'))
  return made.plan
}

const ofOurs = {
  group: existingRole(grantee, { comment: 'pg-usher: a test' }),
  login: existingRole('atlan_user', {
    canLogin: true,
    comment: 'pg-usher plan=1 attempt=2 step=3',
    connectionLimit: 5,
    validUntil: '2099-12-31T23:59:59.000Z',
    memberOf: [grantee],
    inheritsFrom: [grantee],
    settings: ['statement_timeout=300s', 'default_transaction_read_only=on'],
  }),
}

/** All that the answers of the shop come to, granted. */
const granted = {
  databases: [
    database(
      'shop',
      [
        schema(
          'public',
          ['album', 'artist', 'track'].map((name, index) =>
            relation(name, { oid: index + 1, acl: `{${grantee}=rx/shopkeeper}` }),
          ),
          { acl: `{${grantee}=U/shopkeeper}` },
        ),
      ],
      { acl: `{shopkeeper=CTc/shopkeeper,${grantee}=c/shopkeeper}` },
    ),
  ],
}

const setOf = (
  names: readonly (readonly [string, number])[],
  changes: Partial<GrantedSet> = {},
): GrantedSet => ({
  database: 'shop',
  on: 'relation',
  schema: 'public',
  privileges: ['SELECT', 'REFERENCES'],
  grantor: 'shopkeeper',
  byOwner: true,
  objects: names.map(([name, oid]) => ({ name, oid })),
  ...changes,
})

const ledger = (...grants: GrantedSet[]): Ledger => ({ grantee, grants, parameters: [] })

describe('a plan as a difference', () => {
  it('is nothing where all is there and the login is one of ours', () => {
    expect(isEmptyPlan(planOf(planInput({ roles: ofOurs, catalogue: granted })))).toBe(true)
  })

  it('changes the end of a login that keeps its password, with the rest of the role', () => {
    const plan = planOf(
      planInput({
        roles: { ...ofOurs, login: { ...ofOurs.login, validUntil: null } },
        catalogue: granted,
      }),
    )
    expect(plan.roles.map(change => change.kind)).toEqual(['set-valid-until'])
    expect(plan.roles.flatMap(undoOf)).toEqual(["ALTER ROLE atlan_user VALID UNTIL 'infinity'"])
    expect(plan.opening).toEqual([])
  })

  it('takes away what the ledger has and nobody chose, and nothing without a ledger', () => {
    const earlier = ledger(setOf([['track', 3]]))
    const input = planInput({ roles: ofOurs, catalogue: granted })
    expect(planOf(input).databases[0]?.changes).toEqual([])
    const [change, ...rest] = planOf({ ...input, earlier }).databases[0]?.changes ?? []
    if (change === undefined) throw new Error('nothing is taken away')
    expect(rest).toEqual([])
    expect(statementsOf(change)).toEqual([`REVOKE SELECT, REFERENCES ON TABLE public.track FROM ${grantee}`])
    expect(undoOf(change)).toEqual([`GRANT SELECT, REFERENCES ON TABLE public.track TO ${grantee}`])
    expect(checkOf(change)).toContain('a.grantor = ')
    expect(titleOf(change)).toBe('REVOKE SELECT, REFERENCES on public.track')
  })

  it.each([
    ['what is chosen still', setOf([['album', 1]])],
    ['a table made anew under the name', setOf([['track', 99]])],
    ['a table that was renamed', setOf([['song', 3]])],
    ['the grant of another', setOf([['track', 3]], { byOwner: false, grantor: 'somebody' })],
    ['what is in another database', setOf([['track', 3]], { database: 'other' })],
  ])('leaves alone %s', (_, set) => {
    const input = planInput({ roles: ofOurs, catalogue: granted, earlier: ledger(set) })
    expect(isEmptyPlan(planOf(input))).toBe(true)
  })

  it("leaves another grantee's alone, and narrows the privileges with the tier", () => {
    const earlier = ledger(setOf([['album', 1]]))
    const input = planInput({ roles: ofOurs, catalogue: granted, answers: { access: 'metadata' } })
    expect(isEmptyPlan(planOf({ ...input, earlier: { ...earlier, grantee: 'other' } }))).toBe(true)
    expect(planOf({ ...input, earlier }).databases[0]?.changes.map(titleOf)).toEqual([
      'REVOKE SELECT on public.album',
    ])
  })

  it('resets a setting that an earlier run made, and no other', () => {
    const input = planInput({
      roles: ofOurs,
      catalogue: granted,
      answers: { limits: { ...shopAnswers.limits, statementTimeout: null } },
    })
    expect(isEmptyPlan(planOf(input))).toBe(true)
    const earlier = (value: string): Ledger => ({
      ...ledger(),
      parameters: [{ role: 'atlan_user', parameter: 'statement_timeout', value }],
    })
    expect(isEmptyPlan(planOf({ ...input, earlier: earlier('60s') }))).toBe(true)
    const { roles } = planOf({ ...input, earlier: earlier('300s') })
    expect(roles.flatMap(change => statementsOf(change))).toEqual([
      'ALTER ROLE atlan_user RESET statement_timeout',
    ])
    expect(roles.flatMap(undoOf)).toEqual(["ALTER ROLE atlan_user SET statement_timeout TO '300s'"])
  })
})

describe('who grants', () => {
  const inputFor = (assumable: readonly Assumable[], acl: string | null = null): PlanInput =>
    planInput({
      server: { ...serverFacts, admin },
      answers: {
        databases: [
          {
            name: 'shop',
            schemas: [{ name: 'public', relations: ['album'], laterTablesOf: ['shopkeeper'] }],
          },
        ],
      },
      catalogue: {
        databases: [
          database(
            'shop',
            [
              schema(
                'public',
                [relation('album', { acl, grantable: assumable.length > 0 || acl !== null })],
                {
                  grantable: true,
                  creators: [{ role: 'shopkeeper', alterable: assumable.length > 0, owns: 1 }],
                },
              ),
            ],
            { assumable },
          ),
        ],
      },
    })

  it('is the owner whom one may SET ROLE to', () => {
    const changes = planOf(inputFor([{ role: 'shopkeeper', by: 'set-role' }])).databases[0]?.changes ?? []
    expect(changes.map(change => change.actAs)).toEqual(
      changes.map(() => ({ role: 'shopkeeper', by: 'set-role' })),
    )
    expect(changes.map(change => statementsOf(change)).at(2)).toEqual([
      'SET LOCAL ROLE shopkeeper',
      `GRANT SELECT, REFERENCES ON TABLE public.album TO ${grantee}`,
      'RESET ROLE',
    ])
  })

  it('is the owner whom one administers, for the length of the change, and so is its undo', () => {
    const changes = planOf(inputFor([{ role: 'shopkeeper', by: 'grant-self' }])).databases[0]?.changes ?? []
    const [, , table] = changes
    if (table === undefined) throw new Error('no change')
    expect(undoOf(table)).toEqual([
      'GRANT shopkeeper TO CURRENT_USER WITH INHERIT FALSE, SET TRUE',
      'SET LOCAL ROLE shopkeeper',
      `REVOKE SELECT, REFERENCES ON TABLE public.album FROM ${grantee}`,
      'RESET ROLE',
      'REVOKE shopkeeper FROM CURRENT_USER',
    ])
    expect(titleOf(table)).toBe('GRANT SELECT, REFERENCES on public.album, as shopkeeper')
  })

  it('is oneself where one holds the grant options for all of it', () => {
    const input = inputFor([{ role: 'shopkeeper', by: 'grant-self' }], '{dba=r*x*/shopkeeper}')
    const changes = planOf(input).databases[0]?.changes ?? []
    const table = changes.find(change => change.kind === 'grant-relations')
    expect(table).toBeDefined()
    expect(table?.actAs).toBeUndefined()
  })

  it('is nobody of ours where one holds the option for a part of it only', () => {
    expect(makePlan(inputFor([], '{dba=r*/shopkeeper}'))).toMatchObject({
      ok: false,
      problems: [{ code: 'relation-not-grantable' }, { code: 'creator-not-alterable' }],
    })
  })
})
