import { grants, publicGrants } from '../model/acl.ts'
import { granteeOf } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema, Relation } from '../model/catalogue.ts'
import type { Change, TablePrivilege } from '../model/change.ts'
import { counted } from '../model/counted.ts'
import { printableName } from '../model/identifier.ts'
import type { DatabasePlan } from './plan.ts'
import { type ChosenDatabase, type ChosenSchema, chosenTier, type PlanInput } from './plan-input.ts'
import { takingAway } from './taking-away.ts'
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
  const { database, schemas } = chosen
  const readsRelations = input.answers.access !== 'usage'
  const takes = takingAway(input, database, schemas)
  return {
    database: database.name,
    changes: [
      ...wantedGrants(input, chosen)
        .filter(({ via }) => via.by !== 'nobody')
        .map(({ change }) => change),
      ...takes.changes,
    ],
    ...(takes.relations.length === 0 ? {} : { taken: takes.relations }),
    chosen: readsRelations
      ? schemas.flatMap(({ schema, relations }) =>
          relations.map(({ name, kind, oid }) => ({ schema: schema.name, name, kind, oid })),
        )
      : [],
    schemas: schemas.map(({ schema }) => schema.name),
  }
}

/** The grants that one database lacks, also those that only an owner can make. */
export function wantedGrants(input: PlanInput, { database, schemas }: ChosenDatabase): WantedChange[] {
  return [...connect(input, database), ...schemas.flatMap(each => schemaChanges(input, database, each))]
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
export function missingPrivileges(input: PlanInput, { acl, owner }: Relation): TablePrivilege[] {
  const grantee = granteeOf(input.answers.roles)
  return (chosenTier(input)?.privileges ?? []).filter(
    privilege => !grants(acl, { type: 'relation', owner, grantee, privilege }),
  )
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

function schemaChanges(input: PlanInput, database: CatalogueDatabase, chosen: ChosenSchema): WantedChange[] {
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
    ...relationChanges(input, database, chosen),
    ...defaultPrivilegeChanges(input, database, chosen),
  )
  return changes
}

interface RelationGroup {
  readonly privileges: readonly TablePrivilege[]
  readonly via: GrantVia
  readonly names: string[]
}

function relationChanges(
  input: PlanInput,
  database: CatalogueDatabase,
  { schema, relations }: ChosenSchema,
): WantedChange[] {
  const tier = chosenTier(input)
  if (tier === undefined) return []
  // Relations that lack the same privileges of the same hand go into one change; those that lack most come first.
  const groups = new Map<string, RelationGroup>()
  for (const relation of relations) {
    const privileges = missingPrivileges(input, relation)
    if (privileges.length === 0) continue
    const via = whoGrants(input, database, relationIn(schema, relation), privileges)
    const key = JSON.stringify([privileges, handOf(via)])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { privileges, via, names: [relation.name] })
    else group.names.push(relation.name)
  }
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
