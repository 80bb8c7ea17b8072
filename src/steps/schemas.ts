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

/** Takes the chosen schemas; those that stay keep their tables, those that go take theirs with them. */
export function chooseSchemas(draft: Draft, chosen: readonly SchemaName[]): DraftChange {
  const before = new Map(
    (draft.databases ?? []).flatMap(database =>
      database.schemas.map(schema => [key(database.name, schema.name), schema] as const),
    ),
  )
  const databases = new Map<string, SchemaAnswer[]>()
  for (const { database, schema } of chosen) {
    const kept = before.get(key(database, schema))
    before.delete(key(database, schema))
    const schemas = databases.get(database) ?? []
    databases.set(database, schemas)
    schemas.push(kept ?? { name: schema, relations: [], laterTablesOf: [] })
  }
  const answer: DatabaseAnswer[] = [...databases].map(([name, schemas]) => ({ name, schemas }))
  const cleared = [...before.values()]
    .filter(schema => schema.relations.length > 0 || schema.rule !== undefined)
    .map(choiceWords)
  return { draft: { ...draft, databases: answer }, cleared }
}

function choiceWords({ name, relations, rule }: SchemaAnswer): string {
  return rule === undefined
    ? `${relations.length} chosen in ${name}`
    : `${ruleWords(rule)} chosen by rule in ${name}`
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
