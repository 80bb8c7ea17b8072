import type { FigureId } from './figures.ts'
import type { Warehouse } from './support/warehouse.ts'

/** What a run found for a figure. */
export interface Measured {
  readonly id: FigureId
  /** In the figure's unit; NaN where it could not be measured, and the note says why. */
  readonly value: number
  /** What it is made of, for understanding: milliseconds, say. */
  readonly note?: string
}

/** What is measured together: it can be asked for by name. */
export interface Group {
  readonly name: string
  readonly measure: (context: BenchContext) => Promise<readonly Measured[]>
}

/** What all groups share. */
export interface BenchContext {
  /** Tables of the large catalogue. */
  readonly tables: number
  /** How often each case is run, at most; very long ones are run less often. */
  readonly rounds: number
  /** As {@link rounds}, for what takes milliseconds. */
  readonly shortRounds: number
  /** A server of that version with so many tables, all of them when left out; made when it is first asked for. */
  readonly warehouse: (major: 16 | 18, tables?: number) => Promise<Warehouse>
}

/** Figures that this machine cannot give. */
export function notMeasured(ids: readonly FigureId[], reason: string): readonly Measured[] {
  return ids.map(id => ({ id, value: Number.NaN, note: reason }))
}

/** The middle of the values; the mean of the two middle ones where their number is even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper
}

/** The value that 95 of 100 do not exceed (nearest rank). NaN of none. */
export function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN
}

/** Of what ran side by side: the median of the ratios. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((each, at) => each / (theirs[at] ?? Number.NaN)))
}

/**
 * Runs the cases in turns, so that what else the machine does falls on all alike.
 * @returns the values of each, under its name
 */
export async function valuesInTurns<Name extends string>(
  rounds: number,
  cases: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(cases) as Name[]
  const values = new Map<Name, number[]>(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) values.get(name)?.push(await cases[name]())
  }
  return Object.fromEntries(values) as Record<Name, number[]>
}

/** As {@link valuesInTurns}: the median of each. */
export async function inTurns<Name extends string>(
  rounds: number,
  cases: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, number>>> {
  const values = await valuesInTurns(rounds, cases)
  const names = Object.keys(cases) as Name[]
  return Object.fromEntries(names.map(name => [name, median(values[name])])) as Record<Name, number>
}

/** How long it takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
