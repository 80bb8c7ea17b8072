import { grants, publicGrants } from '../model/acl.ts'
import { granteeOf } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema, Relation } from '../model/catalogue.ts'
import type { Change, TablePrivilege } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import type { DatabasePlan } from './plan.ts'
import { type ChosenDatabase, type ChosenSchema, chosenTier, count, type PlanInput } from './plan-input.ts'

/** What one database needs, in a fixed order: CONNECT, then schema by schema. What is granted is left out. */
export function databasePlan(input: PlanInput, { database, schemas }: ChosenDatabase): DatabasePlan {
  const readsRelations = input.answers.access !== 'usage'
  return {
    database: database.name,
    changes: [...connect(input, database), ...schemas.flatMap(each => schemaChanges(input, database, each))],
    chosen: readsRelations
      ? schemas.flatMap(({ schema, relations }) =>
          relations.map(({ name, kind }) => ({ schema: schema.name, name, kind })),
        )
      : [],
    schemas: schemas.map(({ schema }) => schema.name),
  }
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

function connect(input: PlanInput, database: CatalogueDatabase): Change[] {
  if (hasConnect(input, database) || connectOnlyThroughPublic(input, database)) return []
  return [
    {
      kind: 'grant-connect',
      database: database.name,
      grantee: granteeOf(input.answers.roles),
      why: 'To log in to this database, also when what PUBLIC has is taken away one day.',
    },
  ]
}

function schemaChanges(input: PlanInput, database: CatalogueDatabase, chosen: ChosenSchema): Change[] {
  const { schema } = chosen
  const grantee = granteeOf(input.answers.roles)
  const changes: Change[] = []
  if (!hasUsage(input, schema) && !usageOnlyThroughPublic(input, schema)) {
    changes.push({
      kind: 'grant-usage',
      schema: schema.name,
      grantee,
      why: 'To reach what is in the schema; by itself it opens no table.',
    })
  }
  changes.push(...relationChanges(input, chosen), ...defaultPrivilegeChanges(input, database, chosen))
  return changes
}

function relationChanges(input: PlanInput, { schema, relations }: ChosenSchema): Change[] {
  const tier = chosenTier(input)
  if (tier === undefined) return []
  // Relations that lack the same privileges go into one change; those that lack most come first.
  const groups = new Map<string, { privileges: readonly TablePrivilege[]; names: string[] }>()
  for (const relation of relations) {
    const privileges = missingPrivileges(input, relation)
    if (privileges.length === 0) continue
    const key = privileges.join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { privileges, names: [relation.name] })
    else group.names.push(relation.name)
  }
  return [...groups.values()]
    .toSorted(
      (a, b) =>
        b.privileges.length - a.privileges.length || (a.privileges.join() < b.privileges.join() ? 1 : -1),
    )
    .map(({ privileges, names }) => ({
      kind: 'grant-relations',
      schema: schema.name,
      relations: names,
      privileges,
      grantee: granteeOf(input.answers.roles),
      why: tier.why,
    }))
}

function defaultPrivilegeChanges(
  input: PlanInput,
  database: CatalogueDatabase,
  { schema, laterTablesOf }: ChosenSchema,
): Change[] {
  const grantee = granteeOf(input.answers.roles)
  const wanted = chosenTier(input)?.privileges ?? []
  return laterTablesOf.flatMap((owner): Change[] => {
    const privileges = wanted.filter(
      privilege =>
        !database.defaultPrivileges.some(
          each =>
            each.owner === owner &&
            (each.schema === null || each.schema === schema.name) &&
            grants(each.acl, { type: 'relation', owner, grantee, privilege }),
        ),
    )
    if (privileges.length === 0) return []
    return [
      {
        kind: 'grant-default-privileges',
        owner,
        schema: schema.name,
        privileges,
        grantee,
        why: `Tables that ${printableName(owner)} makes later in ${printableName(schema.name)} are seen too, without anybody looking at them first. Those that are there now are not touched by this (${count(schema.relationCount, 'relation')}).`,
      },
    ]
  })
}
