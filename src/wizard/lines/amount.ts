import type { AccessTier } from '../../model/answers.ts'
import type { RelationKind } from '../../model/catalogue.ts'
import { counted } from '../../model/counted.ts'
import type { ChoiceSummary } from '../table-choice.ts'

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** A size by 1024, in PostgreSQL's units. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${Math.round(value)} ${units[unit]}`
}

/** An estimate of rows; `rows ?` where the table was never analysed. */
export function rowsText(rows: number | null): string {
  if (rows === null) return 'rows ?'
  return `${numberFormat(rows >= 10_000 ? 'compact' : 'standard').format(rows)} rows`
}

type Notation = 'compact' | 'standard'

const formats: Partial<Record<Notation, Intl.NumberFormat>> = {}

/** Made once, when the first number comes: that takes longer than drawing a row. */
function numberFormat(notation: Notation): Intl.NumberFormat {
  formats[notation] ??= new Intl.NumberFormat('en', { notation })
  return formats[notation]
}

/**
 * What a choice comes to: how many tables, and where their rows are shown, by the server's estimates, how many rows
 * and bytes.
 */
export function summaryText(
  { tables, rows, bytes, personal }: ChoiceSummary,
  access: AccessTier = 'read',
): string {
  const isRead = access === 'read'
  const figures = [
    counted(tables, 'table'),
    ...(personal === null || personal === 0 ? [] : [counted(personal, 'personal column')]),
    ...(!isRead || rows === 0 ? [] : [`~${rowsText(rows)}`]),
    ...(!isRead || bytes === 0 ? [] : [bytesText(bytes)]),
  ]
  return figures.join(', ')
}

export const kindText: Readonly<Record<RelationKind, string>> = {
  table: 'table',
  'partitioned-table': 'partitioned',
  view: 'view',
  'materialized-view': 'mat. view',
  'foreign-table': 'foreign',
}

/** The levels of access in words: short behind the question, long for a sentence. */
export const accessWords: Readonly<Record<AccessTier, { readonly short: string; readonly long: string }>> = {
  read: {
    short: 'With rows.',
    long: 'Read: names, columns and rows of the chosen tables.',
  },
  metadata: {
    short: 'Names, no rows.',
    long: 'Metadata: names, columns and constraints of the chosen tables, no rows.',
  },
  usage: {
    short: 'None is seen.',
    long: "USAGE alone, as the vendor's page has it: shows nothing through information_schema.",
  },
}
