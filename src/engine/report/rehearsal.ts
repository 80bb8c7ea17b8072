import { printableName } from '../../model/identifier.ts'
import { heading, type Paragraph } from '../../model/paragraph.ts'
import { outsideWords } from '../../plan/outside-words.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Rehearsal } from '../outcome.ts'
import { accessText, beyondParagraphs, findingParagraphs } from './access.ts'
import { changeParagraphs } from './change.ts'

/**
 * What the rehearsal showed, what it could not try, and what the login reaches without us. A failure's problem is
 * said apart.
 */
export function rehearsalParagraphs(
  rehearsal: Rehearsal,
  plan: Pick<Plan, 'network' | 'listen' | 'aws'>,
): Paragraph[] {
  switch (rehearsal.outcome) {
    case 'cancelled':
      return [heading('Rehearsal: cancelled and rolled back; nothing is changed.')]
    case 'failed':
      return [
        heading(
          `Rehearsal: failed in database ${printableName(rehearsal.database)} and rolled back; nothing is changed.`,
        ),
        ...changeParagraphs(rehearsal.change),
      ]
    case 'held': {
      const { databases, beyond, lockedFor } = rehearsal
      return [
        heading(
          `Rehearsal: run and rolled back, nothing is changed; longest transaction ${Math.ceil(lockedFor)} ms.`,
        ),
        ...notRehearsed(outsideWords(plan)),
        ...databases.map(
          (access): Paragraph => ({ text: `${accessText(access)}.`, indent: 2, hanging: 2, tone: 'good' }),
        ),
        ...databases.flatMap(findingParagraphs),
        ...beyondParagraphs(beyond),
      ]
    }
  }
}

function notRehearsed(outside: readonly string[]): Paragraph[] {
  if (outside.length === 0) return []
  return [{ text: `Not rehearsed: ${outside.join('; ')}.`, indent: 2, hanging: 2, tone: 'warn' }]
}
