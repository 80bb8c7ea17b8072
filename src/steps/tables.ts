import type { SchemaAnswer } from '../model/answers.ts'
import type { Relation } from '../model/catalogue.ts'
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

/** What keeps one from going on: a level of access that is about tables needs one. */
export function tablesProblem(draft: Draft): Problem | null {
  if (draft.access === 'usage' || chosenCount(draft) > 0) return null
  return {
    code: 'no-relation',
    message: 'No table is chosen yet: the tool would see nothing.',
    next: 'Space chooses the row, a chooses all.',
  }
}

/** Why the administrator at hand cannot grant on a relation; null where it can. */
export function relationRefusal(relation: Relation): string | null {
  return relation.grantable ? null : `owned by ${relation.owner}, who must grant it`
}
