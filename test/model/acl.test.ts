import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AclItem, aclItems, grants, parseAcl, publicGrants } from '../../src/model/acl.ts'
import { quoteIdentifier } from '../../src/model/identifier.ts'
import { hostileRoleNames } from '../support/hostile-names.ts'
import { everyMajor, startServer, type TestServer } from '../support/server.ts'

interface Row {
  readonly grantee: string | null
  readonly grantor: string
  readonly privilege: string
  readonly grantable: boolean
}

function rowsOf(items: readonly AclItem[]): Row[] {
  return items
    .flatMap(item =>
      [...item.privileges].map(privilege => ({
        grantee: item.grantee,
        grantor: item.grantor,
        privilege,
        grantable: item.grantable.has(privilege),
      })),
    )
    .sort(byText)
}

function byText(a: Row, b: Row): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

const exploded = (acl: string) =>
  `select case when a.grantee = 0 then null else g.rolname end as grantee, r.rolname as grantor,
     a.privilege_type as privilege, a.is_grantable as grantable
   from pg_catalog.aclexplode(${acl}) a
   left join pg_catalog.pg_roles g on g.oid = a.grantee join pg_catalog.pg_roles r on r.oid = a.grantor`

describe.each(everyMajor)('access control lists of PostgreSQL %i', major => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ major })
    for (const name of hostileRoleNames) await server.sql(`create role ${quoteIdentifier(name)}`)
  })
  afterAll(() => server.stop())

  it('reads what aclexplode reads, with hostile role names and grant options', async () => {
    const roles = hostileRoleNames.map(quoteIdentifier)
    await server.sql('create table shared (id int); create table onward (id int)')
    await server.sql(`grant select, references on shared to ${roles.join(', ')}, public`)
    await server.sql(`grant insert on shared to ${roles.slice(0, 20).join(', ')} with grant option`)
    for (const role of roles.slice(0, 20)) {
      await server.sql(`set role ${role}; grant insert on shared to "user"; reset role`)
    }
    const [printed] = await server.sql("select relacl::text as acl from pg_class where relname = 'shared'")
    const expected = (await server.sql(
      exploded("(select relacl from pg_class where relname = 'shared')"),
    )) as unknown as Row[]
    expect(expected.length).toBeGreaterThan(100)
    expect(rowsOf(parseAcl(String(printed?.['acl'])))).toEqual([...expected].sort(byText))
  })

  it.each([
    ['relation', 'r'],
    ['schema', 'n'],
    ['database', 'd'],
  ] as const)('knows the default list of a %s, as acldefault gives it', async (type, letter) => {
    const expected = (await server.sql(
      exploded(`pg_catalog.acldefault('${letter}', 'postgres'::regrole)`),
    )) as unknown as Row[]
    // MAINTAIN came with 17; no plan asks about it.
    const known = expected.filter(row => row.privilege !== 'MAINTAIN').sort(byText)
    expect(rowsOf(aclItems(null, { type, owner: 'postgres' }))).toEqual(known)
  })

  it('tells the role called "PUBLIC" from everybody', async () => {
    await server.sql('create table for_public (id int); grant select on for_public to "PUBLIC"')
    const [row] = await server.sql("select relacl::text as acl from pg_class where relname = 'for_public'")
    const acl = String(row?.['acl'])
    expect(grants(acl, { type: 'relation', owner: 'postgres', grantee: 'PUBLIC', privilege: 'SELECT' })).toBe(
      true,
    )
    expect(publicGrants(acl, { type: 'relation', owner: 'postgres' })).toEqual([])
  })
})

describe('what a list grants', () => {
  const object = { type: 'relation', owner: 'owner' } as const

  it('counts only what the grantee itself was given', () => {
    const acl = '{owner=arwdDxt/owner,=r/owner,reader=x/owner}'
    expect(grants(acl, { ...object, grantee: 'reader', privilege: 'REFERENCES' })).toBe(true)
    expect(grants(acl, { ...object, grantee: 'reader', privilege: 'SELECT' })).toBe(false)
    expect(publicGrants(acl, object)).toEqual(['SELECT'])
  })

  it('takes null for the default and {} for nothing', () => {
    expect(grants(null, { ...object, grantee: 'owner', privilege: 'SELECT' })).toBe(true)
    expect(grants('{}', { ...object, grantee: 'owner', privilege: 'SELECT' })).toBe(false)
    expect(publicGrants(null, { type: 'database', owner: 'owner' })).toEqual(['CONNECT', 'TEMPORARY'])
    expect(publicGrants('{}', { type: 'database', owner: 'owner' })).toEqual([])
  })

  it.each(['', 'reader=r/owner', '{"reader=r/owner}', '{reader}', '{"a"b}'])('refuses %j', text => {
    expect(() => parseAcl(text)).toThrow(SyntaxError)
  })

  it('passes over a letter of a later version', () => {
    expect([...(parseAcl('{reader=rZ*x/owner}')[0]?.privileges ?? [])]).toEqual(['SELECT', 'REFERENCES'])
  })
})
