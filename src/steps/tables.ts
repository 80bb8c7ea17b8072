import type { SchemaAnswer } from '../model/answers.ts'
import type { Relation } from '../model/catalogue.ts'
import { printableName } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'
import type { Draft } from './step.ts'

/** The choice in one schema: names of relations, and the creators whose later tables follow. */
export interface SchemaChoice {
  readonly database: string
  readonly schema: string
  readonly relations: readonly string[]
  readonly laterTablesOf: readonly string[]
}

/** Takes the chosen tables into the schemas that the answers name. */
export function chooseTables(draft: Draft, choices: readonly SchemaChoice[]): Draft {
  const byName = new Map(choices.map(choice => [`${choice.database}\0${choice.schema}`, choice]))
  return {
    ...draft,
    databases: (draft.databases ?? []).map(database => ({
      ...database,
      schemas: database.schemas.map((schema): SchemaAnswer => {
        const choice = byName.get(`${database.name}\0${schema.name}`)
        return choice
          ? { ...schema, relations: choice.relations, laterTablesOf: choice.laterTablesOf }
          : schema
      }),
    })),
  }
}

/** How many relations are chosen in all. */
export function chosenCount(draft: Draft): number {
  let count = 0
  for (const database of draft.databases ?? [])
    for (const schema of database.schemas) count += schema.relations.length
  return count
}

/**
 * What keeps one from going on: a level of access that is about tables needs one in every chosen schema, or an
 * owner whose later tables follow.
 */
export function tablesProblem(draft: Draft): Problem | null {
  if (draft.access === 'usage') return null
  const schemas = (draft.databases ?? []).flatMap(({ name, schemas }) =>
    schemas.map(schema => ({ ...schema, database: name })),
  )
  const empty = schemas.filter(schema => schema.relations.length === 0 && schema.laterTablesOf.length === 0)
  if (schemas.length > 0 && empty.length === 0) return null
  const next = 'Space chooses the row, a chooses all.'
  return empty.length === schemas.length
    ? { code: 'no-relation', message: 'No table is chosen yet: the tool would see nothing.', next }
    : {
        code: 'no-relation',
        // As the headings have them: every database has a schema public.
        message: `Nothing is chosen in ${empty.map(({ database, name }) => `${printableName(database)}.${printableName(name)}`).join(', ')}.`,
        next: `${next} Or take the schema out, one step back.`,
      }
}

/** What the answers name and is not there to be chosen: gone since, or not for this administrator to grant. */
export function lostRelations(
  answer: SchemaAnswer,
  relations: readonly Relation[],
): { readonly gone: readonly string[]; readonly refused: readonly string[] } {
  const byName = new Map(relations.map(relation => [relation.name, relation]))
  return {
    gone: answer.relations.filter(name => !byName.has(name)),
    refused: answer.relations.filter(name => {
      const relation = byName.get(name)
      return relation !== undefined && relationRefusal(relation) !== null
    }),
  }
}

/** Why the administrator at hand cannot grant on a relation; null where it can. */
export function relationRefusal(relation: Relation): string | null {
  return relation.grantable ? null : `owned by ${relation.owner}, who must grant it`
}
