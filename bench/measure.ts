/** One measured figure, and where it has one its goal. */
export interface Measure {
  readonly name: string
  /** NaN where it could not be measured; the note says why. */
  readonly value: number
  /** `x` (a ratio), `trips`, `bytes`, `ms`, `MB`, … */
  readonly unit: string
  readonly atMost?: number
  readonly atLeast?: number
  /** What the figure is against, or why it is missing or missed. */
  readonly note?: string
}

/** What is measured together: it can be asked for by name. */
export interface Group {
  readonly name: string
  readonly measure: (context: BenchContext) => Promise<readonly Measure[]>
}

/** What all groups share. */
export interface BenchContext {
  /** Relations of the large catalogue. */
  readonly tables: number
  /** How often each case is run, at most; very long ones are run less often. */
  readonly rounds: number
  /** A server of that version with the large catalogue, made when it is first asked for. */
  readonly warehouse: (major: 16 | 18) => Promise<Warehouse>
}

import type { Warehouse } from './support/warehouse.ts'

/** Whether the goal is reached; null without one. */
export function isReached({ value, atMost, atLeast }: Measure): boolean | null {
  if (Number.isNaN(value)) return null
  if (atMost !== undefined) return value <= atMost
  return atLeast === undefined ? null : value >= atLeast
}

/** A figure that this machine cannot give. */
export function notMeasured(name: string, unit: string, note: string): Measure {
  return { name, value: Number.NaN, unit, note: `not measured: ${note}` }
}

/** The middle of the values; the mean of the two middle ones where their number is even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper
}

/**
 * Runs the cases in turns, so that what else the machine does falls on all alike.
 * @returns the median of each, under its name
 */
export async function inTurns<Name extends string>(
  rounds: number,
  cases: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(cases) as Name[]
  const values = new Map<Name, number[]>(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) values.get(name)?.push(await cases[name]())
  }
  return Object.fromEntries(names.map(name => [name, median(values.get(name) ?? [])])) as Record<Name, number>
}

/** How long it takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
