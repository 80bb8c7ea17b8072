import type { CatalogueDatabase } from '../../model/catalogue.ts'
import type { Problem } from '../../model/problem.ts'
import {
  chooseSchemas,
  chosenSchemas,
  type SchemaName,
  schemaRefusal,
  schemasProblem,
} from '../../steps/schemas.ts'
import type { Key } from '../../terminal/key.ts'
import { chosenItems, picker, pickerItems } from '../../terminal/picker.ts'
import type { Command } from '../keymap.ts'
import { pickerRows } from '../layout.ts'
import type { SchemasState, WizardState } from '../state.ts'
import { clearedNotice } from './notice.ts'
import { pickerKey } from './picker-key.ts'
import { type Update, update, updateTo } from './result.ts'

export function enterSchemas(state: WizardState): Update {
  if (state.schemas.status === 'read') return update({ ...state, schemas: withPicker(state) })
  if (state.schemas.status === 'reading') return update(state)
  return update({ ...state, schemas: { ...state.schemas, status: 'reading' } }, { kind: 'read-databases' })
}

/** The databases and their schemas are there: the tree is made, with what the answers already choose. */
export function databasesRead(state: WizardState, databases: readonly CatalogueDatabase[]): Update {
  const connection =
    state.connection.status === 'reading'
      ? { ...state.connection, status: 'connected' as const }
      : state.connection
  const known: WizardState = {
    ...state,
    connection,
    facts: { ...state.facts, databases },
    schemas: { ...state.schemas, status: 'read', problem: null },
  }
  return update({ ...known, schemas: withPicker(known) })
}

export function databasesFailed(state: WizardState, problem: Problem): Update {
  const connection =
    state.connection.status === 'reading'
      ? { ...state.connection, status: 'connected' as const }
      : state.connection
  return update({ ...state, connection, schemas: { ...state.schemas, status: 'failed', problem } })
}

function withPicker(state: WizardState): SchemasState {
  const { databases } = state.facts
  const names: SchemaName[] = databases.flatMap(database =>
    database.schemas.map(schema => ({ database: database.name, schema: schema.name })),
  )
  const items = pickerItems(
    databases.map(database => ({
      heading: database.name,
      items: database.schemas.map(schema => ({
        text: `${database.name}.${schema.name}`,
        refusal: schemaRefusal(database, schema),
      })),
    })),
  )
  const chosen = new Set(chosenSchemas(state.draft).map(name => `${name.database}\0${name.schema}`))
  const isChosen = (item: number) => {
    const name = names[item]
    return name !== undefined && chosen.has(`${name.database}\0${name.schema}`)
  }
  return { status: 'read', problem: null, names, picker: picker(items, isChosen, pickerRows(state)) }
}

export function schemasKey(state: WizardState, command: Command | null, key: Key): Update | null {
  if (command === 'reload')
    return update(
      { ...state, schemas: { ...state.schemas, status: 'reading', picker: null } },
      { kind: 'read-databases' },
    )
  if (command === 'submit') {
    const { draft, cleared } = taken(state)
    const problem = schemasProblem(draft)
    if (problem !== null) return update({ ...state, schemas: { ...state.schemas, problem } })
    return updateTo('tables', { ...state, draft, notice: clearedNotice(cleared) })
  }
  if (state.schemas.picker === null) return null
  const next = pickerKey(state.schemas.picker, command, key)
  return next === null
    ? null
    : update({ ...state, schemas: { ...state.schemas, picker: next, problem: null } })
}

/** Leaving the step, in whatever direction, keeps what is chosen. */
export function leaveSchemas(state: WizardState): WizardState {
  if (state.schemas.picker === null) return state
  const { draft, cleared } = taken(state)
  return { ...state, draft, notice: clearedNotice(cleared) }
}

function taken(state: WizardState) {
  const { picker: chosen, names } = state.schemas
  const schemas = chosen === null ? [] : chosenItems(chosen).flatMap(item => names[item] ?? [])
  return chooseSchemas(state.draft, schemas)
}
