import type { CatalogueDatabase, CatalogueSchema, Relation } from '../../model/catalogue.ts'
import { printableName } from '../../model/identifier.ts'
import type { Problem } from '../../model/problem.ts'
import { relationsIn } from '../../model/relation-columns.ts'
import { chosenSchemas, type SchemaName } from '../../steps/schemas.ts'
import type { Draft } from '../../steps/step.ts'
import {
  chooseTables,
  lostRelations,
  relationRefusal,
  type SchemaChoice,
  tablesProblem,
} from '../../steps/tables.ts'
import type { Key } from '../../terminal/key.ts'
import { chosenItems, currentRow, type PickerState, picker, pickerItems } from '../../terminal/picker.ts'
import type { RelationsOf } from '../event.ts'
import type { Command } from '../keymap.ts'
import { pickerRows } from '../layout.ts'
import type { TablesState, WizardState } from '../state.ts'
import { pickerKey } from './picker-key.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the tables; schemas that were not looked into yet are read first. */
export function enterTables(state: WizardState): Update {
  const unread = unreadSchemas(state)
  return unread.length === 0 ? update({ ...state, tables: withPicker(state) }) : read(state, unread)
}

function read(state: WizardState, schemas: readonly SchemaName[]): Update {
  return update(
    { ...state, tables: { ...state.tables, status: 'reading', problem: null, picker: null } },
    { kind: 'read-relations', schemas },
  )
}

function unreadSchemas(state: WizardState): readonly SchemaName[] {
  return chosenSchemas(state.draft).filter(name => relationsOf(state, name) === null)
}

/** The relations of some schemas are there. */
export function relationsRead(before: WizardState, read: readonly RelationsOf[]): Update {
  const state = before.step === 'tables' ? leaveTables(before) : before
  const byName = new Map(read.map(each => [keyOf(each), each.relations]))
  const databases = state.facts.databases.map(
    (database): CatalogueDatabase => ({
      ...database,
      schemas: database.schemas.map(
        (schema): CatalogueSchema => ({
          ...schema,
          relations: byName.get(keyOf({ database: database.name, schema: schema.name })) ?? schema.relations,
        }),
      ),
    }),
  )
  const known: WizardState = { ...state, facts: { ...state.facts, databases } }
  // An answer about other schemas than those that are chosen by now: theirs is still on its way.
  if (state.step !== 'tables' || unreadSchemas(known).length > 0) return update(known)
  return update({ ...known, tables: withPicker(known) })
}

/** The relations could not be read. */
export function relationsFailed(state: WizardState, problem: Problem): Update {
  return update({ ...state, tables: { ...state.tables, status: 'failed', problem } })
}

/** What is known of a schema's relations: null before they are read; none where the schema itself is gone. */
function relationsOf(state: WizardState, name: SchemaName): readonly Relation[] | null {
  const schema = schemaOf(state, name)
  if (schema === undefined) return []
  return schema.relations === null ? null : [...relationsIn(schema.relations)]
}

function schemaOf(state: WizardState, name: SchemaName): CatalogueSchema | undefined {
  return state.facts.databases
    .find(database => database.name === name.database)
    ?.schemas.find(schema => schema.name === name.schema)
}

function keyOf({ database, schema }: SchemaName): string {
  return `${database}\0${schema}`
}

function withPicker(state: WizardState): TablesState {
  const schemas = (state.draft.databases ?? []).flatMap(database =>
    database.schemas.map(answer => {
      const name: SchemaName = { database: database.name, schema: answer.name }
      return { name, answer, relations: relationsOf(state, name) ?? [] }
    }),
  )
  const isChosen: boolean[] = []
  const items = pickerItems(
    schemas.map(({ name, answer, relations }) => {
      const chosen = new Set(answer.relations)
      return {
        heading: `${name.database}.${name.schema}`,
        items: relations.map(relation => {
          isChosen.push(chosen.has(relation.name))
          return { text: `${name.schema}.${relation.name}`, refusal: relationRefusal(relation) }
        }),
      }
    }),
  )
  // Only for the owners that the answers name: more than they say is never granted.
  const later = new Map(
    schemas.flatMap(({ name, answer }, group) => {
      const owners = laterCreators(state, name).filter(role => answer.laterTablesOf.includes(role))
      return owners.length === 0 ? [] : [[group, owners] as const]
    }),
  )
  return {
    status: 'read',
    problem: lostProblem(state, schemas),
    groups: schemas.map(each => each.name),
    relations: schemas.flatMap(each => each.relations),
    later,
    picker: picker(items, item => isChosen[item] === true, pickerRows(state)),
  }
}

/** What the answers name and cannot be chosen any more. */
function lostProblem(
  state: WizardState,
  schemas: readonly {
    readonly name: SchemaName
    readonly answer: Parameters<typeof lostRelations>[0]
    readonly relations: readonly Relation[]
  }[],
): Problem | null {
  const lost = schemas.flatMap(({ name, answer, relations }) => {
    const { gone, refused } = lostRelations(answer, relations)
    const alterable = laterCreators(state, name)
    const owners = answer.laterTablesOf.filter(role => !alterable.includes(role))
    return [
      ...[...gone, ...refused].map(each => `${printableName(name.schema)}.${printableName(each)}`),
      ...owners.map(role => `later tables of ${printableName(role)}`),
    ]
  })
  if (lost.length === 0) return null
  return {
    code: 'relation-gone',
    message: `Chosen, and gone or not yours to grant: ${lost.join(', ')}.`,
    next: 'The rest of the choice is as it was. Choose again.',
  }
}

/** A key on the tables' screen; null where it has no meaning there. */
export function tablesKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { tables } = state
  if (command === 'reload')
    return tables.status === 'reading' ? update(state) : read(leaveTables(state), chosenSchemas(state.draft))
  if (tables.picker === null) return null
  switch (command) {
    case 'submit': {
      const draft = takenTables(state)
      const problem = tablesProblem(draft)
      return problem === null
        ? updateTo('network', { ...state, draft })
        : update({ ...state, tables: { ...tables, problem } })
    }
    case 'access':
      return update({
        ...state,
        draft: { ...state.draft, access: nextTier(state) },
        tables: { ...tables, problem: null },
      })
    case 'later':
      return update({ ...state, tables: toggleLater(state) })
    default: {
      const next = pickerKey(tables.picker, command, key)
      return next === null ? null : update({ ...state, tables: { ...tables, picker: next, problem: null } })
    }
  }
}

/** Leaving the step, in whatever direction, keeps what is chosen. */
export function leaveTables(state: WizardState): WizardState {
  return { ...state, draft: takenTables(state) }
}

function takenTables(state: WizardState): Draft {
  const { picker: chosen, groups, relations, later } = state.tables
  if (chosen === null) return state.draft
  const names = groups.map((): string[] => [])
  for (const item of chosenItems(chosen)) {
    const relation = relations[item]
    if (relation !== undefined) names[chosen.items.groupOf[item] ?? -1]?.push(relation.name)
  }
  return chooseTables(
    state.draft,
    groups.map(
      (name, group): SchemaChoice => ({
        ...name,
        relations: names[group] ?? [],
        laterTablesOf: later.get(group) ?? [],
      }),
    ),
  )
}

/** The owners whose later tables can follow: those that this administrator may set default privileges for. */
export function laterCreators(state: WizardState, name: SchemaName): readonly string[] {
  return (schemaOf(state, name)?.creators ?? [])
    .filter(creator => creator.alterable)
    .map(creator => creator.role)
}

/** The group that the cursor is in. */
export function currentGroup(chosen: PickerState): number | null {
  const row = currentRow(chosen)
  if (row === undefined) return null
  return row.kind === 'group' ? row.group : (chosen.items.groupOf[row.item] ?? null)
}

function toggleLater(state: WizardState): TablesState {
  const { tables } = state
  const group = tables.picker === null ? null : currentGroup(tables.picker)
  const name = group === null ? undefined : tables.groups[group]
  if (group === null || name === undefined) return tables
  const owners = laterCreators(state, name)
  if (owners.length === 0)
    return {
      ...tables,
      problem: {
        code: 'no-creator',
        message: `No owner in ${name.schema} lets ${state.draft.server?.user ?? 'you'} set default privileges.`,
        next: 'A member of the owning role, or a superuser, can.',
      },
    }
  const later = new Map(tables.later)
  if (!later.delete(group)) later.set(group, owners)
  return { ...tables, later, problem: null }
}

function nextTier(state: WizardState) {
  const tiers = state.facts.connector?.tiers ?? []
  const at = tiers.findIndex(each => each.tier === state.draft.access)
  return tiers[(at + 1) % tiers.length]?.tier ?? state.draft.access ?? 'read'
}
