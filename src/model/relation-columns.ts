import { type Relation, type RelationKind, relationKinds } from './catalogue.ts'
import type { PersonalDataMark } from './personal-data.ts'
import { atOnce, eachOf, type Sliced, sliceSize } from './sliced.ts'
import { type StringTable, stringAt, stringTable, stringTableSliced } from './string-table.ts'

/**
 * The relations of one schema, sorted by name, in columns: a hundred thousand of them take a few megabytes.
 * relationAt() gives one as a value; code that looks at many reads the columns.
 */
export interface RelationColumns {
  readonly length: number
  readonly names: StringTable
  /** The names that have a capital letter, in lower case, and their rows: the others are so already. */
  readonly lowered: { readonly names: StringTable; readonly rows: Uint32Array }
  readonly oids: Uint32Array
  /** The kind (its place in `relationKinds`) in the bits of `kindBits`, and above them those of `flags`. */
  readonly bits: Uint8Array
  /** Which of `accesses` it is. */
  readonly access: Uint32Array
  /** Most relations have one of a few owners and one of a few lists. */
  readonly accesses: readonly RelationAccess[]
  /** pg_class.reltuples; -1 where never analysed. */
  readonly tuples: Float32Array
  /** pg_class.relpages. */
  readonly pages: Uint32Array
  /** Bytes of a page. */
  readonly blockSize: number
  /** Comments and marks, which are read later; null until then. */
  readonly details: RelationDetails | null
}

/** Whose a relation is and who may do what with it. */
export type RelationAccess = Pick<Relation, 'owner' | 'acl' | 'grantable'>

/** What only some relations have. */
export interface RelationDetails {
  readonly comments: StringTable
  /** The row of each comment, ascending. */
  readonly commentRows: Uint32Array
  /** Which of `markSets` a row has; the first of them is the empty one. */
  readonly marks: Uint32Array
  readonly markSets: readonly (readonly PersonalDataMark[])[]
}

/** What {@link buildRelationColumns} makes the columns from, in any order; the arrays are as long as `names`. */
export interface RelationRows extends Pick<RelationColumns, 'bits' | 'oids' | 'access' | 'tuples' | 'pages'> {
  readonly names: readonly string[]
  readonly accesses: readonly RelationAccess[]
  readonly blockSize: number
}

const kindBits = 0b111

/** What is true or not of a relation. */
export const flags = { partition: 8, rowSecurity: 16, populated: 32 } as const

/** Kind and flags of a relation as {@link RelationColumns} has them. */
export function bitsOf(relation: Pick<Relation, 'kind' | keyof typeof flags>): number {
  return (
    relationKinds.indexOf(relation.kind) |
    (relation.partition ? flags.partition : 0) |
    (relation.rowSecurity ? flags.rowSecurity : 0) |
    (relation.populated ? flags.populated : 0)
  )
}

/**
 * The columns of a schema, sorted. It yields every few milliseconds, so that who runs it can let a key through.
 */
export function* buildRelationColumns(rows: RelationRows): Sliced<RelationColumns> {
  const order = yield* sortedOrder(rows.names)
  const sorted: string[] = []
  yield* eachOf(order, row => sorted.push(rows.names[row] ?? ''))
  const names = yield* stringTableSliced(sorted)
  yield
  const lowered = yield* loweredNames(sorted)
  const length = order.length
  // One piece of memory for all: a thousand small schemas would else cost more for the pieces than for what is in.
  const memory = new ArrayBuffer(17 * length)
  const columns = {
    oids: new Uint32Array(memory, 0, length),
    access: new Uint32Array(memory, 4 * length, length),
    pages: new Uint32Array(memory, 8 * length, length),
    tuples: new Float32Array(memory, 12 * length, length),
    bits: new Uint8Array(memory, 16 * length, length),
  }
  for (const [index, row] of order.entries()) {
    columns.oids[index] = rows.oids[row] ?? 0
    columns.access[index] = rows.access[row] ?? 0
    columns.pages[index] = rows.pages[row] ?? 0
    columns.tuples[index] = rows.tuples[row] ?? 0
    columns.bits[index] = rows.bits[row] ?? 0
    if (index % sliceSize === 0) yield
  }
  return {
    length,
    names,
    lowered,
    ...columns,
    accesses: rows.accesses,
    blockSize: rows.blockSize,
    details: null,
  }
}

function* loweredNames(names: readonly string[]): Sliced<RelationColumns['lowered']> {
  const rows: number[] = []
  const lower: string[] = []
  for (const [row, name] of names.entries()) {
    const lowered = name.toLowerCase()
    if (lowered !== name) {
      rows.push(row)
      lower.push(lowered)
    }
    if (row % sliceSize === 0) yield
  }
  return { names: yield* stringTableSliced(lower), rows: Uint32Array.from(rows) }
}

/** The rows in the order of their names: pieces are sorted, then merged two by two. */
function* sortedOrder(names: readonly string[]): Sliced<Uint32Array> {
  const before = (a: number, b: number) => (names[a] ?? '') < (names[b] ?? '')
  let order = Uint32Array.from(names.keys())
  for (let from = 0; from < order.length; from += sliceSize) {
    order.subarray(from, from + sliceSize).sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0))
    yield
  }
  for (let width = sliceSize; width < order.length; width *= 2) {
    const merged = new Uint32Array(order.length)
    for (let from = 0; from < order.length; from += 2 * width) {
      const middle = Math.min(from + width, order.length)
      const end = Math.min(from + 2 * width, order.length)
      let left = from
      let right = middle
      for (let to = from; to < end; to += 1) {
        const takeLeft = right >= end || (left < middle && !before(order[right] ?? 0, order[left] ?? 0))
        merged[to] = order[takeLeft ? left++ : right++] ?? 0
        if (to % sliceSize === 0) yield
      }
    }
    order = merged
  }
  return order
}

/** Columns of a few relations that are at hand as values, such as in a test. */
export function relationColumns(relations: readonly Relation[], blockSize = 8192): RelationColumns {
  const accesses = new Map<string, number>()
  const rows: RelationRows = {
    names: relations.map(each => each.name),
    oids: Uint32Array.from(relations, each => each.oid),
    bits: Uint8Array.from(relations, bitsOf),
    access: Uint32Array.from(relations, ({ owner, acl, grantable }) => {
      const key = JSON.stringify([owner, acl, grantable])
      const known = accesses.get(key) ?? accesses.size
      accesses.set(key, known)
      return known
    }),
    accesses: [],
    tuples: Float32Array.from(relations, each => each.rows ?? -1),
    pages: Uint32Array.from(relations, each => each.bytes / blockSize),
    blockSize,
  }
  const columns = atOnce(
    buildRelationColumns({
      ...rows,
      accesses: [...accesses.keys()].map((key): RelationAccess => {
        const [owner, acl, grantable] = JSON.parse(key) as [string, string | null, boolean]
        return { owner, acl, grantable }
      }),
    }),
  )
  const byName = new Map(relations.map(each => [each.name, each]))
  const sorted = rowsOf(columns).map(row => byName.get(stringAt(columns.names, row)))
  return {
    ...columns,
    details: relationDetails(
      columns.length,
      new Map(sorted.flatMap((each, row) => (each?.comment == null ? [] : [[row, each.comment] as const]))),
      new Map(sorted.map((each, row) => [row, each?.personalData ?? []])),
    ),
  }
}

/** Details from what some rows have. */
export function relationDetails(
  length: number,
  comments: ReadonlyMap<number, string>,
  personalData: ReadonlyMap<number, readonly PersonalDataMark[]>,
): RelationDetails {
  const commented = [...comments].toSorted(([a], [b]) => a - b)
  const marks = new Uint32Array(length)
  const sets: (readonly PersonalDataMark[])[] = [[]]
  // Tables of the same columns share one set where they share the array.
  const known = new Map<readonly PersonalDataMark[], number>()
  for (const [row, set] of personalData) {
    if (set.length === 0) continue
    const place = known.get(set) ?? sets.push(set) - 1
    known.set(set, place)
    marks[row] = place
  }
  return {
    comments: stringTable(commented.map(([, comment]) => comment)),
    commentRows: Uint32Array.from(commented, ([row]) => row),
    marks,
    markSets: sets,
  }
}

/** The relation in a row. @throws RangeError where there is no such row */
export function relationAt(columns: RelationColumns, row: number): Relation {
  const access = accessAt(columns, row)
  if (access === undefined) throw new RangeError(`no relation ${row} of ${columns.length}`)
  const bits = columns.bits[row] ?? 0
  return {
    oid: columns.oids[row] ?? 0,
    name: stringAt(columns.names, row),
    kind: kindAt(columns, row),
    ...access,
    rows: rowsAt(columns, row),
    bytes: (columns.pages[row] ?? 0) * columns.blockSize,
    comment: commentAt(columns, row),
    partition: (bits & flags.partition) !== 0,
    rowSecurity: (bits & flags.rowSecurity) !== 0,
    populated: (bits & flags.populated) !== 0,
    personalData: marksAt(columns, row),
  }
}

/** Whose a row's relation is, and who may do what with it. */
export function accessAt({ accesses, access }: RelationColumns, row: number): RelationAccess | undefined {
  return accesses[access[row] ?? -1]
}

/** The comment of a row; null where it has none, or it was not read yet. */
export function commentAt({ details }: Pick<RelationColumns, 'details'>, row: number): string | null {
  if (details === null) return null
  const index = placeIn(details.commentRows, row)
  return details.commentRows[index] === row ? stringAt(details.comments, index) : null
}

/** The marks of personal data of a row; none before they are read. */
export function marksAt(
  { details }: Pick<RelationColumns, 'details'>,
  row: number,
): readonly PersonalDataMark[] {
  return details?.markSets[details.marks[row] ?? 0] ?? []
}

/** Where a number is, or would be, among ascending ones. */
function placeIn(ascending: Uint32Array, wanted: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** The kind of the relation in a row. */
export function kindAt({ bits }: RelationColumns, row: number): RelationKind {
  return relationKinds[(bits[row] ?? 0) & kindBits] ?? 'table'
}

/** pg_class.reltuples of a row: null before the first ANALYZE, and where there is no storage to count. */
export function rowsAt(columns: RelationColumns, row: number): number | null {
  const tuples = columns.tuples[row] ?? -1
  const kind = kindAt(columns, row)
  const counted = kind === 'view' || kind === 'foreign-table' ? tuples > 0 : tuples >= 0
  return counted ? tuples : null
}

/** The row of the relation with this name; -1 where there is none. */
export function rowNamed({ names, length }: RelationColumns, name: string): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (stringAt(names, middle) < name) low = middle + 1
    else high = middle
  }
  return low < length && stringAt(names, low) === name ? low : -1
}

/** The relation with this name. */
export function relationNamed(columns: RelationColumns, name: string): Relation | undefined {
  const row = rowNamed(columns, name)
  return row === -1 ? undefined : relationAt(columns, row)
}

/** Which rows a list of names was found to mean, or was made from. */
const meant = new WeakMap<
  readonly string[],
  { readonly names: StringTable; readonly rows: readonly number[] }
>()

/** The rows of the relations with these names, ascending; found once for a list, as long as the relations are the same. */
export function* rowsOfNames(columns: RelationColumns, names: readonly string[]): Sliced<readonly number[]> {
  const known = meant.get(names)
  if (known !== undefined && known.names === columns.names) return known.rows
  const rows = yield* rowsNamedSliced(columns, names)
  meant.set(names, { names: columns.names, rows })
  return rows
}

/** The names of these rows, which are ascending; what they mean need not be looked up any more. */
export function* namesOfRows(columns: RelationColumns, rows: readonly number[]): Sliced<readonly string[]> {
  const names: string[] = []
  yield* eachOf(rows, row => names.push(stringAt(columns.names, row)))
  meant.set(names, { names: columns.names, rows })
  return names
}

/**
 * The rows of the relations with these names, ascending, in slices: each of a few names is looked up, or each row's
 * name in a large set.
 */
export function* rowsNamedSliced(columns: RelationColumns, names: readonly string[]): Sliced<number[]> {
  const rows: number[] = []
  if (names.length * 16 < columns.length) {
    yield* eachOf(new Set(names), name => {
      const row = rowNamed(columns, name)
      if (row !== -1) rows.push(row)
    })
    return rows.toSorted((a, b) => a - b)
  }
  const wanted = new Set<string>()
  yield* eachOf(names, name => wanted.add(name))
  yield* eachRow(columns, row => {
    if (wanted.has(stringAt(columns.names, row))) rows.push(row)
  })
  return rows
}

/** Looks at each row, in slices. */
export function* eachRow({ length }: RelationColumns, visit: (row: number) => void): Sliced<void> {
  for (let row = 0; row < length; row += 1) {
    visit(row)
    if (row % sliceSize === sliceSize - 1) yield
  }
}

/** The rows of the relations whose owner and access control list satisfy `wanted`, which is asked once for each two. */
export function* rowsWhereAccess(
  columns: RelationColumns,
  wanted: (access: RelationAccess) => boolean,
): Generator<number, void> {
  const satisfies = columns.accesses.map(wanted)
  if (!satisfies.includes(true)) return
  for (let row = 0; row < columns.length; row += 1) if (satisfies[columns.access[row] ?? -1]) yield row
}

/** Looks at each row whose owner and access control list satisfy `wanted`, in slices. */
export function* eachRowWhereAccess(
  columns: RelationColumns,
  wanted: (access: RelationAccess) => boolean,
  visit: (row: number) => void,
): Sliced<void> {
  const satisfies = columns.accesses.map(wanted)
  if (!satisfies.includes(true)) return
  yield* eachRow(columns, row => {
    if (satisfies[columns.access[row] ?? -1]) visit(row)
  })
}

/** All rows. */
export function rowsOf({ length }: RelationColumns): number[] {
  return Array.from({ length }, (_, row) => row)
}

/** All relations, one after the other, each made when it is asked for. */
export function* relationsIn(columns: RelationColumns | null): Generator<Relation, void> {
  for (let row = 0; row < (columns?.length ?? 0); row += 1)
    if (columns !== null) yield relationAt(columns, row)
}
