import { publicGrants } from '../model/acl.ts'
import type { DatabaseAnswer, SchemaAnswer } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema } from '../model/catalogue.ts'
import type { Problem } from '../model/problem.ts'
import { ruleWords } from '../model/relation-rule.ts'
import type { Draft, DraftChange } from './step.ts'

/** A schema of a database, as the answers name it. */
export interface SchemaName {
  readonly database: string
  readonly schema: string
}

/** Why the administrator at hand cannot let anyone into this schema; null where it can. */
export function schemaRefusal(database: CatalogueDatabase, schema: CatalogueSchema): string | null {
  if (database.unreadable !== null) return database.unreadable
  const connect = publicGrants(database.acl, { type: 'database', owner: database.owner })
  if (!database.grantable && !connect.includes('CONNECT'))
    return `${database.name} is owned by ${database.owner}, who must grant CONNECT`
  if (!schema.grantable && !isOpenWithOwnTables(schema))
    return `owned by ${schema.owner}, who must grant USAGE`
  return null
}

/** Whether everybody may enter (as PUBLIC), and this administrator has relations of its own to show there. */
function isOpenWithOwnTables({ acl, owner, creators }: CatalogueSchema): boolean {
  return (
    publicGrants(acl, { type: 'schema', owner }).includes('USAGE') &&
    creators.some(creator => creator.alterable && creator.owns > 0)
  )
}

/** The schemas of the answers, in the order of the document. */
export function chosenSchemas(draft: Draft): readonly SchemaName[] {
  return (draft.databases ?? []).flatMap(database =>
    database.schemas.map(schema => ({ database: database.name, schema: schema.name })),
  )
}

/** What was chosen in schemas that are not chosen any more, by database and schema. */
export type SchemasSetAside = ReadonlyMap<string, SchemaAnswer>

/**
 * Takes the chosen schemas; those that stay keep their tables, those that go have theirs set aside.
 * @param setAside what was set aside before: a schema that is chosen again has it again
 */
export function chooseSchemas(
  draft: Draft,
  chosen: readonly SchemaName[],
  setAside: SchemasSetAside = new Map(),
): DraftChange & { readonly setAside: SchemasSetAside } {
  const before = new Map(
    (draft.databases ?? []).flatMap(database =>
      database.schemas.map(schema => [key(database.name, schema.name), schema] as const),
    ),
  )
  const aside = new Map(setAside)
  const databases = new Map<string, SchemaAnswer[]>()
  for (const { database, schema } of chosen) {
    const kept = before.get(key(database, schema)) ?? aside.get(key(database, schema))
    before.delete(key(database, schema))
    aside.delete(key(database, schema))
    const schemas = databases.get(database) ?? []
    databases.set(database, schemas)
    schemas.push(kept ?? { name: schema, relations: [], laterTablesOf: [] })
  }
  const answer: DatabaseAnswer[] = [...databases].map(([name, schemas]) => ({ name, schemas }))
  const cleared = [...before.values()]
    .filter(
      schema => schema.relations.length > 0 || schema.rule !== undefined || schema.laterTablesOf.length > 0,
    )
    .map(choiceWords)
  for (const [name, schema] of before) aside.set(name, schema)
  return { draft: { ...draft, databases: answer }, cleared, setAside: aside }
}

function choiceWords({ name, relations, rule }: SchemaAnswer): string {
  if (rule !== undefined) return `${ruleWords(rule)} chosen by rule in ${name}`
  return relations.length === 0 ? `later tables in ${name}` : `${relations.length} chosen in ${name}`
}

/** What keeps one from going on. */
export function schemasProblem(draft: Draft): Problem | null {
  if (chosenSchemas(draft).length > 0) return null
  return {
    code: 'no-schema',
    message: 'No schema is chosen yet: the tool would see nothing.',
    next: 'Space chooses the row.',
  }
}

function key(database: string, schema: string): string {
  return `${database}\0${schema}`
}
