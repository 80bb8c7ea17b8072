import type { CatalogueDatabase, CatalogueSchema, Relation } from '../../model/catalogue.ts'
import type { Problem } from '../../model/problem.ts'
import { chosenSchemas, type SchemaName } from '../../steps/schemas.ts'
import type { Draft } from '../../steps/step.ts'
import { chooseTables, relationRefusal, type SchemaChoice, tablesProblem } from '../../steps/tables.ts'
import type { Key } from '../../terminal/key.ts'
import { chosenItems, currentRow, type PickerState, picker, pickerItems } from '../../terminal/picker.ts'
import type { RelationsOf } from '../event.ts'
import type { Command } from '../keymap.ts'
import { pickerRows } from '../layout.ts'
import type { TablesState, WizardState } from '../state.ts'
import { pickerKey } from './picker-key.ts'
import { type Update, update, updateTo } from './result.ts'

export function enterTables(state: WizardState): Update {
  const unread = chosenSchemas(state.draft).filter(name => relationsOf(state, name) === null)
  if (unread.length === 0) return update({ ...state, tables: withPicker(state) })
  return update(
    { ...state, tables: { ...state.tables, status: 'reading', problem: null, picker: null } },
    { kind: 'read-relations', schemas: unread },
  )
}

/** The relations of some schemas are there. */
export function relationsRead(state: WizardState, read: readonly RelationsOf[]): Update {
  const byName = new Map(read.map(each => [`${each.database}\0${each.schema}`, each.relations]))
  const databases = state.facts.databases.map(
    (database): CatalogueDatabase => ({
      ...database,
      schemas: database.schemas.map(
        (schema): CatalogueSchema => ({
          ...schema,
          relations: byName.get(`${database.name}\0${schema.name}`) ?? schema.relations,
        }),
      ),
    }),
  )
  const known: WizardState = { ...state, facts: { ...state.facts, databases } }
  return update(state.step === 'tables' ? { ...known, tables: withPicker(known) } : known)
}

export function relationsFailed(state: WizardState, problem: Problem): Update {
  return update({ ...state, tables: { ...state.tables, status: 'failed', problem } })
}

function relationsOf(state: WizardState, name: SchemaName): readonly Relation[] | null {
  return schemaOf(state, name)?.relations ?? null
}

function schemaOf(state: WizardState, name: SchemaName): CatalogueSchema | undefined {
  return state.facts.databases
    .find(database => database.name === name.database)
    ?.schemas.find(schema => schema.name === name.schema)
}

function withPicker(state: WizardState): TablesState {
  const groups = chosenSchemas(state.draft)
  const answers = new Map(
    (state.draft.databases ?? []).flatMap(database =>
      database.schemas.map(schema => [`${database.name}\0${schema.name}`, schema] as const),
    ),
  )
  const relations = groups.flatMap(name => relationsOf(state, name) ?? [])
  const isChosen: boolean[] = []
  const items = pickerItems(
    groups.map(name => {
      const chosen = new Set(answers.get(`${name.database}\0${name.schema}`)?.relations)
      return {
        heading: `${name.database}.${name.schema}`,
        items: (relationsOf(state, name) ?? []).map(relation => {
          isChosen.push(chosen.has(relation.name))
          return { text: `${name.schema}.${relation.name}`, refusal: relationRefusal(relation) }
        }),
      }
    }),
  )
  const later = new Set(
    groups.flatMap((name, group) =>
      (answers.get(`${name.database}\0${name.schema}`)?.laterTablesOf.length ?? 0) > 0 ? [group] : [],
    ),
  )
  return {
    status: 'read',
    problem: null,
    groups,
    relations,
    later,
    picker: picker(items, item => isChosen[item] === true, pickerRows(state)),
  }
}

export function tablesKey(state: WizardState, command: Command | null, key: Key): Update | null {
  const { tables } = state
  switch (command) {
    case 'reload':
      return update(
        { ...state, draft: takenTables(state), tables: { ...tables, status: 'reading', picker: null } },
        { kind: 'read-relations', schemas: chosenSchemas(state.draft) },
      )
    case 'submit': {
      const draft = takenTables(state)
      const problem = tables.picker === null ? null : tablesProblem(draft)
      if (tables.picker === null || problem !== null)
        return update({ ...state, tables: { ...tables, problem } })
      return updateTo('network', { ...state, draft })
    }
    case 'access':
      return update({ ...state, draft: { ...state.draft, access: nextTier(state) } })
    case 'later':
      return update({ ...state, tables: toggleLater(state) })
    default: {
      if (tables.picker === null) return null
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
        laterTablesOf: later.has(group) ? laterCreators(state, name) : [],
      }),
    ),
  )
}

/** The owners whose later tables would follow: those that this administrator may set default privileges for. */
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
  if (laterCreators(state, name).length === 0)
    return {
      ...tables,
      problem: {
        code: 'no-creator',
        message: `No owner in ${name.schema} lets ${state.draft.server?.user ?? 'you'} set default privileges.`,
        next: 'A member of the owning role, or a superuser, can.',
      },
    }
  const later = new Set(tables.later)
  if (!later.delete(group)) later.add(group)
  return { ...tables, later, problem: null }
}

function nextTier(state: WizardState) {
  const tiers = state.facts.connector?.tiers ?? []
  const at = tiers.findIndex(each => each.tier === state.draft.access)
  return tiers[(at + 1) % tiers.length]?.tier ?? state.draft.access ?? 'read'
}
