import { eachOf, type Sliced } from '../model/sliced.ts'
import type { ChosenRelation, DatabasePlan } from '../plan/plan.ts'
import { inParts } from '../plan/transaction-size.ts'
import { chunks } from './chunks.ts'
import { relationKey } from './planned-relations.ts'

/**
 * A database's plan in the parts that a rehearsal does one by one, each naming no more relations than that, as
 * the apply will. What opens the way (CONNECT, USAGE) stands in every part that comes after it, because each part
 * is taken back before the next. Relations that need nothing are tried last, as many at a time.
 */
export function* rehearsalParts(plan: DatabasePlan, relations: number): Sliced<readonly DatabasePlan[]> {
  const parts = inParts(plan.changes, relations)
  if (parts.length <= 1 && plan.chosen.length <= relations) return [plan]
  const partOf = new Map<string, number>()
  for (const [index, part] of parts.entries()) {
    for (const change of part) {
      if (!('relations' in change)) continue
      for (const name of change.relations) partOf.set(relationKey(change.schema, name), index)
    }
    yield
  }
  const changed = parts.map((): ChosenRelation[] => [])
  const unchanged: ChosenRelation[] = []
  yield* eachOf(plan.chosen, relation => {
    const part = partOf.get(relationKey(relation.schema, relation.name))
    const its = part === undefined ? unchanged : changed[part]
    its?.push(relation)
  })
  const openers: (typeof plan.changes)[number][] = []
  const withChanges = parts.map((part, index) => {
    const changes = [...openers, ...part]
    openers.push(...part.filter(isOpener))
    return { ...plan, changes, chosen: changed[index] ?? [] }
  })
  return [
    ...withChanges,
    ...chunks(unchanged, relations).map(chosen => ({ ...plan, changes: openers, chosen })),
  ]
}

/** The database's plan without its relations: what opens the way alone. */
export function withoutRelations(plan: DatabasePlan): DatabasePlan {
  return { ...plan, changes: plan.changes.filter(isOpener), chosen: [] }
}

function isOpener(change: DatabasePlan['changes'][number]): boolean {
  return !('relations' in change)
}
