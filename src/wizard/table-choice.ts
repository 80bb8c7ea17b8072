import type { Relation } from '../model/catalogue.ts'
import { marksAt, type RelationColumns, relationAt, rowsAt } from '../model/relation-columns.ts'
import { bitsIn } from '../terminal/bitmap.ts'
import { groupOf, itemsOf, type PickerState } from '../terminal/picker.ts'
import type { TablesState } from './state.ts'

/** The relation of one of the picker's items. */
export function relationOf({ picker, columns }: TablesState, item: number): Relation | undefined {
  if (picker === null) return undefined
  const group = groupOf(picker.items, item)
  const its = columns[group]
  const row = item - itemsOf(picker.items, group)[0]
  return its == null || row < 0 || row >= its.length ? undefined : relationAt(its, row)
}

/** What a choice comes to, by the server's estimates. */
export interface ChoiceSummary {
  readonly tables: number
  readonly rows: number
  readonly bytes: number
  /** Columns that look like personal data; null while some are not looked at yet. */
  readonly personal: number | null
}

/** A choice is a new bitmap each time, and is summed up once. */
const summed = new WeakMap<
  PickerState['chosen'],
  { readonly columns: TablesState['columns']; readonly summary: ChoiceSummary }
>()

/** What the tables that are chosen now come to. */
export function choiceSummary({ picker, columns }: TablesState): ChoiceSummary {
  if (picker === null) return { tables: 0, rows: 0, bytes: 0, personal: 0 }
  const known = summed.get(picker.chosen)
  if (known?.columns === columns) return known.summary
  const summary = sumOf(picker, columns)
  summed.set(picker.chosen, { columns, summary })
  return summary
}

function sumOf({ items, chosen }: PickerState, columns: TablesState['columns']): ChoiceSummary {
  let tables = 0
  let rows = 0
  let bytes = 0
  let personal = 0
  let isKnown = true
  for (const [group, its] of columns.entries()) {
    if (its === null) continue
    const marked = marksOf(its)
    const [from, to] = itemsOf(items, group)
    for (const item of bitsIn(chosen, from, to)) {
      const row = item - from
      tables += 1
      rows += rowsAt(its, row) ?? 0
      bytes += (its.pages[row] ?? 0) * its.blockSize
      if (marked === null) isKnown = false
      else personal += marked(row)
    }
  }
  return { tables, rows, bytes, personal: isKnown ? personal : null }
}

/** How many columns of a row are marked; null before they are looked at. */
function marksOf(columns: RelationColumns): ((row: number) => number) | null {
  return columns.details === null ? null : row => marksAt(columns, row).length
}
