import type { RelationRule, SchemaAnswer } from '../model/answers.ts'
import { printableName } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'
import {
  accessAt,
  type RelationAccess,
  type RelationColumns,
  rowsOfNames,
} from '../model/relation-columns.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import { stringAt } from '../model/string-table.ts'
import { someOf } from '../plan/plan-input.ts'
import type { SchemaName } from './schemas.ts'
import type { Draft } from './step.ts'

/** The choice in one schema: names of relations, and the creators whose later tables follow. */
export interface SchemaChoice {
  readonly database: string
  readonly schema: string
  readonly relations: readonly string[]
  readonly rule?: RelationRule | null
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
        return choice === undefined ? schema : schemaAnswer(choice)
      }),
    })),
  }
}

function schemaAnswer({ schema, relations, rule, laterTablesOf }: SchemaChoice): SchemaAnswer {
  return { name: schema, relations, ...(rule == null ? {} : { rule }), laterTablesOf }
}

/** Whether the answers choose nothing in a schema. */
export function isEmptyChoice({ relations, rule, laterTablesOf }: SchemaAnswer): boolean {
  return relations.length === 0 && rule === undefined && laterTablesOf.length === 0
}

/**
 * What keeps one from going on: a level of access that is about tables needs one in every chosen schema, or an
 * owner whose later tables follow.
 * @param bare the schemas that have no table: they may stay without, as long as there is something in others
 */
export function tablesProblem(draft: Draft, bare: readonly SchemaName[] = []): Problem | null {
  if (draft.access === 'usage') return null
  const schemas = (draft.databases ?? []).flatMap(({ name, schemas }) =>
    schemas.map(schema => ({ ...schema, database: name })),
  )
  const nothing = schemas.filter(isEmptyChoice)
  const isBare = bareTest(bare)
  const empty = nothing.filter(({ database, name }) => !isBare(database, name))
  if (schemas.length > nothing.length && empty.length === 0) return null
  if (nothing.length > 0 && empty.length === 0)
    return {
      code: 'no-relation',
      message: 'The chosen schemas have no table: the tool would see nothing.',
      next: 'l has tables follow that are made later. Or Esc, and choose another schema.',
    }
  const next = 'Space chooses the row, a chooses all.'
  return nothing.length === schemas.length
    ? { code: 'no-relation', message: 'No table is chosen yet: the tool would see nothing.', next }
    : {
        code: 'no-relation',
        // As the headings have them: every database has a schema public.
        message: `Nothing is chosen in ${empty.map(({ database, name }) => `${printableName(database)}.${printableName(name)}`).join(', ')}.`,
        next: `${next} Or take the schema out, one step back.`,
      }
}

/** Says which schemas the tool may enter without seeing a table there; null where there is none. */
export function bareNotice(draft: Draft, bare: readonly SchemaName[]): string | null {
  if (draft.access === 'usage') return null
  const isBare = bareTest(bare)
  const names = (draft.databases ?? []).flatMap(({ name: database, schemas }) =>
    schemas.flatMap(schema =>
      isEmptyChoice(schema) && isBare(database, schema.name)
        ? [`${printableName(database)}.${printableName(schema.name)}`]
        : [],
    ),
  )
  return names.length === 0
    ? null
    : `No table in ${someOf(names)} yet: the tool may enter, and sees nothing there.`
}

function bareTest(bare: readonly SchemaName[]): (database: string, schema: string) => boolean {
  const keys = new Set(bare.map(({ database, schema }) => `${database}\0${schema}`))
  return (database, schema) => keys.has(`${database}\0${schema}`)
}

/** What the answers name and is not there to be chosen: gone since, or not for this administrator to grant; in slices. */
export function* lostRelations(
  answer: SchemaAnswer,
  relations: RelationColumns,
): Sliced<{ readonly gone: readonly string[]; readonly refused: readonly string[] }> {
  const rows = yield* rowsOfNames(relations, answer.relations)
  const refused: string[] = []
  if (relations.accesses.some(({ grantable }) => !grantable))
    yield* eachOf(rows, row => {
      if (accessAt(relations, row)?.grantable === false) refused.push(stringAt(relations.names, row))
    })
  const gone: string[] = []
  if (rows.length === answer.relations.length) return { gone, refused }
  const there = new Set<string>()
  yield* eachOf(rows, row => there.add(stringAt(relations.names, row)))
  yield* eachOf(answer.relations, name => {
    if (!there.has(name)) gone.push(name)
  })
  return { gone, refused }
}

/** Why the administrator at hand cannot grant on a relation; null where it can. */
export function relationRefusal({ grantable, owner }: RelationAccess): string | null {
  return grantable ? null : `owned by ${owner}, who must grant it`
}
