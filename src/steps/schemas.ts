import type { DatabaseAnswer, SchemaAnswer } from '../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema } from '../model/catalogue.ts'
import type { Problem } from '../model/problem.ts'
import type { Draft, DraftChange } from './step.ts'

/** A schema of a database, as the answers name it. */
export interface SchemaName {
  readonly database: string
  readonly schema: string
}

/** Why the administrator at hand cannot let anyone into this schema; null where it can. */
export function schemaRefusal(database: CatalogueDatabase, schema: CatalogueSchema): string | null {
  if (!schema.grantable) return `owned by ${schema.owner}, who must grant USAGE`
  if (database.unreadable !== null) return database.unreadable
  return null
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
    .filter(schema => schema.relations.length > 0)
    .map(schema => `${schema.relations.length} chosen in ${schema.name}`)
  return { draft: { ...draft, databases: answer }, cleared }
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
