import type { CatalogueDatabase } from '../../model/catalogue.ts'
import { printableName } from '../../model/identifier.ts'
import type { Problem } from '../../model/problem.ts'
import { atOnce, type Sliced } from '../../model/sliced.ts'
import {
  chooseSchemas,
  chosenSchemas,
  type SchemaName,
  schemaRefusal,
  schemasProblem,
} from '../../steps/schemas.ts'
import { type Bitmap, bitmapOf } from '../../terminal/bitmap.ts'
import type { Key } from '../../terminal/key.ts'
import {
  chosenItems,
  type PickerItems,
  type PickerRow,
  type PickerState,
  picker,
  pickerAgain,
  pickerItems,
} from '../../terminal/picker.ts'
import type { Effect } from '../effect.ts'
import type { Command } from '../keymap.ts'
import { pickerRows } from '../layout.ts'
import type { ConnectionState, SchemasState, WizardState } from '../state.ts'
import { clearedNotice, cutNotice, withNotice } from './notice.ts'
import { pickerKey } from './picker-key.ts'
import { schemaOf, wantRelations } from './relations-wanted.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the schemas; the tree is made anew from the answers, or waited for. */
export function enterSchemas(state: WizardState): Update {
  if (state.schemas.status === 'read') return update({ ...state, schemas: withPicker(state) })
  if (state.schemas.status === 'reading') return update(state)
  return readAgain(state)
}

function readAgain(state: WizardState): Update {
  return update(
    { ...state, schemas: { ...state.schemas, status: 'reading', problem: null, picker: null } },
    { kind: 'read-databases' },
  )
}

/** The databases and their schemas are there: the tree is made, with what the answers already choose. */
export function databasesRead(before: WizardState, databases: readonly CatalogueDatabase[]): Update {
  const state = before.step === 'schemas' ? leaveSchemas(before) : before
  const known: WizardState = {
    ...state,
    connection: notReading(state.connection),
    facts: { ...state.facts, databases: databases.map(withKnownRelations(state)) },
  }
  return update({ ...known, schemas: withPicker(known) })
}

/** While the last databases were read, relations of the first ones may have come in. */
function withKnownRelations(state: WizardState): (database: CatalogueDatabase) => CatalogueDatabase {
  if (unreadDatabases(state).size === 0) return database => database
  return database => ({
    ...database,
    schemas: database.schemas.map(schema => ({
      ...schema,
      relations:
        schema.relations ??
        schemaOf(state, { database: database.name, schema: schema.name })?.relations ??
        null,
    })),
  })
}

/** The first of them is there: the tree is made, and grows. */
export function databasesBegun(before: WizardState, databases: readonly CatalogueDatabase[]): Update {
  const { state } = databasesRead(before, databases)
  return update({ ...state, schemas: { ...state.schemas, status: 'reading' } })
}

/** The databases could not be read. */
export function databasesFailed(state: WizardState, problem: Problem): Update {
  return update({
    ...state,
    connection: notReading(state.connection),
    schemas: { ...state.schemas, status: 'failed', problem },
  })
}

function notReading(connection: ConnectionState): ConnectionState {
  return connection.status === 'reading' ? { ...connection, status: 'connected' } : connection
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
  const key = ({ database, schema }: SchemaName) => `${database}\0${schema}`
  const chosen = new Set(chosenSchemas(state.draft).map(key))
  const offered = new Set(names.filter((_, item) => items.refusal(item) === null).map(key))
  const unread = unreadDatabases(state)
  const lost = chosenSchemas(state.draft).filter(
    name => !offered.has(key(name)) && !unread.has(name.database),
  )
  const isChosen = (item: number) => {
    const name = names[item]
    return name !== undefined && chosen.has(key(name))
  }
  return {
    status: 'read',
    setAside: state.schemas.setAside,
    problem: lost.length === 0 ? null : lostProblem(lost),
    names,
    picker: shownPicker(state, items, names, bitmapOf(names.length, [...names.keys()].filter(isChosen))),
  }
}

function lostProblem(lost: readonly SchemaName[]): Problem {
  const names = lost.map(({ database, schema }) => `${printableName(database)}.${printableName(schema)}`)
  return {
    code: 'schema-gone',
    message: `Chosen, and gone or not yours to grant: ${names.join(', ')}.`,
    next: 'The rest of the choice is as it was. Choose again.',
  }
}

/** A key on the schemas' screen; null where it has no meaning there. */
export function* schemasKey(state: WizardState, command: Command | null, key: Key): Sliced<Update | null> {
  const { schemas } = state
  if (command === 'reload')
    return schemas.status === 'reading' ? update(state) : readAgain(leaveSchemas(state))
  if (schemas.picker === null) return null
  if (command === 'submit') {
    const { draft, cleared, setAside } = taken(state)
    const problem = schemasProblem(draft)
    if (problem !== null) return update({ ...state, schemas: { ...schemas, problem } })
    const answered: WizardState = { ...state, draft, schemas: { ...schemas, setAside } }
    return updateTo('tables', withNotice(answered, setAsideNotice(cleared)))
  }
  const next = yield* pickerKey(schemas.picker, command, key)
  if (next === null) return null
  const chosen = withNotice(
    { ...state, schemas: { ...schemas, picker: next, problem: null } },
    command === null ? cutNotice(schemas.picker, key) : null,
  )
  // Ahead of time: when one comes to the tables, they are there.
  return update(chosen, ...(next.chosen === schemas.picker.chosen ? [] : readAhead(chosen)))
}

/** Asks for the tables of what is chosen now; nothing is left of what was asked for others. */
function readAhead(state: WizardState): readonly Effect[] {
  const { picker: chosen, names } = state.schemas
  const wanted = chosen === null ? [] : chosenItems(chosen).flatMap(item => names[item] ?? [])
  return wantRelations(state, wanted)
}

/** Leaving the step, in whatever direction, keeps what is chosen. */
export function leaveSchemas(state: WizardState): WizardState {
  if (state.schemas.picker === null) return state
  const { draft, cleared, setAside } = taken(state)
  return withNotice({ ...state, draft, schemas: { ...state.schemas, setAside } }, setAsideNotice(cleared))
}

function setAsideNotice(cleared: readonly string[]): string | null {
  const said = clearedNotice(cleared)
  return said === null ? null : `${said} It comes back when the schema is chosen again.`
}

function taken(state: WizardState) {
  const { picker: chosen, names, setAside } = state.schemas
  const schemas = chosen === null ? [] : chosenItems(chosen).flatMap(item => names[item] ?? [])
  const unread = unreadDatabases(state)
  const unseen = chosenSchemas(state.draft).filter(({ database }) => unread.has(database))
  return chooseSchemas(state.draft, [...schemas, ...unseen], setAside)
}

/** The databases that nothing is known of as yet: what the answers choose there stays. */
function unreadDatabases({ facts }: WizardState): ReadonlySet<string> {
  return new Set(facts.databases.flatMap(({ name, unread }) => (unread === true ? [name] : [])))
}

/** A first picker, or the one that is there over what is known now. */
function shownPicker(
  state: WizardState,
  items: PickerItems,
  names: readonly SchemaName[],
  chosen: Bitmap,
): PickerState {
  const { picker: before, names: former } = state.schemas
  if (before === null) return picker(items, chosen, pickerRows(state))
  const same = (row: PickerRow): PickerRow | null => {
    if (row.kind === 'group') {
      const group = items.groups.indexOf(before.items.groups[row.group] ?? '')
      return group === -1 ? null : { kind: 'group', group }
    }
    const name = former[row.item]
    const item = names.findIndex(each => each.database === name?.database && each.schema === name.schema)
    return item === -1 ? null : { kind: 'item', item }
  }
  // Of schemas there are some thousands at most.
  return atOnce(pickerAgain(before, items, chosen, same))
}
