import type { ApplyOutcome, Beyond } from '../../../engine/outcome.ts'
import { outcomeParagraphs, outcomeWords } from '../../../engine/report/outcome.ts'
import { textOf } from './layout.ts'

/** How the apply ended, and what there is to say of it. The problem itself is said apart. */
export function outcomeText(outcome: ApplyOutcome, told: readonly Beyond[] = []): string[] {
  return textOf([outcomeWords[outcome.outcome], ...outcomeParagraphs(outcome, told)])
}
