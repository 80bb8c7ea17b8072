import type { DatabasePlan } from '../plan/plan.ts'
import { inParts } from '../plan/transaction-size.ts'

/**
 * A database's plan in the parts that a rehearsal does one by one, each naming no more relations than that, as
 * the apply will. What opens the way (CONNECT, USAGE) stands in every part that comes after it, because each part
 * is taken back before the next. Relations that need nothing are tried with the first.
 */
export function rehearsalParts(plan: DatabasePlan, relations: number): readonly DatabasePlan[] {
  const parts = inParts(plan.changes, relations)
  if (parts.length <= 1) return [plan]
  const partOf = new Map<string, number>()
  for (const [index, part] of parts.entries()) {
    for (const change of part) {
      if (!('relations' in change)) continue
      for (const name of change.relations) partOf.set(keyOf(change.schema, name), index)
    }
  }
  return parts.map((part, index) => ({
    ...plan,
    changes: [
      ...parts
        .slice(0, index)
        .flat()
        .filter(change => !('relations' in change)),
      ...part,
    ],
    chosen: plan.chosen.filter(({ schema, name }) => (partOf.get(keyOf(schema, name)) ?? 0) === index),
  }))
}

function keyOf(schema: string, name: string): string {
  return JSON.stringify([schema, name])
}
