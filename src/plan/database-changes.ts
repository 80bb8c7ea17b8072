import { grants, publicGrants } from '../model/acl.ts'
import { granteeOf } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema, Relation } from '../model/catalogue.ts'
import type { Change, TablePrivilege } from '../model/change.ts'
import { counted } from '../model/counted.ts'
import { printableName } from '../model/identifier.ts'
import type { RelationAccess } from '../model/relation-columns.ts'
import { atOnce, eachOf, type Sliced } from '../model/sliced.ts'
import type { ChosenRelation, DatabasePlan } from './plan.ts'
import { type ChosenDatabase, type ChosenSchema, chosenTier, type PlanInput } from './plan-input.ts'
import { type TakingAway, takingAway } from './taking-away.ts'
import { actAsOf, type GrantVia, relationIn, whoGrants, whoSetsDefaults } from './who-grants.ts'

/** A change that is missing, and who can make it. */
export interface WantedChange {
  readonly via: GrantVia
  readonly change: Change
}

/**
 * What one database needs, in a fixed order: CONNECT, then schema by schema; last what is taken away. What is
 * granted is left out, and so is what this administrator cannot do.
 */
export function databasePlan(input: PlanInput, chosen: ChosenDatabase): DatabasePlan {
  return atOnce(databasePart(input, chosen)).plan
}

/** What one database needs, and what was found on the way to it. */
export interface DatabasePart {
  readonly chosen: ChosenDatabase
  readonly plan: DatabasePlan
  readonly wanted: readonly WantedChange[]
  readonly takes: TakingAway
}

/** The same in slices. */
export function* databasePart(input: PlanInput, chosen: ChosenDatabase): Sliced<DatabasePart> {
  const { database, schemas } = chosen
  const takes = yield* takingAway(input, database, schemas)
  const wanted = yield* wantedGrantsSliced(input, chosen)
  const relations: ChosenRelation[] = []
  if (input.answers.access !== 'usage')
    for (const { schema, relations: its } of schemas)
      yield* eachOf(its, ({ name, kind, oid }) => relations.push({ schema: schema.name, name, kind, oid }))
  const plan = {
    database: database.name,
    changes: [
      ...wanted.filter(({ via }) => via.by !== 'nobody').map(({ change }) => change),
      ...takes.changes,
    ],
    ...(takes.relations.length === 0 ? {} : { taken: takes.relations }),
    chosen: relations,
    schemas: schemas.map(({ schema }) => schema.name),
  }
  return { chosen, plan, wanted, takes }
}

/** The grants that one database lacks, also those that only an owner can make. */
export function wantedGrants(input: PlanInput, chosen: ChosenDatabase): readonly WantedChange[] {
  return atOnce(wantedGrantsSliced(input, chosen))
}

function* wantedGrantsSliced(
  input: PlanInput,
  { database, schemas }: ChosenDatabase,
): Sliced<readonly WantedChange[]> {
  const wanted = connect(input, database)
  for (const each of schemas) wanted.push(...(yield* schemaChanges(input, database, each)))
  return wanted
}

/** Whether CONNECT comes from PUBLIC and this administrator cannot add a grant of its own: then it is left so. */
export function connectOnlyThroughPublic(input: PlanInput, database: CatalogueDatabase): boolean {
  return (
    !database.grantable &&
    !hasConnect(input, database) &&
    publicGrants(database.acl, { type: 'database', owner: database.owner }).includes('CONNECT')
  )
}

/** The same for USAGE on a schema. */
export function usageOnlyThroughPublic(input: PlanInput, schema: CatalogueSchema): boolean {
  return (
    !schema.grantable &&
    !hasUsage(input, schema) &&
    publicGrants(schema.acl, { type: 'schema', owner: schema.owner }).includes('USAGE')
  )
}

export function hasConnect({ answers }: PlanInput, { acl, owner }: CatalogueDatabase): boolean {
  return grants(acl, { type: 'database', owner, grantee: granteeOf(answers.roles), privilege: 'CONNECT' })
}

export function hasUsage({ answers }: PlanInput, { acl, owner }: CatalogueSchema): boolean {
  return grants(acl, { type: 'schema', owner, grantee: granteeOf(answers.roles), privilege: 'USAGE' })
}

/** The privileges of the tier that the relation does not yet give the grantee itself. */
export function missingPrivileges(
  input: PlanInput,
  { acl, owner }: Pick<Relation, 'acl' | 'owner'>,
): TablePrivilege[] {
  const grantee = granteeOf(input.answers.roles)
  return (chosenTier(input)?.privileges ?? []).filter(
    privilege => !grants(acl, { type: 'relation', owner, grantee, privilege }),
  )
}

/** What a relation lacks, and whose hand can give it; null where it lacks nothing. */
interface Lack {
  readonly privileges: readonly TablePrivilege[]
  readonly via: GrantVia
}

/** Tells what relations of a schema lack: found once for all that have the same owner and the same list. */
export function lackIn(
  input: PlanInput,
  database: CatalogueDatabase,
  schema: CatalogueSchema,
): (relation: RelationAccess) => Lack | null {
  const known = new Map<string, Lack | null>()
  return ({ owner, acl, grantable }) => {
    const key = `${owner}\0${grantable}\0${acl}`
    const found = known.get(key)
    if (found !== undefined) return found
    const privileges = missingPrivileges(input, { owner, acl })
    const lack =
      privileges.length === 0
        ? null
        : {
            privileges,
            via: whoGrants(input, database, relationIn(schema, { owner, acl, grantable }), privileges),
          }
    known.set(key, lack)
    return lack
  }
}

function connect(input: PlanInput, database: CatalogueDatabase): WantedChange[] {
  if (hasConnect(input, database) || connectOnlyThroughPublic(input, database)) return []
  return [
    wanted(whoGrants(input, database, { ...database, type: 'database' }, ['CONNECT']), {
      kind: 'grant-connect',
      database: database.name,
      grantee: granteeOf(input.answers.roles),
      why: 'To log in to this database, also when what PUBLIC has is taken away one day.',
    }),
  ]
}

function* schemaChanges(
  input: PlanInput,
  database: CatalogueDatabase,
  chosen: ChosenSchema,
): Sliced<WantedChange[]> {
  const { schema } = chosen
  const grantee = granteeOf(input.answers.roles)
  const changes: WantedChange[] = []
  if (!hasUsage(input, schema) && !usageOnlyThroughPublic(input, schema)) {
    changes.push(
      wanted(whoGrants(input, database, { ...schema, type: 'schema' }, ['USAGE']), {
        kind: 'grant-usage',
        schema: schema.name,
        grantee,
        why: 'To reach what is in the schema; by itself it opens no table.',
      }),
    )
  }
  changes.push(
    ...(yield* relationChanges(input, database, chosen)),
    ...defaultPrivilegeChanges(input, database, chosen),
  )
  return changes
}

interface RelationGroup {
  readonly privileges: readonly TablePrivilege[]
  readonly via: GrantVia
  readonly names: string[]
}

function* relationChanges(
  input: PlanInput,
  database: CatalogueDatabase,
  { schema, relations }: ChosenSchema,
): Sliced<WantedChange[]> {
  const tier = chosenTier(input)
  if (tier === undefined) return []
  // Relations that lack the same privileges of the same hand go into one change; those that lack most come first.
  const groups = new Map<string, RelationGroup>()
  const groupOf = new Map<Lack, RelationGroup>()
  const lackOf = lackIn(input, database, schema)
  yield* eachOf(relations, relation => {
    const lack = lackOf(relation)
    if (lack === null) return
    const { privileges, via } = lack
    const key = () => JSON.stringify([privileges, handOf(via)])
    const group = groupOf.get(lack) ?? groups.get(key()) ?? { privileges, via, names: [] }
    if (!groupOf.has(lack)) groups.set(key(), group)
    groupOf.set(lack, group)
    group.names.push(relation.name)
  })
  return [...groups.values()].toSorted(byPrivilegesAndHand).map(({ privileges, via, names }) =>
    wanted(via, {
      kind: 'grant-relations',
      schema: schema.name,
      relations: names,
      privileges,
      grantee: granteeOf(input.answers.roles),
      why: tier.why,
    }),
  )
}

function byPrivilegesAndHand(a: RelationGroup, b: RelationGroup): number {
  return (
    b.privileges.length - a.privileges.length ||
    compare(b.privileges.join(), a.privileges.join()) ||
    compare(handOf(a.via), handOf(b.via))
  )
}

/** Empty for our own. */
function handOf(via: GrantVia): string {
  return via.by === 'self' ? '' : via.by === 'nobody' ? via.owner : via.role
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function defaultPrivilegeChanges(
  input: PlanInput,
  database: CatalogueDatabase,
  { schema, laterTablesOf }: ChosenSchema,
): WantedChange[] {
  const grantee = granteeOf(input.answers.roles)
  const privilegesOfTier = chosenTier(input)?.privileges ?? []
  return laterTablesOf.flatMap((owner): WantedChange[] => {
    const privileges = privilegesOfTier.filter(
      privilege =>
        !database.defaultPrivileges.some(
          each =>
            each.owner === owner &&
            (each.schema === null || each.schema === schema.name) &&
            grants(each.acl, { type: 'relation', owner, grantee, privilege }),
        ),
    )
    if (privileges.length === 0) return []
    const creator = schema.creators.find(each => each.role === owner) ?? { role: owner, alterable: false }
    return [
      wanted(whoSetsDefaults(input, database, creator), {
        kind: 'grant-default-privileges',
        owner,
        schema: schema.name,
        privileges,
        grantee,
        why: `Tables that ${printableName(owner)} makes later in ${printableName(schema.name)} are seen too, without anybody looking at them first. Those that are there now are not touched by this (${counted(schema.relationCount, 'relation')}).`,
      }),
    ]
  })
}

function wanted(via: GrantVia, change: Change): WantedChange {
  return { via, change: { ...change, ...actAsOf(via) } }
}
