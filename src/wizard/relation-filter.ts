import { aclItems } from '../model/acl.ts'
import { globTest } from '../model/glob.ts'
import {
  eachRowWhereAccess,
  flags,
  kindAt,
  type RelationAccess,
  type RelationColumns,
  rowsAt,
} from '../model/relation-columns.ts'
import { eachOf, pace, type Sliced } from '../model/sliced.ts'
import { forStringsWith, stringAt } from '../model/string-table.ts'
import { addBit, addRange, type Bitmap, bitsIn, both, countBits, emptyBitmap } from '../terminal/bitmap.ts'
import { type Filter, type FilterField, filterOf } from '../terminal/filter.ts'
import type { LinearRegExp } from '../terminal/linear-regexp.ts'

/** The relations of one schema, as they are numbered in a picker: from `start` on. */
export interface FilterGroup {
  readonly database: string
  readonly schema: string
  readonly start: number
  /** null before they are read: then nothing of them is found. */
  readonly columns: RelationColumns | null
}

/** What is said of a relation besides its name. */
export const filterFields = ['owner', 'kind', 'size', 'rows', 'new'] as const

/**
 * The filter over the relations of several schemas. A word is found in a relation's name or its schema's;
 * `sales.ord` in both, on either side of the dot. Fields: owner, kind, size, rows, new.
 * @param grantee for `new:`, which is what this role was not granted yet; null where there is no such role
 */
export function relationFilter(groups: readonly FilterGroup[], grantee: string | null): Filter {
  const size = groups.reduce((end, { start, columns }) => Math.max(end, start + (columns?.length ?? 0)), 0)
  const found = function* (find: (group: Found, add: (row: number) => void) => Sliced<void>): Sliced<Bitmap> {
    const bitmap = emptyBitmap(size)
    const isEnough = pace()
    for (const { columns, ...group } of groups) {
      if (columns === null) continue
      yield* find({ ...group, columns, bitmap }, row => addBit(bitmap, group.start + row))
      if (isEnough(columns.length)) yield
    }
    return bitmap
  }
  const each = (within: Bitmap, test: (columns: RelationColumns, row: number) => boolean): Sliced<Bitmap> =>
    found(({ columns, start }, add) =>
      eachOf(bitsIn(within, start, start + columns.length), item => {
        if (test(columns, item - start)) add(item - start)
      }),
    )
  const accesses = (wanted: (access: RelationAccess) => boolean): Sliced<Bitmap> =>
    found(({ columns }, add) => eachRowWhereAccess(columns, wanted, add))
  const fields: Readonly<Record<(typeof filterFields)[number], FilterField>> = {
    owner: (_, value) => {
      const fold = folding(value !== value.toLowerCase())
      return accesses(({ owner }) => fold(owner).includes(value))
    },
    *kind(_, value, within) {
      const wanted = kindTest(value.toLowerCase())
      return wanted === null
        ? `kind: one of ${Object.keys(kindTests).join(', ')}`
        : yield* each(within, wanted)
    },
    *size(operator, value, within) {
      const bytes = amountOf(value, binaryUnits)
      if (value === '') return within
      if (bytes === null) return 'size> a number, with kB, MB, GB or TB'
      return yield* each(within, ({ pages, blockSize }, row) =>
        compare(operator, (pages[row] ?? 0) * blockSize, bytes),
      )
    },
    *rows(operator, value, within) {
      const rows = amountOf(value, decimalUnits)
      if (value === '') return within
      if (rows === null) return 'rows> a number, with k, M or G'
      return yield* each(within, (columns, row) => compare(operator, rowsAt(columns, row) ?? 0, rows))
    },
    new: () => accesses(access => grantee === null || !isGranted(access, grantee)),
  }
  return filterOf({
    size,
    fields,
    word: (word, exact, within) => {
      // A few are looked at one by one, more in the joined text.
      const few = countBits(within) * 16 < size
      return found((group, add) => findWord(group, word, exact, few ? within : null, add))
    },
    *pattern(pattern, exact, within) {
      const fold = folding(exact)
      const fits = globTest(pattern)
      // Only names that hold the longest piece of the pattern can fit it.
      const [piece = ''] = pattern.split(/[*?\\]/u).toSorted((a, b) => b.length - a.length)
      const holding = yield* found(({ columns }, add) => findInNames(columns, piece, exact, add))
      return yield* each(both(within, holding), ({ names }, row) => fits(fold(stringAt(names, row))))
    },
    regexp: (regexp, within) => each(within, (columns, row) => fitsRegExp(columns, row, regexp)),
  })
}

interface Found extends Omit<FilterGroup, 'columns'> {
  readonly columns: RelationColumns
  readonly bitmap: Bitmap
}

function* findWord(
  { database, schema, start, columns, bitmap }: Found,
  word: string,
  exact: boolean,
  within: Bitmap | null,
  add: (row: number) => void,
): Sliced<void> {
  const fold = folding(exact)
  const pieces = piecesOfWord(word, exact, { database, schema })
  if (pieces === 'any') {
    addRange(bitmap, start, start + columns.length)
    return
  }
  for (const part of pieces) {
    if (within === null) yield* findInNames(columns, part, exact, add)
    else
      yield* eachOf(bitsIn(within, start, start + columns.length), item => {
        if (fold(stringAt(columns.names, item - start)).includes(part)) add(item - start)
      })
  }
}

/**
 * What a word asks of the names in a schema: one of these pieces in them; any name fits where the word is in the
 * schema's own.
 */
export function piecesOfWord(
  word: string,
  exact: boolean,
  { database, schema }: Pick<FilterGroup, 'database' | 'schema'>,
): readonly string[] | 'any' {
  const fold = folding(exact)
  const name = fold(schema)
  const heading = `${fold(database)}.${name}`
  const parts = wordParts(word)
  if (name.includes(word) || (parts.length > 0 && heading.includes(word))) return 'any'
  const here = parts.filter(({ left }) => (left.includes('.') ? heading : name).includes(left))
  return [word, ...here.map(({ right }) => right)]
}

/** In how many ways a word with dots can be what is before the dot and what is behind it. */
function wordParts(word: string): readonly { readonly left: string; readonly right: string }[] {
  const parts: { left: string; right: string }[] = []
  for (let dot = word.indexOf('.'); dot !== -1; dot = word.indexOf('.', dot + 1))
    parts.push({ left: word.slice(0, dot), right: word.slice(dot + 1) })
  return parts
}

function* findInNames(
  { names, lowered }: RelationColumns,
  part: string,
  exact: boolean,
  add: (row: number) => void,
): Sliced<void> {
  yield* forStringsWith(names, part, add)
  if (!exact) yield* forStringsWith(lowered.names, part, index => add(lowered.rows[index] ?? 0))
}

function fitsRegExp({ names }: RelationColumns, row: number, regexp: LinearRegExp): boolean {
  const start = names.starts[row] ?? 0
  return regexp.test(names.text, start, (names.starts[row + 1] ?? 1) - 1)
}

function folding(exact: boolean): (text: string) => string {
  return exact ? text => text : text => text.toLowerCase()
}

function isGranted({ owner, acl }: RelationAccess, grantee: string): boolean {
  return aclItems(acl, { type: 'relation', owner }).some(item => item.grantee === grantee)
}

const kindTests: Readonly<Record<string, (columns: RelationColumns, row: number) => boolean>> = {
  table: (columns, row) => kindAt(columns, row) === 'table',
  view: (columns, row) => kindAt(columns, row) === 'view',
  materialized: (columns, row) => kindAt(columns, row) === 'materialized-view',
  foreign: (columns, row) => kindAt(columns, row) === 'foreign-table',
  partition: ({ bits }, row) => ((bits[row] ?? 0) & flags.partition) !== 0,
  partitioned: (columns, row) => kindAt(columns, row) === 'partitioned-table',
}

/** A kind is known by its first letters; by none all are wanted. */
function kindTest(value: string): ((columns: RelationColumns, row: number) => boolean) | null {
  const exact = kindTests[value]
  if (exact !== undefined) return exact
  const tests = Object.entries(kindTests).filter(([kind]) => kind.startsWith(value))
  return tests.length === 0
    ? null
    : (columns, row) => value === '' || tests.some(([, test]) => test(columns, row))
}

const binaryUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
}
const decimalUnits: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, b: 1e9 }

function amountOf(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([a-z]?)b?$/i.exec(text) ?? []
  const factor = units[unit?.toLowerCase() ?? '']
  return number === undefined || factor === undefined ? null : Number(number) * factor
}

function compare(operator: ':' | '>' | '<', value: number, wanted: number): boolean {
  return operator === '>' ? value > wanted : operator === '<' ? value < wanted : value === wanted
}
