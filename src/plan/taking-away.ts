import { aclItems } from '../model/acl.ts'
import { granteeOf } from '../model/answers.ts'
import type { Grantable } from '../model/assumable.ts'
import type { CatalogueDatabase, CatalogueSchema, Relation } from '../model/catalogue.ts'
import type { Change, TablePrivilege } from '../model/change.ts'
import type { GrantedOn, GrantedSet } from '../model/granted.ts'
import { printableName } from '../model/identifier.ts'
import { relationNamed } from '../model/relation-columns.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import type { PlannedRelation } from './plan.ts'
import { type ChosenSchema, chosenTier, type PlanInput } from './plan-input.ts'
import { actAsOf, type GrantVia, whoRevokes, whoSetsDefaults } from './who-grants.ts'

/** What is taken away in one database, and what would be if somebody of ours could. */
export interface TakingAway {
  readonly changes: readonly Change[]
  /** The relations that the changes name. */
  readonly relations: readonly PlannedRelation[]
  /** For each role that alone could take its grants away: what they are, in words. */
  readonly stays: ReadonlyMap<string, readonly string[]>
}

/**
 * Of what earlier runs granted in a database, what lies outside the choice now and is still there. Only the
 * grant of the same grantor is taken away: the same privilege by another hand stays. In the reverse order of
 * granting: relations, later tables, schemas, the database.
 * @param chosen the schemas that are chosen there; null where the database is not chosen any more
 */
export function* takingAway(
  input: PlanInput,
  database: CatalogueDatabase,
  chosen: readonly ChosenSchema[] | null,
): Sliced<TakingAway> {
  const { earlier } = input
  const grantee = granteeOf(input.answers.roles)
  if (earlier == null || earlier.grantee !== grantee) return { changes: [], relations: [], stays: new Map() }
  const sets = (on: GrantedOn) =>
    earlier.grants.filter(each => each.database === database.name && each.on === on)
  const taken = [
    ...(yield* fromRelations(input, database, chosen ?? [], sets('relation'))),
    ...fromLaterTables(input, database, chosen ?? [], sets('default')),
    ...fromSchemas(input, database, chosen ?? [], sets('schema')),
    ...(chosen === null ? fromDatabase(input, database, sets('database')) : []),
  ]
  const stays = new Map<string, string[]>()
  for (const { via, change } of taken) {
    if (via.by !== 'nobody') continue
    const list = stays.get(via.owner) ?? []
    list.push(wordsOf(change))
    stays.set(via.owner, list)
  }
  const changes = taken
    .filter(({ via }) => via.by !== 'nobody')
    .map(({ via, change }) => ({ ...change, ...actAsOf(via) }))
  return { changes, relations: yield* relationsOf(database, changes), stays }
}

function* relationsOf(database: CatalogueDatabase, changes: readonly Change[]): Sliced<PlannedRelation[]> {
  const found: PlannedRelation[] = []
  for (const change of changes) {
    if (change.kind !== 'revoke-relations') continue
    const schema = database.schemas.find(each => each.name === change.schema)
    yield* eachOf(change.relations, name => {
      const relation = schema?.relations == null ? undefined : relationNamed(schema.relations, name)
      if (relation !== undefined) found.push({ schema: change.schema, name, oid: relation.oid })
    })
  }
  return found
}

interface Taken {
  readonly via: GrantVia
  readonly change: Change
}

const why = 'An earlier run granted it, and it is not chosen any more.'

function* fromRelations(
  input: PlanInput,
  database: CatalogueDatabase,
  chosen: readonly ChosenSchema[],
  sets: readonly GrantedSet[],
): Sliced<Taken[]> {
  const grantee = granteeOf(input.answers.roles)
  const groups = new Map<string, { readonly via: GrantVia; readonly change: RevokeRelations }>()
  for (const schema of database.schemas) {
    const taken = yield* takenOf(input, schema, chosen, sets)
    yield* eachOf(taken, ([relation, grantors]) => {
      for (const [grantor, privileges] of grantors) {
        const via = whoRevokes(input, database, relation.owner, grantor)
        const key = JSON.stringify([schema.name, grantor, privileges, via])
        const group = groups.get(key)
        if (group !== undefined) group.change.relations.push(relation.name)
        else {
          groups.set(key, {
            via,
            change: {
              kind: 'revoke-relations',
              schema: schema.name,
              relations: [relation.name],
              privileges,
              grantee,
              grantor,
              why,
            },
          })
        }
      }
    })
  }
  return [...groups.values()]
}

type RevokeRelations = Extract<Change, { readonly kind: 'revoke-relations' }> & {
  readonly relations: string[]
}

/** For each relation of a schema: what of ours is to go, by grantor. */
function* takenOf(
  input: PlanInput,
  schema: CatalogueSchema,
  chosen: readonly ChosenSchema[],
  sets: readonly GrantedSet[],
): Sliced<[Relation, [string, TablePrivilege[]][]][]> {
  const here = sets.filter(each => each.schema === schema.name)
  if (here.length === 0) return []
  const grantee = granteeOf(input.answers.roles)
  const relations = relationsOnce(schema)
  const kept = yield* keptRelations(input, schema.name, chosen)
  const taken = new Map<Relation, Map<string, Set<TablePrivilege>>>()
  for (const set of here) {
    yield* eachOf(set.objects, ({ name, oid }) => {
      const relation = relations(name)
      // Another relation may have the name, or this one another name: then it is not told apart from others' doing.
      if (relation === undefined || relation.oid !== oid) return
      const grantor = set.byOwner ? relation.owner : set.grantor
      const object: Grantable = { ...relation, type: 'relation' }
      for (const privilege of set.privileges) {
        if (!isTablePrivilege(privilege) || kept(name, privilege)) continue
        if (!isGiven(object, { grantee, grantor, privilege })) continue
        const byGrantor = taken.get(relation) ?? new Map<string, Set<TablePrivilege>>()
        taken.set(relation, byGrantor)
        byGrantor.set(grantor, (byGrantor.get(grantor) ?? new Set()).add(privilege))
      }
    })
  }
  return [...taken]
    .toSorted(([a], [b]) => compare(a.name, b.name))
    .map(([relation, byGrantor]) => [
      relation,
      [...byGrantor].map(([grantor, privileges]) => [grantor, [...privileges].toSorted().toReversed()]),
    ])
}

/** Gives the relations of a schema by name, each name the same value every time. */
function relationsOnce({ relations }: CatalogueSchema): (name: string) => Relation | undefined {
  const known = new Map<string, Relation | undefined>()
  return name => {
    if (!known.has(name)) known.set(name, relations === null ? undefined : relationNamed(relations, name))
    return known.get(name)
  }
}

function* keptRelations(
  input: PlanInput,
  schema: string,
  chosen: readonly ChosenSchema[],
): Sliced<(name: string, privilege: TablePrivilege) => boolean> {
  const names = new Set<string>()
  const its = chosen.find(each => each.schema.name === schema)?.relations ?? []
  yield* eachOf(its, ({ name }) => names.add(name))
  const privileges = input.answers.access === 'usage' ? [] : (chosenTier(input)?.privileges ?? [])
  return (name, privilege) => names.has(name) && privileges.includes(privilege)
}

function fromLaterTables(
  input: PlanInput,
  database: CatalogueDatabase,
  chosen: readonly ChosenSchema[],
  sets: readonly GrantedSet[],
): Taken[] {
  const grantee = granteeOf(input.answers.roles)
  const tier = input.answers.access === 'usage' ? [] : (chosenTier(input)?.privileges ?? [])
  const taken = new Map<string, Taken>()
  for (const { schema, privileges, objects } of sets) {
    if (schema === null) continue
    for (const { name: owner } of objects) {
      const keeps = chosen.find(each => each.schema.name === schema)?.laterTablesOf.includes(owner)
      const going = privileges.filter(isTablePrivilege).filter(privilege => {
        if (keeps === true && tier.includes(privilege)) return false
        return database.defaultPrivileges.some(
          each =>
            each.owner === owner &&
            each.schema === schema &&
            isGiven({ ...each, type: 'relation' }, { grantee, grantor: owner, privilege }),
        )
      })
      if (going.length === 0) continue
      const alterable = database.schemas
        .find(each => each.name === schema)
        ?.creators.some(each => each.role === owner && each.alterable)
      taken.set(JSON.stringify([schema, owner, going]), {
        via: whoSetsDefaults(input, database, { role: owner, alterable: alterable === true }),
        change: {
          kind: 'revoke-default-privileges',
          owner,
          schema,
          privileges: going,
          grantee,
          why: `${why} Tables that are there keep what they have.`,
        },
      })
    }
  }
  return [...taken.values()]
}

function fromSchemas(
  input: PlanInput,
  database: CatalogueDatabase,
  chosen: readonly ChosenSchema[],
  sets: readonly GrantedSet[],
): Taken[] {
  const grantee = granteeOf(input.answers.roles)
  const taken = new Map<string, Taken>()
  for (const set of sets) {
    for (const { name } of set.objects) {
      const schema = database.schemas.find(each => each.name === name)
      if (schema === undefined || chosen.some(each => each.schema.name === name)) continue
      const grantor = set.byOwner ? schema.owner : set.grantor
      if (!isGiven({ ...schema, type: 'schema' }, { grantee, grantor, privilege: 'USAGE' })) continue
      taken.set(JSON.stringify([name, grantor]), {
        via: whoRevokes(input, database, schema.owner, grantor),
        change: { kind: 'revoke-usage', schema: name, grantee, grantor, why },
      })
    }
  }
  return [...taken.values()]
}

function fromDatabase(input: PlanInput, database: CatalogueDatabase, sets: readonly GrantedSet[]): Taken[] {
  const grantee = granteeOf(input.answers.roles)
  const grantors = new Set(sets.map(set => (set.byOwner ? database.owner : set.grantor)))
  return [...grantors]
    .filter(grantor => isGiven({ ...database, type: 'database' }, { grantee, grantor, privilege: 'CONNECT' }))
    .map(grantor => ({
      via: whoRevokes(input, database, database.owner, grantor),
      change: { kind: 'revoke-connect', database: database.name, grantee, grantor, why },
    }))
}

/** Whether just this grantor gave it. */
function isGiven(
  object: Grantable,
  given: {
    readonly grantee: string
    readonly grantor: string
    readonly privilege: TablePrivilege | 'USAGE' | 'CONNECT'
  },
): boolean {
  return aclItems(object.acl, object).some(
    item =>
      item.grantee === given.grantee &&
      item.grantor === given.grantor &&
      item.privileges.has(given.privilege),
  )
}

function isTablePrivilege(privilege: string): privilege is TablePrivilege {
  return privilege === 'SELECT' || privilege === 'REFERENCES'
}

function wordsOf(change: Change): string {
  switch (change.kind) {
    case 'revoke-relations':
      return change.relations.map(name => `${printableName(change.schema)}.${printableName(name)}`).join(', ')
    case 'revoke-usage':
      return `USAGE on ${printableName(change.schema)}`
    case 'revoke-default-privileges':
      return `later tables in ${printableName(change.schema)}`
    default:
      return 'CONNECT'
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
