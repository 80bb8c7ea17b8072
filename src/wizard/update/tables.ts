import { granteeOf, type RelationRule, type SchemaAnswer } from '../../model/answers.ts'
import type { CatalogueDatabase, CatalogueSchema } from '../../model/catalogue.ts'
import { counted } from '../../model/counted.ts'
import { literalGlob } from '../../model/glob.ts'
import { printableName } from '../../model/identifier.ts'
import type { Problem } from '../../model/problem.ts'
import {
  accessAt,
  eachRow,
  eachRowWhereAccess,
  namesOfRows,
  type RelationAccess,
  type RelationColumns,
  rowNamed,
  rowsOfNames,
} from '../../model/relation-columns.ts'
import { ruleTest } from '../../model/relation-rule.ts'
import { eachOf, pace, type Sliced } from '../../model/sliced.ts'
import { stringAt } from '../../model/string-table.ts'
import { someOf } from '../../plan/plan-input.ts'
import { chosenSchemas, type SchemaName } from '../../steps/schemas.ts'
import type { Draft } from '../../steps/step.ts'
import {
  bareNotice,
  chooseTables,
  lostRelations,
  relationRefusal,
  type SchemaChoice,
  tablesProblem,
} from '../../steps/tables.ts'
import {
  addBit,
  addRange,
  type Bitmap,
  bitsIn,
  both,
  countBits,
  either,
  emptyBitmap,
  hasBit,
  without,
} from '../../terminal/bitmap.ts'
import type { Key } from '../../terminal/key.ts'
import {
  currentRow,
  groupOf,
  groupsShown,
  itemsOf,
  type PickerItems,
  type PickerRow,
  type PickerState,
  picker,
  pickerAgain,
  startsOf,
} from '../../terminal/picker.ts'
import type { RelationsOf } from '../event.ts'
import type { Command } from '../keymap.ts'
import { pickerRows } from '../layout.ts'
import { relationFilter } from '../relation-filter.ts'
import { ruleOfFilter } from '../rule-of-filter.ts'
import type { TablesState, WizardState } from '../state.ts'
import { cutNotice, withNotice } from './notice.ts'
import { pickerKey } from './picker-key.ts'
import { schemaOf, wantAgain, wantRelations } from './relations-wanted.ts'
import { type Update, update, updateTo } from './result.ts'

/** Enters the tables: what is read is shown, and the rest as it comes. */
export function* enterTables(state: WizardState): Sliced<Update> {
  const tables = yield* withPicker(state, null)
  const isAllThere = chosenSchemas(state.draft).every(
    name => schemaOf(state, name)?.relations?.details != null,
  )
  return update({ ...state, tables }, ...(isAllThere ? [] : wantRelations(state)))
}

function readAgain(state: WizardState): Update {
  return update(
    { ...state, tables: { ...state.tables, status: 'reading', problem: null } },
    ...wantAgain(state),
  )
}

function unreadSchemas(state: WizardState): readonly SchemaName[] {
  return chosenSchemas(state.draft).filter(name => columnsOf(state, name) === null)
}

/** The relations of some schemas are there, first without what else is said of them, then with it. */
export function* relationsRead(before: WizardState, read: readonly RelationsOf[]): Sliced<Update> {
  const byName = new Map(read.map(each => [keyOf(each), each.relations]))
  // What is chosen among tables that are listed anew goes by their names; all else stays as it is.
  const listedAnew = (group: number): boolean => {
    const name = before.tables.groups[group]
    const columns = name === undefined ? undefined : byName.get(keyOf(name))
    const former = before.tables.columns[group]
    return columns !== undefined && former != null && columns.names !== former.names
  }
  const state =
    before.step === 'tables' ? { ...before, draft: yield* takenTables(before, listedAnew) } : before
  const databases = state.facts.databases.map(
    (database): CatalogueDatabase => ({
      ...database,
      schemas: database.schemas.map((schema): CatalogueSchema => {
        const relations = byName.get(keyOf({ database: database.name, schema: schema.name }))
        return relations === undefined ? schema : { ...schema, relations }
      }),
    }),
  )
  const known: WizardState = { ...state, facts: { ...state.facts, databases } }
  return update(
    state.step === 'tables' ? { ...known, tables: yield* withPicker(known, known.tables) } : known,
  )
}

/** The relations could not be read. */
export function relationsFailed(state: WizardState, problem: Problem): Update {
  return update({ ...state, tables: { ...state.tables, status: 'failed', problem } })
}

/** What is known of a schema's relations: null before they are read, undefined where the schema itself is gone. */
function columnsOf(state: WizardState, name: SchemaName): RelationColumns | null | undefined {
  return schemaOf(state, name)?.relations
}

function keyOf({ database, schema }: SchemaName): string {
  return `${database}\0${schema}`
}

/** A schema of the answers, and what the server has for it. */
interface Offered {
  readonly name: SchemaName
  readonly answer: SchemaAnswer
  readonly columns: RelationColumns | null
}

/**
 * The picker over what is known of the chosen schemas.
 * @param live what is on the screen now, which is newer than the answers where the tables are the same; null
 *   where the step is entered
 */
function* withPicker(state: WizardState, live: TablesState | null): Sliced<TablesState> {
  const schemas: readonly Offered[] = (state.draft.databases ?? []).flatMap(database =>
    database.schemas.map(answer => {
      const name: SchemaName = { database: database.name, schema: answer.name }
      return { name, answer, columns: columnsOf(state, name) ?? null }
    }),
  )
  // Keys that are typed before anything is there must not be taken for a choice among nothing.
  if (live?.picker == null && schemas.length > 0 && unreadSchemas(state).length === schemas.length)
    return { ...state.tables, status: 'reading', problem: null, picker: null }
  const grantee = state.draft.roles === undefined ? null : granteeOf(state.draft.roles)
  const items = yield* itemsOfSchemas(schemas, grantee)
  const chosen = yield* chosenIn(items, schemas, live)
  const groups = schemas.map(each => each.name)
  const columns = schemas.map(each => each.columns)
  const shown = live?.picker == null ? null : live
  const formers = new Map((shown?.groups ?? []).map((name, group) => [keyOf(name), group]))
  const before = state.tables
  const isListedAnew =
    shown === null ||
    schemas.some(
      ({ name, columns }) => shown.columns[formers.get(keyOf(name)) ?? -1]?.names !== columns?.names,
    )
  const isRead = unreadSchemas(state).length === 0
  return {
    status: isRead ? 'read' : 'reading',
    allWanted: !isRead && live?.allWanted === true,
    problem: isListedAnew ? yield* lostProblem(state, schemas) : shown.problem,
    groups,
    columns,
    later: groupMap(schemas, ({ name, answer }) => {
      const former = formers.get(keyOf(name))
      if (shown !== null && former !== undefined) return shown.later.get(former)
      // Only for the owners that the answers name: more than they say is never granted.
      const owners = laterCreators(state, name).filter(role => answer.laterTablesOf.includes(role))
      return owners.length === 0 ? undefined : owners
    }),
    rules: groupMap(schemas, ({ name, answer }) => {
      const former = formers.get(keyOf(name))
      return shown !== null && former !== undefined ? shown.rules.get(former) : answer.rule
    }),
    picker:
      before.picker === null
        ? picker(items, chosen, pickerRows(state))
        : yield* pickerAgain(before.picker, items, chosen, row =>
            sameRow(before, { groups, columns, items }, row),
          ),
  }
}

/** What the groups have that have something, by their numbers. */
function groupMap<Value>(
  schemas: readonly Offered[],
  value: (schema: Offered) => Value | undefined,
): ReadonlyMap<number, Value> {
  return new Map(
    schemas.flatMap((schema, group) => {
      const its = value(schema)
      return its === undefined ? [] : [[group, its] as const]
    }),
  )
}

function* itemsOfSchemas(schemas: readonly Offered[], grantee: string | null): Sliced<PickerItems> {
  const starts = startsOf(schemas.map(({ columns }) => columns?.length ?? 0))
  const choosable = emptyBitmap(starts.at(-1) ?? 0)
  const isEnough = pace()
  for (const [group, { columns }] of schemas.entries()) {
    if (columns === null) continue
    const start = starts[group] ?? 0
    const isMine = (access: RelationAccess) => relationRefusal(access) === null
    if (columns.accesses.every(isMine)) addRange(choosable, start, start + columns.length)
    else {
      yield* eachRowWhereAccess(columns, isMine, row => addBit(choosable, start + row))
      if (isEnough(columns.length)) yield
    }
  }
  const items: PickerItems = {
    groups: schemas.map(({ name }) => `${name.database}.${name.schema}`),
    starts,
    choosable,
    refusal: item => {
      const group = groupOf(items, item)
      const columns = schemas[group]?.columns
      const access = columns == null ? undefined : accessAt(columns, item - (starts[group] ?? 0))
      return access === undefined ? null : relationRefusal(access)
    },
    filter: relationFilter(
      schemas.map(({ name, columns }, group) => ({ ...name, columns, start: starts[group] ?? 0 })),
      grantee,
    ),
  }
  return items
}

/** What is chosen: as it was where the tables are the same, else as the answers have it, by name and by rule. */
function* chosenIn(
  { starts, choosable }: PickerItems,
  schemas: readonly Offered[],
  live: TablesState | null,
): Sliced<Bitmap> {
  const chosen = emptyBitmap(starts.at(-1) ?? 0)
  const isEnough = pace()
  const groups = new Map((live?.groups ?? []).map((name, group) => [keyOf(name), group]))
  for (const [group, { name, columns, answer }] of schemas.entries()) {
    if (columns === null) continue
    if (isEnough(columns.length)) yield
    const start = starts[group] ?? 0
    const former = groups.get(keyOf(name))
    if (live?.picker != null && former !== undefined && live.columns[former]?.names === columns.names) {
      const [from, to] = itemsOf(live.picker.items, former)
      yield* eachOf(bitsIn(live.picker.chosen, from, to), item => addBit(chosen, start + item - from))
      continue
    }
    yield* eachOf(yield* rowsOfNames(columns, answer.relations), row => addBit(chosen, start + row))
    if (live?.allWanted === true)
      yield* eachOf(bitsIn(choosable, start, starts[group + 1] ?? start), item => addBit(chosen, item))
    if (answer.rule !== undefined) yield* addRule(chosen, start, columns, answer.rule)
  }
  return chosen
}

function* addRule(chosen: Bitmap, start: number, columns: RelationColumns, rule: RelationRule): Sliced<void> {
  const fits = ruleTest(rule)
  yield* eachRow(columns, row => {
    if (fits(stringAt(columns.names, row))) addBit(chosen, start + row)
  })
}

/** Where a row of the picker is after its tables were read again. */
function sameRow(
  before: TablesState,
  now: Pick<TablesState, 'groups' | 'columns'> & { readonly items: PickerItems },
  row: PickerRow,
): PickerRow | null {
  if (before.picker === null) return null
  const group = row.kind === 'group' ? row.group : groupOf(before.picker.items, row.item)
  const name = before.groups[group]
  const there = name === undefined ? -1 : now.groups.findIndex(each => keyOf(each) === keyOf(name))
  if (there === -1) return null
  const former = before.columns[group]
  const columns = now.columns[there]
  if (row.kind === 'group' || former == null || columns == null) return { kind: 'group', group: there }
  const its = stringAt(former.names, row.item - itemsOf(before.picker.items, group)[0])
  const found = rowNamed(columns, its)
  return found === -1
    ? { kind: 'group', group: there }
    : { kind: 'item', item: itemsOf(now.items, there)[0] + found }
}

/** What the answers name and cannot be chosen any more. */
function* lostProblem(state: WizardState, schemas: readonly Offered[]): Sliced<Problem | null> {
  const lost: string[] = []
  const isEnough = pace()
  for (const { name, answer, columns } of schemas) {
    const isGone = schemaOf(state, name) === undefined
    const { gone, refused } =
      columns === null
        ? { gone: isGone ? answer.relations : [], refused: [] }
        : yield* lostRelations(answer, columns)
    for (const names of [gone, refused])
      yield* eachOf(names, each => lost.push(`${printableName(name.schema)}.${printableName(each)}`))
    const alterable = laterCreators(state, name)
    const owners = answer.laterTablesOf.filter(role => !alterable.includes(role))
    lost.push(...owners.map(role => `later tables of ${printableName(role)}`))
    if (isEnough(answer.relations.length)) yield
  }
  if (lost.length === 0) return null
  return {
    code: 'relation-gone',
    message: `Chosen, and gone or not yours to grant: ${lost.join(', ')}.`,
    next: 'The rest of the choice is as it was. Choose again.',
  }
}

/** A key on the tables' screen; null where it has no meaning there. */
export function* tablesKey(state: WizardState, command: Command | null, key: Key): Sliced<Update | null> {
  const { tables } = state
  if (command === 'reload') return tables.status === 'reading' ? update(state) : readAgain(state)
  if (tables.picker === null) return null
  switch (command) {
    case 'submit': {
      if (tables.allWanted) return update({ ...state, tables: { ...tables, problem: stillReading } })
      const draft = yield* takenTables(state)
      const bare = bareSchemas(tables)
      const problem = tablesProblem(draft, bare)
      return problem === null
        ? updateTo('network', withNotice({ ...state, draft }, bareNotice(draft, bare)))
        : update({ ...state, tables: { ...tables, problem } })
    }
    case 'access':
      return update({
        ...state,
        draft: { ...state.draft, access: nextTier(state) },
        tables: { ...tables, problem: null },
      })
    case 'later':
      return update(toggleLater(state, tables.picker))
    case 'rule':
      return update(yield* toggleRule(state, tables.picker))
    default: {
      const next = yield* pickerKey(tables.picker, command, key)
      if (next === null) return null
      const allWanted = wantsAll(tables, command)
      const changed = { ...state, tables: { ...tables, picker: next, allWanted, problem: null } }
      return update(withNotice(changed, command === null ? cutNotice(tables.picker, key) : null))
    }
  }
}

/** The schemas that were read and have no table. */
function bareSchemas({ groups, columns }: TablesState): readonly SchemaName[] {
  return groups.filter((_, group) => columns[group]?.length === 0)
}

const stillReading: Problem = {
  code: 'still-reading',
  message: 'All were chosen, and some are still being read.',
  next: 'Go on when they are there.',
}

/** All of them, said while some are still to come, is meant for those too. */
function wantsAll({ picker: now, status, allWanted }: TablesState, command: Command | null): boolean {
  if (status !== 'reading' || now?.query.value !== '') return allWanted
  switch (command) {
    case 'all':
      return true
    case 'none':
      return false
    case 'invert':
      return !allWanted
    default:
      return allWanted
  }
}

/** Leaving the step, in whatever direction, keeps what is chosen. */
export function* leaveTables(state: WizardState): Sliced<WizardState> {
  return { ...state, draft: yield* takenTables(state) }
}

function* takenTables(state: WizardState, isTaken: (group: number) => boolean = () => true): Sliced<Draft> {
  const { picker: chosen, groups, columns, later, rules } = state.tables
  if (chosen === null) return state.draft
  const choices: SchemaChoice[] = []
  const isEnough = pace()
  for (const [group, name] of groups.entries()) {
    if (!isTaken(group)) continue
    const its = columns[group]
    const rule = rules.get(group)
    const choice =
      its == null
        ? { relations: answerOf(state.draft, name)?.relations ?? [], rule: rule ?? null }
        : yield* choiceIn(its, chosen, itemsOf(chosen.items, group), rule)
    choices.push({ ...name, ...choice, laterTablesOf: later.get(group) ?? [] })
    if (isEnough(its?.length ?? 1)) yield
  }
  return chooseTables(state.draft, choices)
}

function answerOf({ databases = [] }: Draft, { database, schema }: SchemaName): SchemaAnswer | undefined {
  return databases.find(each => each.name === database)?.schemas.find(each => each.name === schema)
}

/** What is chosen in one schema, by names alone, or by a rule with what was added to it and taken out of it. */
function* choiceIn(
  columns: RelationColumns,
  { chosen, items }: PickerState,
  [from, to]: readonly [number, number],
  rule: RelationRule | undefined,
): Sliced<Pick<SchemaChoice, 'relations' | 'rule'>> {
  const relations: string[] = []
  if (rule === undefined) {
    const rows: number[] = []
    yield* eachOf(bitsIn(chosen, from, to), item => rows.push(item - from))
    return { relations: yield* namesOfRows(columns, rows), rule: null }
  }
  const fits = ruleTest(rule)
  const except: string[] = []
  yield* eachRow(columns, row => {
    const name = stringAt(columns.names, row)
    const isChosen = hasBit(chosen, from + row)
    if (isChosen && !fits(name)) relations.push(name)
    if (!isChosen && hasBit(items.choosable, from + row) && fits(name)) except.push(literalGlob(name))
  })
  // Where all that fits was taken out again, the rule went with it; one that nothing fits yet is for later tables.
  if (except.length > 0 && countBits(chosen, from, to) === 0) return { relations, rule: null }
  const made: RelationRule = { ...rule, except: [...rule.except, ...except] }
  if (rule.ignoreCase !== true || except.length === 0) return { relations, rule: made }
  // Without heed to capitals, what takes one out may take another one along.
  const stillFits = ruleTest(made)
  yield* eachRow(columns, row => {
    const name = stringAt(columns.names, row)
    if (hasBit(chosen, from + row) && fits(name) && !stillFits(name)) relations.push(name)
  })
  return { relations, rule: made }
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
  return row.kind === 'group' ? row.group : groupOf(chosen.items, row.item)
}

/** The groups that later tables are decided for: those of a range, all that match a filter, or the cursor's. */
function groupsForLater(chosen: PickerState): readonly number[] {
  const isFiltered = chosen.answered.trim() !== '' && currentRow(chosen)?.kind === 'item'
  if (chosen.anchor !== null || isFiltered) return groupsShown(chosen)
  const group = currentGroup(chosen)
  return group === null ? [] : [group]
}

/** Has later tables follow, in each of the schemas where an owner lets them; where all do already, in none. */
function toggleLater(state: WizardState, chosen: PickerState): WizardState {
  const { tables } = state
  const withTables = (changed: Partial<TablesState>): WizardState => ({
    ...state,
    tables: { ...tables, picker: { ...chosen, anchor: null }, problem: null, ...changed },
  })
  const meant = groupsForLater(chosen).flatMap(group => {
    const name = tables.groups[group]
    return name === undefined ? [] : [{ group, name, owners: laterCreators(state, name) }]
  })
  if (meant.length === 0) return state
  const able = meant.filter(({ owners }) => owners.length > 0)
  const unable = meant.filter(({ owners }) => owners.length === 0)
  const names = someOf(unable.map(({ name }) => printableName(name.schema)))
  if (able.length === 0)
    return withTables({
      problem: {
        code: 'no-creator',
        message: `No owner in ${names} lets ${state.draft.server?.user ?? 'you'} set default privileges.`,
        next: 'A member of the owning role, or a superuser, can.',
      },
    })
  const later = new Map(tables.later)
  const isOn = able.every(({ group }) => later.has(group))
  for (const { group, owners } of able)
    if (isOn) later.delete(group)
    else later.set(group, owners)
  const next = withTables({ later })
  if (meant.length === 1) return next
  const what = isOn ? 'Later tables follow no more in' : 'Later tables follow in'
  const not = unable.length === 0 ? '' : ` Not in ${names}: no owner there lets you decide on them.`
  return withNotice(next, `${what} ${counted(able.length, 'schema')}.${not}`)
}

/**
 * Keeps what the filter says as a rule: on a heading for its schema, else for all that are shown. Where they have
 * that rule already it is taken away, and what it chose stays chosen by name. What was chosen by hand stays, whether
 * the rule chooses it or not; what only a rule before it chose goes with that.
 */
function* toggleRule(state: WizardState, chosen: PickerState): Sliced<WizardState> {
  const { tables } = state
  const withTables = (changed: Partial<TablesState>): WizardState => ({
    ...state,
    tables: { ...tables, problem: null, ...changed },
  })
  const row = currentRow(chosen)
  const groups = row?.kind === 'group' && chosen.anchor === null ? [row.group] : groupsShown(chosen)
  const made = new Map<number, RelationRule>()
  for (const group of groups) {
    const name = tables.groups[group]
    if (name === undefined) continue
    const rule = ruleOfFilter(chosen.answered, { ...name, columns: tables.columns[group] ?? null })
    if (!rule.ok) return withTables({ problem: rule.problem })
    made.set(group, rule.value)
  }
  const rules = new Map(tables.rules)
  const has = ([group, rule]: readonly [number, RelationRule]) =>
    JSON.stringify(rules.get(group)) === JSON.stringify(rule)
  if ([...made].every(has)) {
    for (const group of made.keys()) rules.delete(group)
    return withTables({ rules })
  }
  const before = emptyBitmap(chosen.chosen.size)
  const now = emptyBitmap(chosen.chosen.size)
  const isEnough = pace()
  for (const [group, rule] of made) {
    const columns = tables.columns[group]
    const former = rules.get(group)
    rules.set(group, rule)
    if (columns == null) continue
    const [start] = itemsOf(chosen.items, group)
    if (former !== undefined) yield* addRule(before, start, columns, former)
    yield* addRule(now, start, columns, rule)
    if (isEnough(columns.length)) yield
  }
  const byHand = without(chosen.chosen, before)
  const beside = without(byHand, now)
  const count = groups.reduce((sum, group) => sum + countBits(beside, ...itemsOf(chosen.items, group)), 0)
  const picker = { ...chosen, chosen: both(either(byHand, now), chosen.items.choosable), anchor: null }
  return withNotice(
    withTables({ rules, picker }),
    count === 0
      ? null
      : `${counted(count, 'table')} that the rule does not choose ${count === 1 ? 'was' : 'were'} chosen by hand and ${count === 1 ? 'stays' : 'stay'} chosen.`,
  )
}

function nextTier(state: WizardState) {
  const tiers = state.facts.connector?.tiers ?? []
  const at = tiers.findIndex(each => each.tier === state.draft.access)
  return tiers[(at + 1) % tiers.length]?.tier ?? state.draft.access ?? 'read'
}
