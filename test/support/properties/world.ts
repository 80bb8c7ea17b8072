import fc from 'fast-check'
import { roleNameProblem } from '../../../src/model/identifier.ts'
import type { Major } from '../server.ts'
import { distinctNames, type NameSeed, nameSeed } from './names.ts'

/** A whole server as a property meets it: roles, databases, what was granted before. Plain data. */
export interface World {
  /** Who runs pg-usher. */
  readonly admin: Admin
  readonly login: string
  readonly group: string
  /** All roles beside the server's superuser, the administrator among them unless it is that superuser. */
  readonly roles: readonly Role[]
  readonly memberships: readonly Membership[]
  readonly databases: readonly Database[]
}

export interface Admin {
  readonly name: string
  readonly superuser: boolean
}

export interface Role {
  readonly name: string
  /** Words of CREATE ROLE, such as `NOLOGIN NOINHERIT`. */
  readonly options: string
  /** `name TO 'value'` of ALTER ROLE SET. */
  readonly settings: readonly string[]
  readonly comment: string | null
  /** One of the two names that the answers ask for. */
  readonly earlier: boolean
  readonly elevated: boolean
}

export interface Membership {
  readonly role: string
  readonly member: string
  /** As GRANT writes it: `WITH ADMIN OPTION`. */
  readonly options: string
}

export interface Database {
  readonly name: string
  readonly owner: string
  readonly publicConnect: boolean
  readonly schemas: readonly Schema[]
  readonly relations: readonly Relation[]
  readonly defaults: readonly DefaultGrant[]
  readonly grants: readonly Grant[]
}

export interface Schema {
  readonly name: string
  readonly owner: string
}

export type RelationSource =
  | { readonly kind: 'table' }
  | { readonly kind: 'partitioned-table' }
  /** `through` is the parent; a partition with partitions of its own is both. */
  | { readonly kind: 'partition'; readonly through: RelationName; readonly partitioned: boolean }
  | { readonly kind: 'view'; readonly over: RelationName | null; readonly invoker: boolean }
  | { readonly kind: 'materialized-view'; readonly over: RelationName | null; readonly filled: boolean }
  | { readonly kind: 'foreign-table' }

export interface RelationName {
  readonly schema: string
  readonly name: string
}

export interface Relation extends RelationName {
  readonly owner: string
  readonly source: RelationSource
  readonly columns: readonly string[]
  readonly rowSecurity: RowSecurity | null
}

export interface RowSecurity {
  readonly force: boolean
  /** To whom a policy shows all rows; null is PUBLIC. */
  readonly policies: readonly { readonly to: string | null; readonly readsOther: boolean }[]
}

/** What was granted before; `to` null is PUBLIC, `through` had it with grant option first. */
export interface Grant {
  readonly on:
    | { readonly kind: 'relation'; readonly relation: RelationName; readonly column: string | null }
    | { readonly kind: 'schema'; readonly schema: string }
    | { readonly kind: 'database' }
  readonly privilege: string
  readonly to: string | null
  readonly grantOption: boolean
  readonly through: string | null
  /** The owner of what it is on: gives the grant option to `through`. */
  readonly owner: string
}

export interface DefaultGrant {
  readonly owner: string
  readonly schema: string | null
  readonly privilege: string
  readonly to: string | null
}

export const superuser = 'postgres'

/** A table that policies may read from; the login has nothing on it unless it is chosen. */
export const policySource = 'what policies read'

/** Worlds for a server of this major version. */
export function worlds(major: Major): fc.Arbitrary<World> {
  return worldSeed.map(seed => worldFrom(seed, major))
}

type SeedOf<A> = A extends fc.Arbitrary<infer T> ? T : never

const often = (weight: number) =>
  fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 100 - weight, arbitrary: fc.constant(false) })
const seldom = often(12)

const relationSeed = fc.record({
  name: nameSeed,
  schema: fc.nat(5),
  owner: fc.nat(9),
  kind: fc.constantFrom(
    'table',
    'table',
    'table',
    'partitioned-table',
    'view',
    'view',
    'invoker-view',
    'materialized-view',
    'foreign-table',
    'secured-table',
  ),
  over: fc.nat(9),
  filled: often(60),
  partitions: fc.array(fc.record({ name: nameSeed, owner: fc.nat(9), deeper: fc.option(nameSeed) }), {
    maxLength: 2,
  }),
  column: fc.option(nameSeed),
  force: fc.boolean(),
  policies: fc.array(fc.record({ to: fc.option(fc.nat(9)), readsOther: often(25) }), { maxLength: 2 }),
})

const grantSeed = fc.record({
  on: fc.constantFrom('relation', 'relation', 'relation', 'column', 'schema', 'database'),
  target: fc.nat(19),
  privilege: fc.nat(9),
  to: fc.option(fc.nat(9), { freq: 4 }),
  /** Prefers the roles of the answers, where they exist already. */
  toOurs: often(40),
  grantOption: often(25),
  through: fc.option(fc.nat(9), { freq: 2 }),
})

const defaultSeed = fc.record({
  owner: fc.nat(9),
  schema: fc.option(fc.nat(5), { freq: 2 }),
  privilege: fc.constantFrom('SELECT', 'SELECT', 'INSERT', 'REFERENCES', 'SELECT, REFERENCES'),
  to: fc.option(fc.nat(9), { freq: 3 }),
})

const databaseSeed = fc.record({
  name: nameSeed,
  owner: fc.nat(9),
  ownedByAdmin: often(50),
  publicConnect: often(80),
  /** null is the schema public that every database has. */
  schemas: fc.array(fc.record({ name: fc.option(nameSeed, { freq: 4 }), owner: fc.nat(9) }), {
    minLength: 1,
    maxLength: 3,
  }),
  relations: fc.array(relationSeed, { minLength: 1, maxLength: 9 }),
  grants: fc.array(grantSeed, { maxLength: 7 }),
  defaults: fc.array(defaultSeed, { maxLength: 3 }),
})

const earlierSeed = fc.record({
  canLogin: often(60),
  password: fc.boolean(),
  inherit: often(88),
  connectionLimit: fc.constantFrom(-1, 3, 7),
  validUntil: fc.constantFrom(
    null,
    'infinity',
    '-infinity',
    '2088-08-08 08:08:08.888+02',
    '2071-07-07 07:07:07.000777-03:30',
  ),
  settings: fc.subarray([
    `statement_timeout TO '5min'`,
    `default_transaction_read_only TO 'off'`,
    `search_path TO 'a', "B"`,
    `work_mem TO '8MB'`,
  ]),
  comment: fc.option(fc.constantFrom('from before', "it's a comment\nwith two lines")),
  elevated: often(4),
  owner: often(4),
})

const membershipSeed = fc.record({
  role: fc.nat(9),
  member: fc.nat(9),
  admin: seldom,
  inherit: fc.option(fc.boolean()),
  set: fc.option(fc.boolean()),
})

const worldSeed = fc.record({
  admin: fc.record({
    name: nameSeed,
    superuser: often(40),
    createRole: often(94),
    createDatabase: fc.boolean(),
    selfGrant: seldom,
    madeOurs: often(75),
    /** How it stands to each other role: nothing, or a member with these options. */
    stands: fc.array(fc.record({ member: often(75), admin: often(45), inherit: often(88), set: often(70) }), {
      minLength: 8,
      maxLength: 8,
    }),
  }),
  login: nameSeed,
  group: nameSeed,
  earlierLogin: fc.option(earlierSeed, { freq: 3 }),
  earlierGroup: fc.option(earlierSeed, { freq: 3 }),
  owners: fc.array(
    fc.record({ name: nameSeed, inherit: often(85), comment: fc.option(fc.constant('an owner')) }),
    { minLength: 1, maxLength: 4 },
  ),
  memberships: fc.array(membershipSeed, { maxLength: 4 }),
  databases: fc.oneof(
    { weight: 3, arbitrary: fc.array(databaseSeed, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(databaseSeed, { minLength: 2, maxLength: 2 }) },
  ),
})

type WorldSeed = SeedOf<typeof worldSeed>

function worldFrom(seed: WorldSeed, major: Major): World {
  const [login = '', group = '', adminName = '', ...owners] = distinctNames(
    [seed.login, seed.group, seed.admin.name, ...seed.owners.map(owner => owner.name)],
    new Set([superuser]),
    name => roleNameProblem(name) === null,
  )
  const admin: Admin = seed.admin.superuser
    ? { name: superuser, superuser: true }
    : { name: adminName, superuser: false }
  const roles: Role[] = [
    ...(admin.superuser ? [] : [adminRole(admin.name, seed.admin, major)]),
    ...owners.map((name, at) => ({
      name,
      options: `NOLOGIN ${seed.owners[at]?.inherit ? 'INHERIT' : 'NOINHERIT'}`,
      settings: [],
      comment: seed.owners[at]?.comment ?? null,
      earlier: false,
      elevated: false,
    })),
    ...(seed.earlierLogin === null ? [] : [earlierRole(login, seed.earlierLogin)]),
    ...(seed.earlierGroup === null ? [] : [earlierRole(group, seed.earlierGroup)]),
  ]
  const ours = roles.filter(role => role.earlier).map(role => role.name)
  const others = roles.filter(role => !role.earlier).map(role => role.name)
  const mayOwn = [
    superuser,
    ...others,
    ...(seed.earlierLogin?.owner ? [login] : []),
    ...(seed.earlierGroup?.owner ? [group] : []),
  ]
  const names = {
    owners: mayOwn,
    all: roles.map(role => role.name),
    ours,
    admin: admin.name,
  }
  const databaseNames = distinctNames(
    seed.databases.map(database => database.name),
    new Set(['postgres', 'template0', 'template1']),
  )
  return {
    admin,
    login,
    group,
    roles,
    memberships: membershipsFrom(seed, names, admin, major),
    databases: seed.databases.map((database, at) =>
      databaseFrom(database, databaseNames[at] ?? '', names, major),
    ),
  }
}

interface Names {
  readonly owners: readonly string[]
  readonly all: readonly string[]
  readonly ours: readonly string[]
  readonly admin: string
}

function adminRole(name: string, seed: WorldSeed['admin'], major: Major): Role {
  return {
    name,
    options: `LOGIN ${seed.createRole ? 'CREATEROLE' : 'NOCREATEROLE'} ${seed.createDatabase ? 'CREATEDB' : ''}`,
    settings: seed.selfGrant && major >= 16 ? [`createrole_self_grant TO 'set, inherit'`] : [],
    comment: null,
    earlier: false,
    elevated: true,
  }
}

function earlierRole(name: string, seed: SeedOf<typeof earlierSeed>): Role {
  return {
    name,
    options: [
      seed.canLogin ? 'LOGIN' : 'NOLOGIN',
      seed.inherit ? 'INHERIT' : 'NOINHERIT',
      seed.elevated ? 'CREATEDB' : '',
      seed.password ? `PASSWORD 'from before'` : '',
      `CONNECTION LIMIT ${seed.connectionLimit}`,
      seed.validUntil === null ? '' : `VALID UNTIL '${seed.validUntil}'`,
    ].join(' '),
    settings: seed.settings,
    comment: seed.comment,
    earlier: true,
    elevated: seed.elevated,
  }
}

function membershipsFrom(seed: WorldSeed, names: Names, admin: Admin, major: Major): Membership[] {
  const memberships: Membership[] = []
  // A member of b, b of c: only from later roles to earlier ones, so that no circle closes. One that neither
  // inherits nor allows SET ROLE gives nothing, and the server's look for circles sees it all the same.
  const add = (
    role: string,
    member: string,
    options: { admin: boolean; inherit: boolean | null; set: boolean | null },
  ) => {
    if (role === member || memberships.some(each => each.role === role && each.member === member)) return
    memberships.push({ role, member, options: membershipOptions(options, major) })
  }
  if (!admin.superuser) {
    const others = names.all.filter(name => name !== admin.name)
    for (const [at, name] of others.entries()) {
      const stands = seed.admin.stands[at]
      // Whoever sets up a tool again mostly made its roles the first time.
      if (names.ours.includes(name) && seed.admin.madeOurs) {
        add(name, admin.name, { admin: true, inherit: false, set: stands?.set ?? false })
      } else if (stands?.member) add(name, admin.name, stands)
    }
  }
  for (const each of seed.memberships) {
    const one = each.role % Math.max(1, names.all.length)
    const other = each.member % Math.max(1, names.all.length)
    const role = names.all[Math.min(one, other)]
    const member = names.all[Math.max(one, other)]
    if (role === undefined || member === undefined || role === admin.name) continue
    add(role, member, each)
  }
  return memberships
}

function membershipOptions(
  { admin, inherit, set }: { admin: boolean; inherit: boolean | null; set: boolean | null },
  major: Major,
): string {
  if (major < 16) return admin ? 'WITH ADMIN OPTION' : ''
  const options = [
    `ADMIN ${admin}`,
    ...(inherit === null ? [] : [`INHERIT ${inherit}`]),
    ...(set === null ? [] : [`SET ${set}`]),
  ]
  return `WITH ${options.join(', ')}`
}

function databaseFrom(seed: SeedOf<typeof databaseSeed>, name: string, names: Names, major: Major): Database {
  const at = <T>(list: readonly T[], number: number): T | undefined => list[number % Math.max(1, list.length)]
  const owner = seed.ownedByAdmin ? names.admin : (at(names.owners, seed.owner) ?? superuser)
  const schemas = schemasFrom(seed.schemas, names, major)
  const relations = relationsFrom(seed.relations, schemas, names, major)
  const to = (place: number | null) => (place === null ? null : (at(names.all, place) ?? null))
  return {
    name,
    owner,
    publicConnect: seed.publicConnect,
    schemas,
    relations,
    defaults: seed.defaults.map(each => ({
      owner: at(names.owners, each.owner) ?? superuser,
      schema: each.schema === null ? null : (at(schemas, each.schema)?.name ?? null),
      privilege: each.privilege,
      to: to(each.to),
    })),
    grants: seed.grants.flatMap((each): Grant[] => {
      const grantee = each.toOurs && names.ours.length > 0 ? at(names.ours, each.target) : to(each.to)
      const given = grantee ?? null
      const through = to(each.through)
      const rest = { to: given, grantOption: each.grantOption && given !== null, through }
      if (each.on === 'database') {
        const privilege = at(['CONNECT', 'TEMPORARY', 'CREATE'], each.privilege) ?? ''
        return [{ on: { kind: 'database' }, privilege, owner, ...rest }]
      }
      if (each.on === 'schema') {
        const schema = at(schemas, each.target)
        if (schema === undefined) return []
        const privilege = at(['USAGE', 'USAGE', 'USAGE', 'CREATE'], each.privilege) ?? ''
        return [{ on: { kind: 'schema', schema: schema.name }, privilege, owner: schema.owner, ...rest }]
      }
      const relation = at(relations, each.target)
      if (relation === undefined) return []
      const column = each.on === 'column' ? (relation.columns[0] ?? null) : null
      const privileges = [
        'SELECT',
        'SELECT',
        'SELECT',
        'REFERENCES',
        'INSERT',
        ...(column ? [] : ['DELETE', 'TRUNCATE', ...(major >= 17 ? ['MAINTAIN'] : [])]),
      ]
      return [
        {
          on: { kind: 'relation', relation: { schema: relation.schema, name: relation.name }, column },
          privilege: at(privileges, each.privilege) ?? '',
          owner: relation.owner,
          ...rest,
        },
      ]
    }),
  }
}

function schemasFrom(seeds: SeedOf<typeof databaseSeed>['schemas'], names: Names, major: Major): Schema[] {
  const made = distinctNames(
    seeds.flatMap(each => (each.name === null ? [] : [each.name])),
    new Set(['public', 'information_schema']),
    name => !name.startsWith('pg_'),
  )
  const schemas: Schema[] = []
  for (const seed of seeds) {
    const name = seed.name === null ? 'public' : (made.shift() ?? '')
    if (schemas.some(each => each.name === name)) continue
    schemas.push({ name, owner: names.owners[seed.owner % names.owners.length] ?? superuser })
  }
  // Every database has it, and until 14 everybody may create there.
  if (!schemas.some(each => each.name === 'public')) {
    schemas.push({ name: 'public', owner: major < 15 ? superuser : 'pg_database_owner' })
  }
  return schemas
}

function relationsFrom(
  seeds: readonly SeedOf<typeof relationSeed>[],
  schemas: readonly Schema[],
  names: Names,
  major: Major,
): Relation[] {
  const relations: Relation[] = []
  const owner = (place: number) => names.owners[place % names.owners.length] ?? superuser
  const taken = new Map(schemas.map(schema => [schema.name, new Set([policySource])]))
  const nameIn = (schema: string, seed: NameSeed) => {
    const used = taken.get(schema) ?? new Set()
    const before = [...used].map(own => ({ own }))
    const name = distinctNames([...before, seed]).at(-1) ?? ''
    used.add(name)
    return name
  }
  for (const seed of seeds) {
    const schema = schemas[seed.schema % schemas.length]?.name ?? 'public'
    const name = nameIn(schema, seed.name)
    const extra = seed.column === null ? [] : distinctNames([seed.column], systemColumns)
    const columns = ['id', ...extra]
    const base = relations[relations.length - 1 - (seed.over % Math.max(1, relations.length))]
    const common = { schema, name, owner: owner(seed.owner), columns, rowSecurity: null }
    switch (seed.kind) {
      case 'table':
        relations.push({ ...common, source: { kind: 'table' } })
        break
      case 'secured-table': {
        const policies = seed.policies.map(({ to, readsOther }) => ({
          to: to === null ? null : (names.all[to % Math.max(1, names.all.length)] ?? null),
          readsOther,
        }))
        if (
          policies.some(policy => policy.readsOther) &&
          !relations.some(each => each.schema === schema && each.name === policySource)
        ) {
          relations.push({ ...common, name: policySource, columns: ['id'], source: { kind: 'table' } })
        }
        relations.push({
          ...common,
          source: { kind: 'table' },
          rowSecurity: { force: seed.force, policies },
        })
        break
      }
      case 'partitioned-table':
        relations.push({ ...common, source: { kind: 'partitioned-table' } })
        for (const partition of seed.partitions) {
          const part = { schema, name: nameIn(schema, partition.name) }
          relations.push({
            ...common,
            ...part,
            owner: owner(partition.owner),
            source: { kind: 'partition', through: { schema, name }, partitioned: partition.deeper !== null },
          })
          if (partition.deeper === null) continue
          relations.push({
            ...common,
            name: nameIn(schema, partition.deeper),
            owner: owner(partition.owner + 1),
            source: { kind: 'partition', through: part, partitioned: false },
          })
        }
        break
      case 'view':
      case 'invoker-view':
        relations.push({
          ...common,
          columns: base?.columns ?? ['id'],
          source: { kind: 'view', over: nameOf(base), invoker: seed.kind === 'invoker-view' && major >= 15 },
        })
        break
      case 'materialized-view': {
        const over = base !== undefined && mayBeRead(base, relations) ? base : undefined
        relations.push({
          ...common,
          columns: over?.columns ?? ['id'],
          source: { kind: 'materialized-view', over: nameOf(over), filled: seed.filled },
        })
        break
      }
      case 'foreign-table':
        relations.push({ ...common, source: { kind: 'foreign-table' } })
        break
    }
  }
  return relations
}

/** Names that no column of a user's can have. */
const systemColumns: ReadonlySet<string> = new Set(['id', 'tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

function nameOf(relation: Relation | undefined): RelationName | null {
  return relation === undefined ? null : { schema: relation.schema, name: relation.name }
}

/** Whether a superuser could read it, so that a materialized view over it can be filled. */
function mayBeRead(relation: Relation, relations: readonly Relation[]): boolean {
  switch (relation.source.kind) {
    case 'foreign-table':
      return false
    case 'materialized-view':
      return relation.source.filled
    case 'view': {
      const { over } = relation.source
      const base = relations.find(each => each.schema === over?.schema && each.name === over.name)
      return base === undefined || mayBeRead(base, relations)
    }
    default:
      return true
  }
}
