import { allFigures, countsOf, type Figure } from './figures.ts'
import type { Measured } from './measure.ts'

/** On what, and of how many tables. */
export interface Setting {
  readonly node: string
  readonly cpus: number
  readonly tables: number
  /** How often each case was run, at most. */
  readonly rounds: number
}

/** A figure as a run found it. */
export interface Result extends Pick<Figure, 'against' | 'unit' | 'atMost' | 'atLeast'> {
  readonly id: string
  readonly title: string
  /** null where it could not be measured, and the note says why. */
  readonly value: number | null
  readonly verdict: 'reached' | 'missed' | 'no goal' | 'not measured'
  readonly note?: string
}

/** What a run writes. */
export interface Results extends Setting {
  readonly figures: readonly Result[]
}

/**
 * Puts what was measured beside its goals, in the order of the figures.
 * @param whole whether all of them were to be measured: then one that is missing is said to be
 */
export function resultsOf(setting: Setting, measured: readonly Measured[], whole: boolean): Results {
  const found = new Map(measured.map(each => [each.id, each]))
  const counts = countsOf(setting.tables)
  const results = allFigures.flatMap(({ id, title, ...figure }): Result[] => {
    const one = found.get(id)
    if (one === undefined && !whole) return []
    const value = one === undefined || Number.isNaN(one.value) ? null : one.value
    const note = one?.note
    return [
      {
        id,
        title: title(counts),
        ...figure,
        value: value === null ? null : rounded(value),
        verdict: verdictOf(value, figure),
        ...(note === undefined ? {} : { note }),
      },
    ]
  })
  return { ...setting, figures: results }
}

function verdictOf(value: number | null, { atMost, atLeast }: Pick<Figure, 'atMost' | 'atLeast'>) {
  if (value === null) return 'not measured'
  if (atMost !== undefined) return value <= atMost ? 'reached' : 'missed'
  if (atLeast !== undefined) return value >= atLeast ? 'reached' : 'missed'
  return 'no goal'
}

/** Three digits: what is beyond them is noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

/** A value with its unit: `2.4x`, `25 bytes`. */
export function valueText({ value, unit }: Pick<Result, 'value' | 'unit'>): string {
  if (value === null) return 'not measured'
  return unit === 'x' ? `${value}x` : `${value} ${unit}`
}

/** The goal with its unit: `at most 3x`; empty without one. */
export function goalText({ atMost, atLeast, unit }: Pick<Result, 'atMost' | 'atLeast' | 'unit'>): string {
  const goal = atMost ?? atLeast
  if (goal === undefined) return ''
  return `${atMost === undefined ? 'at least' : 'at most'} ${valueText({ value: goal, unit })}`
}

/** Figure, value, goal, whether it was reached, and what it is against and made of. */
export function rowOf(result: Result): readonly [string, string, string, string, string] {
  const { title, against, verdict, note } = result
  const more = [against === undefined ? '' : `against ${against}`, note ?? ''].filter(text => text !== '')
  return [title, valueText(result), goalText(result), verdict === 'no goal' ? '' : verdict, more.join('; ')]
}
