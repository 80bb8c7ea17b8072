/** One measured figure, and where it has one its limit. */
export interface Measure {
  readonly name: string
  readonly value: number
  /** `ms`, `x` (a ratio), `bytes`, … */
  readonly unit: string
  readonly atMost?: number
}

/** The middle of the values; the mean of the two middle ones where their number is even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper
}
